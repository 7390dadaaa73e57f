"""Pure decisions about days: which days a page shows, and what is marked as late news. No ORM, clock or settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Mark = Literal["", "new", "changed", "cancelled"]

#: Whatever came or went in this time is marked: who looked yesterday sees what is different (needs N16).
FRESH = timedelta(hours=24)
#: The page shows this day and the next one.
DAYS_SHOWN = 2
#: Phone numbers are for the work at hand: the page goes no further back, nor further ahead, than this.
DAYS_BACK, DAYS_AHEAD = 7, 60

#: States of a line whose loan takes place.
TAKES_PLACE = frozenset({"granted", "handed_out", "returned", "completed"})
#: States of a line that was granted and does not take place.
FELL_AWAY = frozenset({"displaced", "cancelled_by_organisation", "cancelled_by_municipality"})


def is_fresh(moment: datetime, now: datetime) -> bool:
    """Less than a day ago. What lies ahead of ``now`` (a clock that jumped) counts as fresh."""
    return moment > now - FRESH


def mark_of(state: str, *, revised_at: datetime, moved: bool, now: datetime) -> Mark | None:
    """How a line is marked on its day; None: it is not shown.

    ``moved``: its time or place was changed in the last day. What fell away is shown, struck out, for a day.
    """
    fresh = is_fresh(revised_at, now)
    if state in FELL_AWAY:
        return "cancelled" if fresh else None
    if state not in TAKES_PLACE:
        return None
    if moved:
        return "changed"
    # Use alone (handed out, returned, completed) is no news.
    return "new" if fresh and state == "granted" else ""


def days_from(first: date) -> list[date]:
    """The days of one page, in order."""
    return [first + timedelta(days=number) for number in range(DAYS_SHOWN)]


def allowed_day(asked: date | None, today: date) -> date:
    """The first day of the page: the one that was asked for, within what the page may show; else today."""
    if asked is None:
        return today
    return min(max(asked, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_AHEAD))
