"""Where a bar lies on a timeline: wall-clock time becomes a share of the width, and what overlaps goes into lanes.

    day 1                day 2                The hours before ``opens`` are left out of every day: nobody is there at
    |06 ... 24|          |06 ... 24|          night, and the bars get wider. Something in the night brings them back.

Pure. Times are naive moments on the wall clock of the thing, so that a day is as wide as any other also when the clock
changes; intervals are half-open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

#: The hour with which a day begins on the timeline, as long as nothing happens before it.
MORNING = 6
#: More bars over each other than this are in the table only: a row must not grow for ever.
MOST_LANES = 6
#: What is shorter is drawn this wide, in hundredths of a percent: one must be able to hit it.
_LEAST = 25


@dataclass(frozen=True, slots=True)
class Scale:
    """Some days in a row, each from ``opens`` o'clock to midnight. Positions are hundredths of a percent."""

    first: date
    days: int
    opens: int = MORNING

    def position(self, moment: datetime) -> int:
        """0 at the left edge, 10,000 at the right; what lies outside, or in the hours left out, is on the edge."""
        index = (moment.date() - self.first).days
        if index < 0:
            return 0
        if index >= self.days:
            return 10_000
        minutes = moment.hour * 60 + moment.minute - self.opens * 60
        share = min(max(minutes / ((24 - self.opens) * 60), 0.0), 1.0)
        return round((index + share) * 10_000 / self.days)

    @property
    def last(self) -> date:
        """The last day that is shown."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts from ``start`` to ``end`` on the wall clock; ``key`` tells which."""

    key: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar on the timeline: left edge and width in hundredths of a percent, and which lane, from the top."""

    key: int
    left: int
    width: int
    lane: int


def first_hour(bars: Iterable[Bar], first: date, days: int) -> int:
    """With which hour the days begin: in the morning, or at midnight when something happens in the night."""
    last = first + timedelta(days=days)
    for bar in bars:
        day = max(bar.start.date(), first)
        end = min(bar.end, datetime.combine(last, time()))
        if bar.start >= datetime.combine(day, time()) and bar.start.hour < MORNING and first <= bar.start.date() < last:
            return 0
        if time() < end.time() <= time(MORNING) and end.date() > first:
            return 0
    return MORNING


def in_lanes(bars: Iterable[Bar]) -> list[tuple[Bar, int]]:
    """Each bar with the first lane in which nothing overlaps it. By start, the longer one first."""
    ends: list[datetime] = []
    found = []
    for bar in sorted(bars, key=lambda one: (one.start, -(one.end - one.start), one.key)):
        for lane, busy_until in enumerate(ends):
            if busy_until <= bar.start:
                ends[lane] = bar.end
                break
        else:
            lane = len(ends)
            ends.append(bar.end)
        found.append((bar, lane))
    return found


def place(bars: Sequence[Bar], scale: Scale) -> list[Placed]:
    """Where the bars lie. What doesn't touch the days shown isn't there."""
    begins = datetime.combine(scale.first, time())
    ends = begins + timedelta(days=scale.days)
    shown = [bar for bar in bars if bar.start < ends and bar.end > begins]
    placed = []
    for bar, lane in in_lanes(shown):
        left = scale.position(max(bar.start, begins))
        # A day's end is the right edge of that day, not the left one of the next, which begins later.
        last = bar.end - timedelta(minutes=1) if bar.end.time() == time() else bar.end
        right = 10_000 if bar.end >= ends else scale.position(last)
        if bar.end.time() == time() and bar.end < ends:
            right = round((((bar.end.date() - scale.first).days) * 10_000) / scale.days)
        left = min(left, 10_000 - _LEAST)
        placed.append(Placed(bar.key, left, max(right - left, _LEAST), lane))
    return placed
