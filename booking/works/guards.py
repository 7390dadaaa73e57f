"""What the database refuses about works, whatever the code forgets: to change what was announced, and what was logged.

Made after every ``migrate`` and looked for by the system check, because Django's rebuild of tables on SQLite drops
triggers silently (architecture.md "Traps"). Words and contacts of a version are not in it: names are taken out of them
when somebody is erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.works.models import ClockEvent, WorksEvent, WorksVersion


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that refuses changes of some columns, once ``when`` (a condition on OLD) holds."""

    name: str
    table: str
    fixed: tuple[str, ...]
    when: str
    message: str


GUARDS = (
    Guard(
        "booking_worksversion_fixed",
        WorksVersion._meta.db_table,
        (
            "works_id", "number", "window_start", "window_end", "start_confidence", "end_confidence", "footprint",
            "notify_area", "buffer_m", "impact", "haste", "services_off", "season_lost", "created_at", "announced_at",
        ),
        "OLD.announced_at IS NOT NULL",
        "an announced version of works is never changed: make a new one",
    ),
    Guard(
        "booking_worksevent_fixed",
        WorksEvent._meta.db_table,
        ("works_id", "number", "at", "type", "public"),
        "OLD.id IS NOT NULL",
        "the log of works is never changed",
    ),
    Guard(
        "booking_worksevent_number_fixed",
        WorksEvent._meta.db_table,
        ("n",),
        "OLD.n IS NOT NULL",
        "a number of the feed is never changed",
    ),
    Guard(
        "booking_clockevent_fixed",
        ClockEvent._meta.db_table,
        ("party_id", "number", "kind", "at", "effective"),
        "OLD.id IS NOT NULL",
        "the log of a clock is never changed",
    ),
)  # fmt: skip


def _function(guard: Guard) -> str:
    return f"""
CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'check_violation', CONSTRAINT = '{guard.name}';
END $$"""


def _statement(guard: Guard, vendor: str) -> str:
    if vendor == "postgresql":
        changed = " OR ".join(f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in guard.fixed)
        return (
            f"CREATE TRIGGER {guard.name} BEFORE UPDATE ON {guard.table} FOR EACH ROW "
            f"WHEN ({guard.when} AND ({changed})) EXECUTE FUNCTION {guard.name}()"
        )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in guard.fixed)
    return (
        f"CREATE TRIGGER {guard.name} BEFORE UPDATE ON {guard.table} FOR EACH ROW WHEN {guard.when} AND ({changed}) "
        f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {guard.name}: {guard.message}'); END"
    )


def _ours(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor in ("postgresql", "sqlite")


def _present(connection: BaseDatabaseWrapper, cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in cursor.fetchall()}


def _lacking(connection: BaseDatabaseWrapper, cursor: Any) -> list[Guard]:
    tables = set(connection.introspection.table_names(cursor))
    present = _present(connection, cursor)
    return [one for one in GUARDS if one.table in tables and one.name not in present]


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """For the system check. None before the tables are made."""
    if not _ours(connection):
        return []
    with connection.cursor() as cursor:
        return [one.name for one in _lacking(connection, cursor)]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make what is missing. Safe to run any number of times."""
    if not _ours(connection):
        return
    with connection.cursor() as cursor:
        for guard in _lacking(connection, cursor):
            if connection.vendor == "postgresql":
                cursor.execute(_function(guard))
            cursor.execute(_statement(guard, connection.vendor))


def backwards(apps: Any, schema_editor: Any) -> None:
    """Before the tables go."""
    connection = schema_editor.connection
    if not _ours(connection):
        return
    with connection.cursor() as cursor:
        for guard in GUARDS:
            place = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{place}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {guard.name}()")


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, plan: Iterable[Any] = (), **kwargs: Any) -> None:
    """Make them, once the tables are there."""
    install(connections[using])
