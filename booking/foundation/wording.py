"""Dates and times in words, in the reader's language and the venue's wall clock: on pages and in letters.

Norwegian writes "tirsdag 24. november kl. 17.00–18.30", English "Tuesday 24 November, 17:00–18:30". Names of days and
months come from Django's own translations. A day's end is 24.00, never 00.00 of the next day; an hour that comes twice
(the night the clock goes back) says which of the two it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext

from booking.foundation.clock import local
from booking.foundation.i18n import current_language

#: Between two clock times of a day; between two moments of different days it stands with a space on either side.
EN_DASH = "–"


class Leaf(NamedTuple):
    """The three words on a leaf of a tear-off calendar."""

    month: str
    day: str
    weekday: str


@dataclass(frozen=True, slots=True)
class WallSpan:
    """An interval as the clock on the wall shows it: ``end_day`` and ``end_clock`` with 24.00 for a day's end."""

    start: datetime
    end: datetime
    end_day: date
    ends_at_midnight: bool

    @property
    def one_day(self) -> bool:
        return self.start.date() == self.end_day

    @property
    def whole_days(self) -> bool:
        return self.start.time() == time() and self.ends_at_midnight


def _is_english(lang: str | None) -> bool:
    return current_language(lang) == "en"


def weekday(day: date) -> str:
    """The day's name: "tirsdag", "Tuesday"."""
    return str(WEEKDAYS[day.weekday()])


def weekday_short(day: date) -> str:
    """The day's short name without a full stop: "tir", "Tue"."""
    return str(WEEKDAYS_ABBR[day.weekday()]).rstrip(".")


def month_short(day: date) -> str:
    """The month's short name without a full stop: "nov", "Nov"."""
    return (
        str(MONTHS_3[day.month]).rstrip(".").capitalize() if _is_english(None) else str(MONTHS_3[day.month]).rstrip(".")
    )


def day_words(day: date, *, today: date | None = None, with_weekday: bool = True, short: bool = False) -> str:
    """A date in words: "tirsdag 24. november", "ti. 24. nov."; the year only when it isn't ``today``'s.

    Without ``today`` the year is always there: letters and prints outlive the year they are written in.
    """
    english = _is_english(None)
    month = month_short(day) if short else str(MONTHS[day.month])
    number = str(day.day) if english else f"{day.day}."
    if short and not english and month != str(MONTHS[day.month]):  # "mai" is short already
        month += "."
    words = f"{number} {month}"
    if today is None or day.year != today.year:
        words += f" {day.year}"
    if with_weekday:
        name = weekday_short(day) if short else weekday(day)
        words = f"{name}{'.' if short and not english else ''} {words}"
    return words


def near_day_words(day: date, *, today: date) -> str:
    """ "today", "tomorrow", "yesterday", else the date in words."""
    if day == today:
        return gettext("today")
    if day == today + timedelta(days=1):
        return gettext("tomorrow")
    if day == today - timedelta(days=1):
        return gettext("yesterday")
    return day_words(day, today=today)


def _twice(moment: datetime) -> bool:
    """True when the wall clock shows this hour twice (the night summer time ends)."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset() and moment.utcoffset() in (
        moment.replace(fold=0).utcoffset(),
        moment.replace(fold=1).utcoffset(),
    )


def clock_words(moment: datetime, *, end_of_day: bool = False) -> str:
    """The wall clock: "17.00" in Norwegian, "17:00" in English; "24.00" with ``end_of_day``. Takes a local moment."""
    separator = ":" if _is_english(None) else "."
    words = f"24{separator}00" if end_of_day else f"{moment.hour:02d}{separator}{moment.minute:02d}"
    if not end_of_day and moment.tzinfo is not None and _twice(moment) and _goes_back(moment):
        # Not inside the f-string: the tool that collects texts doesn't look there.
        which = gettext("summer time") if moment.fold == 0 else gettext("winter time")
        words += f" ({which})"
    return words


def _goes_back(moment: datetime) -> bool:
    """True when the doubt is an hour that comes twice, not one that doesn't exist."""
    first, second = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def span(start: datetime, end: datetime, tz: ZoneInfo) -> WallSpan:
    """``[start, end)`` on the wall clock of ``tz``. ``ValueError`` for naive moments or an end before the start."""
    first, last = local(start, tz), local(end, tz)
    if end <= start:
        raise ValueError("an interval must end after it starts")
    midnight = last.time() == time() and last.date() > first.date()
    return WallSpan(first, last, last.date() - timedelta(days=1) if midnight else last.date(), midnight)


def when_words(start: datetime, end: datetime, tz: ZoneInfo, *, today: date | None = None, short: bool = False) -> str:
    """An interval in words, with its day or days: "tirsdag 24. november kl. 17.00–18.30", "24. november, hele dagen".

    ``today`` leaves this year's number out; ``short`` abbreviates names of days and months.
    """
    wall = span(start, end, tz)
    english = _is_english(None)
    first_day = day_words(wall.start.date(), today=today, short=short)
    at = ", " if english else " kl. "
    if wall.one_day:
        if wall.whole_days:
            return gettext("%(day)s, all day") % {"day": first_day}
        times = f"{clock_words(wall.start)}{EN_DASH}{clock_words(wall.end, end_of_day=wall.ends_at_midnight)}"
        return f"{first_day}{at}{times}"
    last_day = day_words(wall.end_day, today=today, short=short)
    if wall.whole_days:
        return gettext("%(day)s, all day") % {"day": f"{first_day} {EN_DASH} {last_day}"}
    until = clock_words(wall.end, end_of_day=wall.ends_at_midnight)
    return f"{first_day}{at}{clock_words(wall.start)} {EN_DASH} {last_day}{at}{until}"


def times_words(start: datetime, end: datetime, tz: ZoneInfo) -> str:
    """Only the clock times: "17.00–18.30". For a place where the day already stands."""
    wall = span(start, end, tz)
    return f"{clock_words(wall.start)}{EN_DASH}{clock_words(wall.end, end_of_day=wall.ends_at_midnight)}"


def moment_words(moment: datetime, tz: ZoneInfo, *, today: date | None = None, short: bool = False) -> str:
    """A point in time: "tirsdag 24. november kl. 17.00"."""
    at = local(moment, tz)
    return f"{day_words(at.date(), today=today, short=short)}{', ' if _is_english(None) else ' kl. '}{clock_words(at)}"


def duration_words(length: timedelta) -> str:
    """A length in words: "1 t 30 min", "45 min", "3 dager". Whole minutes."""
    minutes = int(length.total_seconds() // 60)
    if minutes >= 24 * 60 and minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if rest or not hours:
        parts.append(gettext("%(count)d min") % {"count": rest})
    return " ".join(parts)


def leaf(day: date) -> Leaf:
    """The words on the calendar leaf of ``day``."""
    return Leaf(month_short(day), str(day.day), weekday_short(day))
