"""Acts on time that was decided, from the case's page: undo, take back, give back, changes; and declared ties.

Thin: parse, one service, back; refused, the page again with what was typed and why.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.cases import services
from booking.cases.access import leads
from booking.cases.models import Case, LineState, TakeBackKind, TakeBackState
from booking.cases.selectors import CaseDetail, LineView, Proposal
from booking.cases.services import Instead
from booking.cases.staff.access import cases_seen, today
from booking.cases.staff.page import CasePage, DecideAct, Typed
from booking.cases.wording import price_change
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.rules import read_priority_uses
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.params import parse_date
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words

_FIELDS = ("reason", "kind", "priority_use", "reply_by", "text", "grounds", "why")


class MoveAct(CasePage):
    """One act, named in the address."""

    permission_required = "decide"
    http_method_names = ("get", "post", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back: to the case, or to the queue when one may not see it any more."""
        name = str(self.kwargs["act"])
        act = _ACTS.get(name)
        if act is None:
            raise Http404
        do, said = act
        try:
            case = do(self.object, request, DecideAct.version(request))
        except DomainError as error:
            fields = {field: request.POST.get(field, "") for field in _FIELDS}
            fields["chosen"] = "\n".join(
                f"{key}={value}"
                for key in request.POST
                if key in ("line", "none_exists") or key.startswith("instead-")
                for value in request.POST.getlist(key)
            )
            fields["about"] = request.POST.get("number") or request.POST.get("batch") or request.POST.get("tie") or ""
            return self.again(error, Typed(act=name, fields=fields))
        messages.success(request, str(said))
        if cases_seen(request.user).filter(pk=case.pk).exists():
            return redirect(self.page_url())
        return redirect(reverse("booking_cases:index"))


