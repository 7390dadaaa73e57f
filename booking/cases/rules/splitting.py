"""A series that changes: all of it moves, or it is split and what follows moves. Pure.

Source: requests.md "Series and baskets" (edit one, this and following, all), feeds.md "split 'from now on'": the dates
that follow are a series of their own with a new UID, and the old one ends before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.cases.rules.series import Occurrence, expand, parse_rule
from booking.foundation.clock import local
from booking.foundation.errors import Invalid

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Moved:
    """A rule after a move: its first time, its text, the dates left out, and where each old start is now."""

    start: datetime
    end: datetime
    rrule: str
    exclude: tuple[date, ...]
    starts: dict[datetime, Occurrence]


def split(
    rrule: str, start: datetime, end: datetime, tz: ZoneInfo, exclude: Sequence[date], at: datetime
) -> tuple[str | None, list[Occurrence], tuple[date, ...]]:
    """The rule of the dates before ``at`` (None: there are none), the dates from ``at`` on, and those left out before.

    ``at`` is the start of one of the rule's dates.
    """
    dates = expand(parse_rule(rrule), start, end, tz)
    before = [one for one in dates if one.start < at]
    after = [one for one in dates if one.start >= at]
    left = tuple(day for day in exclude if day < local(at, tz).date())
    return (_with_count(rrule, len(before)) if before else None), after, left


def move(
    rrule: str,
    dates: Sequence[Occurrence],
    anchor: Occurrence,
    new_start: datetime,
    new_end: datetime,
    tz: ZoneInfo,
    exclude: Sequence[date],
) -> Moved:
    """The rule whose ``dates`` all move as ``anchor`` moves to ``[new_start, new_end)``, on the wall clock of ``tz``.

    Raises ``Invalid`` (``cant_move``) where that can't be said by a rule, such as "every second Tuesday of the month"
    moved to a Wednesday: those are moved one by one.
    """
    days = (local(new_start, tz).date() - anchor.day).days
    shifted = timedelta(days=days)
    first_day = dates[0].day + shifted
    clock_start, clock_end = local(new_start, tz), local(new_end, tz)
    over = (clock_end.date() - clock_start.date()).days
    text = _with_count(_shift_weekdays(rrule, days), len(dates))
    start = datetime.combine(first_day, clock_start.time(), tz)
    end = datetime.combine(first_day + timedelta(days=over), clock_end.time(), tz)
    found = expand(parse_rule(text), start, end, tz)
    if [one.day for one in found] != [one.day + shifted for one in dates]:
        raise _cant_move()
    starts = {old.start: new for old, new in zip(dates, found, strict=True)}
    left = tuple(day + shifted for day in exclude if day >= dates[0].day)
    return Moved(found[0].start, found[0].end, text, left, starts)


def _with_count(rrule: str, count: int) -> str:
    parts = [part for part in rrule.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    return ";".join([*parts, f"COUNT={count}"])


def _shift_weekdays(rrule: str, days: int) -> str:
    if days % 7 == 0 and "FREQ=MONTHLY" not in rrule:
        return rrule
    parts = []
    for part in rrule.split(";"):
        name, _equals, value = part.partition("=")
        if name == "BYDAY" and "FREQ=MONTHLY" not in rrule:
            moved = [_NAMES[(_NAMES.index(one) + days) % 7] for one in value.split(",")]
            part = "BYDAY=" + ",".join(moved)
        elif days and name in ("BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"):
            raise _cant_move()
        parts.append(part)
    return ";".join(parts)


def _cant_move() -> Invalid:
    return Invalid("cant_move", _("This series can't be moved as a whole. Change its dates one by one."))
