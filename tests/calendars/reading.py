"""Reading feeds back with two parsers that nobody here wrote: icalendar with recurring-ical-events, and ical.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

OSLO = ZoneInfo("Europe/Oslo")
JS = Path(__file__).parent / "js"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="Node isn't installed: ical.js can't read the feed (package nodejs)"
)

Occurrence = tuple[datetime, datetime, str]


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(), tzinfo=OSLO).astimezone(UTC)


def by_icalendar(body: bytes, start: datetime, end: datetime) -> list[Occurrence]:
    """Start, end and summary of all occurrences that touch the window, in order."""
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between(start, end)
    return sorted((_moment(event.start), _moment(event.end), str(event["summary"])) for event in found)


def by_ical_js(body: bytes, start: datetime, end: datetime) -> list[Occurrence]:
    """The same by ical.js, as Thunderbird and many web calendars read it."""
    result = subprocess.run(
        [NODE or "node", str(JS / "expand.mjs"), start.isoformat(), end.isoformat()],
        input=body,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr.decode()
    rows = json.loads(result.stdout)
    return sorted(
        (
            _moment(
                date.fromisoformat(row["start"]) if len(row["start"]) == 10 else datetime.fromisoformat(row["start"])
            ),
            _moment(date.fromisoformat(row["end"]) if len(row["end"]) == 10 else datetime.fromisoformat(row["end"])),
            row["summary"],
        )
        for row in rows
    )
