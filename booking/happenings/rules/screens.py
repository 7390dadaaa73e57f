"""Pure decisions of calendars on screen: which days a view shows, what stands on a day, where a bar begins and ends."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

VIEWS = ("month", "week", "agenda", "places")
AGENDA_DAYS = 14
#: How far back and ahead calendars may be turned, in days: further there is nothing.
BACK, AHEAD = 35, 550
#: Minutes of one column of the timeline.
SLOT = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a calendar. ``start``, ``end``: aware, on the wall of the place; ``kind``: confirmed, tentative,
    works, closed, information, holiday or cancelled. ``title`` is public."""

    start: datetime
    end: datetime
    kind: str
    title: str
    place: str = ""
    url: str = ""
    all_day: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a view: ``first`` to ``last``, both shown; ``day`` is the one it was asked for with.

    ``before`` and ``after``: a day in the neighbouring period, None where there is nothing to see.
    """

    view: str
    day: date
    first: date
    last: date
    before: date | None
    after: date | None

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def weeks(self) -> list[list[date]]:
        """In rows of seven, for a month and a week."""
        days = self.days
        return [days[number : number + 7] for number in range(0, len(days), 7)]


def period(view: str, day: date, *, today: date) -> Period:
    """The days that ``view`` shows around ``day``; days too far from ``today`` are brought back into reach."""
    least, most = today - timedelta(days=BACK), today + timedelta(days=AHEAD)
    day = min(max(day, least), most)
    if view == "month":
        first_of = day.replace(day=1)
        last_of = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        first = first_of - timedelta(days=first_of.weekday())
        last = last_of + timedelta(days=6 - last_of.weekday())
        before, after = first_of - timedelta(days=1), last_of + timedelta(days=1)
    elif view == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
        before, after = first - timedelta(days=1), last + timedelta(days=1)
    elif view == "agenda":
        first, last = day, day + timedelta(days=AGENDA_DAYS - 1)
        before, after = day - timedelta(days=AGENDA_DAYS), last + timedelta(days=1)
    else:
        first = last = day
        before, after = day - timedelta(days=1), day + timedelta(days=1)
    return Period(view, day, first, last, before if before >= least else None, after if after <= most else None)


def by_day(entries: Iterable[Entry], days: Sequence[date]) -> dict[date, list[Entry]]:
    """What stands on each day, in order; what lasts over midnight stands on each of its days."""
    found: dict[date, list[Entry]] = {day: [] for day in days}
    for entry in entries:
        day = entry.start.date()
        last = (entry.end - timedelta(microseconds=1)).date()
        while day <= last:
            if day in found:
                found[day].append(entry)
            day += timedelta(days=1)
    for listed in found.values():
        listed.sort(key=lambda one: (not one.all_day, one.start, one.end, one.title))
    return found


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a row of the timeline: so many columns wide, with an entry or free (None)."""

    columns: int
    entry: Entry | None


def bars(entries: Sequence[Entry], starts: datetime, ends: datetime) -> list[Bar]:
    """One row of the timeline from ``starts`` to ``ends``. Where two stand at once, the first is drawn first.

    ::

        entries   [---A---)     [-B-)
        columns   |A|A|A|A|.|.|.|B|B|     Bars: 4 A, 3 free, 2 B
    """
    total = int((ends - starts).total_seconds() // 60) // SLOT
    found: list[Bar] = []
    at = 0
    for entry in sorted(entries, key=lambda one: (one.start, one.end)):
        begins = int((entry.start - starts).total_seconds() // 60) // SLOT
        until = -(-int((entry.end - starts).total_seconds() // 60) // SLOT)
        begins, until = max(begins, at), min(until, total)
        if until <= begins:
            continue
        if begins > at:
            found.append(Bar(begins - at, None))
        found.append(Bar(until - begins, entry))
        at = until
    if at < total:
        found.append(Bar(total - at, None))
    return found


def hours_shown(entries: Iterable[Entry], day: date, *, opens: int = 8, closes: int = 22) -> tuple[int, int]:
    """The hours of the timeline: the usual ones, and as far as something reaches on that day."""
    for entry in entries:
        if entry.all_day:
            continue
        if entry.start.date() == day:
            opens = min(opens, entry.start.hour)
        last = entry.end - timedelta(microseconds=1)
        if last.date() == day:
            closes = max(closes, last.hour + 1)
        elif entry.start.date() <= day < last.date():
            closes = 24
    return opens, closes


def read_day(text: Any, default: date) -> date:
    """``text`` as a date of the address, else ``default``."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return default
