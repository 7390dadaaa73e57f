"""Repeating times: the wall clock is kept, bombs are refused before they go off."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from booking.cases.rules import Occurrence, expand, parse_rule
from booking.foundation.errors import Invalid

OSLO = ZoneInfo("Europe/Oslo")


def oslo(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO, fold=fold)


def dates(rule: str, start: str, end: str, **kwargs: object) -> list[Occurrence]:
    return expand(parse_rule(rule), oslo(start), oslo(end), OSLO, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=SECONDLY;COUNT=10", "rule_frequency"),
        ("FREQ=MINUTELY;UNTIL=20261231", "rule_frequency"),
        ("FREQ=HOURLY;COUNT=2", "rule_frequency"),
        ("FREQ=YEARLY;COUNT=2", "rule_frequency"),
        ("FREQ=DAILY", "rule_without_end"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20261231", "rule_without_end"),
        ("FREQ=DAILY;COUNT=401", "too_many_dates"),
        ("FREQ=DAILY;COUNT=1000000000", "bad_rule"),
        ("FREQ=DAILY;COUNT=999999999", "too_many_dates"),
        ("FREQ=DAILY;COUNT=0", "bad_rule"),
        ("FREQ=DAILY;COUNT=-1", "bad_rule"),
        ("FREQ=DAILY;COUNT=2;INTERVAL=0", "bad_rule"),
        ("FREQ=DAILY;COUNT=2;INTERVAL=99999", "bad_rule"),
        ("FREQ=DAILY;COUNT=2;BYHOUR=1,2,3", "rule_not_supported"),
        ("FREQ=DAILY;COUNT=2;BYSECOND=1", "rule_not_supported"),
        ("FREQ=DAILY;COUNT=2;BYEASTER=1", "rule_not_supported"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=2;BYMONTHDAY=3", "rule_not_supported"),
        ("FREQ=DAILY;COUNT=2;BYSETPOS=1", "rule_not_supported"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=XX", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=2TU", "bad_rule"),
        ("FREQ=MONTHLY;COUNT=2;BYDAY=9TU", "bad_rule"),
        ("FREQ=DAILY;UNTIL=99991231", "out_of_range"),
        ("FREQ=DAILY;UNTIL=20261231T120000", "bad_until"),
        ("FREQ=DAILY;UNTIL=soon", "bad_until"),
        ("FREQ=DAILY;UNTIL=20260230", "bad_until"),
        ("DTSTART:20260101", "bad_rule"),
        ("", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=٣", "bad_rule"),
        ("FREQ=DAILY;COUNT=2;" + "X" * 300, "bad_rule"),
    ],
)
def test_rules_that_are_refused(rule: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rule(rule)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;UNTIL=21001231",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=400",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;UNTIL=21001231",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;INTERVAL=12;BYSETPOS=366;COUNT=400",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;COUNT=400",
    ],
)
def test_bombs_go_off_harmlessly(rule: str) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid):
        dates(rule, "2026-03-02 17:00", "2026-03-02 19:00")
    assert time.monotonic() - began < 1


def test_the_wall_clock_is_kept_across_both_switches() -> None:
    found = dates("FREQ=WEEKLY;UNTIL=20261130", "2026-03-02 17:00", "2026-03-02 19:00")
    assert {(one.start.astimezone(OSLO).hour, one.end.astimezone(OSLO).hour) for one in found} == {(17, 19)}
    assert {one.start.hour for one in found} == {15, 16}


def test_a_night_over_the_switch_is_an_hour_shorter_or_longer() -> None:
    spring = dates("FREQ=DAILY;COUNT=3", "2026-03-27 22:00", "2026-03-28 06:00")
    assert [(one.end - one.start) // timedelta(hours=1) for one in spring] == [8, 7, 8]
    autumn = dates("FREQ=DAILY;COUNT=3", "2026-10-23 22:00", "2026-10-24 06:00")
    assert [(one.end - one.start) // timedelta(hours=1) for one in autumn] == [8, 9, 8]


def test_the_missing_hour_moves_forward_and_of_the_doubled_one_the_first_is_meant() -> None:
    (_, spring, _) = dates("FREQ=DAILY;COUNT=3", "2026-03-28 02:30", "2026-03-28 04:00")
    assert spring.start == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    (_, autumn, _) = dates("FREQ=DAILY;COUNT=3", "2026-10-24 02:30", "2026-10-24 04:00")
    assert autumn.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    (_, swallowed, _) = dates("FREQ=DAILY;COUNT=3", "2026-03-28 02:00", "2026-03-28 03:00")
    assert swallowed.end > swallowed.start


def test_until_a_date_includes_that_day_and_until_a_moment_includes_that_moment() -> None:
    assert len(dates("FREQ=WEEKLY;UNTIL=20260316", "2026-03-02 17:00", "2026-03-02 19:00")) == 3
    assert len(dates("FREQ=WEEKLY;UNTIL=20260316T160000Z", "2026-03-02 17:00", "2026-03-02 19:00")) == 3
    assert len(dates("FREQ=WEEKLY;UNTIL=20260316T155959Z", "2026-03-02 17:00", "2026-03-02 19:00")) == 2
    # Late in the evening the UTC date is another one; the moment decides.
    assert len(dates("FREQ=DAILY;UNTIL=20260701T213000Z", "2026-06-30 23:30", "2026-07-01 00:30")) == 2


def test_left_out_dates_and_the_29th_of_february() -> None:
    found = dates(
        "FREQ=WEEKLY;COUNT=4", "2026-03-02 17:00", "2026-03-02 19:00", exclude=[date(2026, 3, 9), date(2030, 1, 1)]
    )
    assert [one.day for one in found] == [date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 23)]
    leap = dates("FREQ=MONTHLY;BYMONTHDAY=29;BYMONTH=2;COUNT=2", "2028-02-29 17:00", "2028-02-29 19:00")
    assert [one.day for one in leap] == [date(2028, 2, 29), date(2032, 2, 29)]


def test_no_dates_left_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        dates("FREQ=DAILY;COUNT=1", "2026-03-02 17:00", "2026-03-02 19:00", exclude=[date(2026, 3, 2)])
    assert refused.value.code == "no_dates"


def test_the_second_tuesday() -> None:
    found = dates("FREQ=MONTHLY;BYDAY=2TU;COUNT=3", "2026-03-10 17:00", "2026-03-10 19:00")
    assert [one.day for one in found] == [date(2026, 3, 10), date(2026, 4, 14), date(2026, 5, 12)]


rules = st.one_of(
    st.builds(lambda n: f"FREQ=DAILY;INTERVAL={n}", st.integers(1, 40)),
    st.builds(lambda n, m: f"FREQ=DAILY;INTERVAL={n};BYMONTH={m}", st.integers(1, 9), st.integers(1, 12)),
    st.builds(
        lambda n, days, wkst: f"FREQ=WEEKLY;INTERVAL={n};WKST={wkst};BYDAY={','.join(days)}",
        st.integers(1, 8),
        st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1).map(sorted),
        st.sampled_from(["MO", "SU", "WE"]),
    ),
    st.builds(lambda n: f"FREQ=MONTHLY;INTERVAL={n}", st.integers(1, 14)),
    st.builds(
        lambda n, d: f"FREQ=MONTHLY;INTERVAL={n};BYMONTHDAY={d}",
        st.integers(1, 7),
        st.integers(-28, 28).filter(bool),
    ),
    st.builds(
        lambda n, d: f"FREQ=MONTHLY;BYDAY={n}{d}", st.integers(-5, 5).filter(bool), st.sampled_from(["MO", "SA"])
    ),
    st.builds(lambda n: f"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS={n}", st.integers(-20, 20).filter(bool)),
    st.just("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
)


@given(rule=rules, day=st.dates(date(2020, 1, 1), date(2050, 1, 1)), count=st.integers(1, 60))
def test_the_dates_are_those_of_a_second_implementation(rule: str, day: date, count: int) -> None:
    """python-dateutil is the oracle, for rules that hit at least now and then (it searches to the year 9999)."""
    start = datetime(day.year, day.month, day.day, 12, tzinfo=OSLO)
    naive = start.replace(tzinfo=None)
    wanted = [one.date() for one in islice(rrulestr(f"RRULE:{rule}", dtstart=naive), count)]
    wanted = [one for one in wanted if one <= min(day + timedelta(days=3660), date(2100, 12, 31))]
    try:
        found = expand(parse_rule(f"{rule};COUNT={count}"), start, start + timedelta(hours=1), OSLO)
    except Invalid as refused:
        assert (refused.code, wanted) == ("no_dates", [])  # noqa: PT017
    else:
        assert [one.day for one in found] == wanted


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    hour=st.integers(5, 22),
    minutes=st.integers(15, 600),
    weeks=st.integers(1, 60),
    interval=st.integers(1, 4),
)
def test_weekly_is_the_same_weekday_and_hour_every_so_many_weeks(
    day: date, hour: int, minutes: int, weeks: int, interval: int
) -> None:
    """The naive oracle: add the days on the calendar, put the hands of the clock back. (Not in a switch's hours.)"""
    start = datetime(day.year, day.month, day.day, hour, tzinfo=OSLO)
    end = (start.replace(tzinfo=None) + timedelta(minutes=minutes)).replace(tzinfo=OSLO)
    found = expand(parse_rule(f"FREQ=WEEKLY;INTERVAL={interval};COUNT={weeks}"), start, end, OSLO)
    assert [one.day for one in found] == [day + timedelta(weeks=interval * number) for number in range(weeks)]
    assert {one.start.astimezone(OSLO).hour for one in found} == {hour}
    assert [one.start for one in found] == sorted(one.start for one in found)
