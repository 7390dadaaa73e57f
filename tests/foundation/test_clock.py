from contextvars import copy_context
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation import clock

OSLO = ZoneInfo("Europe/Oslo")


def test_now_is_aware_and_runs():
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


def test_at_moves_the_clock_of_its_own_run_only():
    moment = datetime(2030, 5, 17, 23, 30, tzinfo=UTC)
    outside = copy_context()
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.today(OSLO) == date(2030, 5, 18)
        assert outside.run(clock.now) != moment
    assert clock.now() != moment


def test_at_needs_a_zone():
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2030, 1, 1)):  # noqa: DTZ001
        pass


def test_an_hour_that_does_not_exist_moves_forward_by_the_gap():
    # 2026-03-29: 02:00 becomes 03:00 in Norway
    moment = clock.wall(date(2026, 3, 29), time(2, 30), OSLO)
    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment.astimezone(OSLO).time() == time(3, 30)


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    # 2026-10-25: 03:00 becomes 02:00
    assert clock.wall(date(2026, 10, 25), time(2, 30), OSLO) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock.wall(date(2026, 10, 25), time(2, 30, fold=1), OSLO) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 2, 28), 24), (date(2028, 2, 29), 24)],
)
def test_a_local_day_has_23_24_or_25_hours(day, hours):
    bounds = clock.day_bounds(day, OSLO)
    assert bounds.end - bounds.start == timedelta(hours=hours)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_wall_and_back_is_the_same_wall_time_but_for_the_missing_hour(naive):
    naive = naive.replace(second=0, microsecond=0)
    back = clock.wall(naive.date(), naive.time(), OSLO).astimezone(OSLO).replace(tzinfo=None)
    assert back == naive or back - naive == timedelta(hours=1)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(["Europe/Oslo", "America/Havana", "Pacific/Apia"]))
def test_days_follow_each_other_without_holes(day, name):
    tz = ZoneInfo(name)
    if name == "Pacific/Apia" and date(2011, 12, 27) <= day <= date(2011, 12, 31):
        return  # Samoa left out 30 December 2011
    assert clock.day_bounds(day, tz).end == clock.day_bounds(day + timedelta(days=1), tz).start


def test_a_naive_moment_has_no_local_date():
    with pytest.raises(ValueError, match="time zone"):
        clock.local_date(datetime(2026, 1, 1), OSLO)  # noqa: DTZ001


def test_a_moment_is_written_with_the_offset_of_its_zone_whatever_zone_it_came_in() -> None:
    oslo, utc = ZoneInfo("Europe/Oslo"), datetime(2026, 6, 1, 16, tzinfo=UTC)
    same = utc.astimezone(ZoneInfo("America/New_York"))
    for moment in (utc, same, utc):
        assert clock.rfc3339(moment, oslo) == "2026-06-01T18:00:00+02:00"
    assert clock.rfc3339(utc, ZoneInfo("Europe/London")) == "2026-06-01T17:00:00+01:00"
    # The hour that comes twice is two moments.
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert (clock.rfc3339(first, oslo), clock.rfc3339(second, oslo)) == (
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    )
