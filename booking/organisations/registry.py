"""What higher floors tell organisations: how their rows move when two entries are one, and who answers a matter.

A merge finds every foreign key to ``Organisation`` by itself and points it at the entry that stays. A floor registers a
mover only where that isn't enough: a unique constraint that both entries may fill, or a slug kept as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from booking.organisations.models import LeaderMatter, Organisation

#: Moves what one model has of ``source`` to ``target``; runs in the merge's transaction, before the generic step.
Mover = Callable[[Organisation, Organisation, datetime], None]
#: Says in words what would move: (count, words) pairs for the list of consequences.
Teller = Callable[[Organisation], list[tuple[int, Any]]]
#: Makes the enquiry that answers who told of a lost leader; answers its reference.
Answerer = Callable[[LeaderMatter, Mapping[str, str], datetime], str]

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
