"""Which part of time a feed shows, and how it narrows when there is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation import clock

#: Google loses the rest silently beyond about this.
MOST_EVENTS = 1_000
MOST_BYTES = 1_000_000
_BACK = timedelta(days=30)
_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` in UTC. `start` is a local Monday, so that a feed changes by itself once a week at most."""

    start: datetime
    end: datetime

    @property
    def code(self) -> str:
        """What stands in the validator."""
        return f"{self.start:%Y%m%d%H}"


def window(now: datetime, tz: ZoneInfo) -> Window:
    """From the Monday of the week 30 days ago to 400 days (and what is left of that week) ahead."""
    today = clock.local_date(now, tz)
    first = today - _BACK
    first -= timedelta(days=first.weekday())
    start = clock.wall(first, time(), tz)
    # Counted from the start, so that the end moves with it and no more often.
    return Window(start, clock.wall(first + _BACK + _AHEAD + timedelta(days=7), time(), tz))


def narrow(sizes: Iterable[int], *, most_events: int, most_bytes: int) -> int | None:
    """How many events fit when not all do; None when all do.

    ``sizes``: bytes of each, in order of start: the window ends earlier, what is near stays.
    """
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if count >= most_events or total > most_bytes:
            return count
    return None
