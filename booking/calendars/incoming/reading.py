"""A calendar file as groups of events, one group per UID. Pure, and without Django: it runs in the worker that may be
killed (feeds.md "Calendars in").

One bad event must not lose the file, so the file is cut into groups here, by lines, before any library reads it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MAX_BYTES = 5 * 1024 * 1024
MAX_UID = 255
_HTML = re.compile(r"<\s*(!doctype|html|head|body)\b", re.IGNORECASE)
_FOLD = re.compile(rb"\r?\n[ \t]")
#: PRODID of our own feeds (calendars.rules.calendar): taking them in would be a loop.
OWN_PRODID = "samskap"
_NO = ("nei", "no", "false", "0")
_SCHOOL_COLUMNS = {"dato", "skole", "elevdag"}


class Unreadable(Exception):
    """The whole file can't be taken in: a stable code, and what fills its words."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class Group:
    """All events with one UID, as lines. ``zones``: the names of time zones that they use."""

    uid: str
    events: list[list[str]] = field(default_factory=list)

    @property
    def zones(self) -> set[str]:
        """TZID parameters of its lines."""
        return {match[1].strip('"') for event in self.events for line in event for match in _TZID.finditer(line)}


_TZID = re.compile(r";TZID=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)


@dataclass
class Calendar:
    """A file cut up: its zone for floating times ("" unless it says one), its time zones as text, its groups."""

    zone: str = ""
    zones: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)


def decode(raw: bytes) -> str:
    """Text: by the byte-order mark, else UTF-8, else cp1252. Folded lines are joined first, as folds cut letters."""
    if len(raw) > MAX_BYTES:
        raise Unreadable("too_big", mb=MAX_BYTES // 1024 // 1024)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return re.sub(r"\r?\n[ \t]", "", raw.decode("utf-16"))
        except UnicodeDecodeError:
            raise Unreadable("not_text") from None
    raw = _FOLD.sub(b"", raw.removeprefix(b"\xef\xbb\xbf"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable("not_text") from None


def cut_up(text: str) -> Calendar:
    """The groups of an iCalendar text. Raises ``Unreadable`` for a web page, another kind of file, a torso, our own."""
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise Unreadable("html" if _HTML.search(text[:2000]) else "not_a_calendar")
    # Half a download must not read as "the rest was cancelled".
    if lines[-1].strip().upper() != "END:VCALENDAR":
        raise Unreadable("cut_off")
    found = Calendar()
    stack: list[tuple[str, list[str]]] = []
    for line in lines:
        upper = line.strip().upper()
        if upper.startswith("BEGIN:"):
            stack.append((upper[6:].strip(), []))
            if len(stack) > 6:
                raise Unreadable("not_a_calendar")
            continue
        if upper.startswith("END:"):
            _end(found, stack, upper[4:].strip())
            continue
        if not stack:
            continue
        name = stack[-1][0]
        if name == "VCALENDAR":
            key, _colon, value = line.partition(":")
            key = key.split(";")[0].strip().upper()
            if key == "PRODID" and OWN_PRODID in value.lower():
                raise Unreadable("own_feed")
            if key == "X-WR-TIMEZONE":
                found.zone = value.strip()
        else:
            stack[-1][1].append(line)
    return found


def _end(found: Calendar, stack: list[tuple[str, list[str]]], name: str) -> None:
    if not stack or stack[-1][0] != name:
        raise Unreadable("cut_off")
    _name, lines = stack.pop()
    if name == "VCALENDAR":
        return
    parent = stack[-1][0] if stack else ""
    if name == "VEVENT" and parent == "VCALENDAR":
        uid = next((line.partition(":")[2].strip() for line in lines if _key(line) == "UID"), "")
        if not uid:
            # Nothing to know it by: what it says is its name.
            uid = "no-uid:" + hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:40]
        found.groups.setdefault(uid, Group(uid)).events.append(lines)
    elif name == "VTIMEZONE" and parent == "VCALENDAR":
        tzid = next((line.partition(":")[2].strip() for line in lines if _key(line) == "TZID"), "")
        if tzid:
            found.zones[tzid] = lines
    elif parent == "VTIMEZONE":  # its STANDARD and DAYLIGHT belong to it; an alarm of an event is dropped
        stack[-1][1].extend([f"BEGIN:{name}", *lines, f"END:{name}"])


def _key(line: str) -> str:
    return re.split(r"[:;]", line, maxsplit=1)[0].strip().upper()


def known_uid(uid: str) -> str:
    """A UID that fits the database; one that is too long by its fingerprint."""
    uid = "".join(letter for letter in uid if letter.isprintable())
    return uid if len(uid) <= MAX_UID else "sha256:" + hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()


def single(calendar: Calendar, group: Group, events: list[list[str]], known: set[str]) -> str:
    """A calendar of this group alone, with those time zones that are not ``known`` by name."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//one group//EN"]
    for tzid in sorted(group.zones - known):
        if tzid in calendar.zones:
            lines += ["BEGIN:VTIMEZONE", *calendar.zones[tzid], "END:VTIMEZONE"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


# --- lists of school days ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Days in a row, both included, on which a school has no pupils, and what the list calls them."""

    school: str
    first: date
    last: date
    title: str


def is_school_list(text: str) -> bool:
    """True for a table of school days as Norwegian municipalities publish it: dato, skole, elevdag, kommentar."""
    head = text.lstrip("\ufeff\r\n ").split("\n", 1)[0].strip().lower()
    return set(re.split(r"[,;\t]", head)) >= _SCHOOL_COLUMNS


def schools(text: str) -> list[str]:
    """Names of the schools in the list, sorted."""
    return sorted({row["skole"].strip() for row in _rows(text) if row.get("skole", "").strip()})


def free_days(text: str, school: str) -> list[FreeDays]:
    """The days without pupils, Monday to Friday; a weekend in between doesn't part them.

    ``school``: the one that is meant, as the list spells it, or "" when the list has one only. Raises ``Unreadable``.
    """
    names = schools(text)
    wanted = school.strip().casefold()
    chosen = [name for name in names if name.casefold() == wanted] if wanted else names
    if len(chosen) != 1:
        raise Unreadable("which_school", schools=", ".join(names[:40]), count=len(names))
    days: dict[date, str] = {}
    for row in _rows(text):
        if row.get("skole", "").strip() != chosen[0]:
            continue
        try:
            day = date.fromisoformat(row["dato"].strip())
        except ValueError:
            raise Unreadable("bad_date", value=row["dato"][:40]) from None
        if row["elevdag"].strip().casefold() in _NO and day.weekday() < 5:
            days[day] = " ".join((row.get("kommentar") or "").split())
    found: list[FreeDays] = []
    for day in sorted(days):
        before = found[-1] if found else None
        gap = (day - before.last).days if before else 0
        if before and (gap == 1 or (gap == 3 and day.weekday() == 0)):
            found[-1] = FreeDays(chosen[0], before.first, day, before.title or days[day])
        else:
            found.append(FreeDays(chosen[0], day, day, days[day]))
    return found


def _rows(text: str) -> list[dict[str, str]]:
    body = text.lstrip("\ufeff\r\n ")
    head = body.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(body, newline=""), delimiter=delimiter)
    rows.fieldnames = [(name or "").strip().lower() for name in rows.fieldnames or ()]
    return [{key: value or "" for key, value in row.items() if isinstance(key, str) and not isinstance(value, list)}
            for row in rows]  # fmt: skip
