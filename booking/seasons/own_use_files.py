"""The municipality's own weekly hours out of a file: a table (CSV, XLSX) or a calendar (ICS). Reads, never writes.

A row that can't be read as meant is told with its line; nothing of it is guessed. Of a calendar only what comes every
week is own use: an event that is there in at least four of eight weeks, at the start of the season or just now.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from django.utils.translation import gettext as _
from icalendar import Calendar

from booking.catalogue.imports import reading
from booking.catalogue.imports.reading import FileRefused
from booking.foundation.clock import day_bounds
from booking.seasons.rules import typing_hours

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS, MAX_EVENTS = 1000, 5000
WEEKS, OFTEN = 8, 4
#: Rules that would fill a window with more than a person could look at.
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
COLUMNS = {
    "place": ("place", "sted", "stad", "lokale", "anlegg", "hall", "rom"),
    "weekday": ("weekday", "ukedag", "vekedag", "dag", "day"),
    "hours": ("hours", "tid", "tider", "klokkeslett", "timer"),
    "start": ("from", "fra", "frå", "start"),
    "end": ("to", "til", "slutt", "end", "until"),
    "what": ("what", "for what", "hva", "kva", "for hva", "for kva", "bruk", "aktivitet", "formål"),
}
_DAYS = {
    "man": 0, "mån": 0, "mon": 0, "tir": 1, "tys": 1, "tue": 1, "ons": 2, "wed": 2, "tor": 3, "thu": 3, "fre": 4,
    "fri": 4, "lør": 5, "lau": 5, "sat": 5, "søn": 6, "sun": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundUse:
    """Weekly hours that were read. ``place``: an id of the round's places; None: the file names none that is there."""

    place: int | None
    weekday: int
    start: int
    end: int
    what: str


@dataclass(frozen=True)
class OwnUseFile:
    """What a file held, and what of it can't be used: ``(line, why)``; line 0 is the file as a whole."""

    uses: list[FoundUse] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


