"""Values out of query strings and bodies: moments, dates, numbers. Each raises ``Invalid`` with the place and rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import wall
from booking.foundation.errors import Invalid
from booking.foundation.intervals import Interval

#: Times outside of these years are slips of the keyboard; holiday data ends in 2100 for Norway.
FIRST_YEAR, LAST_YEAR = 1990, 2100

Loc = Sequence[str | int]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)
_LOST_PLUS = re.compile(r"(:\d{2}(?:\.\d+)?) (\d{2}:\d{2})$", re.ASCII)


def parse_date(value: object, *, loc: Loc = ()) -> date:
    """A date ``YYYY-MM-DD``. Raises ``Invalid``: ``not_a_date, out_of_range``."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            _check_year(day.year, loc)
            return day
    raise Invalid("not_a_date", _("This must be a date such as 2026-05-17."), loc=loc)


def parse_moment(value: object, *, loc: Loc = (), tz: ZoneInfo | None = None, whole_minutes: bool = False) -> datetime:
    """A moment in UTC from an RFC 3339 date-time with offset; with ``tz`` also a date, meaning its local midnight.

    A space where ``+`` belongs (an unescaped plus in an address) is read as ``+``. Raises ``Invalid``:
    ``not_a_time, no_zone, out_of_range``, and with ``whole_minutes`` also ``not_whole_minutes``.
    """
    if not isinstance(value, str) or len(value) > 40:
        raise _not_a_time(loc)
    text = _LOST_PLUS.sub(r"\1+\2", value.strip())
    if tz is not None and _DATE.fullmatch(text):
        return wall(parse_date(text, loc=loc), time(), tz)
    match = _MOMENT.fullmatch(text)
    if not match:
        raise _not_a_time(loc)
    if not match["zone"]:
        raise Invalid("no_zone", _("The time needs its offset from UTC, such as 2026-05-17T18:00:00+02:00."), loc=loc)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise _not_a_time(loc) from None
    _check_year(moment.year, loc)
    if whole_minutes and (moment.second or moment.microsecond):
        raise Invalid("not_whole_minutes", _("Times are whole minutes."), loc=loc)
    return moment.astimezone(UTC)


def parse_window(
    params: Mapping[str, str],
    *,
    tz: ZoneInfo,
    max_days: int | None = None,
    names: tuple[str, str] = ("from", "to"),
) -> Interval[datetime]:
    """The window ``[from, to)`` out of a query string, dates meaning local midnights in ``tz``.

    Raises ``Invalid``: ``required``, those of :func:`parse_moment`, ``end_before_start, too_long``.
    """
    start_name, end_name = names
    for name in names:
        if not params.get(name):
            raise Invalid("required", _("This is needed."), loc=[name])
    start = parse_moment(params[start_name], loc=[start_name], tz=tz)
    end = parse_moment(params[end_name], loc=[end_name], tz=tz)
    if end <= start:
        raise Invalid("end_before_start", _("The end must be after the start."), loc=[end_name])
    # In local days: 92 days over a clock change are an hour more or less than 92 * 24.
    if max_days is not None:
        local_start, local_end = start.astimezone(tz).replace(tzinfo=None), end.astimezone(tz).replace(tzinfo=None)
        if (local_end - local_start).total_seconds() > max_days * 86_400:
            raise Invalid(
                "too_long", _("This is too long: at most %(days)s days."), loc=[end_name], params={"days": max_days}
            )
    return Interval(start, end)


def parse_int(value: object, *, loc: Loc = (), least: int = 0, most: int = 1_000_000) -> int:
    """A whole number within bounds, from JSON or a query string. Raises ``Invalid``: ``not_a_number, out_of_range``."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("not_a_number", _("This must be a whole number."), loc=loc)
    if not least <= value <= most:
        raise Invalid(
            "out_of_range",
            _("This must be from %(least)s to %(most)s."),
            loc=loc,
            params={"least": least, "most": most},
        )
    return value


@dataclass(frozen=True, slots=True)
class Hat:
    """In which capacity the caller acts: for an organisation, or in a unit."""

    kind: Literal["organisation", "unit"]
    slug: str


def parse_hat(value: str | None) -> Hat | None:
    """The header ``Samskap-Hat: organisation:<slug>`` or ``unit:<slug>``. None without one. Raises ``Invalid``."""
    if not value:
        return None
    kind, _colon, slug = value.strip().partition(":")
    if kind == "organisation" and re.fullmatch(r"[-\w]{1,80}", slug):
        return Hat("organisation", slug)
    if kind == "unit" and re.fullmatch(r"[-\w]{1,80}", slug):
        return Hat("unit", slug)
    raise Invalid(
        "bad_hat", _("A role is written as organisation:<name> or unit:<name>."), loc=["header", "Samskap-Hat"]
    )


def _not_a_time(loc: Loc) -> Invalid:
    return Invalid("not_a_time", _("This must be a time such as 2026-05-17T18:00:00+02:00."), loc=loc)


def _check_year(year: int, loc: Loc) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            "out_of_range",
            _("The year must be from %(least)s to %(most)s."),
            loc=loc,
            params={"least": FIRST_YEAR, "most": LAST_YEAR},
        )
