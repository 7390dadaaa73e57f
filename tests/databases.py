"""SQLite files that are made once and copied: migrating, or building the demo, takes longer than most tests."""

from __future__ import annotations

import functools
import gc
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
PARTS = ("booking", "pages", "site/municipality")


def digest(paths: Iterable[Path], *more: str) -> str:
    """A short fingerprint of these files' names and contents, and of some words."""
    found = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def fingerprint() -> str:
    """Of everything that decides how a freshly migrated database looks: migrations, guards, pinned versions."""
    paths = [ROOT / "requirements.txt"]
    for package in PARTS:
        for pattern in ("**/migrations/*.py", "**/guards.py", "**/stamp.py", "**/wiring.py"):
            paths += (ROOT / package).glob(pattern)
    return digest(paths)


def migrated() -> Path:
    """Where the migrated, empty database lies once a test run has needed it."""
    return VAR / f"test-template-{fingerprint()}.sqlite3"


def copy(source: Path, target: Path) -> None:
    """A consistent copy, also of a database with a write-ahead log; in place at once."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with sqlite3.connect(source) as old, sqlite3.connect(part) as new:
        old.backup(new)
    old.close()
    new.close()
    part.replace(target)


def remove(path: Path) -> None:
    """The file and its write-ahead log."""
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink(missing_ok=True)


def database_url() -> str:
    """The test's own database, for another process."""
    from django.db import connection

    conf = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{conf['NAME']}"
    place = f"{conf['HOST'] or '127.0.0.1'}:{conf['PORT'] or 5432}"
    return f"postgres://{conf['USER']}:{conf['PASSWORD']}@{place}/{conf['NAME']}"


@contextmanager
def migrating() -> Iterator[None]:
    """Two hundred migrations build all models anew each time, and two things in that are waste.

    Looking for garbage among them is a third of the time. And for every copy of a foreign key Django asks whether its
    target is swappable, keeps the answer, and forgets it with the next model that is built in any state: a fifth of the
    rest. The models of the product, of which it is asked, don't change meanwhile.
    """
    gc.disable()
    kept = functools.cache(type(apps).get_swappable_settings_name.__wrapped__.__get__(apps))
    kept.cache_clear = lambda: None  # type: ignore[method-assign]
    apps.get_swappable_settings_name = kept  # type: ignore[method-assign]
    try:
        yield
    finally:
        del apps.get_swappable_settings_name  # the instance's: the class has its own again
        gc.enable()
        gc.collect()
