"""What may become of a permit, and when somebody is reminded. Pure. Source: needs N11; requests.md "Objects"."""

from __future__ import annotations

from datetime import date
from typing import Literal

#: The parties are reminded so many days before the loan; after an outage only the nearest of them is said.
REMIND_BEFORE = (7, 2)
#: Somebody with a date every week isn't reminded every week.
REMIND_AGAIN_AFTER = 28
MOST_DOCUMENTS = 10

Side = Literal["party", "granter", "clock"]

#: (from, to): who may. Conditions are confirmed by the party that they bind; nobody grants those to themselves, either.
_MOVES: dict[tuple[str, str], frozenset[str]] = {
    ("needed", "applied"): frozenset({"party", "granter"}),
    ("refused", "applied"): frozenset({"party", "granter"}),
    ("expired", "applied"): frozenset({"party", "granter"}),
    ("granted", "expired"): frozenset({"clock"}),
    **{
        (before, after): frozenset({"granter"})
        for before in ("needed", "applied", "granted", "refused", "not_needed", "expired")
        for after in ("needed", "applied", "granted", "refused", "not_needed")
        if (before, after) not in {("needed", "applied"), ("refused", "applied"), ("expired", "applied")}
    },
}


def may_move(before: str, after: str, side: Side) -> bool:
    """Whether ``side`` may take a permit from one state to another. A granter may correct themselves."""
    return side in _MOVES.get((before, after), frozenset())


def may_confirm(kind: str, state: str) -> bool:
    """Whether a party can tick it: a condition that isn't confirmed and hasn't been waived or refused."""
    return kind == "condition" and state in ("needed", "applied", "expired")


def reminder_due(loan: date, on: date) -> int | None:
    """How many days before the loan a reminder is due on the day ``on``: the nearest one that has come; else None."""
    if loan < on:
        return None
    return min((days for days in REMIND_BEFORE if (loan - on).days <= days), default=None)


def has_run_out(state: str, valid_to: date | None, on: date) -> bool:
    """A granted permit whose last day is over."""
    return state == "granted" and valid_to is not None and valid_to < on
