"""Where bars lie on the timeline. Pure."""

import itertools
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.days import rules
from booking.days.rules import Bar, Scale

MONDAY = date(2026, 3, 2)


def wall(day: int, hour: int = 0) -> datetime:
    """So many days after the Monday, on the wall clock."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour))


MOMENTS = st.datetimes(wall(-3), wall(12)).map(lambda at: at.replace(second=0, microsecond=0))
LENGTHS = st.integers(1, 5000).map(lambda minutes: timedelta(minutes=minutes))
BARS = st.lists(st.tuples(MOMENTS, LENGTHS), max_size=12).map(
    lambda found: [Bar(key, start, start + length) for key, (start, length) in enumerate(found)]
)


def scale(days=7, opens=6):
    return Scale(MONDAY, days, opens)


def test_a_day_is_as_wide_as_any_other_and_begins_in_the_morning():
    one = scale(2)
    assert one.position(wall(0, 6)) == 0
    assert one.position(wall(0, 3)) == 0
    assert one.position(wall(0, 15)) == 2500
    assert one.position(wall(1, 6)) == 5000
    assert one.position(wall(2)) == 10_000


@given(BARS, st.sampled_from([1, 7, 28]), st.sampled_from([0, 6]))
def test_bars_lie_within_the_drawing_and_those_of_one_lane_never_overlap(bars, days, opens):
    placed = rules.place(bars, scale(days, opens))
    by_key = {bar.key: bar for bar in bars}
    begins, ends = datetime.combine(MONDAY, time()), datetime.combine(MONDAY, time()) + timedelta(days=days)
    assert {one.key for one in placed} == {bar.key for bar in bars if bar.start < ends and bar.end > begins}
    lanes = {}
    for one in placed:
        assert one.left >= 0
        assert one.left + one.width <= 10_000
        assert one.width >= 25
        lanes.setdefault(one.lane, []).append(by_key[one.key])
    for lane in lanes.values():
        lane.sort(key=lambda bar: bar.start)
        assert all(before.end <= after.start for before, after in itertools.pairwise(lane))


@given(BARS, st.sampled_from([0, 6]))
def test_what_begins_later_never_lies_further_left(bars, opens):
    placed = {one.key: one for one in rules.place(bars, scale(7, opens))}
    shown = sorted((bar for bar in bars if bar.key in placed), key=lambda bar: bar.start)
    lefts = [placed[bar.key].left for bar in shown]
    assert lefts == sorted(lefts)


def test_something_in_the_night_brings_the_night_back():
    evening = Bar(1, wall(0, 18), wall(0, 23))
    assert rules.first_hour([evening], MONDAY, 7) == 6
    assert rules.first_hour([Bar(1, wall(1, 4), wall(1, 8))], MONDAY, 7) == 0
    assert rules.first_hour([Bar(1, wall(1, 22), wall(2, 2))], MONDAY, 7) == 0
    # The night after the last day, and the one before the first, are not shown.
    assert rules.first_hour([Bar(1, wall(18, 3), wall(18, 4))], MONDAY, 7) == 6
    # A day's end at midnight is no night.
    assert rules.first_hour([Bar(1, wall(1, 18), wall(2))], MONDAY, 7) == 6


def test_a_bar_until_midnight_ends_at_the_edge_of_its_day():
    (one,) = rules.place([Bar(1, wall(0, 18), wall(1))], scale(2))
    assert one.left + one.width == 5000
