"""Working days, the answer-by date, and clear-day deadlines for notices.

Sources: requests.md "The answer clock" 2; notice-rules.md "Rules are data" and its golden examples. Holidays come from
the ``holidays`` package; it knows a country only for certain years (Norway 1901-2100) and is silent about others, so
here a year without data is an error, never a year without holidays.

All dates are local calendar dates; moments are aware datetimes that are put on the wall clock of ``tz``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import local, local_date
from booking.foundation.errors import RuleBroken

#: A message after this hour of the wall clock counts as given on the next working day (notice-rules.md).
OFFICE_CLOSES = time(16, 0)
_DAY = timedelta(days=1)


class HolidayDataMissing(RuleBroken):
    """There is no holiday list for that country or year, so no deadline can be computed. HTTP 422."""

    def __init__(self, country: str, year: int | None = None) -> None:
        if year is None:
            message = _("There is no holiday calendar for the country “%(country)s”.")
        else:
            message = _("There is no holiday data for %(country)s in the year %(year)s.")
        super().__init__("holiday_data_missing", message, params={"country": country, "year": year})


@dataclass(frozen=True, slots=True)
class _Country:
    first_year: int
    last_year: int
    weekend: frozenset[int]
    language: str | None


@lru_cache(maxsize=64)
def _country(code: str) -> _Country:
    if code not in holidays.list_supported_countries():
        raise HolidayDataMissing(code)
    calendar = holidays.country_holidays(code)
    return _Country(calendar.start_year, calendar.end_year, frozenset(calendar.weekend), calendar.default_language)


@lru_cache(maxsize=512)
def _holidays(code: str, year: int) -> dict[date, str]:
    country = _country(code)
    if not country.first_year <= year <= country.last_year:
        raise HolidayDataMissing(code, year)
    return dict(holidays.country_holidays(code, years=year, language=country.language))


@lru_cache(maxsize=512)
def _holiday_set(code: str, year: int) -> frozenset[date]:
    return frozenset(_holidays(code, year))


ExtraDay = date | tuple[int, int]


def parse_extra_day(value: object) -> ExtraDay:
    """An extra non-working day from settings: a date, ``"2026-05-15"``, or every year's ``"12-24"``.

    Raises ``ValueError`` for anything else.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        month, day = value
        date(2000, month, day)  # a leap year: 29 February is allowed
        return (month, day)
    if isinstance(value, str):
        if len(value) == 5 and value[2] == "-":
            return parse_extra_day((int(value[:2]), int(value[3:])))
        return date.fromisoformat(value)
    raise ValueError(f"not a day: {value!r}")


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked: the country's weekdays less its holidays and the municipality's extra days.

    ``country`` is an ISO 3166-1 alpha-2 code; ``extra_days`` are dates, or (month, day) for every year. Every method
    raises :class:`HolidayDataMissing` when it would have to guess.
    """

    country: str = "NO"
    extra_days: Iterable[object] = ()
    _dates: frozenset[date] = field(init=False, repr=False, default=frozenset())
    _yearly: frozenset[tuple[int, int]] = field(init=False, repr=False, default=frozenset())

    def __post_init__(self) -> None:
        days = [parse_extra_day(value) for value in self.extra_days]
        object.__setattr__(self, "extra_days", tuple(days))
        object.__setattr__(self, "_dates", frozenset(day for day in days if isinstance(day, date)))
        object.__setattr__(self, "_yearly", frozenset(day for day in days if not isinstance(day, date)))
        _country(self.country)

    def is_holiday(self, day: date) -> bool:
        """True for public holidays and extra days (not for ordinary weekends)."""
        return day in _holiday_set(self.country, day.year) or day in self._dates or (day.month, day.day) in self._yearly

    def is_working(self, day: date) -> bool:
        """True when the offices are at work on ``day``."""
        # The holiday look-up comes first so that a Saturday in a year without data is an error too.
        return not self.is_holiday(day) and day.weekday() not in _country(self.country).weekend

    def next_working(self, day: date) -> date:
        """``day`` itself when it is worked, else the first working day after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def previous_working(self, day: date) -> date:
        """``day`` itself when it is worked, else the last working day before it."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (before it, when negative). ``day`` isn't counted; 0 gives it."""
        step = _DAY if count > 0 else -_DAY
        for _number in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie strictly between the two: neither end counts ("clear days"). 0 when none do.

        ::

            first . w w . . w . last     3
        """
        return sum(1 for offset in range(1, (last - first).days) if self.is_working(first + timedelta(days=offset)))

    def working_days_in(self, first: date, last: date) -> int:
        """How many working days lie in ``[first, last]``, both ends counted."""
        return sum(1 for offset in range((last - first).days + 1) if self.is_working(first + timedelta(days=offset)))

    def elapsed_working_days(self, start: date, end: date) -> int:
        """Working days from ``start`` to ``end``, the first day not counted: the measure of answer times."""
        return sum(1 for offset in range(1, (end - start).days + 1) if self.is_working(start + timedelta(days=offset)))

    def free_days_between(self, first: date, last: date) -> list[tuple[date, str]]:
        """Holidays and extra days in ``[first, last]`` with their names: stored with a deadline as its proof.

        Names are in the country's own language; an extra day has an empty name.
        """
        return [
            (day, _holidays(self.country, day.year).get(day, ""))
            for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1))
            if self.is_holiday(day)
        ]

    def received_on(self, received: datetime, tz: ZoneInfo) -> date:
        """The local date a message counts as received: a non-working day counts as the next working day."""
        return self.next_working(local_date(received, tz))

    def answer_by(self, received: datetime, days: int, tz: ZoneInfo) -> date:
        """The last local date on which the answer is in time; it is overdue from 00:00 of the day after.

        ``days`` working days after the receipt; the day of receipt isn't counted; receipt on a non-working day counts
        as the next working day; never beyond one calendar month from the true day of receipt.
        """
        if days < 0:
            raise ValueError("a promise can't be negative")
        return min(
            self.add_working_days(self.received_on(received, tz), days),
            one_month_after(local_date(received, tz)),
        )

    def given_day(self, sent: datetime, tz: ZoneInfo) -> date:
        """The date a notice counts as given: after 16:00 on the wall, or on a day off, it is the next working day."""
        moment = local(sent, tz)
        day = moment.date()
        if moment.time() > OFFICE_CLOSES:
            day += _DAY
        return self.next_working(day)

    def latest_notice_day(self, start: date, calendar_days: int, working_days: int) -> date:
        """The last working day on which a notice for works that start on ``start`` is in time.

        Both figures must hold, as clear days: neither the day of the notice nor the day of the start counts.

        ::

            notice | c  c  c  c  c  c  c | start        7 clear calendar days
        """
        if calendar_days < 0 or working_days < 0:
            raise ValueError("a notice period can't be negative")
        day = start - timedelta(days=calendar_days + 1)
        if working_days:
            # The earliest of the working days that must lie between; the notice is the day before it, or earlier.
            first_between = self.add_working_days(start, -working_days)
            day = min(day, first_between - _DAY)
        return self.previous_working(day)


def one_month_after(day: date) -> date:
    """The same day of the next month, or its last day when it is shorter (31 January gives 28 or 29 February)."""
    return day + relativedelta(months=1)


@lru_cache(maxsize=32)
def _calendar(country: str, extra_days: tuple[ExtraDay, ...]) -> WorkCalendar:
    return WorkCalendar(country, extra_days)


def work_calendar() -> WorkCalendar:
    """The municipality's calendar, from the ``BOOKING`` settings."""
    from booking.foundation.conf import booking_settings  # conf checks extra days with this module

    conf = booking_settings()
    return _calendar(conf.country, conf.extra_days)
