"""What a round asks for, as plain values: places, organisations, wishes, and a timetable that answers them.

Times are minutes from local midnight, weekdays 0 (Monday) to 6: a season is one week that returns, on wall-clock time.
Keys are integers that the caller chose (the database's), and they decide ties, so that the same input gives the same
timetable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

DAY = 24 * 60


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """``[start, end)`` on a weekday. ``end`` is at most 1440: a span never goes over midnight."""

    weekday: int
    start: int
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.start

    def meets(self, other: Span) -> bool:
        return self.weekday == other.weekday and self.start < other.end and other.start < self.end

    def holds(self, other: Span) -> bool:
        return self.weekday == other.weekday and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Place:
    """A hall or a part of one. Two places with a cell in common can't be used at the same time.

    ``hall``: key of the whole that it is part of (its own for a whole). ``open``: the hours offered in the round, less
    what the municipality needs itself.
    """

    key: int
    name: str
    hall: int
    cells: frozenset[int]
    open: tuple[Span, ...]
    room_for: int | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """An organisation that takes part, with what the rules may ask about it.

    ``members``: heads by the age bands in which organisations tell them (``ages.BANDS``) or those of the rules.
    """

    key: int
    name: str
    kind: str = "club"
    members: Mapping[str, int] = field(default_factory=dict)
    registered: bool = True  # verified by the municipality
    resident: bool = True  # belongs to the municipality
    open_membership: bool = True
    own_hall: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What one team needs in a week.

    ``places`` in order of liking: none else is given. ``apart``: names of what can't be at two places (a coach);
    wishes of one organisation that share a name never overlap. ``last``: what the team had last season.
    ``received``: position in the order in which the wishes came. ``indoor``: a sport that has no other place.
    """

    key: int
    organisation: int
    team: str
    activity: str = ""
    age_from: int | None = None
    age_to: int | None = None
    adapted: bool = False  # for disabled people
    heads: int = 0
    sessions_min: int = 1
    sessions_wanted: int = 1
    minutes_min: int = 60
    minutes_wanted: int = 60
    places: tuple[int, ...] = ()
    best: tuple[Span, ...] = ()
    impossible: tuple[Span, ...] = ()
    apart: frozenset[str] = frozenset()
    last: tuple[Slot, ...] = ()
    received: int = 0
    indoor: bool = True
    organised: bool = True

    @property
    def minutes_least(self) -> int:
        """Minutes a week below which the team can't do with it."""
        return self.sessions_min * self.minutes_min

    @property
    def minutes_asked(self) -> int:
        return self.sessions_wanted * self.minutes_wanted


@dataclass(frozen=True, order=True, slots=True)
class Slot:
    """A team's hours at a place, each week of the season. ``locked``: no draft may move it."""

    wish: int
    place: int
    weekday: int
    start: int
    end: int
    locked: bool = False

    @property
    def span(self) -> Span:
        return Span(self.weekday, self.start, self.end)

    @property
    def minutes(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Instance:
    """A round as the solver sees it. ``preset`` and ``options`` are the rules as data (``presets``)."""

    places: tuple[Place, ...]
    applicants: tuple[Applicant, ...]
    wishes: tuple[Wish, ...]
    rules: Mapping[str, object] = field(default_factory=dict)
    grid: int = 30
    seed: int = 0

    @cached_property
    def place(self) -> dict[int, Place]:
        return {one.key: one for one in self.places}

    @cached_property
    def applicant(self) -> dict[int, Applicant]:
        return {one.key: one for one in self.applicants}

    @cached_property
    def wish(self) -> dict[int, Wish]:
        return {one.key: one for one in self.wishes}


#: A complete timetable. Sorted, so that equal timetables are equal values.
Timetable = tuple[Slot, ...]
