"""When the next meeting is, how a promise stands, and until when the agenda is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.meetings import rules
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("start", "months", "found"),
    [
        ("2026-03-17 18:00", 6, "2026-09-15 18:00"),  # the third Tuesday, across the change of the clock
        ("2026-11-03 18:00", 1, "2026-12-01 18:00"),
        ("2026-12-01 18:00", 1, "2027-01-05 18:00"),  # New Year
        ("2026-06-30 18:00", 1, "2026-07-28 18:00"),  # a fifth Tuesday that the month hasn't: the last one
    ],
)
def test_the_next_one_is_on_the_same_weekday_of_the_month_at_the_same_hour(start: str, months: int, found: str) -> None:
    assert rules.next_start(oslo(start), months, OSLO) == oslo(found)


@settings(max_examples=examples(100), deadline=None)
@given(st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2060-01-01")), st.integers(1, 24))
def test_the_next_one_keeps_weekday_and_hour(moment: datetime, months: int) -> None:
    moment = moment.replace(hour=18, second=0, microsecond=0, tzinfo=OSLO)
    found = rules.next_start(moment, months, OSLO).astimezone(OSLO)
    assert (found.weekday(), found.hour, found.minute) == (moment.weekday(), moment.hour, moment.minute)
    assert (found.year * 12 + found.month) - (moment.year * 12 + moment.month) == months


@pytest.mark.parametrize(
    ("state", "due", "closed", "standing"),
    [
        ("open", "2026-03-02", None, "open"),  # on its day it isn't late
        ("open", "2026-03-01", None, "late"),
        ("done", "2026-03-01", "2026-03-01", "kept"),
        ("done", "2026-03-01", "2026-03-02", "kept_late"),
        ("dropped", "2026-03-01", "2026-02-01", "dropped"),
    ],
)
def test_how_a_promise_stands(state: str, due: str, closed: str | None, standing: str) -> None:
    closed_on = date.fromisoformat(closed) if closed else None
    assert rules.standing(state, date.fromisoformat(due), closed_on, date(2026, 3, 2)) == standing


def test_the_agenda_is_open_to_the_end_of_the_third_day_before() -> None:
    start = oslo("2026-03-31 18:00")  # the clock changes on the 29th
    assert rules.agenda_closes(start, OSLO) == oslo("2026-03-28 23:59")
    assert rules.agenda_closes(start, OSLO) < start - timedelta(days=2)
