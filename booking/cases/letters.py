"""The letters about cases. Each is rendered when it leaves, from what is true then, in the receiver's language.

One letter has one clear action: look at the case. Texts stand in ``booking/templates/booking/emails/``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.cases.links import case_url
from booking.cases.models import Case, CaseKind, Decision, Line, LineState, Message
from booking.cases.rules import UNDECIDED
from booking.cases.wanting import wanted_of
from booking.cases.wording import reason_text, time_range
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.occupancy import selectors as occupancy

Payload = Mapping[str, Any]

#: Of a long series a letter names so many dates; the page has them all.
MOST_LINES = 40
#: Free alternatives are sought for so many refused lines.
MOST_SOUGHT = 3


@dataclass(frozen=True, slots=True)
class LineText:
    """A line as a letter tells it."""

    number: int
    place: str
    when: str
    quantity: int
    state: str
    state_label: str
    reason: str


def register() -> None:
    """Make the letters known to the outbox."""
    from booking.cases.services.following import receipt_was_sent

    registry.register("case_receipt", receipt, on_sent=receipt_was_sent)
    registry.register("case_decision", decision, decision_stands)
    registry.register("case_waiting_list", waiting_list, still_waiting)
    registry.register("case_withdrawn", withdrawn)
    registry.register("case_displaced", displaced, still_displaced)
    registry.register("case_restored", restored, still_granted)
    registry.register("case_message", message, message_is_there)
    registry.register("case_message_to_officer", message_to_officer, message_is_there)


# --- the letters -----------------------------------------------------------------------------------------------------


def receipt(payload: Payload, language: str) -> Letter:
    """Who answers, by when, the reference, and what was asked; or that all or some of it is granted already."""
    case = _case(payload)
    lines = _lines(case, language)
    states = {line.state for line in lines}
    context = {
        **_common(case, language),
        "lines": lines[:MOST_LINES],
        "more": max(0, len(lines) - MOST_LINES),
        "enquiry": case.kind == CaseKind.ENQUIRY,
        "all_granted": bool(lines) and states == {LineState.GRANTED},
        "some_granted": LineState.GRANTED in states and len(states) > 1,
        "on_waiting_list": [line for line in lines if line.state == LineState.WAITING_LIST],
        "waiting": case.waiting_on == "municipality",
        "needs_reason": bool(case.override_reason),
    }
    return render("receipt", context, language, reply_to=case.unit.email)


def decision(payload: Payload, language: str) -> Letter:
    """What was granted and refused, why, what is free instead, and how to appeal."""
    case = _case(payload)
    decisions = list(Decision.objects.filter(pk__in=payload["decisions"], case=case).order_by("pk"))
    numbers = set(payload["lines"])
    lines = [line for line in _lines(case, language) if line.number in numbers]
    granted = [line for line in lines if line.state in (LineState.GRANTED, LineState.COMPLETED)]
    refused = [line for line in lines if line.state == LineState.REFUSED]
    waiting = [line for line in lines if line.state == LineState.WAITING_LIST]
    left_open = [line for line in _lines(case, language) if line.state in UNDECIDED]
    appeal = [one for one in decisions if one.appeal_by and one.legal_basis == "decision"]
    context = {
        **_common(case, language),
        "granted": granted[:MOST_LINES],
        "more_granted": max(0, len(granted) - MOST_LINES),
        "refused": refused[:MOST_LINES],
        "more_refused": max(0, len(refused) - MOST_LINES),
        "waiting_list": waiting[:MOST_LINES],
        "left_open": left_open[:MOST_LINES],
        "grounds": list(dict.fromkeys(one.grounds for one in decisions if one.grounds)),
        "decided_by": _decider(decisions, case),
        "alternatives": _alternatives(case, [line.number for line in (*refused, *waiting)], language),
        "appeal_by": max((one.appeal_by for one in appeal if one.appeal_by), default=None),
    }
    name = "granted" if not refused and not waiting else "partly" if granted else "refused"
    if waiting and not refused and not granted:
        name = "waiting_list"
    return render(name, context, language, reply_to=case.unit.email)


def waiting_list(payload: Payload, language: str) -> Letter:
    """Somebody else was given the time; this case keeps a place on the waiting list."""
    case = _case(payload)
    numbers = set(payload["lines"])
    lines = [line for line in _lines(case, language) if line.number in numbers]
    context = {
        **_common(case, language),
        "waiting_list": lines[:MOST_LINES],
        "grounds": [reason_text(payload.get("reason", ""))],
        "alternatives": _alternatives(case, sorted(numbers), language),
        "decided_by": "",
        "appeal_by": date.fromisoformat(payload["appeal_by"]) if payload.get("appeal_by") else None,
    }
    return render("waiting_list", context, language, reply_to=case.unit.email)


def withdrawn(payload: Payload, language: str) -> Letter:
    """Confirms what the party itself took back."""
    case = _case(payload)
    numbers = set(payload["lines"])
    lines = _lines(case, language)
    gone = [line for line in lines if line.number in numbers]
    cancelled = any(line.state == LineState.CANCELLED_BY_ORGANISATION for line in gone)
    context = {
        **_common(case, language),
        "gone": gone[:MOST_LINES],
        "more": max(0, len(gone) - MOST_LINES),
        "all_gone": len(gone) == len(lines),
        "cancelled": cancelled,
    }
    return render("cancelled" if cancelled else "withdrawn", context, language, reply_to=case.unit.email)


def displaced(payload: Payload, language: str) -> Letter:
    """Works or a closure took granted time: what, why, and what is free instead."""
    case = _case(payload)
    numbers = set(payload["lines"])
    gone = [line for line in _lines(case, language) if line.number in numbers]
    context = {
        **_common(case, language),
        "gone": gone[:MOST_LINES],
        "reason": reason_text(payload.get("cause", "")),
        "alternatives": _alternatives(case, sorted(numbers), language),
    }
    return render("displaced", context, language, reply_to=case.unit.email)


def restored(payload: Payload, language: str) -> Letter:
    """What displaced the time is gone: it is granted again."""
    case = _case(payload)
    numbers = set(payload["lines"])
    back = [line for line in _lines(case, language) if line.number in numbers and line.state == LineState.GRANTED]
    return render("restored", {**_common(case, language), "back": back}, language, reply_to=case.unit.email)


def message(payload: Payload, language: str) -> Letter:
    """The unit wrote something on the case."""
    case = _case(payload)
    row = Message.objects.select_related("author").get(pk=payload["message"])
    author = (
        str(row.author) if row.author and booking_settings().show_officer_names else str(_unit_name(case, language))
    )
    context = {**_common(case, language), "body": row.body, "author": author}
    return render("message", context, language, reply_to=case.unit.email)


def message_to_officer(payload: Payload, language: str) -> Letter:
    """A party wrote something on the case; the case officer hears of it."""
    case = _case(payload)
    row = Message.objects.select_related("author").get(pk=payload["message"])
    context = {**_common(case, language), "body": row.body, "author": str(row.author or case.contact_name)}
    return render("message", context, language)


# --- still true? -----------------------------------------------------------------------------------------------------


def decision_stands(payload: Payload) -> bool:
    """At least one of the lines still stands on one of these decisions (within the minute it may have been undone)."""
    return Line.objects.filter(case=payload["case"], decision__in=payload["decisions"]).exists()


def still_waiting(payload: Payload) -> bool:
    return _any_line(payload, LineState.WAITING_LIST)


def still_displaced(payload: Payload) -> bool:
    return _any_line(payload, LineState.DISPLACED, LineState.REQUESTED)


def still_granted(payload: Payload) -> bool:
    return _any_line(payload, LineState.GRANTED)


def message_is_there(payload: Payload) -> bool:
    return Message.objects.filter(pk=payload["message"], internal=False).exists()


def _any_line(payload: Payload, *states: str) -> bool:
    return Line.objects.filter(case=payload["case"], number__in=payload["lines"], state__in=states).exists()


# --- facts -----------------------------------------------------------------------------------------------------------


def _case(payload: Payload) -> Case:
    related = ("unit", "unit__parent", "officer", "deputy", "organisation", "requester")
    return Case.objects.select_related(*related).get(pk=payload["case"])


def _common(case: Case, language: str) -> dict[str, Any]:
    conf = booking_settings()
    officer = _officer(case)
    return {
        "case": case,
        "reference": case.reference,
        "title": _title(case),
        "unit": _unit_name(case, language),
        "unit_email": case.unit.email,
        "unit_phone": case.unit.phone,
        "officer": str(officer) if officer is not None and conf.show_officer_names else "",
        "answer_by": case.answer_by,
        "slow_reason": case.slow_reason,
        "received_on": local_date(case.received_at, conf.tz),
        "link": case_url(case.reference, language),
    }


def _title(case: Case) -> str:
    if case.title:
        return case.title
    if case.kind == CaseKind.ENQUIRY:
        return str(CaseKind.ENQUIRY.label)
    return case.organisation.name if case.organisation is not None else str(CaseKind.REQUEST.label)


def _officer(case: Case) -> Any:
    """Who answers today: the deputy or a leader while the officer is away."""
    from booking.cases.selectors.detail import acting_for

    person, _reason = acting_for(case, local_date(clock.now(), booking_settings().tz))
    return person


def _unit_name(case: Case, language: str) -> str:
    return str(localized(case.unit, "name", language))


def _lines(case: Case, language: str) -> list[LineText]:
    rows = case.lines.select_related("resource").order_by("number")
    return [
        LineText(
            line.number,
            str(localized(line.resource, "name", language)),
            time_range(line.start, line.end, catalogue.zone(line.resource)),
            line.quantity,
            line.state,
            str(LineState(line.state).label),
            reason_text(line.reason),
        )
        for line in rows
    ]


def _decider(decisions: Sequence[Decision], case: Case) -> str:
    people = {str(one.by) for one in decisions if one.by is not None}
    return ", ".join(sorted(people)) if booking_settings().show_officer_names else ""


def _alternatives(case: Case, numbers: Sequence[int], language: str) -> list[dict[str, str]]:
    """What is really free at this moment instead of the first of these lines; nothing for times that have passed."""
    now = clock.now()
    lines = list(case.lines.filter(number__in=numbers, start__gt=now).select_related("resource")[:MOST_SOUGHT])
    if not lines:
        return []
    found = occupancy.alternatives_many(wanted_of(lines), now=now, limit=3)
    ids = {one.resource_id for listed in found.values() for one in listed}
    places = Resource.objects.in_bulk(ids)
    return [
        {
            "place": str(localized(places[one.resource_id], "name", language)),
            "when": time_range(one.start, one.end, catalogue.zone(places[one.resource_id])),
        }
        for listed in found.values()
        for one in listed
    ]
