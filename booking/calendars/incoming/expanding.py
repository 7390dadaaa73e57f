"""Groups of events as plain times within a horizon. Pure, and without Django: it runs in the worker that may be killed.

What can't be expanded safely is refused by its group, with a code; the others are taken. The checks come before the
library is asked: a rule of 180 bytes can keep it busy for ever.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from booking.calendars.incoming import reading

MAX_INSTANCES = 750
MAX_EVENTS = 20_000
MAX_DATES = 1_000
LONGEST = timedelta(days=366)
YEARS = range(1970, 2101)
#: Seconds for one group; the whole worker has its own limit (worker.py).
GROUP_SECONDS = 3.0
_COARSE = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TITLE = 150


class Refused(Exception):
    """This group can't be taken in; a stable code."""


@dataclass(slots=True)
class Occurrence:
    """One time. ``start`` and ``end``: seconds since 1970 of ``[start, end)``, or of a floating one (and whole days)
    the wall clock as if it were UTC. ``occurrence``: which of its series ("" for a single one)."""

    uid: str
    occurrence: str
    start: int
    end: int
    floating: bool
    all_day: bool
    busy: bool
    title: str
    place: str = ""


@dataclass
class Expanded:
    """All that was found. ``refused``: (title or UID, code) of what was left out; ``zone``: for floating times."""

    occurrences: list[Occurrence] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    zone: str = ""
    events: int = 0


def expand(raw: bytes, start: datetime, end: datetime, *, school: str = "") -> Expanded:
    """The times of a calendar file in ``[start, end)`` (aware), cancelled ones left out. Raises ``Unreadable``."""
    text = reading.decode(raw)
    if reading.is_school_list(text):
        return _school_days(text, school, start, end)
    calendar = reading.cut_up(text)
    found = Expanded(zone=calendar.zone if _zone(calendar.zone) else "")
    known = {name for group in calendar.groups.values() for name in group.zones if _zone(name)}
    for group in calendar.groups.values():
        found.events += len(group.events)
        try:
            with _budget(GROUP_SECONDS):
                times = list(_group(calendar, group, known, start, end))
        except Refused as refusal:
            found.refused.append((_name(group), str(refusal)))
        except (reading.Unreadable, MemoryError):
            raise  # where there is no memory left, nothing that comes after can be trusted
        except Exception:  # noqa: BLE001 - whatever a library makes of one bad event must not lose the others
            found.refused.append((_name(group), "broken"))
        else:
            found.occurrences += times
        if len(found.occurrences) > MAX_EVENTS:
            raise reading.Unreadable("too_many_events", most=MAX_EVENTS)
    return found


def _school_days(text: str, school: str, start: datetime, end: datetime) -> Expanded:
    found = Expanded()
    for days in reading.free_days(text, school):
        found.events += 1
        begins, ends = _as_if_utc(days.first), _as_if_utc(days.last + timedelta(days=1))
        if ends > start.timestamp() and begins < end.timestamp():
            uid = reading.known_uid(f"school-days:{days.school}:{days.first.isoformat()}")
            found.occurrences.append(
                Occurrence(uid, "", begins, ends, True, True, True, f"{days.school}: {days.title or 'fri'}"[:_TITLE])
            )
    return found


@contextmanager
def _budget(seconds: float) -> Iterator[None]:
    """Raise in whatever runs longer. Only in the main thread of the worker; elsewhere there is no alarm."""

    def ring(_number: int, _frame: Any) -> None:
        raise Refused("too_slow")

    try:
        before = signal.signal(signal.SIGALRM, ring)
    except ValueError:  # not the main thread
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _zone(name: str) -> ZoneInfo | None:
    if not name or name.startswith(("/", ".")) or ".." in name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _name(group: reading.Group) -> str:
    """How people know it: its title, else its UID."""
    for event in group.events:
        for line in event:
            if line.upper().startswith(("SUMMARY:", "SUMMARY;")):
                return _title(line.partition(":")[2])[:80]
    return _title(group.uid)[:80]


def _title(value: object) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(text.split())[:_TITLE]


