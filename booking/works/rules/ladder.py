"""The ladder: how a party is reached when it stays silent, and on which days. Pure.

Source: notice-rules.md "Changes" (the ladder), "Sending" (what is late collapses into the newest), needs N7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: its place in the ladder (1 is the notice itself), by which means, and the local day it is due."""

    step: int
    means: str
    due: date


def rungs(given: date, start: date, ladder: Sequence[str], reminders: Sequence[int], *, earlier: int = 0) -> list[Rung]:
    """The steps after the notice, in order.

    ``given``: the local day of the notice; ``start``: of the works; ``reminders``: days before the start. A rung is
    climbed on each day of a reminder and, where the ladder has more rungs than reminders, on days spread evenly between
    the notice and the last of them, so that every rung has been tried by then. ``earlier``: so many rungs are climbed
    with the first step (youth activities). A start that is (almost) here asks for all rungs today.

        given |  sms   second   leader   phone   poster | last reminder | start
    """
    rest = list(ladder[1:])
    if not rest:
        return []
    last = start - timedelta(days=min(reminders, default=1))
    last = max(last, given)
    length = (last - given).days
    count = len(rest)
    found = []
    for index, means in enumerate(rest):
        place = max(index + 1 - earlier, 1)
        due = given + timedelta(days=round(length * place / count)) if length else given
        found.append(Rung(index + 2, means, due))
    return found


def due_rung(steps: Sequence[Rung], today: date, climbed: int) -> Rung | None:
    """The newest step that is due and higher than ``climbed``: what an outage left undone below it is passed over."""
    due = [one for one in steps if one.due <= today and one.step > climbed]
    return due[-1] if due else None


def due_reminder(start: date, days: Sequence[int], today: date, said: Sequence[int]) -> int | None:
    """Of the reminders (days before the start) the newest that is due and unsaid; None when a newer one was said."""
    due = [one for one in days if start - timedelta(days=one) <= today < start]
    if not due:
        return None
    newest = min(due)
    return None if any(one <= newest for one in said) else newest
