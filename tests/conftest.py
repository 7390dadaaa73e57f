"""For the whole suite: property tests without deadlines, and a test database that isn't migrated again and again."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from booking.foundation import clock
from tests import databases, pristine
from tests.second import SECOND_DATABASE, cases_in_the_middle, is_of_a_kind_tested_once
from tests.thoroughness import PROFILE, examples

#: tools/run_tests.py made this cluster and takes it away again, so a template in it is nobody's litter.
THROW_AWAY = os.environ.get("SAMSKAP_THROW_AWAY_CLUSTER") == "1"

# A busy machine is slow now and then; that is no fault of the code. Speed is measured by `make bench`.
for profile in ("quick", "suite", "thorough"):
    hypothesis_settings.register_profile(
        profile, max_examples=examples(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
hypothesis_settings.load_profile(PROFILE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long ones first, so that no worker is alone with one at the end. And on the second database of a run: leave out
    what has no database in it, what says that it needn't be run twice, and cases in the middle (tests/second.py)."""
    # What flushes the database comes after what doesn't, as pytest-django has it.
    items.sort(key=lambda item: (_flushes(item), item.get_closest_marker("slow") is None))
    if not SECOND_DATABASE:
        return
    middle = cases_in_the_middle([item.nodeid for item in items])
    again, left = [], []
    for item in items:
        (left if _is_tested_once(item) or item.nodeid in middle else again).append(item)
    items[:] = again
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: nobody need look for garbage in it again and again."""
    gc.collect()
    gc.freeze()


def _flushes(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        return True
    return bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


def _is_tested_once(item: pytest.Item) -> bool:
    path = item.path.relative_to(Path(__file__).parent)
    marked = item.get_closest_marker("once") is not None or is_of_a_kind_tested_once(path)
    return marked or not _asks_the_database(item)


def _asks_the_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(
        fixtures & {"db", "transactional_db", "live_server"}
    )


def _clone_on_postgresql(template: str) -> None:
    """Make the test database as a copy of ``template``, which the first to come migrates while the others wait."""
    creation = connection.creation
    name = creation._get_test_db_name()
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7262)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() is None:
            before = connection.settings_dict["NAME"]
            with_template = connection.settings_dict["TEST"] | {"NAME": template}
            given, connection.settings_dict["TEST"] = connection.settings_dict["TEST"], with_template
            try:
                with databases.migrating():
                    creation.create_test_db(verbosity=0, serialize=False)
            finally:
                connection.close()
                connection.settings_dict["TEST"], connection.settings_dict["NAME"] = given, before
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        cursor.execute("SELECT pg_advisory_unlock(7262)")
    _use(name)


def _use(name: str) -> None:
    """Go over to that database, as ``create_test_db`` does."""
    connections.close_all()
    connection.settings_dict["NAME"] = name


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Among the workers of a run: the first migrates, and the others copy what it made."""
    databases.VAR.mkdir(exist_ok=True)
    with (databases.VAR / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    request, django_test_environment, django_db_blocker, django_db_use_migrations, django_db_modify_db_settings
):
    """The test database: a copy of a freshly migrated one, if nothing that makes it has changed since."""
    from django.test.utils import setup_databases, teardown_databases

    name = connection.settings_dict.get("TEST", {}).get("NAME")
    on_file = connection.vendor == "sqlite" and django_db_use_migrations and name
    template = databases.migrated()

    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        if on_file:
            with _one_at_a_time():
                if not template.exists():
                    with databases.migrating():
                        created = setup_databases(verbosity=request.config.option.verbose, interactive=False)
                    for old in template.parent.glob("test-template-*.sqlite3"):
                        old.unlink(missing_ok=True)
                    databases.copy(Path(name), template)
                    teardown_databases(created, verbosity=0)
            databases.copy(template, Path(name))
            _use(name)

            def remove() -> None:
                connection.creation.destroy_test_db(before, verbosity=0)

        elif connection.vendor == "postgresql" and THROW_AWAY and django_db_use_migrations:
            _clone_on_postgresql(f"samskap_template_{databases.fingerprint()}")

            def remove() -> None:
                connection.creation.destroy_test_db(before, verbosity=0)

        else:
            with databases.migrating():
                created = setup_databases(verbosity=request.config.option.verbose, interactive=False)

            def remove() -> None:
                teardown_databases(created, verbosity=0)

        keeping = ExitStack()
        keeping.enter_context(pristine.kept())

    yield

    keeping.close()
    with django_db_blocker.unblock():
        remove()
        if on_file:
            databases.remove(Path(name))


@pytest.fixture(autouse=True)
def _at_another_hour() -> Iterator[None]:
    """``TEST_AT=2026-12-31T23:30+01:00``: as if the suite ran then. No test may depend on the hour, or the day."""
    moment = os.environ.get("TEST_AT")
    with clock.at(datetime.fromisoformat(moment)) if moment else nullcontext():
        yield


@pytest.fixture(autouse=True)
def _the_site_s_own_language() -> Iterator[None]:
    """A view activates the caller's language for its thread; the next test starts from the site's."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_once() -> Iterator[None]:
    """WhiteNoise looks through all static files for each new `Client`: half the time of a test that asks for a page."""
    found: dict[str, dict[str, Any]] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        key = repr((self.static_prefix, self.static_root, settings.STORAGES, settings.STATICFILES_DIRS))
        if key not in found:
            look(self)
            found[key] = dict(self.files)
        self.files.update(found[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield
