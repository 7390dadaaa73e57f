"""SQLite's writers stand in a line, so that the next one begins the moment the one before has finished.

SQLite has one writer at a time. Whoever comes while it is busy sleeps, looks again, and sleeps longer each time (1, 2,
5, 10 ... 100 ms): with thirty at once the database stands idle most of the time, and bad luck makes one wait longest.
Here all but the first in the line sleep in the kernel, which wakes them one by one, and only the first looks often.

The line is for speed alone. What keeps two writers apart is SQLite itself: whoever doesn't stand in the line (another
program) or can't (no flock on Windows, a folder that mustn't be written) is as safe and waits as it always did.
docs/decisions/016 has the figures.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

#: What Django says to begin a transaction that will write (OPTIONS "transaction_mode").
BEGINNINGS = ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE")
#: What writes at once when there is no transaction. It must stand in the line too, or it would never get past it.
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
#: Beside the database, as SQLite's own -wal and -shm. Empty; may be deleted when nobody writes.
SUFFIX = "-line"
#: The first in the line naps a tenth of the time it has waited, within these bounds (seconds), and looks again.
SHORTEST, LONGEST = 0.0001, 0.002


class WaitingLine:
    """Django calls it around each statement of one connection (an "execute wrapper")."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._path = _file_of(connection) + SUFFIX
        self._patience = float(connection.settings_dict.get("OPTIONS", {}).get("timeout", 5.0))

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql not in BEGINNINGS and (many or not sql.startswith(WRITES) or not self._alone()):
            return execute(sql, params, many, context)
        until = time.monotonic() + self._patience
        with _first_in_line(self._path), self._impatient():
            return self._begin(lambda: execute(sql, params, many, context), until)

    def _alone(self) -> bool:
        """The statement is a transaction by itself, so that it may be tried again."""
        return self._connection.autocommit and not self._connection.in_atomic_block

    def _begin(self, begin: Callable[[], Any], until: float) -> Any:
        """Try until it is our turn, at most until ``until``; then the error is the one that SQLite always gave."""
        came = time.monotonic()
        while True:
            try:
                return begin()
            except OperationalError as error:
                now = time.monotonic()
                if not _is_busy(error) or now >= until:
                    raise
            time.sleep(min(max((now - came) / 10, SHORTEST), LONGEST))

    @contextmanager
    def _impatient(self) -> Iterator[None]:
        """SQLite answers at once while we do the waiting."""
        driver = self._connection.connection
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")


@contextmanager
def _first_in_line(path: str) -> Iterator[None]:
    """Wait until nobody is before us. The kernel lets go of the place of a process that dies.

    Whoever is first leaves when its patience is over, so nobody behind waits much longer than that either.
    """
    try:
        place = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(place, fcntl.LOCK_UN)  # a fork in between would have kept it
        os.close(place)


def _is_busy(error: OperationalError) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)


def _file_of(connection: BaseDatabaseWrapper) -> str:
    """The database's file; "" for one in memory."""
    for _number, name, path in connection.connection.execute("PRAGMA database_list"):
        if name == "main":
            return str(path)
    return ""


def _join(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let a new connection to an SQLite file stand in the line. Databases in memory have nobody else."""
    if connection.vendor != "sqlite" or fcntl is None:
        return
    wrappers = connection.execute_wrappers
    wrappers[:] = [one for one in wrappers if not isinstance(one, WaitingLine)]
    if _file_of(connection):
        wrappers.append(WaitingLine(connection))


def connect() -> None:
    """For every connection that is opened from now on."""
    connection_created.connect(_join, dispatch_uid="samskap-waiting-line")
