"""The only clock of the project, and the arithmetic between wall clocks and UTC.

Time enters the code as an argument (``now=``); the doors take it from :func:`now`. ``tick --now`` moves the clock for
its own run with :func:`at`; nobody else's clock moves (a context variable, not a global).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.foundation.intervals import Interval

_moved: ContextVar[datetime | None] = ContextVar("samskap_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _moved.get() or datetime.now(UTC)


def real() -> datetime:
    """The true present moment, also inside :func:`at`: for leases and heartbeats between processes, nothing else."""
    return datetime.now(UTC)


def today(tz: ZoneInfo) -> date:
    """The calendar date on the wall in ``tz``."""
    return local_date(now(), tz)


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Run a block as if it were ``moment`` (aware). Nothing outside of this context sees it. The clock stands still."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs a moment with a time zone")
    moment = moment.astimezone(UTC)
    token = _moved.set(moment)
    try:
        yield moment
    finally:
        _moved.reset(token)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ``ZoneInfoNotFoundError`` (a KeyError) or ``ValueError`` for nonsense."""
    return ZoneInfo(name)


def local_date(moment: datetime, tz: ZoneInfo) -> date:
    """The wall-clock date of an aware moment in ``tz``. Raises ``ValueError`` for a naive one."""
    return local(moment, tz).date()


def local(moment: datetime, tz: ZoneInfo) -> datetime:
    """The same moment with the wall clock of ``tz``. Raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(tz)


@lru_cache(maxsize=65_536)
def rfc3339(moment: datetime, tz: ZoneInfo) -> str:
    """An aware moment as text with the offset of ``tz``: "2026-06-01T18:00:00+02:00".

    Kept, because times lie on quarter hours: there are 35,000 in a year, and a process writes the same ones all day.
    """
    return moment.astimezone(tz).isoformat()


def wall(day: date, at_time: time, tz: ZoneInfo) -> datetime:
    """The UTC moment when the clock on the wall in ``tz`` shows ``day`` and ``at_time``.

    Both clock-change nights are defined: an hour that doesn't exist is moved forward by the gap (02:30 becomes 03:30),
    of an hour that comes twice the first is meant. These are the rules of RFC 5545 3.3.5 for local times.
    """
    # zoneinfo with fold=0 uses the offset before the change in both cases, which gives just that.
    if at_time.fold or at_time.tzinfo is not None:
        at_time = at_time.replace(tzinfo=None, fold=0)
    return datetime.combine(day, at_time, tzinfo=tz).astimezone(UTC)


def day_bounds(day: date, tz: ZoneInfo) -> Interval[datetime]:
    """The local day as UTC moments: 23, 24 or 25 hours long."""
    return Interval(wall(day, time(), tz), wall(day + timedelta(days=1), time(), tz))