def read(
    name: str,
    raw: bytes,
    *,
    places: Mapping[int, str],
    usual: int | None,
    season_start: date,
    today: date,
    tz: ZoneInfo,
) -> OwnUseFile:
    """``places``: the round's, by id with their names; ``usual``: the id where the file doesn't say; ``tz``: of a
    calendar's floating times and of the weekdays. Raises ``FileRefused``."""
    if not raw:
        raise FileRefused(_("The file is empty."))
    if len(raw) > MAX_BYTES:
        raise FileRefused(_("The file is too big: at most %s megabytes.") % (MAX_BYTES // 1024 // 1024))
    known = {_plain(label): pk for pk, label in places.items()}
    suffix = Path(name).suffix.lower()
    if suffix in (".ics", ".ical", ".ifb"):
        return _calendar(raw, known, usual, season_start, today, tz)
    if suffix not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise FileRefused(_("Choose a table (CSV or XLSX) or a calendar (ICS)."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file{suffix}")
        path.write_bytes(raw)
        sheet = reading.read(path)
    if len(sheet.rows) > MAX_ROWS:
        raise FileRefused(_("The file has too many rows: at most %s.") % MAX_ROWS)
    return _table(sheet, known, usual)


def _plain(text: object) -> str:
    return " ".join(str(text or "").split()).casefold()


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(sheet: reading.Sheet, places: Mapping[str, int], usual: int | None) -> OwnUseFile:
    columns = {
        field: next((column for column in sheet.columns if _plain(column) in names), "")
        for field, names in COLUMNS.items()
    }
    if not columns["weekday"] or not (columns["hours"] or (columns["start"] and columns["end"])):
        raise FileRefused(
            _("The first row must name the columns: place, weekday, from, to, for what (or hours for from and to).")
        )
    found = OwnUseFile(faults=[(0, note) for note in sheet.notes])
    for row in sheet.rows:
        if row.fault:
            found.faults.append((row.line, row.fault))
            continue
        cells = {field: row.data.get(column) if column else None for field, column in columns.items()}
        weekday = _weekday(cells["weekday"])
        spans = _spans(cells)
        if weekday is None:
            found.faults.append((row.line, _("“%s” is no weekday.") % str(cells["weekday"] or "")[:40]))
        elif not spans:
            found.faults.append((row.line, _("The hours can't be read. Write them as 16:00 and 17:30, or 16-17.30.")))
        else:
            place = _place(cells["place"], places, usual)
            if place is None and cells["place"]:
                found.faults.append(
                    (row.line, _("“%s” is no place of the round: choose one below.") % str(cells["place"])[:60])
                )
            what = " ".join(str(cells["what"] or "").split())[:150]
            found.uses.extend(FoundUse(place, weekday, start, end, what) for start, end in spans)
    return found


def _place(value: object, places: Mapping[str, int], usual: int | None) -> int | None:
    """The place of that name; the usual one only where none is named."""
    name = _plain(value)
    if not name:
        return usual
    if name in places:
        return places[name]
    near = {pk for known, pk in places.items() if known.endswith((f" {name}", f", {name}"))}
    return near.pop() if len(near) == 1 else None


def _weekday(value: object) -> int | None:
    """A day's name in Norwegian or English, or its number from Monday, 1."""
    text = _plain(value).rstrip(".")
    if re.fullmatch(r"[1-7](\.0)?", text):
        return int(text[0]) - 1
    return _DAYS.get(text[:3]) if text.isalpha() else None


def _spans(cells: Mapping[str, Any]) -> list[tuple[int, int]]:
    text = str(cells["hours"] or "") or f"{_clock(cells['start'])}-{_clock(cells['end'])}"
    try:
        return typing_hours.read(re.sub(r"(?i)kl\.?\s*", "", text))
    except ValueError:
        return []


def _clock(value: object) -> str:
    if isinstance(value, datetime | time):
        return f"{value.hour}:{value.minute:02}"
    if isinstance(value, float) and 0 < value < 1:  # a workbook's part of a day
        minutes = round(value * 1440)
        return f"{minutes // 60}:{minutes % 60:02}"
    text = str(value or "").strip()
    return text[:-3] if re.fullmatch(r"\d{1,2}:\d{2}:\d{2}", text) else text


# --- calendars --------------------------------------------------------------------------------------------------------


def _calendar(
    raw: bytes, places: Mapping[str, int], usual: int | None, season_start: date, today: date, tz: ZoneInfo
) -> OwnUseFile:
    try:
        calendar = Calendar.from_ical(raw)
        events = list(calendar.walk("VEVENT"))
        for event in events:
            rules = event.get("RRULE") or []
            for rule in rules if isinstance(rules, list) else [rules]:
                if _TOO_OFTEN & {str(one).upper() for one in rule.get("FREQ", [])}:
                    raise FileRefused(_("An event comes more often than daily: that is no weekly use."))
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(_("This is no calendar that can be read.")) from error
    if not events:
        raise FileRefused(_("The calendar has no events."))
    if len(events) > MAX_EVENTS:
        raise FileRefused(_("The calendar has too many events: at most %s.") % MAX_EVENTS)
    best: Counter[tuple[str, int, int, int, str]] = Counter()
    for first in (season_start, today - timedelta(weeks=WEEKS)):
        try:
            window = recurring_ical_events.of(calendar, skip_bad_series=True).between(
                day_bounds(first, tz).start, day_bounds(first + timedelta(weeks=WEEKS), tz).start
            )
        except Exception as error:
            raise FileRefused(_("This is no calendar that can be read.")) from error
        counted = Counter(_keys(window, tz))
        for key, count in counted.items():
            best[key] = max(best[key], count)
    weekly = sorted(key for key, count in best.items() if count >= OFTEN)
    found = OwnUseFile()
    for location, weekday, start, end, what in weekly:
        place = _place(location, places, None) if location else usual
        if place is None:
            place = usual
        found.uses.append(FoundUse(place, weekday, start, end, what))
    left = {key[4] for key, count in best.items() if count < OFTEN} - {one.what for one in found.uses}
    found.faults.extend((0, _("“%s” doesn't come every week, and was left out.") % what[:60]) for what in sorted(left))
    if not found.uses:
        found.faults.append((0, _("Nothing in the calendar comes every week.")))
    return found


def _keys(window: Iterable[Any], tz: ZoneInfo) -> Iterable[tuple[str, int, int, int, str]]:
    for event in window:
        start, end = event.start, event.end
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            continue  # whole days are no weekly hours
        begins, ends = (one.astimezone(tz) if one.tzinfo else one.replace(tzinfo=tz) for one in (start, end))
        last = ends.hour * 60 + ends.minute
        if ends.date() > begins.date():
            if last or ends.date() > begins.date() + timedelta(days=1):
                continue
            last = 24 * 60
        first = begins.hour * 60 + begins.minute
        if first < last:
            summary = " ".join(str(event.get("SUMMARY", "")).split())[:150]
            yield _plain(event.get("LOCATION", ""))[:200], begins.weekday(), first, last, summary
