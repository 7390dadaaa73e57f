"""The rules of rosters over plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.rosters import rules
from booking.rosters.rules import Existing, Need, Role
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
START = datetime(2026, 3, 14, 11, tzinfo=UTC)
KEYS = st.tuples(st.sampled_from([str(one) for one in Role]), st.one_of(st.none(), st.integers(1, 3)))
NEEDS = st.lists(
    st.builds(
        lambda key, needed, condition: Need(key[0], needed, condition, key[1]), KEYS, st.integers(1, 5), st.booleans()
    ),
    unique_by=lambda need: need.key,
    max_size=6,
)


@st.composite
def existing(draw: st.DrawFn) -> list[Existing]:
    keys = draw(st.lists(KEYS, unique=True, max_size=6))
    found = []
    for number, key in enumerate(keys):
        needed = draw(st.integers(1, 5))
        found.append(Existing(number, key, needed, draw(st.integers(0, needed)), draw(st.booleans())))
    return found


@settings(max_examples=examples())
@given(NEEDS, existing())
def test_fitting_gives_what_is_wanted_and_sends_nobody_home(wanted: list[Need], there: list[Existing]) -> None:
    fitting = rules.fit(wanted, there)
    after = {one.id: one for one in there if one.id not in fitting.drop}
    changed = dict(fitting.change)
    result = {one.key: (changed[pk].needed if pk in changed else one.needed) for pk, one in after.items()}
    result |= {need.key: need.needed for need in fitting.add}
    for need in wanted:
        assert result[need.key] >= need.needed
    for one in there:
        if one.filled:
            assert result[one.key] >= one.filled
        elif one.key not in {need.key for need in wanted}:
            assert one.id in fitting.drop
    # Fitted once, there is nothing more to do.
    fitted = [
        Existing(
            one.id, one.key, result[one.key], one.filled, changed[pk].condition if pk in changed else one.condition
        )
        for pk, one in after.items()
    ] + [Existing(1000 + number, need.key, need.needed, 0, need.condition) for number, need in enumerate(fitting.add)]
    again = rules.fit(wanted, fitted)
    assert (again.add, again.drop) == ([], [])
    assert all(after[pk].filled for pk, _need in again.change if pk in after)


@settings(max_examples=examples())
@given(st.sampled_from(list(Role)), st.integers(0, 240), st.integers(0, 240), st.integers(15, 2000))
def test_spans_touch_the_loan_and_have_a_length(role: Role, setup: int, teardown: int, minutes: int) -> None:
    end = START + timedelta(minutes=minutes)
    first, last = rules.span(role, START, end, setup=timedelta(minutes=setup), teardown=timedelta(minutes=teardown))
    assert first < last
    assert first <= end
    assert last >= START


@settings(max_examples=examples())
@given(st.sets(st.integers(1, 8)), st.integers(1, 8))
def test_the_first_free_place(taken: set[int], needed: int) -> None:
    place = rules.first_free(taken, needed)
    if place is None:
        assert set(range(1, needed + 1)) <= taken
    else:
        assert place not in taken
        assert set(range(1, place)) <= taken


def test_names() -> None:
    assert rules.shown_name("Nora Nilsen", named=True, stands_for="Ungdomsrådet") == "Nora"
    assert rules.shown_name("Nora Nilsen", named=False, stands_for="Ungdomsrådet") == "Ungdomsrådet"
    assert rules.shown_name("", named=True, stands_for="Ungdomsrådet") == "Ungdomsrådet"


def test_scopes_stay_in_one_place() -> None:
    week = timedelta(weeks=1)
    lines = [(1, 10, START), (2, 10, START + week), (3, 11, START + week), (4, 10, START + 2 * week)]
    assert rules.scope_of(lines, 2, "one") == [2]
    assert rules.scope_of(lines, 2, "following") == [2, 4]
    assert rules.scope_of(lines, 2, "all") == [1, 2, 4]
    assert rules.scope_of(lines, 9, "all") == []


def test_the_reminder_keeps_the_clock_on_the_wall_over_the_clock_change() -> None:
    sunday = datetime(2026, 3, 29, 16, tzinfo=UTC)  # 18.00 in summer time; the night before the clock changed
    assert rules.remind_at(sunday, OSLO) == datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert rules.remind_at(sunday, OSLO, evening=True) == datetime(2026, 3, 28, 17, tzinfo=UTC)
    assert rules.week_of(date(2027, 1, 3)) == "2026-W53"
