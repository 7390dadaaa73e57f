"""VTIMEZONE: one static block per zone, with one rule for each half of the year.

Never icalendar's `add_missing_timezones()` or `Timezone.from_tzid()`: their list of dates makes ical.js and others read
every summer hour one hour wrong (feeds.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from booking.foundation.clock import zone

#: Years that the rule must hold for. Before 1997 only the past of a calendar, which no feed shows.
_YEARS = range(2000, 2038)


def _last_sunday(year: int, month: int) -> datetime:
    """01:00 UTC on the last Sunday of March or October: when all of the European Union changes its clocks."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@lru_cache(maxsize=64)
def _offsets(name: str) -> tuple[int, int] | None:
    """Winter and summer offset in minutes if the zone follows the European rule or never changes; else None."""
    tz = zone(name)

    def offset(moment: datetime) -> int:
        shift = moment.astimezone(tz).utcoffset()
        assert shift is not None  # noqa: S101 - zoneinfo always gives one
        return int(shift.total_seconds()) // 60

    winter, summer = offset(datetime(2026, 1, 15, tzinfo=UTC)), offset(datetime(2026, 7, 15, tzinfo=UTC))
    for year in _YEARS:
        spring, autumn = _last_sunday(year, 3), _last_sunday(year, 10)
        second = timedelta(seconds=1)
        expected = [(spring - second, winter), (spring, summer), (autumn - second, summer), (autumn, winter)]
        expected += [(datetime(year, 1, 15, tzinfo=UTC), winter), (datetime(year, 7, 15, tzinfo=UTC), summer)]
        if any(offset(moment) != wanted for moment, wanted in expected):
            return None
    return winter, summer


def follows_static_rule(name: str) -> bool:
    """True when ``vtimezone`` can say all about the zone; series in other zones are written out as single events."""
    return _offsets(name) is not None


def _text(minutes: int) -> str:
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def _local(minutes: int) -> str:
    """01:00 UTC on the wall clock of that offset (European zones: between 00:00 and 04:00)."""
    return f"{(60 + minutes) // 60:02d}{(60 + minutes) % 60:02d}00"


@lru_cache(maxsize=64)
def vtimezone(name: str) -> bytes:
    """The VTIMEZONE of the zone. Raises ``ValueError`` for a zone that follows no static rule."""
    offsets = _offsets(name)
    if offsets is None:
        raise ValueError(f"{name} follows no static rule")
    winter, summer = offsets
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    if summer != winter:
        lines += [
            "BEGIN:DAYLIGHT",
            f"DTSTART:19810329T{_local(winter)}",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            f"TZOFFSETFROM:{_text(winter)}",
            f"TZOFFSETTO:{_text(summer)}",
            f"TZNAME:{_name(name, 7)}",
            "END:DAYLIGHT",
            "BEGIN:STANDARD",
            f"DTSTART:19961027T{_local(summer)}",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            f"TZOFFSETFROM:{_text(summer)}",
            f"TZOFFSETTO:{_text(winter)}",
            f"TZNAME:{_name(name, 1)}",
            "END:STANDARD",
        ]
    else:
        lines += [
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            f"TZOFFSETFROM:{_text(winter)}",
            f"TZOFFSETTO:{_text(winter)}",
            f"TZNAME:{_name(name, 1)}",
            "END:STANDARD",
        ]
    return ("\r\n".join([*lines, "END:VTIMEZONE"]) + "\r\n").encode("ascii")


def _name(name: str, month: int) -> str:
    return datetime(2026, month, 15, tzinfo=zone(name)).tzname() or name
