"""The answer-by date with published slow weeks, and the appeal deadline. Pure.

Source: requests.md "The answer clock" 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local_date, wall
from booking.foundation.workdays import WorkCalendar, one_month_after

#: Three weeks from when the notice arrived (forvaltningsloven § 29).
APPEAL_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Slow:
    """Weeks in which a unit answers later: first and last local date (both included), the promise then, and why."""

    first: date
    last: date
    promise_days: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerBy:
    """The last local date on which the answer is in time, and why it is later than usual ("" when it isn't)."""

    day: date
    slow_reason: str = ""


def answer_by(
    received: datetime, promise_days: int, calendar: WorkCalendar, tz: ZoneInfo, slow: Sequence[Slow] = ()
) -> AnswerBy:
    """When the requester hears at the latest.

    `promise_days` working days after the receipt (the day of receipt not counted; received on a day off counts as the
    next working day). Slow weeks hold when the case counts as received in them, or when the usual date falls into them;
    of several the latest date holds. Never beyond one calendar month from the true day of receipt. Raises
    ``HolidayDataMissing`` for a year without data.
    """
    usual = calendar.answer_by(received, promise_days, tz)
    counted = calendar.received_on(received, tz)
    result = AnswerBy(usual)
    for weeks in slow:
        if not (weeks.first <= counted <= weeks.last or weeks.first <= usual <= weeks.last):
            continue
        later = calendar.answer_by(received, weeks.promise_days, tz)
        if later > result.day:
            result = AnswerBy(later, weeks.reason)
    return result


def may_promise(day: date, *, received: datetime, tz: ZoneInfo, holding_reply: bool) -> bool:
    """Whether `day` may be promised: within one month from receipt, later only with a holding reply."""
    return holding_reply or day <= one_month_after(local_date(received, tz))


def is_overdue(answer_by_day: date | None, now: datetime, tz: ZoneInfo) -> bool:
    """Overdue from 00:00 local time of the day after."""
    return answer_by_day is not None and local_date(now, tz) > answer_by_day


def appeal_by(notified: datetime, tz: ZoneInfo) -> date:
    """The last day of the appeal: three weeks after the letter."""
    return local_date(notified, tz) + timedelta(weeks=APPEAL_WEEKS)


#: An offer of the waiting list stands until this hour of the next day (requests.md "Deciding").
OFFER_UNTIL = time(20, 0)
#: In an emergency the party has until the next day to reply.
EMERGENCY_REPLY_DAYS = 1
#: Less than this before it begins, what happens to a time is told at once, with words to pass on (needs N8).
SHORT_NOTICE = timedelta(hours=48)


def offer_expires(offered: datetime, tz: ZoneInfo) -> datetime:
    """20:00 of the next local day, in UTC."""
    return wall(local_date(offered, tz) + timedelta(days=1), OFFER_UNTIL, tz)


def least_reply_days(kind: str, *, usual: int, named: int | None = None) -> int:
    """How many days a party has at least to reply when its time is taken back.

    `usual` as the municipality has set; an emergency has less; `priority`: as the house rules named it beforehand.
    """
    if kind == "emergency":
        return min(usual, EMERGENCY_REPLY_DAYS)
    if kind == "priority" and named is not None:
        return named
    return usual


def is_short_notice(start: datetime, now: datetime) -> bool:
    """True when the time begins within 48 hours."""
    return start - now < SHORT_NOTICE
