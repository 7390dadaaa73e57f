"""One date of a case, for its parties: answer an offer, answer what was taken back, change it, ask for it again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from booking.cases import registry, selectors, services
from booking.cases.models import Case, ChangeScope, LineState
from booking.cases.public.case import chosen_hat, count, hats_on, title_of, visible_case
from booking.cases.public.forms import DayField, Faults, choose_hat_field, day_input, say, time_input
from booking.cases.public.ticks import TicksField, boxes
from booking.cases.rules import is_short_notice
from booking.cases.selectors import LineView
from booking.cases.services import Wish
from booking.cases.wording import price_change, reason_text, time_range, to_pass_on
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, Invalid, Taken
from booking.foundation.i18n import localized

#: So many dates that were left out are offered again; a season may have many more.
MOST_LEFT_OUT = 12


class AnswerForm(Faults):
    """One answer about a date: which alternative, or why one objects."""

    alternative = forms.CharField(required=False, max_length=200)
    message = forms.CharField(
        label=gettext_lazy("Why do you object?"),
        required=False,
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "4"}),
    )
    hat = forms.ChoiceField(label=gettext_lazy("You act for"))

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_hat_field(self, hats)


class ChangeForm(Faults):
    """Another time for a granted date. All times are on the wall clock of the thing."""

    day = DayField(label=gettext_lazy("Day"), widget=day_input(), error_messages=say(gettext_lazy("Choose a day.")))
    start = forms.TimeField(label=gettext_lazy("From"), widget=time_input())
    end = forms.TimeField(label=gettext_lazy("To"), widget=time_input())
    quantity = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=10_000)
    scope = forms.ChoiceField(label=gettext_lazy("Which dates?"), choices=ChangeScope.choices, widget=forms.RadioSelect)
    why = forms.CharField(
        label=gettext_lazy("Something we should know"),
        required=False,
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=gettext_lazy("Needed if a rule stands against it: a case officer reads it and decides."),
    )
    ticked = TicksField(label=gettext_lazy("Works"), required=False)
    hat = forms.ChoiceField(label=gettext_lazy("You act for"))

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]], series: bool, counted: bool, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_change_%s", **kwargs)
        choose_hat_field(self, hats)
        if not series:
            del self.fields["scope"]
        if not counted:
            del self.fields["quantity"]


class KnowForm(Faults):
    """What must be known before a date is asked for again."""

    ticked = TicksField(label=gettext_lazy("Works"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_change_%s", **kwargs)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def case_line(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One date of a case, and what its party can do with it now. 404 for who isn't a party."""
    found = visible_case(request, reference)
    hats = hats_on(request, found)
    detail = selectors.case_detail(found, request.user)
    view = next((one for one in detail.lines if one.number == number), None)
    if not hats or view is None:
        raise Http404
    act = request.POST.get("act", "") if request.method == "POST" else ""
    answer = AnswerForm(request.POST if act and act != "change" else None, hats=hats)
    change = _change_form(request if act == "change" else None, view, hats)
    ticks: list[dict[str, Any]] = []
    if act:
        form: Any = change if act == "change" else answer
        if form.is_valid():
            try:
                count(request, clock.now())
                said = _do(request, found, view, act, form, hats)
            except Taken as error:
                form.add_error(None, error.text)
            except DomainError as error:
                form.show(error)
                ticks = boxes(error.extra.get("verdicts", ()))
            else:
                messages.success(request, said)
                return redirect("booking:case", reference=reference)
        # What was true when the page was opened may not be any more.
        detail = selectors.case_detail(found, request.user)
        view = next(one for one in detail.lines if one.number == number)
    context = _about(detail, view) | {
        "detail": detail,
        "case": detail.case,
        "title": title_of(detail.case),
        "line": view,
        "answer": answer,
        "change": change if view.state == LineState.GRANTED and view.end > clock.now() else None,
        "act": act,
        "ticks": ticks,
        "tz": booking_settings().tz,
    }
    status = 200 if not act else 400
    return render(request, "booking/cases/line.html", context, status=status)


