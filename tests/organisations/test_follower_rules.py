"""When a follower hears of something: pure rules (requests.md "Objects", Preferences; needs N8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.organisations.followers import rules
from booking.organisations.followers.rules import When

OSLO = ZoneInfo("Europe/Oslo")


def oslo(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=OSLO)


moments = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments)
def test_nothing_but_what_is_urgent_leaves_between_22_and_7(moment):
    leaves = rules.may_leave_at(moment, OSLO)
    assert 7 <= leaves.astimezone(OSLO).hour < 22
    assert timedelta() <= leaves - moment <= timedelta(hours=10)
    assert rules.may_leave_at(leaves, OSLO) == leaves
    assert rules.may_leave_at(moment, OSLO, urgent=True) == moment


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        (oslo(2, 21, 59), oslo(2, 21, 59)),
        (oslo(2, 22), oslo(3, 7)),
        (oslo(3, 6, 59), oslo(3, 7)),
        # Both nights on which the clock is moved.
        (oslo(28, 23), oslo(29, 7)),
        (oslo(24, 23, month=10), oslo(25, 7, month=10)),
    ],
)
def test_the_night_ends_at_seven_on_the_wall(moment, leaves):
    assert rules.may_leave_at(moment, OSLO) == leaves


@given(moments)
def test_an_evening_s_summary_leaves_at_six_within_a_day(moment):
    evening = rules.next_evening(moment, OSLO)
    assert (evening.astimezone(OSLO).hour, evening.astimezone(OSLO).minute) == (18, 0)
    assert timedelta() <= evening - moment <= timedelta(hours=25)


MONDAY_NOON = oslo(2, 12)


@pytest.mark.parametrize(
    ("when", "starts", "direct", "due"),
    [
        (When.AT_ONCE, oslo(20, 18), True, MONDAY_NOON + rules.SETTLE),
        (When.EVENING, oslo(20, 18), True, oslo(2, 18)),
        # Inside 48 hours a summary is too late for what is cancelled (N8) ...
        (When.EVENING, oslo(4, 11, 59), True, MONDAY_NOON + rules.SETTLE),
        (When.EVENING, oslo(4, 12), True, oslo(2, 18)),
        # ... and so is one after it has begun, whatever it is.
        (When.EVENING, oslo(4, 11), False, oslo(2, 18)),
        (When.EVENING, oslo(2, 17), False, MONDAY_NOON + rules.SETTLE),
        # Who wants it on the page only is left alone, also then.
        (When.PAGE, oslo(2, 17), True, None),
        (When.WEEKLY, oslo(2, 17), True, None),
    ],
)
def test_when_news_leaves(when, starts, direct, due):
    assert rules.due_at(when, now=MONDAY_NOON, starts=starts, tz=OSLO, direct=direct) == due


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (oslo(8, 17, 59), None),  # Sunday before six
        (oslo(8, 18), oslo(8, 18)),
        (oslo(9, 23, 59), oslo(8, 18)),  # a tick that comes a day late
        (oslo(10, 0), None),
        (oslo(7, 18), None),
    ],
)
def test_the_coming_week_is_told_from_sunday_at_six_until_monday_night(moment, week):
    assert rules.week_of(moment, OSLO) == week


def test_what_lies_in_a_place_and_what_it_lies_in():
    parents = {1: None, 2: 1, 3: 2, 4: 1, 5: None}
    assert rules.lying_in([1], parents) == {1, 2, 3, 4}
    assert rules.around([3], parents) == {1, 2, 3}
    assert rules.lying_in([5], parents) == rules.around([5], parents) == {5}
