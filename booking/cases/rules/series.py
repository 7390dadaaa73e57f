"""A repeating time: read strictly, expanded on the wall clock of the venue. Pure.

Source: requests.md "Series and baskets", api.md "series", RFC 5545 3.3.10 and 3.3.5. Only DAILY, WEEKLY and MONTHLY
with an end; everything that could make an expansion long is refused before anything is expanded.

Expanded by our own few lines rather than by python-dateutil, because dateutil looks for a rule that never hits (31
February) until the year 9999 before it gives up, whatever UNTIL says. A test holds the two against each other.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import local, wall
from booking.foundation.errors import Invalid

#: The most dates one series may have.
MOST = 400
#: How far a rule is followed; a rule that gives fewer dates until then has no more.
FARTHEST = timedelta(days=3660)
_LAST_DAY = date(2100, 12, 31)
_LENGTH = 250

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY"]
_WEEKDAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read and found harmless. `until`: a local date (included) or a UTC moment (included)."""

    text: str
    freq: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    #: (weekday with Monday as 0, which one of the month; 0: every one)
    byday: tuple[tuple[int, int], ...] = ()
    bymonthday: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series: `[start, end)` in UTC and the local date it starts on."""

    start: datetime
    end: datetime
    day: date


def parse_rule(text: str) -> Rule:
    """Read an RRULE value (with or without ``RRULE:``). Raises ``Invalid`` with a stable code; nothing is expanded."""
    value = text.strip().upper().removeprefix("RRULE:")
    if not value or len(value) > _LENGTH or not value.isascii():
        raise Invalid("bad_rule", _("This is not a rule for repeating."))
    parts: dict[str, str] = {}
    for piece in value.rstrip(";").split(";"):
        name, equals, content = piece.partition("=")
        if not equals or not content or name in parts:
            raise Invalid("bad_rule", _("This is not a rule for repeating."))
        if name not in _KNOWN:
            raise Invalid(
                "rule_not_supported", _("“%(part)s” can't be used in a rule here."), params={"part": name[:20]}
            )
        parts[name] = content
    freq: Any = parts.get("FREQ")
    if freq not in ("DAILY", "WEEKLY", "MONTHLY"):
        raise Invalid("rule_frequency", _("Repeat daily, weekly or monthly."))
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise Invalid("rule_without_end", _("Say how many times, or until when (not both)."))
    for name in ("BYSETPOS", "BYMONTHDAY"):
        if name in parts and freq != "MONTHLY":
            raise Invalid("rule_not_supported", _("“%(part)s” can't be used in a rule here."), params={"part": name})
    byday = _byday(parts.get("BYDAY", ""), monthly=freq == "MONTHLY")
    wkst = parts.get("WKST", "MO")
    if wkst not in _WEEKDAYS:
        raise Invalid("bad_rule", _("This is not a rule for repeating."))
    return Rule(
        text=";".join(f"{name}={content}" for name, content in parts.items()),
        freq=freq,
        interval=_number(parts.get("INTERVAL", "1"), 1, 366),
        count=_number(parts["COUNT"], 1, MOST, code="too_many_dates") if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        byday=byday,
        bymonthday=_numbers(parts.get("BYMONTHDAY", ""), 31),
        bymonth=_numbers(parts.get("BYMONTH", ""), 12, negative=False),
        bysetpos=_numbers(parts.get("BYSETPOS", ""), 366),
        wkst=_WEEKDAYS[wkst],
    )


def expand(
    rule: Rule, start: datetime, end: datetime, tz: ZoneInfo, *, exclude: Collection[date] = ()
) -> list[Occurrence]:
    """The dates of a series whose first time is `[start, end)` (aware), in order, without the local dates in `exclude`.

    The wall clock of both ends is kept across clock changes: 17:00-19:00 stays 17:00-19:00, 22:00-06:00 is an hour
    shorter or longer in the two nights. A start in the missing hour moves forward by the gap; of a doubled hour the
    first is meant. Raises ``Invalid``: ``too_many_dates`` beyond 400, ``no_dates`` when the rule gives none.
    """
    excluded = frozenset(exclude)
    found = list(_all(rule, start, end, tz))
    if len(found) > MOST:
        raise Invalid("too_many_dates", _("A series has at most %(most)s dates."), params={"most": MOST})
    kept = [occurrence for occurrence in found if occurrence.day not in excluded]
    if not kept:
        raise Invalid("no_dates", _("This rule gives no dates."))
    return kept


def _all(rule: Rule, start: datetime, end: datetime, tz: ZoneInfo) -> Iterator[Occurrence]:
    """Every date of the rule, one more than allowed at most."""
    first = local(start, tz).replace(tzinfo=None, fold=0)
    last = local(end, tz).replace(tzinfo=None, fold=0)
    days = last.date() - first.date()
    limit = min(first.date() + FARTHEST, _LAST_DAY)
    until_moment: datetime | None = None
    if isinstance(rule.until, datetime):
        until_moment = rule.until
        limit = min(limit, local(rule.until, tz).date())
    elif rule.until is not None:
        limit = min(limit, rule.until)
    most = MOST + 1 if rule.count is None else rule.count
    opens, closes = first.time(), last.time()
    for day in islice(_days(rule, first.date(), limit), most):
        begins = wall(day, opens, tz)
        if until_moment is not None and begins > until_moment:
            return
        ends = wall(day + days if days else day, closes, tz)
        if ends <= begins:
            # Only in the missing hour can a wall-clock end come before its start: keep the length instead.
            ends = begins + (end - start)
        yield Occurrence(begins, ends, day)


def _days(rule: Rule, first: date, limit: date) -> Iterator[date]:
    """The dates of the rule in `[first, limit]`, period by period (day, week or month), so never an endless search."""
    for candidates in _periods(rule, first, limit):
        if rule.bysetpos:
            wanted = {position - 1 if position > 0 else len(candidates) + position for position in rule.bysetpos}
            candidates = [day for position, day in enumerate(candidates) if position in wanted]
        for day in candidates:
            if day > limit:
                return
            if day >= first:
                yield day


def _periods(rule: Rule, first: date, limit: date) -> Iterator[list[date]]:
    """The dates of each period that the rule names, sorted, those before `first` included."""
    weekdays = {weekday for weekday, _nth in rule.byday}
    if rule.freq == "MONTHLY":
        months = first.year * 12 + first.month - 1
        for number in range(months, limit.year * 12 + limit.month, rule.interval):
            year, month = divmod(number, 12)
            if not rule.bymonth or month + 1 in rule.bymonth:
                yield _in_month(rule, year, month + 1, first.day)
        return
    if rule.freq == "WEEKLY":
        day = first - timedelta(days=(first.weekday() - rule.wkst) % 7)
        step = timedelta(weeks=rule.interval)
        offsets = [
            timedelta(days=days) for days in sorted((one - rule.wkst) % 7 for one in weekdays or {first.weekday()})
        ]
        while day <= limit:
            week = [day + offset for offset in offsets]
            yield [one for one in week if one.month in rule.bymonth] if rule.bymonth else week
            day += step
        return
    day, step = first, timedelta(days=rule.interval)
    while day <= limit:
        wanted = (not weekdays or day.weekday() in weekdays) and (not rule.bymonth or day.month in rule.bymonth)
        yield [day] if wanted else []
        day += step


def _in_month(rule: Rule, year: int, month: int, start_day: int) -> list[date]:
    length = monthrange(year, month)[1]
    found = set(range(1, length + 1))
    if rule.bymonthday:
        found &= {day if day > 0 else length + 1 + day for day in rule.bymonthday}
    elif not rule.byday:
        found &= {start_day}
    if rule.byday:
        named: set[int] = set()
        for weekday, nth in rule.byday:
            days = [day for day in range(1, length + 1) if date(year, month, day).weekday() == weekday]
            if nth == 0:
                named |= set(days)
            elif abs(nth) <= len(days):
                named.add(days[nth - 1 if nth > 0 else nth])
        found &= named
    return [date(year, month, day) for day in sorted(found)]


def _number(text: str, least: int, most: int, *, code: str = "bad_rule") -> int:
    digits = text.removeprefix("+")
    if not digits.isdigit() or len(digits) > 9:
        raise Invalid("bad_rule", _("This is not a rule for repeating."))
    value = int(digits)
    if value > most and code == "too_many_dates":
        raise Invalid(code, _("A series has at most %(most)s dates."), params={"most": most})
    if not least <= value <= most:
        raise Invalid("bad_rule", _("This is not a rule for repeating."))
    return value


def _numbers(text: str, most: int, *, negative: bool = True) -> tuple[int, ...]:
    if not text:
        return ()
    values = []
    for piece in text.split(","):
        sign = -1 if piece.startswith("-") and negative else 1
        values.append(sign * _number(piece.removeprefix("-") if negative else piece, 1, most))
    return tuple(values)


def _byday(text: str, *, monthly: bool) -> tuple[tuple[int, int], ...]:
    days = []
    for piece in text.split(",") if text else ():
        found = _BYDAY.fullmatch(piece)
        # "The second Tuesday" makes sense only in a month.
        if found is None or (found.group(1) and not monthly):
            raise Invalid("bad_rule", _("This is not a rule for repeating."))
        days.append((_WEEKDAYS[found.group(2)], int(found.group(1) or 0)))
    return tuple(days)


def _until(text: str) -> date | datetime:
    try:
        if len(text) == 8:
            value: date | datetime = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        elif len(text) == 16 and text.endswith("Z"):
            value = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        else:
            raise ValueError
    except ValueError:
        raise Invalid("bad_until", _("Write the last date as 20261231, or a moment in UTC.")) from None
    if not 1970 <= value.year <= 2100:
        raise Invalid("out_of_range", _("This date is out of range."))
    return value