def _change_form(request: HttpRequest | None, view: LineView, hats: Sequence[tuple[str, str]]) -> ChangeForm:
    start, end = view.start.astimezone(view.tz), view.end.astimezone(view.tz)
    initial = {
        "day": start.date(), "start": start.time(), "end": end.time(), "quantity": view.quantity,
        "scope": ChangeScope.ONE,
    }  # fmt: skip
    return ChangeForm(
        request.POST if request is not None else None,
        hats=hats,
        series=view.series is not None,
        counted=view.quantity > 1 or view.resource.kind == "equipment",
        initial=initial,
    )


def _do(request: HttpRequest, found: Case, view: LineView, act: str, form: Any, hats: Sequence[tuple[str, str]]) -> str:
    """Carry out what was pressed; answers what to say. Raises what the service refuses."""
    common: dict[str, Any] = {"by": request.user, "now": clock.now(), "hat": chosen_hat(form, list(hats))}
    number = view.number
    if act == "accept":
        services.accept_offer(found, number, **common)
        return _("The time is yours.")
    if act == "decline":
        services.decline_offer(found, number, **common)
        return _("Thank you. The next on the list is asked.")
    if act == "alternative":
        place, start, end = _alternative(form.cleaned_data["alternative"])
        services.accept_alternative(found, number, resource=place, start=start, end=end, **common)
        return _("The new time is yours.")
    if act == "loss":
        services.accept_loss(found, number, **common)
        return _("The time is cancelled.")
    if act == "object":
        services.object_to(found, number, message=form.cleaned_data["message"], **common)
        return _("We have your objection, and answer it.")
    if act == "accept-move":
        services.accept_move(found, _batch(request), **common)
        return _("The new time is yours.")
    if act == "decline-move":
        services.decline_move(found, _batch(request), message=form.cleaned_data["message"], **common)
        return _("We have your no. The old time stands.")
    if act == "withdraw-change":
        services.withdraw_change(found, _batch(request), **common)
        return _("The wish for a change is taken back.")
    if act == "change":
        return _change(found, view, form, common)
    raise Http404


