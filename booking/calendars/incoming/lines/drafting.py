"""Files of hours as drafts of lines: a list (a time or a weekly one), a timetable (weekday × time), a calendar.

Nothing here knows the database: places and organisations are still the words of the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars.incoming import worker
from booking.calendars.incoming.reading import Unreadable, is_school_list
from booking.calendars.incoming.wording import failure_words, refusal_words
from booking.catalogue.imports.reading import FileRefused, Row, Sheet, decode, read

AHEAD = timedelta(days=548)
#: As many dates as a series may have (requests.md).
MOST_DATES = 400

_COLUMNS = {
    "id": ("id", "external_id", "uid"),
    "resource": ("resource", "ressurs", "lokale", "sted", "anlegg", "hall", "bane", "rom", "stad"),
    "organisation": ("organisation", "organisasjon", "lag", "forening", "leietaker", "leigetakar", "bruker", "brukar"),
    "title": ("title", "tittel", "aktivitet", "formål", "føremål"),
    "date": ("date", "dato"),
    "weekday": ("weekday", "ukedag", "vekedag", "dag"),
    "start": ("start", "fra", "frå", "starttid", "fra kl", "frå kl", "kl fra"),
    "end": ("end", "til", "slutt", "sluttid", "til kl", "kl til"),
    "first": ("from", "fra dato", "frå dato", "fra_dato", "gyldig fra", "gyldig frå", "startdato"),
    "last": ("until", "til dato", "til_dato", "gyldig til", "sluttdato"),
    "quantity": ("quantity", "antall", "tal"),
}
_NAMES = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases}
_WEEKDAYS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        ("mandag", "måndag", "monday"), ("tirsdag", "tysdag", "tuesday"), ("onsdag", "wednesday"),
        ("torsdag", "thursday"), ("fredag", "friday"), ("lørdag", "laurdag", "saturday"),
        ("søndag", "sundag", "sunday"),
    )
):  # fmt: skip
    for _name in _names:
        _WEEKDAYS |= {_name: _number, _name[:3]: _number}
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TIME = re.compile(r"(?:kl\.?\s*)?(\d{1,2})(?:[:.]?(\d{2}))?(?::00)?", re.IGNORECASE)
_SPAN = re.compile(
    r"\s*(?:kl\.?\s*)?(\d{1,2}(?:[:.]?\d{2})?)\s*(?:-|–|—|til|to)\s*(\d{1,2}(?:[:.]?\d{2})?)\s*", re.IGNORECASE
)


class RowRefused(Exception):
    """One row can't be taken in; the message says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that don't say it themselves; the days are those of weekly times."""

    resource: str = ""
    organisation: str = ""
    first: date | None = None
    last: date | None = None


@dataclass
class Draft:
    """One row: its place in the file, who has what when. Times are walls (naive) or moments (aware), ``[start, end)``.

    ``rrule``: of a weekly time, "" else.
    """

    line: int
    external_id: str = ""
    resource: str = ""
    organisation: str = ""
    title: str = ""
    quantity: int = 1
    times: list[tuple[datetime, datetime]] = field(default_factory=list)
    rrule: str = ""
    fault: str = ""

    @property
    def digest(self) -> str:
        """Of all that the row says: a row that says something else next time is told apart by it."""
        facts = [self.resource, self.organisation, self.title, self.quantity, [
            (start.isoformat(), end.isoformat()) for start, end in self.times
        ]]  # fmt: skip
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def drafts(path: Path, defaults: Defaults, *, now: datetime) -> tuple[str, list[Draft], list[str]]:
    """How the file was read (calendar, timetable, list), its rows as drafts, and notes. Raises ``FileRefused``."""
    if path.suffix.lower() in (".ics", ".ical", ".ifb"):
        return _calendar(path, defaults, now)
    if path.suffix.lower() in (".csv", ".txt"):
        try:
            with path.open("rb") as file:
                head = decode(file.read(2000).rsplit(b"\n", 1)[0])
        except (OSError, FileRefused):
            head = ""
        if is_school_list(head):
            raise FileRefused(
                _("This is a list of school days, not of hours. Take it in under “Calendars of others” in the admin.")
            )
    sheet = read(path)
    if sheet.shape != "table":
        raise FileRefused(_("This is no table of hours. Use CSV, XLSX or ICS."))
    columns = [column.casefold().strip(" .:") for column in sheet.columns]
    listed = {_NAMES.get(column) for column in columns}
    if any(column in _WEEKDAYS for column in columns) and not listed & {"date", "weekday"}:
        return "timetable", list(_timetable(sheet, defaults)), sheet.notes
    known = {_NAMES[column] for column in columns if column in _NAMES}
    if not {"start", "end"} <= known:
        raise FileRefused(
            _("No known columns (%(columns)s). A list needs a date or a weekday, from and to; see the documentation.")
            % {"columns": ", ".join(sheet.columns[:20])}
        )
    return "list", [_guarded(row, lambda row: _listed(row, defaults)) for row in sheet.rows], sheet.notes


def _guarded(row: Row, make: Callable[[Row], Draft]) -> Draft:
    if row.fault:
        return Draft(row.line, fault=row.fault)
    try:
        return make(row)
    except RowRefused as refusal:
        return Draft(row.line, fault=str(refusal))


# --- a list -----------------------------------------------------------------------------------------------------------


def _listed(row: Row, defaults: Defaults) -> Draft:
    data = {
        _NAMES[column.casefold().strip(" .:")]: value
        for column, value in row.data.items()
        if column.casefold().strip(" .:") in _NAMES and value not in (None, "")
    }
    made = Draft(
        row.line,
        external_id=_text(data.get("id"), 200),
        resource=_text(data.get("resource"), 200) or defaults.resource,
        organisation=_text(data.get("organisation"), 200) or defaults.organisation,
        title=_text(data.get("title"), 150),
        quantity=_quantity(data.get("quantity")),
    )
    if "date" in data:
        begins, ends = _clock(data.get("start"), "from"), _clock(data.get("end"), "to")
        made.times = [_on(_day(data["date"]), begins, ends)]
    elif "weekday" in data:
        first = _day(data["first"]) if "first" in data else defaults.first
        last = _day(data["last"]) if "last" in data else defaults.last
        begins, ends = _clock(data.get("start"), "from"), _clock(data.get("end"), "to")
        _weekly(made, _weekday(data["weekday"]), begins, ends, first, last)
    else:
        made.times = [(_moment(data.get("start"), "from"), _moment(data.get("end"), "to"))]
        if (made.times[0][0].tzinfo is None) != (made.times[0][1].tzinfo is None):
            raise RowRefused(_("from and to must both have a time zone, or none"))
        if made.times[0][1] <= made.times[0][0]:
            raise RowRefused(_("it ends before it begins, or at the same moment"))
    made.external_id = made.external_id or _known_by(made)
    return made


def _known_by(made: Draft) -> str:
    """A row without an id is known by who has what when."""
    return f"row:{made.digest[:40]}"


def _text(value: Any, most: int) -> str:
    text = " ".join(str("" if value is None else value).split())
    if len(text) > most:
        raise RowRefused(_("a text is too long: at most %s characters") % most)
    if not text.isprintable():
        raise RowRefused(_("a text holds characters that can't be used"))
    return text


def _quantity(value: Any) -> int:
    if value is None:
        return 1
    text = str(value).strip().removesuffix(".0")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 1_000_000:
        raise RowRefused(_("“%s” is not a number of things") % str(value)[:40])
    return int(text)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]00:00(?::00)?)?",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})",
    ):
        if match := re.fullmatch(pattern, text):
            try:
                found = date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                break
            if 1970 <= found.year <= 2100:
                return found
    raise RowRefused(_("“%s” is not a date (write 2026-11-24 or 24.11.2026)") % text[:40])


def _weekday(value: Any) -> int:
    text = str(value).strip().casefold().rstrip(".")
    found = _WEEKDAYS.get(text)
    if found is None:
        found = _WEEKDAYS.get(text.removesuffix("er").removesuffix("s"))
    if found is None:
        raise RowRefused(_("“%s” is not a weekday") % str(value)[:40])
    return found


def _which(word: str) -> str:
    return pgettext("a column", "from") if word == "from" else pgettext("a column", "to")


def _clock(value: Any, which: str) -> time:
    if isinstance(value, datetime):
        value = value.time()
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if value is None or not (match := _TIME.fullmatch(str(value).strip())):
        raise RowRefused(
            _("%(which)s: “%(value)s” is not a time (write 17:00)")
            % {"which": _which(which), "value": str(value or "")[:40]}
        )
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour == 24 and minute == 0 and which == "to":
        return time()
    if hour > 23 or minute > 59:
        raise RowRefused(
            _("%(which)s: “%(value)s” is not a time (write 17:00)") % {"which": _which(which), "value": str(value)[:40]}
        )
    return time(hour, minute)


def _moment(value: Any, which: str) -> datetime:
    if isinstance(value, datetime):
        return value.replace(second=0, microsecond=0)
    try:
        found = datetime.fromisoformat(str(value or "").strip())
    except ValueError:
        raise RowRefused(
            _("%(which)s: “%(value)s” is not a date and time; or is a column with the date missing?")
            % {"which": _which(which), "value": str(value or "")[:40]}
        ) from None
    if not 1970 <= found.year <= 2100 or found.second or found.microsecond:
        raise RowRefused(_("%(which)s: give whole minutes between 1970 and 2100") % {"which": _which(which)})
    return found


def _on(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    """On that day; over midnight when it ends before it begins."""
    if begins == ends:
        raise RowRefused(_("it ends before it begins, or at the same moment"))
    return datetime.combine(day, begins), datetime.combine(day + timedelta(days=ends < begins), ends)


def _weekly(made: Draft, weekday: int, begins: time, ends: time, first: date | None, last: date | None) -> None:
    if first is None or last is None:
        raise RowRefused(_("a weekly time needs its first and last day"))
    if last < first:
        raise RowRefused(_("the last day comes before the first"))
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day <= last:
        made.times.append(_on(day, begins, ends))
        if len(made.times) > MOST_DATES:
            raise RowRefused(_("too many dates: at most %s in a row") % MOST_DATES)
        day += timedelta(weeks=1)
    if not made.times:
        raise RowRefused(_("there is no such weekday between the first and the last day"))
    made.rrule = f"FREQ=WEEKLY;BYDAY={_CODES[weekday]};UNTIL={last:%Y%m%d}"


# --- a timetable ------------------------------------------------------------------------------------------------------


def _timetable(sheet: Sheet, defaults: Defaults) -> Iterator[Draft]:
    """One draft for each filled cell: the row says the time, the column the weekday, the cell who has it.

    "Korpset: aspirantene" is the organisation with a title. A column with a place holds for the whole row.
    """
    columns = {column: column.casefold().strip(" .:") for column in sheet.columns}
    days = {column: _WEEKDAYS[name] for column, name in columns.items() if name in _WEEKDAYS}
    for row in sheet.rows:
        rest = {
            columns[column]: value for column, value in row.data.items() if column in columns and column not in days
        }
        filled = [column for column in days if str(row.data.get(column) or "").strip(" -–")]
        if row.fault:
            yield Draft(row.line, fault=row.fault)
            continue
        for column in filled:
            yield _guarded(row, lambda row, column=column, rest=rest: _cell(row, column, days[column], rest, defaults))


def _cell(row: Row, column: str, weekday: int, rest: dict[str, Any], defaults: Defaults) -> Draft:
    span = next((match for value in rest.values() if value and (match := _SPAN.fullmatch(str(value)))), None)
    if span is not None:
        begins, ends = _clock(span[1], "from"), _clock(span[2], "to")
    else:
        named = {_NAMES[name]: value for name, value in rest.items() if name in _NAMES}
        if "start" not in named or "end" not in named:
            raise RowRefused(_("the row says no time (write 17:00-18:30 in the first column)"))
        begins, ends = _clock(named["start"], "from"), _clock(named["end"], "to")
    place = next((value for name, value in rest.items() if _NAMES.get(name) == "resource" and value), None)
    organisation, _colon, title = _text(row.data[column], 300).partition(":")
    made = Draft(
        row.line, resource=_text(place, 200) or defaults.resource, organisation=organisation.strip(),
        title=_text(title, 150),
    )  # fmt: skip
    _weekly(made, weekday, begins, ends, defaults.first, defaults.last)
    made.external_id = _known_by(made)
    return made


# --- a calendar -------------------------------------------------------------------------------------------------------


def _calendar(path: Path, defaults: Defaults, now: datetime) -> tuple[str, list[Draft], list[str]]:
    """One draft for each event with all its dates from now to a year and a half ahead. A title that names no
    organisation is the title; LOCATION is the place unless one is given."""
    try:
        found = worker.expand(path.read_bytes(), now, now + AHEAD)
    except Unreadable as error:
        raise FileRefused(failure_words({"code": error.code, **error.params})) from None
    except OSError as error:
        raise FileRefused(_("The file can't be opened: %s") % error.strerror) from error
    by_uid: dict[str, Draft] = {}
    free = 0
    for one in sorted(found.occurrences, key=lambda one: one.start):
        if not one.busy:
            free += 1
            continue
        made = by_uid.get(one.uid)
        if made is None:
            made = by_uid[one.uid] = Draft(
                len(by_uid) + 1, one.uid, defaults.resource or one.place, defaults.organisation or one.title, one.title
            )
        zone = None if one.floating else UTC
        start, end = (datetime.fromtimestamp(at, UTC).replace(tzinfo=zone) for at in (one.start, one.end))
        made.times.append((start, end))
        if len(made.times) > MOST_DATES:
            made.fault = _("too many dates: at most %s in a row") % MOST_DATES
    listed = list(by_uid.values())
    for title, code in found.refused:
        listed.append(Draft(len(listed) + 1, title=title, fault=f"{title}: {refusal_words(code)}"))
    notes = [_("%s events take no time and are passed over.") % free] if free else []
    return "calendar", listed, notes
