"""What higher floors tell organisations: how their rows move when two entries are one, who answers a matter, and what
somebody who is new in an organisation must know.

A merge finds every foreign key to ``Organisation`` by itself and points it at the entry that stays. A floor registers a
mover only where that isn't enough: a unique constraint that both entries may fill, or a slug kept as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.catalogue.models import Unit
from booking.catalogue.registry import Returning
from booking.organisations.models import LeaderMatter, Organisation

#: Moves what one model has of ``source`` to ``target``; runs in the merge's transaction, before the generic step.
Mover = Callable[[Organisation, Organisation, datetime], None]
#: Says in words what would move: (count, words) pairs for the list of consequences.
Teller = Callable[[Organisation], list[tuple[int, Any]]]
#: Makes the enquiry that answers who told of a lost leader; answers its reference.
Answerer = Callable[[LeaderMatter, Mapping[str, str], datetime], str]


@dataclass(frozen=True, slots=True)
class PagePart:
    """A section of an organisation's own page: heading, a sentence, rows of (words, address, mark), where it all is.

    A mark is a code of the status chips with its words: ``("one_side", "Confirmed by one side only")``.
    """

    heading: object
    lead: object
    rows: Sequence[tuple[str, str, tuple[str, str]]]
    url: str
    action: object


#: Answers the section for this reader, who has these roles in the organisation; None for no section.
Part = Callable[[Organisation, Any, Sequence[str], date], PagePart | None]
#: Answers how many things wait for each of these organisations, in words, by id. For leading roles only.
Waiting = Callable[[Sequence[int]], Mapping[int, str]]

_parts: dict[str, Part] = {}
_waiting: dict[str, Waiting] = {}
_movers: dict[str, Mover] = {}
_tellers: dict[str, Teller] = {}
_answerers: list[Answerer] = []


def register_mover(name: str, move: Mover) -> None:
    """Let ``move`` take part in merges. Registering a name again replaces it."""
    _movers[name] = move


def movers() -> list[Mover]:
    """In the order of their names, so that every merge takes locks in the same order."""
    return [_movers[name] for name in sorted(_movers)]


def register_teller(name: str, tell: Teller) -> None:
    """Let ``tell`` add to the list of consequences that is shown before a merge."""
    _tellers[name] = tell


def tellers() -> list[Teller]:
    """In the order of their names."""
    return [_tellers[name] for name in sorted(_tellers)]


def answer_matters_by(answerer: Answerer) -> None:
    """Who makes the case that answers a matter: the floor of cases. The last one counts."""
    _answerers[:] = [answerer]


def answer_matter(matter: LeaderMatter, contact: Mapping[str, str], now: datetime) -> str:
    """The reference of the case that answers; "" where nobody registered."""
    return _answerers[0](matter, contact, now) if _answerers else ""


# --- the first day ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a new leader should know of: an open case, an agreement. ``mark``: why it presses, in short."""

    title: str
    detail: str = ""
    link: str = ""
    when: date | None = None
    mark: str = ""


#: (organisation, day) → what there is.
FirstDay = Callable[[Organisation, date], Iterable[Entry]]
#: (organisation, first day, last day) → what it had in these days.
Had = Callable[[Organisation, date, date], Iterable[Returning]]

_first_days: dict[str, tuple[int, Any, FirstDay]] = {}
_had: dict[str, Had] = {}


def register_first_day(name: str, tell: FirstDay, *, label: Any, order: int = 100) -> None:
    """Let ``tell`` add a list to "your first day" of an organisation. Registering a name again replaces it."""
    _first_days[name] = (order, label, tell)


def first_days() -> list[tuple[Any, FirstDay]]:
    """(label, function) pairs, in their order."""
    return [(label, tell) for _order, label, tell in sorted(_first_days.values(), key=lambda one: one[0])]


def register_returning(name: str, had: Had) -> None:
    """Let ``had`` tell what an organisation had in the same weeks of last year."""
    _had[name] = had


def returning() -> list[Had]:
    """In the order in which they were registered."""
    return list(_had.values())


#: Organisation → the units that it has had to do with.
DealsWith = Callable[[Organisation], Iterable[Unit]]
_deals_with: dict[str, DealsWith] = {}


def register_units(name: str, deals_with: DealsWith) -> None:
    """Let ``deals_with`` say which units an organisation should ask. Registering a name again replaces it."""
    _deals_with[name] = deals_with


def units_dealt_with(organisation: Organisation) -> list[Unit]:
    """All of them, each once."""
    return list(dict.fromkeys(unit for answer in _deals_with.values() for unit in answer(organisation)))


# --- an organisation's own page --------------------------------------------------------------------------------------


def register_page_part(name: str, part: Part, waiting: Waiting | None = None) -> None:
    """Let a higher floor add a section to an organisation's own page, and say in the list what waits for it."""
    _parts[name] = part
    if waiting is not None:
        _waiting[name] = waiting


def page_parts(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> list[PagePart]:
    """The sections for this reader, in the order of their names."""
    found = [_parts[name](organisation, user, roles, on) for name in sorted(_parts)]
    return [part for part in found if part is not None]


def waiting_for(organisation_ids: Sequence[int]) -> dict[int, list[str]]:
    """What waits for each organisation, in words."""
    found: dict[int, list[str]] = {}
    for name in sorted(_waiting):
        for pk, words in _waiting[name](organisation_ids).items():
            found.setdefault(pk, []).append(words)
    return found
