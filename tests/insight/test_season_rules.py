"""What became of a season's hours: every minute in one place, and nobody pointed at. needs N17, seasons.md 7."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.intervals import Interval
from booking.insight.rules import LEAST
from booking.insight.seasons import rules
from booking.insight.seasons.rules import FATES, Tally, fate, hidden, others_had, together

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "reason", "end", "used", "what"),
    [
        ("granted", "", BEFORE, True, "used"),
        ("completed", "", BEFORE, False, "unused"),
        ("completed", "", BEFORE, None, "unsaid"),
        ("granted", "", AFTER, None, "ahead"),
        ("granted", "", AFTER, True, "ahead"),  # it goes on still
        ("cancelled_by_organisation", "season_released", AFTER, None, "given_up"),
        ("displaced", "works", BEFORE, None, "taken"),
        ("cancelled_by_municipality", "", BEFORE, None, "taken"),
        ("cancelled_by_municipality", "season_changed", BEFORE, None, None),  # out of the timetable
        ("refused", "", BEFORE, None, None),
    ],
)
def test_what_became_of_a_date(state: str, reason: str, end: datetime, used: bool | None, what: str | None) -> None:
    assert fate(state, reason, end, used, NOW) == what


DATES = st.lists(st.tuples(st.integers(1, 300), st.sampled_from(FATES), st.booleans(), st.integers(1, 4)), max_size=60)


def tally(dates: list[tuple[int, str, bool, int]]) -> Tally:
    found = Tally()
    for minutes, what, young, organisation in dates:
        found.add(minutes, what, young=young, organisation=organisation)
    return found


@given(DATES)
def test_every_minute_is_in_one_place(dates: list[tuple[int, str, bool, int]]) -> None:
    found = tally(dates)
    assert found.minutes == sum(one[0] for one in dates) == sum(getattr(found, name) for name in FATES)
    assert found.kept == found.ahead + found.used + found.unused + found.unsaid
    assert found.young <= found.kept
    for share in (found.used_share, found.young_share):
        assert share is None or 0 <= share <= 1


@given(st.lists(DATES, max_size=6))
def test_rows_add_up_to_their_sum(rows: list[list[tuple[int, str, bool, int]]]) -> None:
    assert together(tally(one) for one in rows) == tally([date for one in rows for date in one])


@given(st.lists(DATES, max_size=6))
def test_what_is_left_out_cant_be_counted_back(rows: list[list[tuple[int, str, bool, int]]]) -> None:
    """The total less what is shown is what is hidden: that is of many too, unless it is everything."""
    found = {at: tally(one) for at, one in enumerate(rows)}
    gone = hidden(found)
    for at, one in found.items():
        if one.few and one.passed:
            assert at in gone
    if gone and any(one.passed for at, one in found.items() if at not in gone):
        assert not together(found[at] for at in gone).few


def test_a_table_of_many_shows_all_of_it() -> None:
    row = [(60, "used", True, at % 2) for at in range(LEAST)]
    assert hidden({"a": tally(row), "b": tally(row)}) == set()


def test_one_organisation_alone_in_a_hall_isnt_pointed_at() -> None:
    many = [(60, "used", True, at % 3) for at in range(LEAST * 3)]
    alone = [(60, "unused", True, 9)] * (LEAST * 2)
    assert hidden({"hall": tally(many), "pool": tally(alone)}) == {"hall", "pool"}  # else the pool is total less hall


def test_shares_are_of_what_was_reported() -> None:
    found = tally([(60, "used", False, 1), (60, "unused", False, 1), (120, "used", True, 1), (900, "unsaid", True, 1)])
    assert (found.used_share, found.young_share) == (Fraction(3, 4), Fraction(1020, 1140))
    assert Tally().used_share is None
    assert Tally().young_share is None


def test_what_others_had_counts_each_minute_once() -> None:
    given_up = Interval(NOW, NOW + timedelta(minutes=90))
    others = [
        Interval(NOW - timedelta(minutes=30), NOW + timedelta(minutes=30)),
        Interval(NOW + timedelta(minutes=15), NOW + timedelta(minutes=45)),  # another third of the hall
        Interval(NOW + timedelta(minutes=80), NOW + timedelta(minutes=200)),
        Interval(NOW + timedelta(minutes=90), NOW + timedelta(minutes=200)),  # touches
    ]
    assert others_had(given_up, others) == 45 + 10
    assert others_had(given_up, []) == 0
    assert rules.highest([]) == 1
