"""A case's roster for people with an account, and their own duties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.cases.models import Case
from booking.cases.public.case import title_of
from booking.cases.selectors import visible_cases
from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.privacy.services import note_look
from booking.rosters import rules, selectors, services
from booking.rosters.access import Seat, asks_age, is_on, rostered_cases, seat_of
from booking.rosters.models import DutyKind
from booking.rosters.public.acts import PERSONAL, do_personal, number_in
from booking.rosters.public.forms import AddDutyForm, HelperForm

#: Acts of who changes the roster.
MANAGING = ("add", "remove", "needed", "take_off", "personal_link", "open_link", "stop_open_link", "stop_helper")


def base_url(name: str, *args: Any) -> str:
    """The whole address of a page behind a link, for pasting."""
    return booking_settings().public_base_url + reverse(f"booking:{name}", args=args)


class Visit:
    """One reader of one roster. 404 for who may not know of it, and where rosters are switched off."""

    def __init__(self, request: HttpRequest, reference: str) -> None:
        self.request, self.now = request, clock.now()
        self.on = clock.local_date(self.now, booking_settings().tz)
        found = (
            rostered_cases(request.user, self.on)
            .filter(reference=reference)
            .select_related("organisation", "unit", "requester")
            .first()
        )
        if found is None:
            raise Http404
        self.case: Case = found
        self.seat: Seat = seat_of(request.user, found, self.on)
        if not self.seat:
            raise Http404
        asked = request.POST.get("side") or request.GET.get("as") or ""
        self.side = self.seat.side(asked) or self.seat.side()
        #: The secret of a personal link that was just made: shown in this answer, and kept nowhere.
        self.made = ""

    def here(self) -> str:
        """This page; back to the case's own when the press came from there."""
        if self.request.POST.get("back") == "case":
            return reverse("booking:case", args=[self.case.reference]) + "#duties"
        address = reverse("booking:case_duties", args=[self.case.reference])
        as_ = self.request.POST.get("side", "")
        return f"{address}?as={as_}" if as_ and self.seat.side(as_) and len(self.seat.sides) > 1 else address

    def dates(self) -> list[tuple[int, str]]:
        """Dates that a duty can be added to: (number, words)."""
        rows = self.case.lines.filter(end__gt=self.now, state__in=[*rules.ON, "displaced", "waiting_list"])
        return [
            (
                row.number,
                ", ".join(
                    (
                        when_words(row.start, row.end, catalogue.zone(row.resource), today=self.on),
                        str(localized(row.resource, "name")),
                    )
                ),
            )
            for row in rows.select_related("resource").order_by("start", "number")
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def case_duties(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole roster: who does what, what is missing, and one press to sign up."""
    visit = Visit(request, reference)
    if request.method != "POST":
        return _page(visit)
    act = request.POST.get("act", "")
    kinds = services.kinds_for(visit.case.unit) if act == "add" else []
    add = _add_form(visit, kinds, request.POST if act == "add" else None) if act == "add" else None
    helper = HelperForm(request.POST) if act == "personal_link" else None
    form = add or helper
    try:
        ratelimit.spend(
            "message", now=visit.now, contact=str(request.user.pk), address=ratelimit.client_address(request)
        )  # fmt: skip
        if act in PERSONAL:
            said = do_personal(act, visit.case, request.POST, by=request.user, now=visit.now)
        elif act in MANAGING:
            if form is not None and not form.is_valid():
                return _page(visit, add=add, helper=helper, status=400)
            said = _manage(visit, act, add, helper, kinds)
        else:
            raise Http404
    except DomainError as error:
        if form is not None:
            form.show(error)
            return _page(visit, add=add, helper=helper, status=error.status)
        messages.error(request, error.text)
    else:
        messages.success(request, said)
        if visit.made:
            return _page(visit)
    return redirect(visit.here())


def _manage(visit: Visit, act: str, add: AddDutyForm | None, helper: HelperForm | None, kinds: list[DutyKind]) -> str:
    data, common = visit.request.POST, {"by": visit.request.user, "now": visit.now}
    side = data.get("side", "")[:100]
    if act == "add" and add is not None:
        role, kind = add.chosen(kinds)
        services.add_duty(
            visit.case, line=add.cleaned_data["line"], role=role, kind=kind, words=add.cleaned_data["words"],
            needed=add.cleaned_data["needed"], scope=add.cleaned_data["scope"], **common,
        )  # fmt: skip
        return _("It is on the roster.")
    if act == "remove":
        services.remove_duty(visit.case, number_in(data, "duty") or 0, scope=data.get("scope", "one"), **common)
        return _("It is off the roster. Who had signed up is told.")
    if act == "needed":
        services.change_needed(
            visit.case, number_in(data, "duty") or 0, needed=number_in(data, "needed") or 0, **common
        )  # fmt: skip
        return _("Saved.")
    if act == "take_off":
        services.take_off(visit.case, number_in(data, "sign_up") or 0, **common)
        return _("They are off this duty, and are told.")
    if act == "personal_link" and helper is not None:
        values = {name: helper.cleaned_data[name] for name in ("name", "phone", "email", "grown", "language")}
        made, visit.made = services.make_personal_link(visit.case, side=side, **values, **common)
        return _("The link is sent.") if made.email else _("The link is made. Send it to them yourself.")
    if act == "open_link":
        services.open_link(visit.case, side=side, **common)
        return _("The link is open. Paste it where your people talk.")
    if act == "stop_open_link":
        services.stop_open_link(visit.case, side=side, **common)
        return _("The link opens nothing any more.")
    if act == "stop_helper":
        services.stop_helper(visit.case, number_in(data, "helper") or 0, **common)
        return _("The link opens nothing any more, and they are off all dates to come.")
    raise Http404


def _add_form(visit: Visit, kinds: list[DutyKind], data: Any) -> AddDutyForm:
    return AddDutyForm(
        data, dates=visit.dates(), kinds=[(one.pk, str(localized(one, "name"))) for one in kinds], prefix=None
    )


def _page(
    visit: Visit, *, add: AddDutyForm | None = None, helper: HelperForm | None = None, status: int = 200
) -> HttpResponse:
    request, case = visit.request, visit.case
    roster = selectors.roster_of(case, now=visit.now, user=request.user, seat=visit.seat)
    manages = visit.seat.manages
    if manages and not (visit.seat.leads - {f"unit:{case.unit.slug}"}):
        # Staff who look at it: phones of helpers stand on the page.
        note_look(
            viewer=request.user, kind="case", pk=case.pk, label=case.reference, unit_id=case.unit_id, now=visit.now
        )
    dates = visit.dates() if manages else []
    if manages and dates and add is None:
        add = _add_form(visit, services.kinds_for(case.unit), None)
    mine = any(duty.mine for one in roster.coming for duty in one.duties)
    if manages and helper is None:
        helper = HelperForm(initial={"language": getattr(request.user, "language", "nb")})
    links = selectors.open_links(case, visit.seat.leads) if manages else {}
    context = {
        "case": case,
        "title": title_of(case),
        "roster": roster,
        "seat": visit.seat,
        "side": visit.side,
        "manages": manages,
        "may_open_case": visible_cases(request.user).filter(pk=case.pk).exists(),
        "ask_age": asks_age(visit.seat, request.user),
        "askable": selectors.askable(case, now=visit.now) if mine else [],
        "add": add,
        "add_open": bool(add and add.is_bound),
        "helper_form": helper,
        "helper_open": bool(helper and helper.is_bound and helper.errors),
        "helpers": selectors.helpers_of(case) if manages else [],
        "made_link": base_url("duty_page", visit.made) if visit.made else "",
        "open_links": [
            {"side": side, "url": base_url("duty_join", links[side.code]) if side.code in links else ""}
            for side in visit.seat.sides
            if side.code in visit.seat.leads
        ] if manages else [],
        "scopes": rules.SCOPES,
    }  # fmt: skip
    return render(request, "booking/rosters/roster.html", context, status=status)


@never_cache
@require_safe
@login_required
def my_duties(request: HttpRequest) -> HttpResponse:
    """What I have signed up for, what I am asked to take over, and what is missing where I belong."""
    if not is_on():
        raise Http404
    now = clock.now()
    context = {
        "rows": [_mine(row, now) for row in selectors.sign_ups_of(request.user, now=now)],
        "asked": [
            {
                "case": swap.sign_up.duty.case, "words": selectors.in_words(swap.sign_up.duty),
                "who": selectors.name_of(swap.sign_up),
            }
            for swap in selectors.swaps_to(request.user, now=now)
        ],
        "missing": _missing(request.user, now),
    }  # fmt: skip
    return render(request, "booking/rosters/my_duties.html", context)


def _mine(row: Any, now: datetime) -> dict[str, Any]:
    duty = row.duty
    start, end = selectors.span_of(duty)
    return {
        "case": duty.case, "title": title_of(duty.case), "words": selectors.words_of(duty), "start": start, "end": end,
        "tz": catalogue.zone(duty.line.resource), "place": str(localized(duty.line.resource, "name")),
        "on": duty.line.state in rules.ON, "sure": duty.line.state in rules.SURE,
    }  # fmt: skip


def _missing(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Rosters that one could help on: per case, how many people are missing within the next thirty days."""
    from datetime import timedelta

    on = clock.local_date(now, booking_settings().tz)
    cases = rostered_cases(user, on).exclude(unit__in=catalogue.units_of(user, on))
    duties = selectors.unfilled_duties(now=now, until=now + timedelta(days=30), cases=cases)
    found: dict[int, dict[str, Any]] = {}
    for duty in duties:
        row = found.setdefault(
            duty.case_id, {"case": duty.case, "title": title_of(duty.case), "count": 0, "next": duty.line.start}
        )
        row["count"] += duty.needed - duty.filled
    return list(found.values())
