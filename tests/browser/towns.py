"""What stands behind the server: Lilleby, or a municipality that has just imported its lists. Built once, copied often.

A test gets a copy of the file, so it may write what it likes, and nobody has to flush tables or build anything twice.
"""

from __future__ import annotations

import fcntl
import gc
import itertools
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import override_settings

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests import databases, factories

ROOT = databases.ROOT
VAR = ROOT / "var"
REAL = ROOT.parent / "shared" / "data" / "venues"
INVENTED = ROOT / "tests" / "data" / "venues"

#: How long a town that nobody asks for any more stays in var/.
KEPT_SECONDS = 2 * 3600

_copies = itertools.count(1)


@dataclass(frozen=True)
class Town:
    """What a test has to know of the town that it plays in."""

    url: str
    #: Roles of the demo's logins, or those of `imported`, with the addresses.
    logins: dict[str, str]
    #: Where a visitor begins.
    door: str = "/"


@dataclass(frozen=True)
class Template:
    """A database to copy, and the pictures that belong to it."""

    database: Path
    media: Path
    logins: dict[str, str] = field(default_factory=dict)
    door: str = "/"
    #: What the command said, in its last line.
    told: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def opened(self, url: str) -> Iterator[Town]:
        """A copy of it behind the server at ``url``, taken away afterwards."""
        mine = VAR / f"browser-{os.getpid()}-{next(_copies)}.sqlite3"
        databases.copy(self.database, mine)
        before = _use(mine)
        try:
            with override_settings(MEDIA_ROOT=self.media):
                yield Town(url, self.logins, self.door)
        finally:
            _use(before)
            databases.remove(mine)


def _use(name: Path | str) -> str:
    """Go over to that database: this thread now, the server's with its next request. Answers the former name."""
    before = str(connection.settings_dict["NAME"])
    connections.close_all()
    connection.settings_dict["NAME"] = str(name)
    # Wagtail remembers where its sites begin.
    cache.clear()
    return before


@contextmanager
def _built(name: str, fingerprint: str) -> Iterator[tuple[Path, Path, bool]]:
    """Database, folder for pictures, and whether they have to be made. One process makes them while others wait."""
    if connection.vendor != "sqlite":
        pytest.skip("the towns to copy are files of SQLite")
    folder = VAR / f"{name}-{fingerprint}"
    VAR.mkdir(exist_ok=True)
    with (VAR / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh = not (folder / "town.sqlite3").exists()
        if not fresh:
            yield folder / "town.sqlite3", folder / "media", False
            return
        shutil.rmtree(folder, ignore_errors=True)
        for old in VAR.glob(f"{name}-*"):
            # Another run may still be using one that has just gone out of date.
            if clock.now().timestamp() - old.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir()
        work = folder / "work.sqlite3"
        databases.copy(databases.migrated(), work)
        before = _use(work)
        try:
            with override_settings(MEDIA_ROOT=folder / "media"):
                yield work, folder / "media", True
        finally:
            _use(before)
        databases.copy(work, folder / "town.sqlite3")
        databases.remove(work)


def _code() -> Iterator[Path]:
    """Whatever may change what is built."""
    for part in databases.PARTS:
        for ending in ("*.py", "*.svg", "*.po", "*.json"):
            yield from (ROOT / part).rglob(ending)
    yield ROOT / "requirements.txt"
    yield Path(__file__).resolve()


def lilleby() -> Template:
    """The demo, by the command that a newcomer uses. Kept in var/ for the day and the code that built it."""
    day = clock.today(booking_settings().tz).isoformat()
    with _built("browser-demo", databases.digest(_code(), day)) as (database, media, fresh):
        told = database.with_name("told.json")
        if fresh:
            out = StringIO()
            with warnings.catch_warnings():
                # Wagtail leaves the temporary files of its renditions to the garbage collector.
                warnings.simplefilter("ignore", ResourceWarning)
                call_command("demo", "--json", stdout=out)
                gc.collect()
            told.write_text(out.getvalue().strip().splitlines()[-1])
        said = json.loads(told.read_text())
    return Template(database.with_name("town.sqlite3"), media, said["logins"], told=said)


def imported(files: Sequence[Path], folder: Path) -> Template:
    """A municipality on its first day: people, two organisations, and its lists, imported and published."""
    work = folder / "imported.sqlite3"
    databases.copy(databases.migrated(), work)
    before = _use(work)
    try:
        unit = factories.make_unit("Servicetorget", slug="servicetorget", email="post@kommune.example.org")
        volunteer, rival = factories.make_user("Vilja Frivillig"), factories.make_user("Rune Rival")
        factories.make_organisation("Nærmiljølaget", leader=volunteer)
        factories.make_organisation("Turgruppa", leader=rival)
        for file in files:
            _import(file, unit)
    finally:
        _use(before)
    logins = {"coach": volunteer.email, "rival": rival.email, "officer": unit.officer.email}
    return Template(work, folder / "media", logins, door="/find/")


def _import(file: Path, unit: Any) -> None:
    try:
        call_command("import_resources", file, unit=unit.slug, publish=True, stdout=StringIO())
    except CommandError as error:
        # Rows that are no good are refused and told; the rest is in.
        if error.returncode != 1:
            raise


def files_of(folder: Path) -> list[Path]:
    """The lists of places in a folder."""
    return sorted(path for path in folder.glob("*") if path.suffix in (".csv", ".json", ".geojson"))
