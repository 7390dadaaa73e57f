"""What became of a season's hours, counted date by date. Pure.

Sources: seasons.md 7, needs N17 (honest, never per person), and the rule of ten beside it: figures of a few dates, or
of one organisation alone, say more about them than about the hall, so the public page leaves them out.

    given out = given up + taken back + ahead + used + not used + nobody has said
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from booking.foundation.intervals import Interval, merge
from booking.insight.rules import LEAST

GIVEN_UP, TAKEN, AHEAD, USED, UNUSED, UNSAID = "given_up", "taken", "ahead", "used", "unused", "unsaid"
FATES = (GIVEN_UP, TAKEN, AHEAD, USED, UNUSED, UNSAID)
#: Fewer organisations than this in a row of the public page would be pointed at.
LEAST_ORGANISATIONS = 2

Key = TypeVar("Key")
_HELD = ("granted", "handed_out", "returned", "completed")


def fate(state: str, reason: str, end: datetime, used: bool | None, now: datetime) -> str | None:
    """What became of a date by ``now``. ``used``: what was reported, None if nothing. None: it doesn't count, because a
    later adoption took the hours out of the timetable, or it never was anybody's."""
    if state == "cancelled_by_organisation":
        return GIVEN_UP
    if state == "displaced" or (state == "cancelled_by_municipality" and reason != "season_changed"):
        return TAKEN
    if state not in _HELD:
        return None
    if end > now:
        return AHEAD
    return UNSAID if used is None else USED if used else UNUSED


def others_had(given_up: Interval[datetime], others: Iterable[Interval[datetime]]) -> int:
    """Minutes of time that was given up in which somebody else had the place, or a part of it."""
    met = [
        Interval(max(given_up.start, one.start), min(given_up.end, one.end)) for one in others if given_up.overlaps(one)
    ]
    return sum(int((one.end - one.start).total_seconds() // 60) for one in merge(met))


@dataclass(slots=True)
class Tally:
    """Minutes of weekly hours, by what became of them. ``retaken``: of what was given up, what others had;
    ``young``: for children and youth, of what was neither given up nor taken; ``reports``: dates that were reported."""

    dates: int = 0
    minutes: int = 0
    given_up: int = 0
    retaken: int = 0
    taken: int = 0
    ahead: int = 0
    used: int = 0
    unused: int = 0
    unsaid: int = 0
    young: int = 0
    reports: int = 0
    organisations: set[int] = field(default_factory=set)

    def add(self, minutes: int, what: str, *, young: bool, organisation: int, retaken: int = 0) -> None:
        """One more date."""
        self.dates += 1
        self.minutes += minutes
        setattr(self, what, getattr(self, what) + minutes)
        self.retaken += retaken
        self.reports += what in (USED, UNUSED)
        if young and what not in (GIVEN_UP, TAKEN):
            self.young += minutes
        self.organisations.add(organisation)

    @property
    def kept(self) -> int:
        """Minutes that neither were given up nor taken back."""
        return self.minutes - self.given_up - self.taken

    @property
    def passed(self) -> int:
        """Minutes that have been, and that the organisations kept."""
        return self.used + self.unused + self.unsaid

    @property
    def used_share(self) -> Fraction | None:
        """The share used of what was reported, 0 to 1; None when nobody reported anything."""
        reported = self.used + self.unused
        return Fraction(self.used, reported) if reported else None

    @property
    def young_share(self) -> Fraction | None:
        """The share for children and youth of what was kept, 0 to 1; None when nothing was."""
        return Fraction(self.young, self.kept) if self.kept else None

    @property
    def few(self) -> bool:
        """Use of so little, or of one organisation alone, isn't shown in public."""
        return self.reports < LEAST or len(self.organisations) < LEAST_ORGANISATIONS


def together(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    whole = Tally()
    for one in tallies:
        for name in ("dates", "minutes", "retaken", "young", "reports", *FATES):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        whole.organisations |= one.organisations
    return whole


def hidden(rows: Mapping[Key, Tally]) -> set[Key]:
    """The rows of a table under a public total whose use isn't shown: those of few, and as many of the smallest others
    as it takes that nobody can count the few from the total and the rest."""
    gone = {key for key, one in rows.items() if one.few and one.passed}
    for key in sorted((key for key in rows if key not in gone), key=lambda key: rows[key].reports):
        if not gone or not together(rows[one] for one in gone).few:
            break
        if rows[key].passed:
            gone.add(key)
    return gone


def highest(tallies: Sequence[Tally]) -> int:
    """The longest bar of a chart, in minutes; at least 1."""
    return max([one.minutes for one in tallies], default=1) or 1