def _change(found: Case, view: LineView, form: ChangeForm, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    last = data["day"]
    if data["end"] <= data["start"]:
        last = data["day"] + timedelta(days=1)  # past midnight
    start, end = clock.wall(data["day"], data["start"], view.tz), clock.wall(last, data["end"], view.tz)
    wish = Wish(
        view.number, start, end, None, data.get("quantity"), data.get("scope") or ChangeScope.ONE, data.get("why", ""),
        frozenset(data.get("ticked") or ()),
    )  # fmt: skip
    done = services.propose_change(found, wish, **common)
    if done.waiting_on == "municipality":
        return _("We have your wish. The old time is yours until the new one is granted.")
    return _("It is changed.")


def _alternative(value: str) -> tuple[Resource, datetime, datetime]:
    """ "slug|start|end" as the page wrote it. Raises ``Invalid``."""
    slug, _bar, times = value.partition("|")
    begins, _bar, ends = times.partition("|")
    place = Resource.objects.filter(slug=slug).first() if slug and "\x00" not in slug else None
    try:
        start, end = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    except ValueError:
        place = None
    if place is None or start.tzinfo is None or end.tzinfo is None:
        raise Invalid("required", gettext_lazy("Choose one of the times."), loc=("alternative",))
    return place, start, end


def _batch(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("batch", ""))
    except ValueError:
        raise Http404 from None


def _about(detail: selectors.CaseDetail, view: LineView) -> dict[str, Any]:
    """What is in motion about the date, in words, and what is free instead of what was taken."""
    now, line = clock.now(), view.line
    taken = detail.moves.take_backs.get(line.pk)
    displaced = view.state == LineState.DISPLACED and view.end > now
    proposal = next((one for one in detail.moves.proposals if any(row.line_id == line.pk for row in one.rows)), None)
    reason = taken.reason if taken is not None else _why(line) if displaced else view.reason_label
    times = [(str(localized(view.resource, "name")), view.when)]
    return {
        "offer": detail.moves.offers.get(line.pk),
        "taken": taken,
        "displaced": displaced,
        "may_object": taken is not None and taken.state == "open",
        "objected": taken is not None and taken.state == "objected",
        "alternatives": _free(line, taken, now) if displaced else [],
        "pass_on": to_pass_on(times, reason) if displaced and is_short_notice(view.start, now) else "",
        "reason": reason,
        "proposal": proposal,
        "wished": [
            (
                str(localized(row.resource, "name")),
                time_range(row.start, row.end, catalogue.zone(row.resource)),
                price_change(row.line, row),
            )
            for row in (proposal.rows if proposal is not None else ())
        ],
    }


def _why(line: Any) -> str:
    """What took the time, in the words of whoever did: the newest entry of the log about this date."""
    for entry in line.case.events.filter(type="displaced").order_by("-pk"):
        if line.number in entry.data.get("lines", ()):
            kind = str(entry.data.get("cause", ""))
            return registry.cause_words(kind, entry.data.get("cause_id"), [line.pk]) or reason_text(kind)
    return reason_text(line.reason)


def _free(line: Any, taken: Any, now: datetime) -> list[tuple[str, str]]:
    """(value, words): what was offered and is free still, then what else the unit has free. Each once."""
    found = services.free_instead([line], now=now)[line.number]
    listed = [(one.resource_id, one.start, one.end) for one in found]
    if taken is not None:
        offered = [
            (pk, datetime.fromisoformat(start), datetime.fromisoformat(end)) for pk, start, end in taken.alternatives
        ]
        listed = [*services.still_free(line, offered, now=now), *listed]
    places = Resource.objects.in_bulk({pk for pk, _start, _end in listed})
    return [
        (
            f"{places[pk].slug}|{start.isoformat()}|{end.isoformat()}",
            f"{localized(places[pk], 'name')}, {time_range(start, end, catalogue.zone(places[pk]))}",
        )
        for pk, start, end in dict.fromkeys(listed)
        if pk in places
    ]


# --- dates that were left out ----------------------------------------------------------------------------------------


def left_out(detail: selectors.CaseDetail) -> list[dict[str, Any]]:
    """Coming dates of the case's series that have no line: they can be asked for again."""
    if detail.case.stored_act in ("closed", "dismissed", "draft"):
        return []
    now = clock.now()
    series = {view.line.series_id: view.line.series for view in detail.lines if view.line.series is not None}
    return [
        {"series": one.number, "day": date_.day, "start": date_.start}
        for one in series.values()
        if one is not None
        for date_ in services.dates_left_out(one)
        if date_.start > now
    ][:MOST_LEFT_OUT]


@never_cache
@require_POST
@login_required
def case_add_back(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Ask again for a date of the series ``number`` that was left out."""
    found = visible_case(request, reference)
    hats = hats_on(request, found)
    if not hats:
        raise Http404
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise Http404 from None
    default = request.POST.get("hat") or hats[0][0]
    try:
        count(request, clock.now())
        services.add_back(
            found, number, day, why=request.POST.get("why", ""), ticked=request.POST.getlist("ticked"),
            by=request.user, now=clock.now(), hat=default,
        )  # fmt: skip
    except DomainError as error:
        if error.code == "must_tick":
            return _know_first(request, found, number, day, default, error)
        messages.error(request, error.text)
    else:
        messages.success(request, _("The date is asked for again."))
    return redirect("booking:case", reference=reference)


def _know_first(
    request: HttpRequest, found: Case, number: int, day: date, hat: str, error: DomainError
) -> HttpResponse:
    """There is something to know of before the date is asked for: its boxes, and the same press again."""
    form = KnowForm(request.POST)
    form.show(error)
    context = {
        "case": found, "title": title_of(found), "number": number, "day": day, "hat": hat, "form": form,
        "ticks": boxes(error.extra.get("verdicts", ())),
    }  # fmt: skip
    return render(request, "booking/cases/add_back.html", context, status=error.status)
