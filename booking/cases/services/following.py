"""What happens to cases by itself: time passes, works displace, a closure goes, a letter leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from booking.cases import following as followers
from booking.cases.models import Case, Event, Line, LineState, TakeBackOutcome
from booking.cases.rules import is_short_notice
from booking.cases.services.loose_ends import end_take_backs, withdraw_changes
from booking.cases.services.shared import (
    event,
    letters,
    lock_cases,
    move_lines,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import turn

#: Lines completed in one transaction.
_BATCH = 500


def complete_passed_lines(now: datetime) -> int:
    """Granted lines whose time is over become completed: time alone moves nothing else. How many.

    Safe twice and in two processes at once. What an officer hasn't decided stays as it is, and counts as overdue.
    """
    done = 0
    while True:
        with transaction.atomic():
            ids = list(
                Line.objects.filter(state=LineState.GRANTED, end__lte=now)
                .order_by("end", "pk")
                .values_list("pk", "case_id")[:_BATCH]
            )
            if not ids:
                return done
            cases = lock_cases(case_id for _pk, case_id in ids)
            lines = list(Line.objects.filter(pk__in=[pk for pk, _case in ids], state=LineState.GRANTED))
            # No new SEQUENCE: what was planned is what took place. The stamp stays too, or every feed would change.
            Line.objects.filter(pk__in=[line.pk for line in lines], state=LineState.GRANTED).update(
                state=LineState.COMPLETED
            )
            touched = [cases[pk] for pk in sorted({line.case_id for line in lines})]
            refresh(touched, states_of(case.pk for case in touched), now=now)
            done += len(lines)


def lines_displaced(line_ids: Sequence[int], by_cause: tuple[str, int], now: datetime) -> None:
    """Occupancy says: works or a closure took the time of these lines. Runs in the transaction that did it.

    A granted line keeps its place as displaced and comes back by itself. A held one was never promised: it is only
    asked for again.
    """
    lines = list(Line.objects.filter(pk__in=line_ids).select_related("resource"))
    cases = lock_cases(line.case_id for line in lines)
    granted = [line for line in lines if line.state == LineState.GRANTED]
    held = [line for line in lines if line.state == LineState.HELD]
    reason = by_cause[0]
    move_lines(granted, LineState.DISPLACED, now=now, reason=reason, keep=True)
    move_lines(held, LineState.REQUESTED, now=now, reason=reason, keep=True)
    if held:
        turn(
            cause_kind="line",
            cause_ids=[line.pk for line in held],
            klass=Klass.NOTE,
            status=Status.TENTATIVE,
            now=now,
        )
    withdraw_changes(granted, now=now)
    # What the municipality takes back has a letter of its own: with a deadline, and what is offered instead.
    handler = "case_taken_back" if by_cause[0] == "take_back" else "case_displaced"
    _follow(cases, [*granted, *held], "displaced", handler, by_cause, now)
    followers.cancelled(cases, granted, now=now)


def lines_restored(line_ids: Sequence[int], by_cause: tuple[str, int], now: datetime) -> None:
    """Occupancy says: what displaced these lines is gone, and they have their time again."""
    lines = list(Line.objects.filter(pk__in=line_ids, state=LineState.DISPLACED).select_related("resource"))
    cases = lock_cases(line.case_id for line in lines)
    move_lines(lines, LineState.GRANTED, now=now, keep=True)
    end_take_backs(lines, TakeBackOutcome.RESTORED, now=now)
    _follow(cases, lines, "restored", "case_restored", by_cause, now)
    followers.restored(lines, now=now)


def _follow(
    cases: Mapping[int, Case], lines: Sequence[Line], kind: str, handler: str, by_cause: tuple[str, int], now: datetime
) -> None:
    by_case: dict[int, list[int]] = {}
    for line in lines:
        by_case.setdefault(line.case_id, []).append(line.number)
    events: list[Event] = []
    messages: list[Any] = []
    for case_id, numbers in sorted(by_case.items()):
        case = cases[case_id]
        cause = {"cause": by_cause[0], "cause_id": by_cause[1]}
        entry = event(case, kind, now=now, lines=sorted(numbers))
        entry.data |= cause
        events.append(entry)
        key = f"{kind}:{case_id}:{case.version}"
        # What begins within two days can't wait for the next round of the post (needs N8).
        near = any(is_short_notice(line.start, now) for line in lines if line.case_id == case_id)
        messages += letters(case, handler, key, {"lines": sorted(numbers), **cause}, due_at=now, soon=near)
    Event.objects.bulk_create(events)
    post(messages, now=now)
    touched = [cases[pk] for pk in by_case]
    refresh(touched, states_of(by_case), now=now)
    for case in touched:
        tell_calendars(case)


def receipt_was_sent(payload: Mapping[str, Any], now: datetime) -> None:
    """The mail server accepted the receipt: say so in the log (requests.md "The answer clock" 1)."""
    case = Case.objects.filter(pk=payload["case"]).first()
    if case is not None and not case.events.filter(type="receipt_sent").exists():
        event(case, "receipt_sent", now=now).save()
