"""Which days a calendar shows, what stands on each, and where a bar begins and ends: pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.happenings import rules
from booking.happenings.rules import Entry, bars, by_day, period
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
TODAY = date(2026, 3, 2)


def entry(start: tuple[int, ...], end: tuple[int, ...], title: str = "A", **fields) -> Entry:
    return Entry(datetime(*start, tzinfo=OSLO), datetime(*end, tzinfo=OSLO), "confirmed", title, **fields)


@pytest.mark.parametrize(
    ("view", "first", "last", "before", "after"),
    [
        ("month", "2026-02-23", "2026-04-05", "2026-02-28", "2026-04-01"),
        ("week", "2026-03-02", "2026-03-08", "2026-03-01", "2026-03-09"),
        ("agenda", "2026-03-02", "2026-03-15", "2026-02-16", "2026-03-16"),
        ("places", "2026-03-02", "2026-03-02", "2026-03-01", "2026-03-03"),
    ],
)
def test_the_days_of_each_view_and_its_neighbours(view, first, last, before, after):
    shown = period(view, TODAY, today=TODAY)
    assert (str(shown.first), str(shown.last), str(shown.after)) == (first, last, after)
    assert str(shown.before) == before
    assert len(shown.days) == (shown.last - shown.first).days + 1


@settings(max_examples=examples(100))
@given(st.sampled_from(rules.VIEWS), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_every_day_that_can_be_asked_for_is_within_reach_and_shown(view, day):
    shown = period(view, day, today=TODAY)
    assert shown.first <= shown.day <= shown.last
    assert TODAY - timedelta(days=rules.BACK) <= shown.day <= TODAY + timedelta(days=rules.AHEAD)
    if view in ("month", "week"):
        assert all(len(week) == 7 and week[0].weekday() == 0 for week in shown.weeks)


def test_what_lasts_over_midnight_stands_on_each_of_its_days_and_whole_days_come_first():
    late = entry((2026, 3, 3, 22), (2026, 3, 4, 1), "Fest")
    until_midnight = entry((2026, 3, 3, 20), (2026, 3, 4, 0), "Øving")
    whole = entry((2026, 3, 3), (2026, 3, 4), "Stengt", all_day=True)
    found = by_day([late, until_midnight, whole], [date(2026, 3, 3), date(2026, 3, 4)])
    assert [[one.title for one in listed] for listed in found.values()] == [["Stengt", "Øving", "Fest"], ["Fest"]]


def test_bars_of_a_day_and_those_that_meet():
    starts, ends = datetime(2026, 3, 3, 8, tzinfo=OSLO), datetime(2026, 3, 3, 12, tzinfo=OSLO)
    found = bars(
        [entry((2026, 3, 3, 7), (2026, 3, 3, 9), "A"), entry((2026, 3, 3, 10, 10), (2026, 3, 3, 10, 40), "B"),
         entry((2026, 3, 3, 10, 30), (2026, 3, 3, 13), "C")],
        starts, ends,
    )  # fmt: skip
    assert [(bar.columns, bar.entry.title if bar.entry else "") for bar in found] == [
        (2, "A"), (2, ""), (2, "B"), (2, "C"),
    ]  # fmt: skip


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(st.integers(-600, 1500), st.integers(1, 900)), max_size=8))
def test_bars_always_fill_the_row(spans):
    starts = datetime(2026, 3, 3, 8, tzinfo=OSLO)
    minute = timedelta(minutes=1)
    entries = [Entry(starts + at * minute, starts + (at + length) * minute, "confirmed", "A") for at, length in spans]
    found = bars(entries, starts, starts + timedelta(hours=14))
    assert sum(bar.columns for bar in found) == 28
    assert all(bar.columns > 0 for bar in found)


def test_the_hours_reach_as_far_as_something_does():
    day = date(2026, 3, 3)
    assert rules.hours_shown([], day) == (8, 22)
    assert rules.hours_shown([entry((2026, 3, 3, 6, 30), (2026, 3, 3, 22, 30))], day) == (6, 23)
    assert rules.hours_shown([entry((2026, 3, 3, 20), (2026, 3, 4, 2))], day) == (8, 24)
    assert rules.hours_shown([entry((2026, 3, 3), (2026, 3, 4), all_day=True)], day) == (8, 22)


@pytest.mark.parametrize(
    ("text", "found"), [("2026-04-01", date(2026, 4, 1)), ("x", TODAY), ("", TODAY), ("2026-13-01", TODAY)]
)
def test_a_day_of_the_address(text, found):
    assert rules.read_day(text, TODAY) == found
