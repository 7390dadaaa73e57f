"""What is marked on a caretaker's day, and which days the page shows (needs N16). Pure."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.cases.models import LineState
from booking.days import rules
from tests.factories import NOW

STATES = st.sampled_from(list(LineState.values))
AGES = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=9))


@given(STATES, AGES, st.booleans())
def test_only_what_was_granted_is_shown_and_what_fell_away_only_for_a_day(state, age, moved):
    mark = rules.mark_of(state, revised_at=NOW - age, moved=moved, now=NOW)
    if state in rules.TAKES_PLACE:
        assert mark in ("", "new", "changed")
        assert (mark == "changed") == moved
    elif state in rules.FELL_AWAY:
        assert mark == ("cancelled" if age < timedelta(hours=24) else None)
    else:
        assert mark is None


def test_what_was_granted_long_ago_has_no_mark_and_use_is_no_news():
    old, fresh = NOW - timedelta(days=3), NOW - timedelta(hours=2)
    assert rules.mark_of("granted", revised_at=old, moved=False, now=NOW) == ""
    assert rules.mark_of("granted", revised_at=fresh, moved=False, now=NOW) == "new"
    assert rules.mark_of("handed_out", revised_at=fresh, moved=False, now=NOW) == ""


@given(st.one_of(st.none(), st.dates()), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_page_goes_a_week_back_and_two_months_ahead(asked, today):
    shown = rules.allowed_day(asked, today)
    assert today - timedelta(days=7) <= shown <= today + timedelta(days=60)
    if asked is None or today - timedelta(days=7) <= asked <= today + timedelta(days=60):
        assert shown == (asked or today)
