"""Rivals: open requests for the same time. Who is granted has it; the others go to the waiting list, told why.

Source: requests.md "Deciding" (pending policy), api.md "decide".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from booking.cases.models import Case, Decision, Event, Line, LineState
from booking.cases.rules import appeal_by
from booking.cases.services.shared import event, letters, move_lines
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import EffectiveRules
from booking.correspondence.services import Outgoing
from booking.foundation.conf import booking_settings
from booking.occupancy import selectors as occupancy
from booking.occupancy.services import release


def rules_of(lines: Iterable[Line]) -> dict[int, EffectiveRules]:
    """The rules of the things that these lines are on."""
    resources: Any = list({line.resource_id: line.resource for line in lines}.values())
    return catalogue.effective_rules(resources)


def bare(effective: Mapping[int, EffectiveRules]) -> dict[int, EffectiveRules]:
    """The same rules without time between loans, for hours that are laid back to back on purpose.

    What others took with buffers of their own keeps them, and who asks beside such hours brings theirs.
    """
    return {pk: replace(one, buffer_before=0, buffer_after=0) for pk, one in effective.items()}


def rivals_of(granting: Sequence[Line], *, effective: Mapping[int, EffectiveRules]) -> list[Line]:
    """Open requests that overlap these lines on a shared piece, by id. Their cases are to be locked. Under the cells'
    locks nobody is added."""
    if not granting:
        return []
    outlook = occupancy.outlook(
        wanted_of(granting), effective=effective, ignore_cause=("line", [line.pk for line in granting])
    )
    ids = {pk for causes in outlook.rivals.values() for kind, pk in causes if kind == "line"}
    if not ids:
        return []
    rows = Line.objects.filter(pk__in=ids, state=LineState.REQUESTED)
    return list(rows.select_related("resource").order_by("pk"))


def losers(rivals: Sequence[Line]) -> list[Line]:
    """Rivals for whom too little is left, once the time is taken. Of a stock there may be enough for all."""
    if not rivals:
        return []
    own = ("line", [line.pk for line in rivals])
    hit = {one.index for one in occupancy.conflicts(wanted_of(rivals), ignore_cause=own) if one.status != "own"}
    # What a rule holds rather than lets compete has its time already and can't be hit.
    return [line for line in rivals if line.pk in hit]


def move_losers(
    losing: Sequence[Line],
    cases: Mapping[int, Case],
    decision: Decision | None,
    *,
    now: datetime,
    appealable: bool = True,
) -> tuple[list[Event], list[Outgoing]]:
    """To the waiting list, with the reason: somebody else was given the time. They may be lines of the very same case.

    A place on the waiting list is a decision too, where the legal basis is one: it carries the appeal (`appealable`).
    The log keeps which `decision` did it, so that undoing that finds them.
    """
    if not losing:
        return [], []
    release(cause_kind="line", cause_ids=[line.pk for line in losing], now=now)
    move_lines(losing, LineState.WAITING_LIST, now=now, reason="rival_granted", keep=True)
    by_case: dict[int, list[int]] = {}
    for line in losing:
        by_case.setdefault(line.case_id, []).append(line.number)
    conf = booking_settings()
    deadline = appeal_by(now, conf.tz).isoformat() if appealable else None
    due_at = now + timedelta(seconds=conf.letter_delay_seconds)
    cause: dict[str, Any] = {"because": decision.pk} if decision is not None else {}
    said_by = decision.pk if decision is not None else 0
    events: list[Event] = []
    messages: list[Outgoing] = []
    for case_id, numbers in sorted(by_case.items()):
        case = cases[case_id]
        numbers.sort()
        events.append(event(case, "waiting_listed", now=now, lines=numbers, reason="rival_granted", **cause))
        payload = {"lines": numbers, "reason": "rival_granted", "appeal_by": deadline}
        key = rival_key(case_id, said_by) if said_by else f"waiting:{case_id}:{case.version}"
        messages += letters(case, "case_waiting_list", key, payload, due_at=due_at)
    return events, messages


def rival_key(case_id: int, decision_id: int) -> str:
    """What the letter to a rival about this decision is known by in the outbox."""
    return f"waiting:{case_id}:because:{decision_id}"
