"""What holds for agreements: where they stand, when they end, which days they give, when somebody is reminded. Pure.

Source: needs N9; requests.md "Objects" (hours of an agreement are lines of a case); notice-rules.md "Rules are data"
(the kinds of use that works must know).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import wall
from booking.foundation.errors import Invalid

#: Somebody who hasn't confirmed is reminded so many days after it was written down.
CONFIRM_AFTER = 14
#: Both sides are warned so many days before the last day; after an outage only the nearest of them is said.
WARN_BEFORE = (90, 14)
#: Who has something to do is reminded so many days before.
TASK_BEFORE = 7
#: The dates of what comes back are laid out so far ahead.
TASKS_AHEAD = timedelta(days=400)
#: Hours are taken in steps: when less than the horizon without this is left, up to the horizon.
STEP = timedelta(weeks=4)
#: A series of the case holds so many dates (its rule may give 400); then a new one begins.
SERIES_DATES = 366
MOST_HOURS = 21
MOST_TASKS = 20
MOST_THINGS = 20
MOST_PARTIES = 20
MOST_DOCUMENTS = 20
MOST_EXCLUDED = 400
LONGEST_NOTICE = 60

Status = Literal["one_side", "coming", "in_force", "ending", "ended", "declined"]
Every = Literal["once", "week", "two_weeks", "month", "quarter", "half_year", "year"]
EVERY: dict[str, relativedelta | None] = {
    "once": None,
    "week": relativedelta(weeks=1),
    "two_weeks": relativedelta(weeks=2),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half_year": relativedelta(months=6),
    "year": relativedelta(years=1),
}


def status(state: str, start: date, last_day: date | None, *, notice_given: bool, on: date) -> Status:
    """Where the agreement stands on the day ``on``: what people are told, whatever `tick` has got round to.

    ``one_side``: somebody hasn't confirmed yet, so nothing of it holds by itself.
    """
    if state == "declined":
        return "declined"
    if state == "proposed":
        return "one_side"
    if state == "ended" or (last_day is not None and last_day < on):
        return "ended"
    if notice_given:
        return "ending"
    return "coming" if start > on else "in_force"


def last_day(end: date | None, notice_on: date | None) -> date | None:
    """The last day that it holds: the period's or the notice's, whichever comes first; None while it has no end."""
    return min((day for day in (end, notice_on) if day is not None), default=None)


def notice_ends_on(given_on: date, months: int) -> date:
    """The last day after notice given on a day: so many calendar months later (31 January and one month: 28 February).

    With 0 months it ends the same day.
    """
    return given_on + relativedelta(months=months)


def uses(*, hours: bool, sole_use: bool, storage: bool) -> frozenset[str]:
    """The kinds of use of notice-rules.md that the agreement is: what works must reckon with."""
    found = {"agreement"}
    if hours or sole_use:
        found.add("exclusive_agreement")
    if storage:
        found.add("stored_equipment")
    return frozenset(found)


# --- hours -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of weekly hours: the local day it begins on, and ``[start, end)`` in UTC."""

    day: date
    start: datetime
    end: datetime


def occurrences(
    weekday: int,
    begins: time,
    ends: time,
    tz: ZoneInfo,
    *,
    first: date,
    last: date,
    exclude: Collection[date] = (),
) -> Iterator[Occurrence]:
    """The dates of weekly hours in ``[first, last]`` without those of ``exclude``, on the venue's wall clock.

    ``ends`` at or before ``begins`` is the next day's. A date that the clock change leaves without length is left out.

        17:00-19:00      |--|
        22:00-02:00            |-----|      belongs to the day it begins on
    """
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day <= last:
        if day not in exclude:
            start = wall(day, begins, tz)
            end = wall(day if ends > begins else day + timedelta(days=1), ends, tz)
            if end > start:
                yield Occurrence(day, start, end)
        day += timedelta(weeks=1)


def horizon_to_take(taken_until: date | None, *, horizon: date, last: date | None) -> date | None:
    """Up to which day hours are to be taken now; None: enough is taken already.

    In steps of four weeks, so that calendars don't change every night; never beyond the last day.
    """
    until = horizon if last is None else min(horizon, last)
    if taken_until is None:
        return until
    if taken_until >= until:
        return None
    return until if until == last or taken_until <= horizon - STEP else None


def weekly_rule(weekday: int, until: date) -> str:
    """The RRULE of weekly hours up to and including a day."""
    return f"FREQ=WEEKLY;BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[weekday]};UNTIL={until:%Y%m%d}"


_DAY = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4})"
_DAYS = re.compile(rf"({_DAY})(?:\s*(?:–|—|to|til|-)\s*({_DAY}))?")


def parse_days(value: str) -> list[date]:
    """Dates as people write them, with commas or on lines: ``24.12.2026``, ``2026-12-24``, ``22.12.2026 – 2.1.2027``.

    Raises ``Invalid`` (``bad_dates``) for anything else, and for more than 400.
    """
    found: set[date] = set()
    for piece in re.split(r"[,;\n]", value):
        if not (words := piece.strip()):
            continue
        match = _DAYS.fullmatch(words)
        if match is None:
            raise _bad_dates()
        first = _one_day(match[1])
        last = _one_day(match[2]) if match[2] else first
        if last < first or (last - first).days > MOST_EXCLUDED:
            raise _bad_dates()
        found |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    if len(found) > MOST_EXCLUDED:
        raise _bad_dates()
    return sorted(found)


def _one_day(words: str) -> date:
    try:
        if "." in words:
            day, month, year = (int(part) for part in words.split("."))
            return date(year, month, day)
        return date.fromisoformat(words)
    except ValueError:
        raise _bad_dates() from None


def _bad_dates() -> Invalid:
    return Invalid(
        "bad_dates", _("Write dates as 24.12.2026 with commas between them, or 22.12.2026–2.1.2027."), loc=("excluded",)
    )


def day_ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days in a row told as one: [(first, last), ...]."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and found[-1][1] + timedelta(days=1) == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


# --- what comes back -------------------------------------------------------------------------------------------------


def task_dates(first: date, every: str, *, until: date) -> list[date]:
    """The due dates of a task from its first one up to and including ``until``.

    Monthly ones keep the day of the month where there is one: 31 January, 28 February, 31 March.
    """
    step = EVERY[every]
    if step is None:
        return [first] if first <= until else []
    found: list[date] = []
    number = 0
    while (day := first + step * number) <= until:
        found.append(day)
        number += 1
    return found


# --- reminders -------------------------------------------------------------------------------------------------------


def warning_due(last: date | None, *, agreed_on: date, on: date) -> int | None:
    """How many days before the last day a warning is due on the day ``on``: the nearest one that has come; else None.

    A warning that was due before the agreement was made is no warning: whoever agrees on four weeks knows it.
    """
    if last is None or last < on:
        return None
    due = [days for days in WARN_BEFORE if agreed_on < last - timedelta(days=days) <= on]
    return min(due, default=None)
