"""Real programs subscribe to the running site: vdirsyncer fetches, khal reads what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from booking.calendars import services
from booking.calendars.selectors import subscriptions
from booking.cases.models import LineState
from booking.foundation import clock
from tests import factories
from tests.calendars.conftest import NOW, OSLO, Diary, change, wall
from tests.calendars.test_party import said

BIN = Path(sys.executable).parent
TOOLS = ("vdirsyncer", "khal")
pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(
        not all((BIN / tool).exists() for tool in TOOLS),
        reason="vdirsyncer and khal aren't installed (requirements-dev)",
    ),
]

KHAL = """
[calendars]
[[club]]
path = {folder}/items/
readonly = True
[locale]
local_timezone = Europe/Oslo
default_timezone = Europe/Oslo
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""
VDIRSYNCER = """
[general]
status_path = "{folder}/status/"
[pair club]
a = "site"
b = "here"
collections = null
conflict_resolution = "a wins"
[storage site]
type = "http"
url = "{url}"
[storage here]
type = "filesystem"
path = "{folder}/items/"
fileext = ".ics"
"""


class Reader:
    """Somebody's computer with the two programs, subscribed to one address."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.items = folder / "items"
        self.items.mkdir()
        (folder / "vdirsyncer").write_text(VDIRSYNCER.format(folder=folder, url=url))
        (folder / "khal").write_text(KHAL.format(folder=folder))
        self.run("vdirsyncer", "-c", str(folder / "vdirsyncer"), "discover")

    def run(self, tool: str, *arguments: str) -> str:
        env = os.environ | {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [str(BIN / tool), *arguments],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            input="y\n",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self) -> None:
        # What the organisation has none of any more may empty the folder.
        self.run("vdirsyncer", "-c", str(self.folder / "vdirsyncer"), "sync", "--force-delete")

    def agenda(self, first: str, last: str) -> list[str]:
        """Every occurrence as khal shows it: start, end, title."""
        shown = self.run(
            "khal", "-c", str(self.folder / "khal"), "list", "--day-format", "", "--format",
            "{start}|{end}|{title}{repeat-symbol}", first, last,
        )  # fmt: skip
        return sorted({line.replace(" ⟳", "").strip() for line in shown.splitlines() if line.strip()})


def days_ahead(days: int, at: str) -> datetime:
    """A wall-clock time so many days from today: the server lives in real time."""
    day = clock.local_date(clock.now(), OSLO) + timedelta(days=days)
    return wall(f"{day} {at}")


def shown(book: Diary) -> list[str]:
    """What the database says, in khal's form."""
    prefix = {LineState.GRANTED: "", LineState.CANCELLED_BY_ORGANISATION: "CANCELLED: "}
    rows = []
    for line in book.case.lines.filter(state__in=prefix):
        begins, ends = clock.local(line.start, OSLO), clock.local(line.end, OSLO)
        rows.append(f"{begins:%Y-%m-%d %H:%M}|{ends:%Y-%m-%d %H:%M}|{prefix[LineState(line.state)]}{book.case.title}")
    return sorted(rows)


def agenda(reader: Reader) -> list[str]:
    today = clock.local_date(clock.now(), OSLO)
    return reader.agenda(f"{today}", f"{today + timedelta(days=395)}")


def test_a_coach_subscribes_and_sees_every_change(live_server: Any, tmp_path: Path, settings: Any) -> None:
    """A year of weekly hours, over both clock changes."""
    settings.BOOKING = settings.BOOKING | {"public_base_url": live_server.url}
    hall = factories.make_resource("Lillebyhallen", slug="lillebyhallen")
    book = Diary(hall, title="Håndball, jenter 12")
    _row, lines = book.series(days_ahead(3, "17:00"), days_ahead(3, "18:30"), "FREQ=WEEKLY;COUNT=52")
    book.line(days_ahead(60, "10:00"), days_ahead(60, "16:00"))
    coach = factories.make_user("Linn")
    factories.give_membership(coach, book.case.organisation, "booker")
    said(book.case, hall)
    feed = services.subscribe(
        user=coach, kind="organisation", organisation=book.case.organisation, language="en", now=NOW
    )
    reader = Reader(tmp_path, subscriptions.url_of(feed))
    reader.sync()
    assert len(list(reader.items.glob("*.ics"))) == 2, "a series is one item, whatever its dates"
    assert agenda(reader) == shown(book)

    change(lines[3], state=LineState.CANCELLED_BY_ORGANISATION)
    change(lines[5], start=lines[5].start + timedelta(hours=26), end=lines[5].end + timedelta(hours=27))
    change(lines[6], state=LineState.REFUSED)
    said(book.case, hall)
    reader.sync()
    assert agenda(reader) == shown(book)
    feed.refresh_from_db()
    assert list(feed.fetched) == ["other"]


def test_a_parent_subscribes_to_what_happens(live_server: Any, tmp_path: Path, settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"public_base_url": live_server.url}
    hall = factories.make_resource("Lillebyhallen", slug="lillebyhallen")
    book = Diary(hall, title="Julekonsert: æøå, «sang»; dans", title_public=True)
    book.line(days_ahead(9, "17:00"), days_ahead(9, "19:00"))
    Diary(hall, title="Hemmelig").line(days_ahead(10, "17:00"), days_ahead(10, "19:00"))
    said(book.case, hall)
    reader = Reader(tmp_path, f"{live_server.url}/feeds/happenings.ics")
    reader.sync()
    assert agenda(reader) == shown(book)
