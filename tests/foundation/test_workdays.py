"""Working days against a naive day-by-day oracle, and the golden examples of notice-rules.md."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.clock import wall
from booking.foundation.errors import RuleBroken
from booking.foundation.workdays import (
    HolidayDataMissing,
    WorkCalendar,
    one_month_after,
    parse_extra_day,
    work_calendar,
)

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = WorkCalendar("NO")
CHRISTMAS = WorkCalendar("NO", ["12-24", "12-31"])

#: Norway's days off 2026, written down by hand from the almanac.
OFF_2026 = {
    date(2026, 1, 1), date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 6), date(2026, 5, 1),
    date(2026, 5, 14), date(2026, 5, 17), date(2026, 5, 24), date(2026, 5, 25), date(2026, 12, 25), date(2026, 12, 26),
}  # fmt: skip


def naive_is_working(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in OFF_2026


def test_norway_2026_day_by_day():
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert NORWAY.is_working(day) == naive_is_working(day), day
        day += timedelta(days=1)


GOLDEN = [
    (NORWAY, date(2026, 4, 13), 14, 10, date(2026, 3, 24)),
    (NORWAY, date(2026, 4, 7), 7, 5, date(2026, 3, 25)),
    (NORWAY, date(2026, 6, 1), 14, 10, date(2026, 5, 13)),
    (CHRISTMAS, date(2027, 1, 4), 14, 10, date(2026, 12, 14)),
]


@pytest.mark.parametrize(("calendar", "start", "calendar_days", "working_days", "latest"), GOLDEN)
def test_golden_examples_of_the_notice_rules(calendar, start, calendar_days, working_days, latest):
    assert calendar.latest_notice_day(start, calendar_days, working_days) == latest


days_2026 = st.dates(date(2026, 3, 1), date(2026, 12, 20))


@given(days_2026, st.integers(0, 40), st.integers(0, 30))
def test_latest_notice_day_is_the_last_working_day_with_both_spans_clear(start, calendar_days, working_days):
    def in_time(day: date) -> bool:
        between = [day + timedelta(days=n) for n in range(1, (start - day).days)]
        return (
            day < start
            and NORWAY.is_working(day)
            and len(between) >= calendar_days
            and sum(NORWAY.is_working(one) for one in between) >= working_days
        )

    latest = NORWAY.latest_notice_day(start, calendar_days, working_days)
    assert in_time(latest)
    day = latest + timedelta(days=1)
    while day < start:
        assert not in_time(day)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        (datetime(2026, 3, 24, 16, 0), date(2026, 3, 24)),  # noqa: DTZ001
        (datetime(2026, 3, 24, 16, 1), date(2026, 3, 25)),  # noqa: DTZ001
        (datetime(2026, 3, 27, 16, 1), date(2026, 3, 30)),  # noqa: DTZ001  Friday evening
        (datetime(2026, 4, 1, 23, 59), date(2026, 4, 7)),  # noqa: DTZ001  before Easter
        (datetime(2026, 5, 17, 9, 0), date(2026, 5, 18)),  # noqa: DTZ001
    ],
)
def test_a_notice_is_given_by_16_on_a_working_day_or_else_the_next(sent, given):
    assert NORWAY.given_day(wall(sent.date(), sent.time(), OSLO), OSLO) == given


@pytest.mark.parametrize(
    ("received", "promise", "answer_by"),
    [
        # An ordinary Monday: the day of receipt isn't counted.
        (date(2026, 6, 8), 10, date(2026, 6, 22)),
        # On a Saturday: counts as Monday.
        (date(2026, 6, 6), 10, date(2026, 6, 22)),
        # Over Easter: 2, 3 and 6 April are off.
        (date(2026, 3, 30), 3, date(2026, 4, 7)),
        # Never beyond a month from the true receipt, also when it was a Sunday.
        (date(2026, 7, 5), 60, date(2026, 8, 5)),
        (date(2026, 1, 31), 60, date(2026, 2, 28)),
    ],
)
def test_answer_by(received, promise, answer_by):
    moment = wall(received, time(9), OSLO)
    assert NORWAY.answer_by(moment, promise, OSLO) == answer_by


def test_the_day_of_receipt_is_the_local_one():
    # 22:30 UTC on Sunday is already Monday in Oslo in summer.
    assert NORWAY.answer_by(datetime(2026, 6, 7, 22, 30, tzinfo=UTC), 1, OSLO) == date(2026, 6, 9)


@given(st.datetimes(datetime(2026, 1, 2), datetime(2026, 11, 1), timezones=st.just(UTC)), st.integers(0, 45))  # noqa: DTZ001
def test_answer_by_against_counting_on_the_fingers(received, promise):
    first = received.astimezone(OSLO).date()
    day = first
    while not naive_is_working(day):
        day += timedelta(days=1)
    left = promise
    while left:
        day += timedelta(days=1)
        left -= naive_is_working(day)
    answer_by = NORWAY.answer_by(received, promise, OSLO)
    assert answer_by == min(day, one_month_after(first))


@given(days_2026, st.integers(-20, 20))
def test_adding_working_days_and_counting_them_agree(day, count):
    moved = NORWAY.add_working_days(day, count)
    if count > 0:
        assert NORWAY.elapsed_working_days(day, moved) == count
        assert NORWAY.is_working(moved)
        assert NORWAY.working_days_between(day, moved) == count - 1
    elif count < 0:
        assert NORWAY.working_days_between(moved, day) == -count - 1
    else:
        assert moved == day


def test_extra_days_are_off():
    assert NORWAY.is_working(date(2026, 12, 24))
    assert not CHRISTMAS.is_working(date(2026, 12, 24))
    assert not CHRISTMAS.is_working(date(2031, 12, 24))
    once = WorkCalendar("NO", [date(2026, 5, 15)])
    assert not once.is_working(date(2026, 5, 15))
    assert once.is_working(date(2028, 5, 15))


def test_the_days_off_in_a_span_are_named_in_the_country_s_language():
    assert CHRISTMAS.free_days_between(date(2026, 12, 23), date(2026, 12, 26)) == [
        (date(2026, 12, 24), ""),
        (date(2026, 12, 25), "Første juledag"),
        (date(2026, 12, 26), "Andre juledag"),
    ]


@pytest.mark.parametrize("day", [date(2101, 1, 1), date(1900, 6, 1), date(2101, 1, 8), date(9999, 12, 30)])
def test_a_year_without_holiday_data_is_an_error(day):
    with pytest.raises(HolidayDataMissing) as caught:
        NORWAY.is_working(day)
    assert isinstance(caught.value, RuleBroken)
    assert caught.value.status == 422
    assert str(day.year) in caught.value.text


def test_a_deadline_that_runs_out_of_the_data_is_an_error():
    with pytest.raises(HolidayDataMissing):
        NORWAY.add_working_days(date(2100, 12, 20), 20)


def test_an_unknown_country_is_an_error():
    with pytest.raises(HolidayDataMissing):
        WorkCalendar("XX")


@pytest.mark.parametrize("value", ["13-01", "2026-02-30", "tomorrow", 5, "2-4", (2, 30)])
def test_an_extra_day_that_is_none_is_refused(value):
    with pytest.raises(ValueError):
        parse_extra_day(value)


def test_the_municipality_s_calendar_follows_its_settings(settings):
    settings.BOOKING = {"extra_days": ["12-24"]}
    assert not work_calendar().is_working(date(2026, 12, 24))
    settings.BOOKING = {}
    assert work_calendar().is_working(date(2026, 12, 24))
