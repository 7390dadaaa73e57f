"""The letters about what was asked and decided. Each is rendered when it leaves, in the receiver's language.

One letter has one clear action: look at the case. Texts stand in ``booking/templates/booking/emails/``.
"""

from __future__ import annotations

from datetime import date

from booking.cases import registry
from booking.cases.letters.facts import (
    MOST_LINES,
    Payload,
    alternatives_of,
    case_of,
    common_of,
    decider_of,
    lines_of,
    prices_of,
)
from booking.cases.models import CaseKind, Decision, Line, LineState
from booking.cases.rules import UNDECIDED, is_short_notice
from booking.cases.wording import reason_text, to_pass_on
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.wording import day_words


def receipt(payload: Payload, language: str) -> Letter:
    """Who answers, by when, the reference, and what was asked; or that all or some of it is granted already."""
    case = case_of(payload)
    lines = lines_of(case, language)
    states = {line.state for line in lines}
    context = {
        **common_of(case, language),
        "lines": lines[:MOST_LINES],
        "more": max(0, len(lines) - MOST_LINES),
        "enquiry": case.kind == CaseKind.ENQUIRY,
        "all_granted": bool(lines) and states == {LineState.GRANTED},
        "some_granted": LineState.GRANTED in states and len(states) > 1,
        "on_waiting_list": [line for line in lines if line.state == LineState.WAITING_LIST],
        "waiting": case.waiting_on == "municipality",
        "needs_reason": bool(case.override_reason),
        # Never which tie: only that somebody else answers because of one (needs N10).
        "because_of_conflict": case.events.filter(type="disqualified").exists(),
        "prices": prices_of(lines),
        "answer_day": day_words(case.answer_by) if case.answer_by is not None else "",
    }
    return render("receipt", context, language, reply_to=case.unit.email, thread=case.reference)


def decision(payload: Payload, language: str) -> Letter:
    """What was granted and refused, why, what is free instead, and how to appeal."""
    case = case_of(payload)
    decisions = list(Decision.objects.filter(pk__in=payload["decisions"], case=case).order_by("pk"))
    numbers = set(payload["lines"])
    lines = [line for line in lines_of(case, language) if line.number in numbers]
    granted = [line for line in lines if line.state in (LineState.GRANTED, LineState.COMPLETED)]
    refused = [line for line in lines if line.state == LineState.REFUSED]
    waiting = [line for line in lines if line.state == LineState.WAITING_LIST]
    left_open = [line for line in lines_of(case, language) if line.state in UNDECIDED]
    appeal = [one for one in decisions if one.appeal_by and one.legal_basis == "decision"]
    context = {
        **common_of(case, language),
        "granted": granted[:MOST_LINES],
        "more_granted": max(0, len(granted) - MOST_LINES),
        "prices": prices_of(granted),
        "refused": refused[:MOST_LINES],
        "more_refused": max(0, len(refused) - MOST_LINES),
        "waiting_list": waiting[:MOST_LINES],
        "left_open": left_open[:MOST_LINES],
        "grounds": list(dict.fromkeys(one.grounds for one in decisions if one.grounds)),
        "decided_by": decider_of(decisions, case),
        "alternatives": alternatives_of(case, [line.number for line in (*refused, *waiting)], language),
        "appeal_by": max((one.appeal_by for one in appeal if one.appeal_by), default=None),
    }
    name = "granted" if not refused and not waiting else "partly" if granted else "refused"
    if waiting and not refused and not granted:
        name = "waiting_list"
    return render(name, context, language, reply_to=case.unit.email, thread=case.reference)


def waiting_list(payload: Payload, language: str) -> Letter:
    """Somebody else was given the time; this case keeps a place on the waiting list."""
    case = case_of(payload)
    numbers = set(payload["lines"])
    lines = [line for line in lines_of(case, language) if line.number in numbers]
    context = {
        **common_of(case, language),
        "waiting_list": lines[:MOST_LINES],
        "grounds": [reason_text(payload.get("reason", ""))],
        "alternatives": alternatives_of(case, sorted(numbers), language),
        "decided_by": "",
        "appeal_by": date.fromisoformat(payload["appeal_by"]) if payload.get("appeal_by") else None,
    }
    return render("waiting_list", context, language, reply_to=case.unit.email, thread=case.reference)


def withdrawn(payload: Payload, language: str) -> Letter:
    """Confirms what the party itself took back."""
    case = case_of(payload)
    numbers = set(payload["lines"])
    lines = lines_of(case, language)
    gone = [line for line in lines if line.number in numbers]
    cancelled = any(line.state == LineState.CANCELLED_BY_ORGANISATION for line in gone)
    context = {
        **common_of(case, language),
        "gone": gone[:MOST_LINES],
        "more": max(0, len(gone) - MOST_LINES),
        "all_gone": len(gone) == len(lines),
        "cancelled": cancelled,
    }
    return render(
        "cancelled" if cancelled else "withdrawn", context, language, reply_to=case.unit.email, thread=case.reference
    )


def displaced(payload: Payload, language: str) -> Letter:
    """Works or a closure took granted time: what, why, and what is free instead."""
    case = case_of(payload)
    numbers = set(payload["lines"])
    gone = [line for line in lines_of(case, language) if line.number in numbers]
    now = clock.now()
    soon = {line.number for line in case.lines.filter(number__in=numbers) if is_short_notice(line.start, now)}
    near = [(line.place, line.when) for line in gone if line.number in soon]
    ids = list(case.lines.filter(number__in=numbers).values_list("pk", flat=True))
    cause = payload.get("cause", "")
    reason = registry.cause_words(cause, payload.get("cause_id"), ids) or reason_text(cause)
    context = {
        **common_of(case, language),
        "gone": gone[:MOST_LINES],
        "pass_on": to_pass_on(near, reason) if near else "",
        "reason": reason,
        "alternatives": alternatives_of(case, sorted(numbers), language),
    }
    return render("displaced", context, language, reply_to=case.unit.email, thread=case.reference)


def restored(payload: Payload, language: str) -> Letter:
    """What displaced the time is gone: it is granted again."""
    case = case_of(payload)
    numbers = set(payload["lines"])
    back = [line for line in lines_of(case, language) if line.number in numbers and line.state == LineState.GRANTED]
    return render(
        "restored",
        {**common_of(case, language), "back": back},
        language,
        reply_to=case.unit.email,
        thread=case.reference,
    )


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


def _any_line(payload: Payload, *states: str) -> bool:
    return Line.objects.filter(case=payload["case"], number__in=payload["lines"], state__in=states).exists()
