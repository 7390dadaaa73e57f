"""The shapes that Lilleby is written in.

Content is facts and words, nothing else: no model, no query, no clock. The build reads it and calls the services.
Agreements, works, season rounds and rosters get content modules of their own beside these when those parts exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

LANGUAGES = ("nb", "nn", "en")


@dataclass(frozen=True)
class Text:
    """The same thing said in bokmål, nynorsk and English."""

    nb: str
    nn: str
    en: str

    def get(self, language: str) -> str:
        """The words in `language`, one of LANGUAGES."""
        return str(getattr(self, language))

    def as_dict(self) -> dict[str, str]:
        """The three languages by code."""
        return {language: self.get(language) for language in LANGUAGES}


@dataclass(frozen=True)
class Unit:
    """A municipal office. `leader`, `officers` and the others are keys of PEOPLE."""

    slug: str
    name: Text
    about: Text
    email: str
    phone: str
    leader: str
    officers: tuple[str, ...]
    parent: str = ""
    planners: tuple[str, ...] = ()
    caretakers: tuple[str, ...] = ()
    promise_working_days: int = 10


@dataclass(frozen=True)
class Person:
    """An invented person. The address is always at example.org, which nobody can own."""

    key: str
    name: str
    email: str
    phone: str = ""
    language: str = "nb"
    title: str = ""
    born: int = 0


@dataclass(frozen=True)
class Membership:
    """`role` is one of the roles of the organisations capability."""

    person: str
    role: str


@dataclass(frozen=True)
class Organisation:
    """A club, association, council or school. `number` passes modulus 11 and starts with 3, which no real one does."""

    slug: str
    name: str
    kind: str
    number: str
    about: Text
    members: tuple[Membership, ...] = ()
    teams: tuple[str, ...] = ()
    youth: bool = False
    language: str = "nb"


@dataclass(frozen=True)
class Hours:
    """Open on `weekdays` (0 = Monday) from `opens` to `closes`, wall clock; `closes` at or before `opens` is the next day."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True)
class Price:
    """Whole kroner per hour, day or loan for an audience; 0 is free, and said aloud."""

    audience: str
    kroner: int
    per: str


@dataclass(frozen=True)
class Access:
    """Accessibility facts: "yes", "no" or "not_checked" each, the narrowest door in centimetres, and it all in words."""

    step_free: str = "not_checked"
    accessible_toilet: str = "not_checked"
    hearing_loop: str = "not_checked"
    lift: str = "not_checked"
    quiet_room: str = "not_checked"
    door_width_cm: int | None = None
    words: Text | None = None


@dataclass(frozen=True)
class Closed:
    """A closure seen from today: `in_days` days from now at `start`, for `hours`."""

    in_days: int
    start: time
    hours: int
    reason: str
    maintenance: bool = False


@dataclass(frozen=True)
class Thing:
    """Something that can be lent.

    `cells` are the names of the physical pieces it takes; things that name the same piece exclude each other.
    `stock` above 0 makes it counted instead. `picture` and `body` belong to its page; without a picture it has none.
    """

    slug: str
    kind: str
    unit: str
    officer: str
    deputy: str
    name: Text
    summary: Text
    cells: tuple[str, ...] = ()
    stock: int = 0
    parent: str = ""
    capacity: int | None = None
    features: tuple[str, ...] = ()
    address: str = ""
    outline: tuple[tuple[float, float], ...] = ()
    hours: tuple[Hours, ...] = ()
    school_holidays: tuple[time, time] | None = None
    closed_in_school_holidays: bool = False
    house_rules: tuple[Text, ...] = ()
    access: Access = Access()
    prices: tuple[Price, ...] = ()
    permits: tuple[tuple[str, str], ...] = ()
    owner: str = "municipality"
    owner_name: str = ""
    basis: str = ""
    rules: dict[str, object] = field(default_factory=dict)
    for_youth: bool = False
    picture: str = ""
    picture_alt: Text | None = None
    body: tuple[Text, ...] = ()
    facts: tuple[tuple[Text, Text], ...] = ()


@dataclass(frozen=True)
class Holiday:
    """Days without school, both ends included."""

    name: Text
    first: date
    last: date
