"""Pure rules of meetings: how a commitment stands, when the next meeting is, until when the agenda is open."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local, wall

#: The agenda is open until so long before the meeting, unless the unit says otherwise.
AGENDA_CLOSES_BEFORE = timedelta(days=3)
#: Who has a commitment is reminded so long before; who hasn't answered, so long before the agenda closes.
REMIND_BEFORE = timedelta(days=7)
LONGEST = timedelta(hours=24)
FURTHEST = timedelta(days=800)
MOST_POINTS, MOST_COMMITMENTS, MOST_PARTIES = 60, 60, 200
MOST_HEADS = 500


def standing(state: str, due_on: date, closed_on: date | None, on: date) -> str:
    """How a commitment stands: open, late, kept, kept_late or dropped."""
    if state == "dropped":
        return "dropped"
    if state == "done":
        return "kept" if closed_on is None or closed_on <= due_on else "kept_late"
    return "late" if due_on < on else "open"


def next_start(start: datetime, months: int, tz: ZoneInfo) -> datetime:
    """The same weekday of the month at the same hour so many months later: the third Tuesday stays the third Tuesday.

    A fifth one that the month hasn't is the last one. On the wall clock of ``tz``, whatever the clocks do between.
    """
    there = local(start, tz)
    count = there.year * 12 + there.month - 1 + months
    year, month = divmod(count, 12)
    first = date(year, month + 1, 1)
    ordinal = (there.day - 1) // 7
    day = first + timedelta(days=(there.weekday() - first.weekday()) % 7 + 7 * ordinal)
    if day.month != first.month:
        day -= timedelta(days=7)
    return wall(day, there.time().replace(second=0, microsecond=0), tz)


def agenda_closes(start: datetime, tz: ZoneInfo) -> datetime:
    """The end of the day three days before, on the wall clock."""
    day = local(start, tz).date() - AGENDA_CLOSES_BEFORE
    return min(wall(day, time(23, 59), tz), start)
