"""What higher floors bring: kinds of news with their words, and what comes up in a place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from booking.catalogue.models import Resource
from booking.organisations.followers.rules import When


@dataclass(frozen=True, slots=True)
class Fact:
    """What is true of a piece of news now, in the active language.

    ``gone``: it has been taken back since (a closure that is lifted); ``words`` then say so. ``link``: a whole public
    address, or "". ``timeless``: the times only say how long it is of use, and are not shown.
    """

    words: str
    start: datetime
    end: datetime
    tz: ZoneInfo
    link: str = ""
    gone: bool = False
    timeless: bool = False


#: Ids of one kind → what everybody may know of each now. What may not be known, or is over and done, is left out.
Describe = Callable[[Sequence[int]], Mapping[int, Fact]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of news, with the choices that a follower has for it; the first is the default.

    ``direct``: told directly inside 48 hours, also to who chose a summary (needs N8).
    """

    code: str
    label: Any
    choices: tuple[When, ...]
    describe: Describe
    direct: bool = False

    @property
    def default(self) -> When:
        return self.choices[0]


@dataclass(frozen=True, slots=True)
class Coming:
    """Something ahead in a place, for the page and for the coming week's summary. ``cancelled``: it will not be."""

    start: datetime
    end: datetime
    tz: ZoneInfo
    words: str
    place: str
    link: str = ""
    cancelled: bool = False


#: (ids of resources, ids of organisations, from, until) → what everybody may know of it, in the active language.
Source = Callable[[Collection[int], Collection[int], datetime, datetime], Sequence[Coming]]


@dataclass(frozen=True, slots=True)
class Word:
    """Something said in a thread. ``author`` is "" for the follower."""

    author: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """What a follower proposed, who answers until when (None: it isn't the municipality's move), and what was said."""

    reference: str
    state: str
    who: str
    until: date | None
    open: bool
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """How a follower without a name is answered: ask about a resource (reference and id), say more, read."""

    ask: Callable[[Resource, str, datetime], tuple[str, int]]
    say_more: Callable[[str, str, datetime], None]
    read: Callable[[Sequence[str]], list[Thread]]


#: The kind of news that an answer to a follower's own words is; its subjects are the ids that ``Talk.ask`` gives.
REPLY = "reply"
_talk: list[Talk] = []


def register_talk(talk: Talk) -> None:
    """The last one counts."""
    _talk[:] = [talk]


def talk() -> Talk:
    """Raises ``LookupError`` where nobody answers."""
    if not _talk:
        raise LookupError("nobody answers followers")
    return _talk[0]


_kinds: dict[str, Kind] = {}
_sources: dict[str, Source] = {}


def register_kind(kind: Kind) -> None:
    """Let floors above tell news of this kind. Registering a code again replaces it."""
    _kinds[kind.code] = kind


def kinds() -> list[Kind]:
    """In the order in which they were registered: from the lowest floor up."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind:
    """Raises ``KeyError`` for a kind that nobody registered."""
    return _kinds[code]


def find_kind(code: str) -> Kind | None:
    """None when the part of the product that told it is switched off now."""
    return _kinds.get(code)


def register_source(name: str, source: Source) -> None:
    """Let ``source`` say what comes up. Registering a name again replaces it."""
    _sources[name] = source


def coming(resources: Collection[int], organisations: Collection[int], start: datetime, end: datetime) -> list[Coming]:
    """What comes up in ``[start, end)``, the earliest first."""
    found = [one for source in _sources.values() for one in source(resources, organisations, start, end)]
    return sorted(found, key=lambda one: (one.start, one.end, one.words))
