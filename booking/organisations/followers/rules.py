"""When a follower hears of something, and when what is kept is forgotten. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.foundation.clock import local, local_date, wall


class When(StrEnum):
    """How one kind of message reaches a follower (requests.md "Objects", Preferences)."""

    AT_ONCE = "at_once"
    EVENING = "evening"
    WEEKLY = "weekly"
    PAGE = "page"


#: Nothing but what is urgent leaves from 22 to 7, on the municipality's wall clock.
QUIET_FROM, QUIET_UNTIL = time(22), time(7)
#: When the evening's summary leaves, and on Sundays (Monday is 0) that of the coming week.
EVENING_AT = time(18)
WEEKLY_ON = 6
#: News waits this long, so that what is taken back at once is never said (requests.md "Deciding": undo costs nothing).
SETTLE = timedelta(seconds=60)
#: What changes inside this time is told directly, not in a summary (needs N8).
DIRECT = timedelta(hours=48)
#: A date further ahead than this is shown on the page and in the calendar, and not told one by one.
NEAR = timedelta(days=14)

#: A link in a letter of confirmation that nobody pressed, with the address that was typed.
PENDING_LIFE = timedelta(days=3)
#: So long news stands on the secret page.
NEWS_KEPT = timedelta(days=30)
#: A page without an address that nobody has opened so long is forgotten.
UNSEEN_LIFE = timedelta(days=400)
#: At most so many places on one page.
MOST_FOLLOWED = 50


def may_leave_at(moment: datetime, tz: ZoneInfo, *, urgent: bool = False) -> datetime:
    """The first moment from ``moment`` on at which a message may leave.

    ......22 ~~~~~~~~~~~ 07......
           x ----------> x          urgent: at once
    """
    if urgent:
        return moment
    at = local(moment, tz).time()
    today = local_date(moment, tz)
    if at >= QUIET_FROM:
        return wall(today + timedelta(days=1), QUIET_UNTIL, tz)
    if at < QUIET_UNTIL:
        return wall(today, QUIET_UNTIL, tz)
    return moment


def next_evening(moment: datetime, tz: ZoneInfo) -> datetime:
    """The next time at which the evening's summary leaves, ``moment`` itself included."""
    today = local_date(moment, tz)
    evening = wall(today, EVENING_AT, tz)
    return evening if evening >= moment else wall(today + timedelta(days=1), EVENING_AT, tz)


def due_at(
    when: str, *, now: datetime, starts: datetime, tz: ZoneInfo, urgent: bool = False, direct: bool = False
) -> datetime | None:
    """When news of something that begins at ``starts`` leaves to who chose ``when``; None: it only stands on the page.

    ``direct``: a kind of news that is of no use in a summary when it begins inside 48 hours (N8). A weekly summary is
    made from the calendar itself, so single news doesn't leave for it.
    """
    if when in (When.PAGE, When.WEEKLY):
        return None
    soon = may_leave_at(now + SETTLE, tz, urgent=urgent)
    if when == When.AT_ONCE or urgent or (direct and starts - now < DIRECT):
        return soon
    evening = next_evening(now, tz)
    return evening if evening < starts else soon


def week_of(now: datetime, tz: ZoneInfo) -> datetime | None:
    """The moment from which the coming week's summary counts, from Sunday evening until Monday night; else None.

    A tick that comes late on Monday still sends it; on Tuesday the week is half over, and it is left out.
    """
    today = local_date(now, tz)
    sunday = today - timedelta(days=(today.weekday() - WEEKLY_ON) % 7)
    begun = wall(sunday, EVENING_AT, tz)
    if begun <= now < wall(sunday + timedelta(days=2), time(0), tz):
        return begun
    return None


def lying_in(ids: Collection[int], parents: Mapping[int, int | None]) -> set[int]:
    """These resources and all that lies in them, however deep."""
    children: dict[int, list[int]] = {}
    for pk, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(pk)
    return _walk(ids, lambda pk: children.get(pk, ()))


def around(ids: Collection[int], parents: Mapping[int, int | None]) -> set[int]:
    """These resources and all that they lie in."""
    return _walk(ids, lambda pk: [one for one in (parents.get(pk),) if one is not None])


def _walk(ids: Collection[int], step: Callable[[int], Iterable[int]]) -> set[int]:
    found = set(ids)
    queue = list(found)
    while queue:
        for one in step(queue.pop()):
            if one not in found:
                found.add(one)
                queue.append(one)
    return found