def _group(
    calendar: reading.Calendar, group: reading.Group, known: set[str], start: datetime, end: datetime
) -> Iterator[Occurrence]:
    parsed = icalendar.Calendar.from_ical(reading.single(calendar, group, group.events, known))
    events = _newest(list(parsed.walk("VEVENT")))
    for event in events:
        _check(event)
    repeats = any("RRULE" in event or "RDATE" in event for event in events) or len(events) > 1
    if repeats:
        kept = icalendar.Calendar()
        for part in parsed.subcomponents:
            if part.name != "VEVENT" or part in events:
                kept.add_component(part)
        # A day more on both sides: floating times are nowhere yet.
        day = timedelta(days=1)
        instances = recurring_ical_events.of(kept).between(start - day, end + day)
        if len(instances) > MAX_INSTANCES:
            raise Refused("too_many_instances")
    else:
        instances = events
    uid = reading.known_uid(group.uid)
    for event in instances:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        one = _occurrence(uid, event, repeats)
        if one.end > start.timestamp() and one.start < end.timestamp():
            yield one


def _newest(events: list[Any]) -> list[Any]:
    """Of the same date twice: the highest SEQUENCE, then what was changed last."""
    best: dict[str, Any] = {}
    for event in events:
        recurrence = event.get("RECURRENCE-ID")
        key = "" if recurrence is None else str(recurrence.dt)
        if key not in best or _rank(event) > _rank(best[key]):
            best[key] = event
    return list(best.values())


def _rank(event: Any) -> tuple[int, str]:
    try:
        sequence = int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        sequence = 0
    changed = event.get("LAST-MODIFIED") or event.get("DTSTAMP")
    return sequence, changed.to_ical().decode() if changed is not None else ""


def _check(event: Any) -> None:
    """Raises ``Refused`` for what is impossible or not safe to expand."""
    if "DTSTART" not in event:
        raise Refused("no_start")
    begins, ends = _span(event)
    for moment in (begins, ends):
        if moment.year not in YEARS:
            raise Refused("year")
    if not _before(begins, ends):
        raise Refused("end_before_start")
    if _plain(ends) - _plain(begins) > LONGEST:
        raise Refused("too_long")
    recurrence = event.get("RECURRENCE-ID")
    if recurrence is not None:
        if recurrence.dt.year not in YEARS:
            raise Refused("year")
        if str(recurrence.params.get("RANGE", "")):
            raise Refused("range")
    dates = 0
    for name in ("EXDATE", "RDATE"):
        lists = event.get(name, [])
        for one in lists if isinstance(lists, list) else [lists]:
            dates += len(one.dts)
    if dates > MAX_DATES:
        raise Refused("too_many_dates")
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    if len(rules) > 1:
        raise Refused("several_rules")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: Any) -> None:
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in _COARSE or any(len(rule.get(name, [])) > 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND")):
        raise Refused("sub_daily")
    if "RSCALE" in rule or "SKIP" in rule:
        raise Refused("rscale")
    if any(int(one) < 1 for name in ("INTERVAL", "COUNT") for one in rule.get(name, [])):
        raise Refused("broken")
    if any(until.year not in YEARS for until in rule.get("UNTIL", [])):
        raise Refused("year")


def _span(event: Any) -> tuple[date | datetime, date | datetime]:
    """Begin and end as written; a day without an end is one day, a moment without an end is none."""
    begins = event["DTSTART"].dt
    if "DTEND" in event:
        ends = event["DTEND"].dt
    elif "DURATION" in event:
        ends = begins + event["DURATION"].dt
    elif isinstance(begins, datetime):
        raise Refused("no_end")
    else:
        ends = begins + timedelta(days=1)
    if isinstance(begins, datetime) != isinstance(ends, datetime):
        raise Refused("broken")
    return begins, ends


def _plain(moment: date | datetime) -> datetime:
    """For lengths: whole days and floating times as if they were UTC."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _before(begins: date | datetime, ends: date | datetime) -> bool:
    return _plain(begins) < _plain(ends)


def _as_if_utc(moment: date | datetime) -> int:
    return int(_plain(moment).timestamp())


def _occurrence(uid: str, event: Any, repeats: bool) -> Occurrence:
    begins, ends = _span(event)
    all_day = not isinstance(begins, datetime)
    floating = all_day or _tz(begins) is None
    start, end = _as_if_utc(begins), _as_if_utc(ends)
    # Whole minutes: our calendar knows no seconds. What is touched is taken.
    start, end = start - start % 60, end + -end % 60
    recurrence = event.get("RECURRENCE-ID")
    which = ""
    if repeats:
        moment = recurrence.dt if recurrence is not None else begins
        which = _plain(moment).strftime("%Y%m%dT%H%M%SZ")
    busy = str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE":
        busy = False
    words = (_title(event.get(name, "")) for name in ("SUMMARY", "LOCATION"))
    return Occurrence(uid, which, start, end, floating, all_day, busy, *words)


def _tz(moment: Any) -> tzinfo | None:
    return getattr(moment, "tzinfo", None)
