"""What higher floors tell organisations: how their rows move when two entries are one, and who answers a matter.

A merge finds every foreign key to ``Organisation`` by itself and points it at the entry that stays. A floor registers a
mover only where that isn't enough: a unique constraint that both entries may fill, or a slug kept as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
