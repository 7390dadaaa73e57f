"""Dates and times in words: Norwegian and English, whole days, midnight, both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation import wording

OSLO = ZoneInfo("Europe/Oslo")
TODAY = date(2026, 11, 23)


def oslo(*parts: int, fold: int = 0) -> datetime:
    """A wall-clock moment in Oslo, as the database gives it: in UTC."""
    return datetime(*parts, fold=fold, tzinfo=OSLO).astimezone(UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", "tirsdag 24. november kl. 17.00–18.30"),
        ("nn", "tysdag 24. november kl. 17.00–18.30"),
        ("en", "Tuesday 24 November, 17:00–18:30"),
    ],
)
def test_an_evening_reads_as_people_write_it(lang: str, words: str) -> None:
    with translation.override(lang):
        assert wording.when_words(oslo(2026, 11, 24, 17), oslo(2026, 11, 24, 18, 30), OSLO, today=TODAY) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        # The day's end is 24.00 of that day, never 00.00 of the next.
        (oslo(2026, 11, 24, 18), oslo(2026, 11, 25, 0), "tirsdag 24. november kl. 18.00–24.00"),
        # Past midnight names both days.
        (
            oslo(2026, 11, 27, 22),
            oslo(2026, 11, 28, 1, 30),
            "fredag 27. november kl. 22.00 – lørdag 28. november kl. 01.30",
        ),
        # Another year is written out.
        (oslo(2027, 1, 5, 9), oslo(2027, 1, 5, 10), "tirsdag 5. januar 2027 kl. 09.00–10.00"),
        # Over the night the clock goes forward: 23 hours, still whole days.
        (oslo(2026, 3, 28, 22), oslo(2026, 3, 29, 3, 30), "lørdag 28. mars kl. 22.00 – søndag 29. mars kl. 03.30"),
    ],
)
def test_bokmal_intervals(start: datetime, end: datetime, words: str) -> None:
    with translation.override("nb"):
        assert wording.when_words(start, end, OSLO, today=TODAY) == words


def test_whole_days_are_said_without_clock_times() -> None:
    with translation.override("en"):
        one = wording.when_words(oslo(2026, 3, 29), oslo(2026, 3, 30), OSLO, today=TODAY)
        three = wording.when_words(oslo(2026, 11, 27), oslo(2026, 11, 30), OSLO, today=TODAY)
    assert one == "Sunday 29 March, all day"
    assert three == "Friday 27 November – Sunday 29 November, all day"


def test_the_hour_that_comes_twice_says_which_one_it_is() -> None:
    first, second = oslo(2026, 10, 25, 2, 30), oslo(2026, 10, 25, 2, 30, fold=1)
    assert second - first == timedelta(hours=1)
    with translation.override("en"):
        assert "02:30 (summer time)" in wording.moment_words(first, OSLO, today=TODAY)
        assert "02:30 (winter time)" in wording.moment_words(second, OSLO, today=TODAY)
        assert "(" not in wording.moment_words(oslo(2026, 10, 25, 3, 30), OSLO, today=TODAY)
        assert "(" not in wording.moment_words(oslo(2026, 3, 29, 3, 30), OSLO, today=TODAY)


@pytest.mark.parametrize(("lang", "words"), [("nb", "tir. 24. nov."), ("nn", "tys. 24. nov."), ("en", "Tue 24 Nov")])
def test_short_days(lang: str, words: str) -> None:
    with translation.override(lang):
        assert wording.day_words(date(2026, 11, 24), today=TODAY, short=True) == words


def test_a_letter_keeps_the_year() -> None:
    with translation.override("nb"):
        assert wording.day_words(date(2026, 5, 17)) == "søndag 17. mai 2026"
        assert wording.day_words(date(2026, 5, 17), short=True) == "søn. 17. mai 2026"


def test_near_days_in_words() -> None:
    with translation.override("en"):
        assert [wording.near_day_words(TODAY + timedelta(days=n), today=TODAY) for n in (-1, 0, 1, 2)] == [
            "yesterday",
            "today",
            "tomorrow",
            "Wednesday 25 November",
        ]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 hour"),
        (90, "1 hour 30 min"),
        (1440, "1 day"),
        (2880, "2 days"),
        (1500, "25 hours"),
    ],
)
def test_lengths(minutes: int, words: str) -> None:
    with translation.override("en"):
        assert wording.duration_words(timedelta(minutes=minutes)) == words


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="end after"):
        wording.when_words(oslo(2026, 1, 2), oslo(2026, 1, 2), OSLO)
    with pytest.raises(ValueError, match="time zone"):
        wording.when_words(datetime(2026, 1, 1), oslo(2026, 1, 2), OSLO)  # noqa: DTZ001 - naive is the point


MINUTES = st.integers(min_value=0, max_value=60 * 24 * 366)


@given(start=MINUTES, length=st.integers(min_value=1, max_value=60 * 24 * 10))
def test_any_interval_can_be_said_and_names_every_day_it_touches_first_and_last(start: int, length: int) -> None:
    begins = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    ends = begins + timedelta(minutes=length)
    with translation.override("nb"):
        words = wording.when_words(begins, ends, OSLO, today=TODAY)
        last = (ends - timedelta(minutes=1)).astimezone(OSLO).date()
        assert wording.day_words(begins.astimezone(OSLO).date(), today=TODAY) in words
        assert wording.day_words(last, today=TODAY) in words
