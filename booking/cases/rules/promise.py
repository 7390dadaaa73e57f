"""The steps of the answer clock: who is reminded when, who hears that it is late, and when the requester does. Pure.

Source: requests.md "The answer clock" 3-5. Timers remind, escalate and inform. They never decide, and never end a case.
All days are local dates; a step is due at a moment on the municipality's wall clock, and stays due until it is done.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local_date, wall
from booking.foundation.workdays import WorkCalendar

HALF = "half_time"
SOON = "two_days_left"
LAST = "last_day"
OVERDUE = "overdue"
INTERIM = "interim_draft"
LATE = "late_status"
ASK_AGAIN = "ask_again"
NO_REPLY = "no_reply"
KINDS = (HALF, SOON, LAST, OVERDUE, INTERIM, LATE, ASK_AGAIN, NO_REPLY)

#: Before the morning digest is written; letters to outsiders wait until nobody sleeps.
BEFORE_WORK = time(6, 0)
MORNING = time(8, 0)
#: Days after the receipt.
INTERIM_AFTER = 25
LATE_AFTER = 30
#: After a later promise has passed: days until the requester is told honestly.
LATE_AGAIN_AFTER = 5
#: Working days without a reply until the question is asked again, and until the officer is asked what to do.
ASK_AGAIN_AFTER = 5
NO_REPLY_AFTER = 10
#: A new date may be promised so far ahead. Days.
FARTHEST_PROMISE = 92


@dataclass(frozen=True, slots=True)
class Due:
    """A step: its kind, the promised (or asked) local date that it is about, and from when it is due (UTC)."""

    kind: str
    about: date
    at: datetime


def steps(
    received: datetime, answer_by: date, calendar: WorkCalendar, tz: ZoneInfo, *, since: datetime, again: bool = False
) -> list[Due]:
    """What is to happen for the promise ``answer_by``, given at ``since``; nothing that would lie before that.

    ``again``: it isn't the first promise (a holding reply, or the clock went on after a question). Then half time means
    nothing any more, and the requester hears some days after the date when it passes too.
    """
    counted = calendar.received_on(received, tz)
    received_day = local_date(received, tz)
    given = local_date(since, tz)
    days: list[tuple[str, date, time]] = []
    soon = calendar.add_working_days(answer_by, -2)
    last = calendar.add_working_days(answer_by, -1)
    if not again:
        half = calendar.add_working_days(counted, calendar.elapsed_working_days(counted, answer_by) // 2)
        if half < soon:
            days.append((HALF, half, BEFORE_WORK))
        days.append((INTERIM, received_day + timedelta(days=INTERIM_AFTER), BEFORE_WORK))
        days.append((LATE, received_day + timedelta(days=LATE_AFTER), MORNING))
    else:
        days.append((LATE, answer_by + timedelta(days=LATE_AGAIN_AFTER), MORNING))
    days.append((SOON, soon, BEFORE_WORK))
    days.append((LAST, last, BEFORE_WORK))
    days.append((OVERDUE, answer_by + timedelta(days=1), time(0, 0)))
    return sorted(
        (Due(kind, answer_by, wall(day, at, tz)) for kind, day, at in days if day > given),
        key=lambda one: (one.at, KINDS.index(one.kind)),
    )


def question_steps(asked: datetime, calendar: WorkCalendar, tz: ZoneInfo) -> list[Due]:
    """What is to happen while the requester doesn't reply."""
    day = local_date(asked, tz)
    return [
        Due(ASK_AGAIN, day, wall(calendar.add_working_days(day, ASK_AGAIN_AFTER), MORNING, tz)),
        Due(NO_REPLY, day, wall(calendar.add_working_days(day, NO_REPLY_AFTER), BEFORE_WORK, tz)),
    ]


def worth_doing(kinds: Collection[str]) -> list[str]:
    """Of steps that are due at once (the timer was late), those that still say something, in order.

    The later reminder makes the earlier ones needless, and a promise that has passed all of them.
    """
    outdone = {HALF: (SOON, LAST, OVERDUE), SOON: (LAST, OVERDUE), LAST: (OVERDUE,), ASK_AGAIN: (NO_REPLY,)}
    return [kind for kind in KINDS if kind in kinds and not any(later in kinds for later in outdone.get(kind, ()))]


def resumed(answer_by: date, asked: date, answered: date, calendar: WorkCalendar) -> date:
    """The promise after a pause: moved on by the working days that the municipality waited."""
    return calendar.add_working_days(answer_by, calendar.elapsed_working_days(asked, answered))
