"""When a place is open: weekly hours, exceptions, holidays, as intervals of epoch seconds.

The rules (architecture.md "catalogue"):

* Hours belong to the day on which they open. "22:00-02:00" on a Friday is open on Saturday morning, whatever Saturday's
  own hours, exceptions or holiday say. ``closes <= opens`` means the next day; 00:00-00:00 is the whole day.
* A day's hours are, in this order: the exception of the nearest layer that has one for the day (the thing itself, what
  it is part of, its unit, the parent unit); the holiday policy; the weekly hours. Of two exceptions in one layer the
  shorter period is the more exact one and holds; with equal periods a closed one holds, else both count.
* Nobody in the line has weekly hours: always open. Weekly rows with dates hold only within them; all valid rows count.
* Wall-clock times become moments as `foundation.clock.wall` says: a missing hour moves forward by the gap, of a doubled
  hour the first is meant. An opening that so ends before it begins isn't one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.foundation.clock import wall

DAY = 24 * 60
FIRST_DAY = date.min.toordinal()
LAST_DAY = date.max.toordinal()

Window = tuple[int, int]
_opens, _closes = itemgetter(0), itemgetter(1)


class WeeklyHours(NamedTuple):
    """Minutes after midnight on a weekday (0 = Monday); valid on days ``[first, last]`` (ordinals, both included)."""

    weekday: int
    opens: int
    closes: int
    first: int = FIRST_DAY
    last: int = LAST_DAY


class ExceptionDay(NamedTuple):
    """Other hours on days ``[first, last]`` (ordinals, both included). ``opens`` None: closed."""

    first: int
    last: int
    opens: int | None = None
    closes: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that decides when a thing is open. Hashable, so that equal schedules are computed once.

    ``weekly`` None: always open. ``layers``: exceptions, nearest layer first. ``holidays``: normal, sunday or closed.
    """

    weekly: tuple[WeeklyHours, ...] | None
    layers: tuple[tuple[ExceptionDay, ...], ...] = ()
    holidays: str = "normal"


#: No hours anywhere, nothing to look up.
ALWAYS = Schedule(None)


@lru_cache(maxsize=20_000)
def _midnight(day: int, tz: ZoneInfo) -> tuple[int, bool]:
    """The epoch second at which the local day begins, and whether it is an ordinary day of 24 hours."""
    begins = int(wall(date.fromordinal(day), time(), tz).timestamp())
    ends = int(wall(date.fromordinal(day + 1), time(), tz).timestamp())
    return begins, ends - begins == 86_400


def epoch(day: int, minutes: int, tz: ZoneInfo) -> int:
    """The epoch second of a wall-clock time; ``minutes`` may reach into the next day."""
    day, minutes = day + minutes // DAY, minutes % DAY
    begins, ordinary = _midnight(day, tz)
    if ordinary or not minutes:
        return begins + minutes * 60
    return int(wall(date.fromordinal(day), time(minutes // 60, minutes % 60), tz).timestamp())


def _exception(day: int, layers: tuple[tuple[ExceptionDay, ...], ...]) -> list[tuple[int, int]] | None:
    """The hours an exception gives the day; None when there is no exception."""
    for layer in layers:
        found = [item for item in layer if item.first <= day <= item.last]
        if found:
            shortest = min(item.last - item.first for item in found)
            exact = [item for item in found if item.last - item.first == shortest]
            if any(item.opens is None for item in exact):
                return []
            return [(item.opens, item.closes) for item in exact]  # type: ignore[misc]
    return None


def hours_of_day(schedule: Schedule, day: int, is_holiday: bool) -> list[tuple[int, int]]:
    """Minutes after midnight at which the day's openings begin and end (the end as written, not yet past midnight)."""
    if schedule.layers:
        given = _exception(day, schedule.layers)
        if given is not None:
            return given
    weekday = (day - 1) % 7  # ordinal 1 was a Monday
    if is_holiday and schedule.holidays != "normal":
        if schedule.holidays == "closed":
            return []
        weekday = 6
    if schedule.weekly is None:
        return [(0, 0)]
    return [
        (row.opens, row.closes) for row in schedule.weekly if row.weekday == weekday and row.first <= day <= row.last
    ]


@lru_cache(maxsize=4096)
def open_windows(schedule: Schedule, first: int, last: int, tz: ZoneInfo, holidays: frozenset[int]) -> list[Window]:
    """Openings that begin on local days ``[first - 1, last]``, as sorted, separate ``[start, end)`` in epoch seconds.

    ``holidays``: ordinals of the days that count as holidays. The list is shared: don't change it.
    """
    found: list[Window] = []
    for day in range(first - 1, last + 1):
        for opens, closes in hours_of_day(schedule, day, day in holidays):
            start = epoch(day, opens, tz)
            end = epoch(day, closes if closes > opens else closes + DAY, tz)
            if end > start:
                found.append((start, end))
    found.sort()
    merged: list[Window] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def clip(windows: list[Window], start: int, end: int) -> list[Window]:
    """The parts of sorted, separate ``windows`` that lie in ``[start, end)``: a new list."""
    found = windows[bisect_right(windows, start, key=_closes) : bisect_left(windows, end, key=_opens)]
    if found and found[0][0] < start:
        found[0] = (start, found[0][1])
    if found and found[-1][1] > end:
        found[-1] = (found[-1][0], end)
    return found
