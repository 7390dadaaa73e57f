"""What higher floors say about a loan on the caretaker's page: who opens, who locks, which code (needs N13, N16).

Cases know no duty roster and no key register; those register here when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DayNote:
    """One thing to know about a loan on its day, in words of the reader's language.

    ``what``: "Opens", "Locks", "Key"; ``words``: who or which, "" where nobody has it yet; ``phone``: whom to ring;
    ``missing``: it is needed and nobody has it.
    """

    what: str
    words: str
    phone: str = ""
    missing: bool = False


#: (ids of lines, now) → the notes by line. Must run in a number of queries that doesn't grow with the lines.
DayNotes = Callable[[Sequence[int], datetime], Mapping[int, Sequence[DayNote]]]

_notes: dict[str, DayNotes] = {}


def register_day_notes(name: str, answer: DayNotes) -> None:
    """Let a higher floor say something about lines on their day. Registering a name again replaces it."""
    _notes[name] = answer


def forget_day_notes(name: str) -> None:
    """Take it out again: what is switched off says nothing."""
    _notes.pop(name, None)


def day_notes(line_ids: Sequence[int], now: datetime) -> dict[int, list[DayNote]]:
    """All that is said about these lines, by line, in the order of the names that registered."""
    found: dict[int, list[DayNote]] = {}
    if not line_ids:
        return found
    for name in sorted(_notes):
        for pk, notes in _notes[name](line_ids, now).items():
            found.setdefault(pk, []).extend(notes)
    return found


# --- what can be said with one tap -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayAct:
    """A button at a loan on its day: what it says, and its code for who registered it."""

    code: str
    words: str


#: (ids of lines, now) → the buttons by line. Must run in a number of queries that doesn't grow with the lines.
DayActs = Callable[[Sequence[int], datetime], Mapping[int, Sequence[DayAct]]]
#: (id of the line, code, who is signed in or None, hat of the page, now) → what to say. Raises domain errors.
DoAct = Callable[[int, str, Any, str, datetime], str]

_acts: dict[str, tuple[DayActs, DoAct]] = {}


def register_day_acts(name: str, offer: DayActs, do: DoAct) -> None:
    """Let a higher floor offer one tap at lines on their day. Registering a name again replaces it."""
    _acts[name] = (offer, do)


def day_acts(line_ids: Sequence[int], now: datetime) -> dict[int, list[DayAct]]:
    """All buttons by line; their codes carry the name of who registered them."""
    found: dict[int, list[DayAct]] = {}
    for name in sorted(_acts) if line_ids else ():
        for pk, acts in _acts[name][0](line_ids, now).items():
            found.setdefault(pk, []).extend(DayAct(f"{name}:{act.code}", act.words) for act in acts)
    return found


def do_day_act(line_id: int, code: str, *, by: Any, hat: str, now: datetime) -> str:
    """Do what was tapped; answers what to say. Raises ``KeyError`` for a button that nobody registered."""
    name, _colon, own = code.partition(":")
    return _acts[name][1](line_id, own, by, hat, now)
