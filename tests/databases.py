"""SQLite files that are made once and copied: migrating, or building the demo, takes longer than most tests."""

from __future__ import annotations

import functools
import gc
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from django.apps import apps
from django.db.migrations.operations import (
    AlterField,
    AlterModelTable,
    AlterUniqueTogether,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState, StateApps

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
    """Of everything that decides how a freshly migrated database looks: migrations, guards, versions, and this."""
    paths = [ROOT / "requirements.txt", Path(__file__).resolve()]
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
def migrating(*, back: bool = False) -> Iterator[None]:
    """Two hundred migrations build all models anew each time, and much in that is waste.

    Looking for garbage among them is a third of the time. And for every copy of a foreign key Django asks whether its
    target is swappable, keeps the answer, and forgets it with the next model that is built in any state: a fifth of the
    rest. The models of the product, of which it is asked, don't change meanwhile. And for every table, column,
    constraint and index that is added, Django builds the model anew with all that it is connected with, which is nearly
    all; here it is built alone, and all are built once before an operation that looks at others. What comes of it is
    compared with the models in tests/house/test_database.py. ``back``: migrations are taken back.
    """
    gc.disable()
    kept = functools.cache(type(apps).get_swappable_settings_name.__wrapped__.__get__(apps))
    kept.cache_clear = lambda: None  # type: ignore[method-assign]
    apps.get_swappable_settings_name = kept  # type: ignore[method-assign]
    try:
        with ExitStack() as patches:
            way = "database_backwards" if back else "database_forwards"
            for owner, name, ours in (
                # Going back, states of before stand beside: none may be told of what came later.
                (ProjectState, "_append_option", _alone(ProjectState._append_option) if back else _append_option),
                (ProjectState, "add_model", _alone(ProjectState.add_model)),
                (ProjectState, "add_field", _alone(ProjectState.add_field)),
                (StateApps, "clone", _clone),
                *((kind, way, _with_all(getattr(kind, way))) for kind in LOOK_AT_OTHERS),
            ):
                patches.enter_context(mock.patch.object(owner, name, ours))
            yield
    finally:
        del apps.get_swappable_settings_name  # the instance's: the class has its own again
        gc.enable()
        gc.collect()


#: Operations on a table that look at those that are connected with it.
LOOK_AT_OTHERS = (
    AlterField, RenameField, RemoveField, RenameModel, DeleteModel, AlterModelTable, AlterUniqueTogether,
)  # fmt: skip
BUILT_ALONE = ("samskap_booking", "samskap_pages")
CLONE = StateApps.clone


def _append_option(self: ProjectState, app_label: str, model_name: str, option_name: str, added: Any) -> None:
    """A constraint or an index more: the model is told of it."""
    holders = [self.models[app_label, model_name].options]
    if "apps" in vars(self):
        holders.append(vars(self.apps.get_model(app_label, model_name)._meta))
    for options in holders:
        options[option_name] = [*options[option_name], added]


def _alone(change: Callable[..., None]) -> Callable[..., None]:
    """A change of the state after which only the model itself is built anew. Others' migrations alter more than they
    add, so it doesn't pay for them."""

    def changed(self: ProjectState, first: Any, *rest: Any) -> None:
        if getattr(first, "app_label", first) not in BUILT_ALONE:
            change(self, first, *rest)
            return
        self.reload_model = partial(_build, self)  # type: ignore[method-assign]
        try:
            change(self, first, *rest)
        finally:
            del self.reload_model

    return changed


def _build(state: ProjectState, app_label: str, model_name: str, **_delay: bool) -> None:
    if "apps" in vars(state):
        # `RunPython`, which may use any model, has all built before it when this is set.
        state.is_delayed = state.apps.built_alone = True
        state.apps.unregister_model(app_label, model_name)
        state.apps.render_multiple([state.models[app_label, model_name]])


def _clone(self: StateApps) -> StateApps:
    clone = CLONE(self)
    clone.built_alone = getattr(self, "built_alone", False)
    return clone


def _with_all(forwards: Callable[..., None]) -> Callable[..., None]:
    """An operation before which all models are built anew, if any was built alone."""

    def changed(self: Operation, app_label: str, editor: Any, before: ProjectState, after: ProjectState) -> None:
        for state in (before, after):
            if getattr(vars(state).get("apps"), "built_alone", False):
                del state.apps
        forwards(self, app_label, editor, before, after)

    return changed
