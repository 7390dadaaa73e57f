"""Intervals against a naive oracle: sets of points."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.intervals import Interval, gaps, intersect, merge, subtract

POINTS = 40


@st.composite
def intervals(draw: st.DrawFn) -> Interval[int]:
    start = draw(st.integers(0, POINTS - 1))
    return Interval(start, draw(st.integers(start + 1, POINTS)))


many = st.lists(intervals(), max_size=12)


def points(items) -> set[int]:
    return {point for item in items for point in range(item.start, item.end)}


def assert_separate(items) -> None:
    assert all(a.end < b.start for a, b in pairwise(items))


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3)])
def test_an_interval_ends_after_it_starts(start, end):
    with pytest.raises(ValueError, match="end after it starts"):
        Interval(start, end)


def test_naive_datetimes_are_refused():
    with pytest.raises(ValueError, match="time zones"):
        Interval(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zones"):
        Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2))  # noqa: DTZ001


def test_neighbours_touch_without_overlap():
    assert not Interval(1, 3).overlaps(Interval(3, 5))
    assert Interval(1, 3).touches(Interval(3, 5))
    assert Interval(1, 3).contains_point(1)
    assert not Interval(1, 3).contains_point(3)


@given(intervals(), intervals())
def test_two_intervals_are_related_as_their_points(a, b):
    shared = points([a]) & points([b])
    assert a.overlaps(b) == bool(shared)
    assert a.contains(b) == (points([b]) <= points([a]))
    meeting = a.intersection(b)
    assert (points([meeting]) if meeting else set()) == shared


@given(many)
def test_merge_keeps_the_points_in_separate_intervals(items):
    merged = merge(items)
    assert points(merged) == points(items)
    assert_separate(merged)


@given(many, many)
def test_subtract_takes_away_just_the_points_of_the_holes(wholes, holes):
    left = subtract(merge(wholes), sorted(holes))
    assert points(left) == points(wholes) - points(holes)
    assert all(a.end <= b.start for a, b in pairwise(left))


@given(many, many)
def test_intersect_keeps_just_the_shared_points(a, b):
    assert points(intersect(merge(a), merge(b))) == points(a) & points(b)


@given(many, intervals())
def test_gaps_are_what_is_left_of_the_window(busy, window):
    assert points(gaps(sorted(busy), window)) == points([window]) - points(busy)
