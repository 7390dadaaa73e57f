"""The answer-by date: golden cases. Norway, 24 and 31 December are days off too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.cases.rules import Slow, answer_by, appeal_by, is_overdue
from booking.foundation.workdays import WorkCalendar

OSLO = ZoneInfo("Europe/Oslo")
CALENDAR = WorkCalendar("NO", ("12-24", "12-31"))


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "days", "answer"),
    [
        ("2026-03-02 10:00", 10, "2026-03-16"),  # a Monday; the day of receipt isn't counted
        ("2026-03-02 23:59", 10, "2026-03-16"),  # still that Monday
        ("2026-03-03 00:00", 10, "2026-03-17"),
        ("2026-03-07 12:00", 10, "2026-03-23"),  # a Saturday counts as Monday the 9th
        ("2026-03-27 12:00", 10, "2026-04-15"),  # Easter: 2, 3 and 6 April are days off
        ("2026-04-02 12:00", 10, "2026-04-21"),  # Maundy Thursday counts as Tuesday the 7th
        ("2026-05-08 12:00", 10, "2026-05-26"),  # Ascension on the 14th, Whit Monday on the 25th
        ("2026-12-18 12:00", 10, "2027-01-07"),  # Christmas, and the municipality's own two days
        ("2026-12-24 12:00", 1, "2026-12-29"),  # a day off, so it counts as the 28th
        ("2026-01-30 12:00", 60, "2026-02-28"),  # never beyond a month
        ("2026-01-31 12:00", 60, "2026-02-28"),  # the month is counted from the true day
        ("2026-10-25 02:30", 1, "2026-10-27"),  # the night the clock goes back, a Sunday
    ],
)
def test_golden(received: str, days: int, answer: str) -> None:
    found = answer_by(oslo(received), days, CALENDAR, OSLO)
    assert (found.day, found.slow_reason) == (date.fromisoformat(answer), "")


JULY = Slow(date(2026, 7, 6), date(2026, 7, 31), 20, "Fellesferie")


@pytest.mark.parametrize(
    ("received", "answer", "why"),
    [
        ("2026-07-06 09:00", "2026-08-03", "Fellesferie"),  # received in them
        ("2026-06-24 09:00", "2026-07-22", "Fellesferie"),  # the usual date falls into them
        ("2026-06-19 09:00", "2026-07-03", ""),  # answered before they begin
        ("2026-08-03 09:00", "2026-08-17", ""),  # after them
        ("2026-07-31 09:00", "2026-08-28", "Fellesferie"),
    ],
)
def test_slow_weeks(received: str, answer: str, why: str) -> None:
    found = answer_by(oslo(received), 10, CALENDAR, OSLO, [JULY])
    assert (found.day, found.slow_reason) == (date.fromisoformat(answer), why)


def test_slow_weeks_never_promise_beyond_a_month() -> None:
    forever = Slow(date(2026, 7, 1), date(2026, 7, 31), 60, "Ferie")
    assert answer_by(oslo("2026-07-10 09:00"), 10, CALENDAR, OSLO, [forever]).day == date(2026, 8, 10)


def test_of_several_slow_weeks_the_latest_date_holds_and_a_quicker_promise_never_does() -> None:
    slow = [Slow(date(2026, 3, 1), date(2026, 3, 31), days, f"{days}") for days in (5, 15, 12)]
    found = answer_by(oslo("2026-03-02 10:00"), 10, CALENDAR, OSLO, slow)
    assert (found.day, found.slow_reason) == (date(2026, 3, 23), "15")


def test_overdue_from_midnight_of_the_day_after() -> None:
    assert not is_overdue(date(2026, 3, 16), oslo("2026-03-16 23:59"), OSLO)
    assert is_overdue(date(2026, 3, 16), oslo("2026-03-17 00:00"), OSLO)
    assert not is_overdue(None, oslo("2026-03-17 00:00"), OSLO)


def test_an_appeal_has_three_weeks() -> None:
    assert appeal_by(oslo("2026-03-02 23:30"), OSLO) == date(2026, 3, 23)
