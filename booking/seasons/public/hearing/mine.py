"""An organisation's own hours in the season, on the phone: when, where, next date, give up, report, subscribe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.cases.models import Line, LineState
from booking.cases.services import withdraw_line
from booking.catalogue import selectors as catalogue
from booking.foundation.errors import DomainError
from booking.organisations.models import LEADING_ROLES
from booking.organisations.public.mine import Mine
from booking.seasons import tabs
from booking.seasons.hours import hour_words, span_words
from booking.seasons.models import Allocation
from booking.seasons.public.hearing.forms import ReleaseForm
from booking.seasons.public.hearing.timetable import feed
from booking.seasons.selectors import timetable as selectors
from booking.seasons.selectors.rounds import is_on
from booking.seasons.services import running

#: How many dates stand on top of the page, before the teams.
NEXT_DATES = 5


class Ours(Mine):
    """An organisation as one of its people sees it. Everybody in it reads; leader, board and bookers act."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        if not is_on():
            raise Http404
        super().__init__(request, slug)

    @property
    def acts(self) -> bool:
        return bool(set(self.roles) & set(LEADING_ROLES)) and self.organisation.state != "inactive"

    def to(self) -> HttpResponse:
        return redirect("booking:my_hours", self.organisation.slug)

    def allocation(self, pk: int) -> Allocation:
        """One of the organisation's; 404 for any other, and for who only reads."""
        self.need(self.acts)
        found = (
            Allocation.objects.filter(pk=pk, wish__organisation=self.organisation)
            .select_related("round", "wish__organisation", "resource", "series__case")
            .first()
        )
        if found is None:
            raise Http404
        return found

    def line(self, pk: int) -> Line:
        """A date of the organisation's season hours; 404 for any other, and for who only reads."""
        self.need(self.acts)
        found = (
            Line.objects.filter(pk=pk, series__allocation__wish__organisation=self.organisation)
            .select_related("case", "resource")
            .first()
        )
        if found is None:
            raise Http404
        return found


@never_cache
@require_safe
@login_required
def hours(request: HttpRequest, slug: str) -> HttpResponse:
    """All hours by team."""
    me = Ours(request, slug)
    if me.organisation.slug != slug:
        return me.to()
    return page(me)


def page(me: Ours, *, status: int = 200, refused: tuple[int, ReleaseForm] | None = None) -> HttpResponse:
    """The page, with a form that was refused."""
    own = selectors.own_hours(me.organisation, now=me.now, today=me.today)
    first = selectors.first_dates(own)
    teams: dict[tuple[str, str], dict[str, Any]] = {}
    for one in own:
        row = one.allocation
        coming = one.coming or ([first[row.pk]] if row.pk in first else [])
        team = teams.setdefault(
            (row.round.slug, row.wish.team),
            {
                "team": row.wish.team, "round": row.round, "rows": [],
                "feed": feed(row.round.slug, me.organisation.slug, row.wish.number),
            },
        )  # fmt: skip
        form = refused[1] if refused is not None and refused[0] == row.pk else ReleaseForm(prefix=f"rest-{row.pk}")
        team["rows"].append(
            {
                "row": row,
                "asked": bool(row.asked_to_give_up_at) and row.ended_at is None,
                "words": span_words(row),
                "tz": catalogue.zone(row.resource),
                "coming": coming,
                "to_report": list(reversed(one.to_report)),
                "unreported": sum(not hasattr(line, "use_report") for line in one.to_report),
                "ended": row.ended_at is not None,
                "form": form,
                "releasing": form.is_bound,
            }
        )
    context = {
        "me": me,
        "organisation": me.organisation,
        "teams": list(teams.values()),
        "next_dates": next_dates(teams.values()),
        "today": me.today,
        "displaced": LineState.DISPLACED,
        "parts": tabs.own_parts(me.organisation, me.roles, me.now),
        "feeds": [
            {"round": team["round"], "feed": feed(team["round"].slug, me.organisation.slug)}
            for team in {team["round"].pk: team for team in teams.values()}.values()
        ],
    }
    return render(me.request, "booking/seasons/hearing/mine.html", context, status=status)


def next_dates(teams: Iterable[dict[str, Any]], *, most: int = NEXT_DATES) -> list[dict[str, Any]]:
    """What comes next, whoever's it is, in order of time; what was taken away stands there too. At most ``most``."""
    rows = [
        {"line": line, "team": team["team"], "tz": one["tz"]}
        for team in teams
        for one in team["rows"]
        for line in one["coming"]
    ]
    return sorted(rows, key=lambda row: (row["line"].start, row["team"], row["line"].pk))[:most]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def release_date(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give up one date: first what that means, then the act."""
    me = Ours(request, slug)
    line = me.line(pk)
    if request.method == "POST":
        try:
            withdraw_line(
                line.case, line.number, by=request.user, now=me.now, hat=f"organisation:{me.organisation.slug}"
            )
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, _("The date is given up. It goes to the waiting list first, then to anybody."))
        return me.to()
    allocation = Allocation.objects.select_related("wish").get(series=line.series)
    context = {
        "organisation": me.organisation, "line": line, "tz": catalogue.zone(line.resource), "allocation": allocation,
        "given_up": line.state != LineState.GRANTED,
    }  # fmt: skip
    return render(request, "booking/seasons/hearing/release.html", context)


@never_cache
@require_POST
@login_required
def release_rest(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give up the rest of the season."""
    me = Ours(request, slug)
    row = me.allocation(pk)
    form = ReleaseForm(request.POST, prefix=f"rest-{row.pk}")
    if form.is_valid():
        try:
            running.release_rest(row, since=form.cleaned_data["since"], by=request.user, now=me.now)
        except DomainError as error:
            form.show(error)
        else:
            messages.success(
                request, _("%(hours)s is given up for the rest of the season.") % {"hours": capfirst(hour_words(row))}
            )
            return me.to()
    return page(me, status=400, refused=(row.pk, form))


@never_cache
@require_POST
@login_required
def report(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One tap: used, or not. Back to the page that asked (``next``, an address of ours), else to the hours."""
    me = Ours(request, slug)
    line = me.line(pk)
    heads = request.POST.get("heads", "").strip()
    number = int(heads) if heads.isascii() and heads.isdigit() and len(heads) < 7 else None
    try:
        running.report_use(line, used=request.POST.get("used") == "yes", heads=number, by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, _("Thank you. It is written down."))
    back = request.POST.get("next", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back) if ours else me.to()


@never_cache
@require_POST
@login_required
def keep(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Yes, we need them."""
    me = Ours(request, slug)
    running.keep_hours(me.allocation(pk), by=request.user, now=me.now)
    messages.success(request, _("Good. You keep the hours."))
    return me.to()