def _number(request: HttpRequest, name: str = "number") -> int:
    raw = request.POST.get(name, "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        raise Invalid("required", _("Name at least one line."), loc=(name,))
    return int(raw)


def _undo(case: Case, request: HttpRequest, version: int) -> Case:
    return services.undo_decision(case, by=request.user, now=clock.now(), if_version=version)


def _take_back(case: Case, request: HttpRequest, version: int) -> Case:
    numbers = [int(raw) for raw in request.POST.getlist("line") if raw.isascii() and raw.isdigit() and len(raw) < 10]
    reply_by: date | None = None
    if request.POST.get("reply_by"):
        reply_by = parse_date(request.POST["reply_by"], loc=("reply_by",))
    return services.take_back(
        case,
        numbers,
        reason=request.POST.get("reason", ""),
        kind=request.POST.get("kind") or TakeBackKind.ORDINARY,
        priority_use=request.POST.get("priority_use", ""),
        reply_by=reply_by,
        instead=[one for number in numbers for one in _chosen(request, number)],
        none_exists=request.POST.get("none_exists") == "yes",
        by=request.user,
        now=clock.now(),
        if_version=version,
    )


def _chosen(request: HttpRequest, number: int) -> list[Instead]:
    """What was ticked for a line: "slug|start|end". What can't be read isn't there."""
    found = []
    for value in request.POST.getlist(f"instead-{number}")[:20]:
        slug, _bar, times = value.partition("|")
        start, _bar, end = times.partition("|")
        try:
            begins, ends = datetime.fromisoformat(start), datetime.fromisoformat(end)
        except ValueError:
            continue
        place = None if "\x00" in slug else Resource.objects.filter(slug=slug).first()
        if place is not None and begins.tzinfo is not None and ends.tzinfo is not None:
            found.append(Instead(number, place, begins, ends))
    return found


def _give_back(case: Case, request: HttpRequest, version: int) -> Case:
    return services.give_back(case, _number(request), by=request.user, now=clock.now(), if_version=version)


def _end(case: Case, request: HttpRequest, version: int) -> Case:
    return services.end_take_back(case, _number(request), by=request.user, now=clock.now(), if_version=version)


def _answer(case: Case, request: HttpRequest, version: int) -> Case:
    return services.answer_objection(
        case,
        _number(request),
        message=request.POST.get("text", ""),
        by=request.user,
        now=clock.now(),
        if_version=version,
    )


def _batch(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("batch", ""))
    except ValueError:
        raise Invalid("required", _("This is needed."), loc=("batch",)) from None


def _decide_change(outcome: str) -> Callable[[Case, HttpRequest, int], Case]:
    def act(case: Case, request: HttpRequest, version: int) -> Case:
        return services.decide_change(
            case,
            _batch(request),
            outcome=outcome,
            grounds=request.POST.get("grounds", ""),
            by=request.user,
            now=clock.now(),
            if_version=version,
        )

    return act


def _take_move_back(case: Case, request: HttpRequest, version: int) -> Case:
    return services.take_move_back(case, _batch(request), by=request.user, now=clock.now(), if_version=version)


def _tie(case: Case, request: HttpRequest, version: int) -> Case:
    return services.declare_tie(case, why=request.POST.get("why", ""), by=request.user, now=clock.now())


def _judge(verdict: str) -> Callable[[Case, HttpRequest, int], Case]:
    def act(case: Case, request: HttpRequest, version: int) -> Case:
        return services.judge_tie(case, _number(request, "tie"), verdict=verdict, by=request.user, now=clock.now())

    return act


_ACTS: dict[str, tuple[Callable[[Case, HttpRequest, int], Case], Any]] = {
    "undo": (_undo, _("Undone. The letter never leaves.")),
    "take-back": (_take_back, _("The time is taken back. The party is told now.")),
    "give-back": (_give_back, _("The time is given back.")),
    "end-take-back": (_end, _("The time is cancelled. The letter is on its way.")),
    "answer-objection": (_answer, _("The answer is on its way.")),
    "grant-change": (_decide_change("grant"), _("The change is granted. The letter is on its way.")),
    "refuse-change": (_decide_change("refuse"), _("The change is refused, the old time stands.")),
    "take-move-back": (_take_move_back, _("The proposal is taken back. The old time stands.")),
    "tie": (_tie, _("You keep away from this case. The leader is told and decides.")),
    "tie-away": (_judge("away"), _("They keep away from the case.")),
    "tie-fit": (_judge("fit"), _("They may go on with the case.")),
}


# --- what the page shows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A line that was taken back, as the officer sees it."""

    view: LineView
    row: Any
    objected: bool
    may_end: bool
    may_give_back: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proposed change in words."""

    proposal: Proposal
    rows: Sequence[tuple[str, str]]


def in_motion(page: CasePage, detail: CaseDetail, typed: Typed, now: datetime) -> dict[str, Any]:
    """What the page shows of time that moves. Alternatives are sought only when somebody is about to take back."""
    case, user = detail.case, page.request.user
    on = today()
    open_now = [view for view in detail.lines if view.state == LineState.GRANTED and view.end > now]
    taking = detail.may_decide and bool(open_now)
    asked = typed.act == "take-back" or page.request.GET.get("take") == "1"
    may_judge = leads(user, case, on) if detail.moves.ties else False
    return {
        "undo_until": services.undo_until(case, now) if detail.may_decide else None,
        "held": _held(detail, on),
        "wanted": [_wanted(one) for one in detail.moves.proposals],
        "ties": [
            {
                "row": tie,
                "open": not tie.verdict,
                "may_judge": may_judge and tie.user_id != user.pk and not detail.disqualified,
                "why": tie.why if may_judge or tie.user_id == user.pk else "",
            }
            for tie in detail.moves.ties
        ],
        "may_declare": detail.may_decide,
        "may_take": taking,
        "take_form": _take_form(open_now, typed, now) if taking and asked else None,
    }


def _held(detail: CaseDetail, on: date) -> list[Held]:
    found = []
    for view in detail.lines:
        row = detail.moves.take_backs.get(view.line.pk)
        if row is None:
            continue
        open_still = view.state == LineState.DISPLACED
        late = on > row.reply_by
        objected = row.state == TakeBackState.OBJECTED
        found.append(Held(view, row, objected, open_still and late and not objected, row.freed_at is None, late))
    return found


def _wanted(one: Proposal) -> Wanted:
    rows = []
    for row in one.rows:
        line = row.line
        before = when_words(line.start, line.end, catalogue.zone(line.resource), today=today(), short=True)
        after = when_words(row.start, row.end, catalogue.zone(row.resource), today=today(), short=True)
        if row.resource_id != line.resource_id:
            after = f"{localized(row.resource, 'name')}, {after}"
        if row.quantity != line.quantity:
            after = f"{after} × {row.quantity}"
        rows.append((before, after, price_change(row.line, row)))
    return Wanted(one, rows)


def _take_form(views: Sequence[LineView], typed: Typed, now: datetime) -> dict[str, Any]:
    found = services.free_instead([view.line for view in views], now=now)
    places = Resource.objects.in_bulk({one.resource_id for some in found.values() for one in some})
    chosen = set(typed.fields.get("chosen", "").splitlines()) if typed.act == "take-back" else set()
    choices = []
    for view in views:
        options = []
        for one in found.get(view.number, ()):
            place = places[one.resource_id]
            words = when_words(one.start, one.end, catalogue.zone(place), today=today(), short=True)
            value = f"{place.slug}|{one.start.isoformat()}|{one.end.isoformat()}"
            options.append((value, f"{localized(place, 'name')}, {words}", f"instead-{view.number}={value}" in chosen))
        choices.append({"view": view, "instead": options, "chosen": f"line={view.number}" in chosen})
    uses: set[str] = set()
    resources: Any = list({view.resource.pk: view.resource for view in views}.values())
    for rules in catalogue.effective_rules(resources).values():
        uses |= read_priority_uses(rules.priority_uses).keys()
    days = booking_settings().takeback_reply_days
    return {
        "choices": choices,
        "one": len(choices) == 1,
        "kinds": [(value, label) for value, label in TakeBackKind.choices if value != "priority" or uses],
        "uses": sorted(uses),
        "none_exists": "none_exists=yes" in chosen,
        "usual": today() + timedelta(days=days),
        "days": days,
        "fields": typed.fields if typed.act == "take-back" else {},
    }


def chosen_text(case: Case, raw: str) -> str:
    """The text that was chosen, filled in for the case; "" for none, or one of another unit."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        return ""
    row = next((one for one in services.texts_for(case.unit) if one.pk == int(raw)), None)
    return services.words_for(row, case, today()) if row is not None else ""


def texts_by_use(case: Case) -> Mapping[str, list[Any]]:
    """The texts that the case's officers may begin with, by what they are for."""
    found: dict[str, list[Any]] = {}
    for row in services.texts_for(case.unit):
        found.setdefault(str(row.get_use_display()), []).append(row)
    return found
