"""When a message is tried again, and when it is given up. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local_date, wall

#: How long a sender owns a message. Longer than any healthy hand-over; after it, others may look.
LEASE = timedelta(minutes=2)
#: The longest pause between two tries: after an outage everything has left within this time.
LONGEST_PAUSE = timedelta(minutes=30)
#: A recipient that the server refused for good (5xx) all this time is given up, and shown. Nothing else ever is.
GIVE_UP_AFTER = timedelta(days=3)
#: The request that wrote a receipt waits at most this long for the mail server, in seconds.
PATIENCE_SECONDS = 5.0


#: Between these hours of the municipality's wall clock only legal and urgent letters leave (requests.md "Preferences").
QUIET_FROM, QUIET_TO = time(22, 0), time(7, 0)


def not_at_night(moment: datetime, tz: ZoneInfo) -> datetime:
    """The moment itself, or seven in the morning when it lies in the night."""
    clock = moment.astimezone(tz).time()
    if QUIET_TO <= clock < QUIET_FROM:
        return moment
    day = local_date(moment, tz)
    return wall(day if clock < QUIET_TO else day + timedelta(days=1), QUIET_TO, tz)


def pause(attempts: int) -> timedelta:
    """The wait after the `attempts`-th failed try: 30 s, 1 min, 2 min ... 30 min."""
    return min(timedelta(seconds=30 << min(max(attempts, 1) - 1, 10)), LONGEST_PAUSE)


def next_try(*, attempts: int, now: datetime, real: datetime) -> datetime:
    """When to try again. A run with a moved clock (`tick --now`) must not push a letter into its own future."""
    return min(now, real) + pause(attempts)


def gives_up(*, permanent: bool, created_at: datetime, now: datetime) -> bool:
    """True when the server has refused this very recipient for good, for three days."""
    return permanent and now - created_at >= GIVE_UP_AFTER
