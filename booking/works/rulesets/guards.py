"""The database refuses to change a published rule set: deadlines that were told to people rest on it.

Made after every ``migrate`` and looked for by the system check, because Django's rebuild of tables on SQLite drops
triggers silently (architecture.md "Traps").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.works.rulesets.models import NoticeRuleSet

TABLE = NoticeRuleSet._meta.db_table
NAME = "booking_ruleset_fixed"
MESSAGE = "a published rule set is never changed: make a new version"
_FIXED = ("code", "version", "state", "source", "shipped", "created_at", "published_at")

PG_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation';
END $$"""


def _statement(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "postgresql":
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _FIXED)
        return (
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW "
            f"WHEN (OLD.state = 'published' AND ({changed})) EXECUTE FUNCTION {NAME}()"
        )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _FIXED)
    return (
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN OLD.state = 'published' AND ({changed}) "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _is_there(connection: BaseDatabaseWrapper, cursor: Any) -> bool:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgenabled <> 'D'", [NAME])
    else:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s", [NAME])
    return cursor.fetchone() is not None


def install(connection: BaseDatabaseWrapper) -> None:
    """Make it when it is missing. Safe to run any number of times."""
    if connection.vendor not in ("postgresql", "sqlite"):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(PG_FUNCTION)
        if not _is_there(connection, cursor):
            _drop(connection, cursor)
            cursor.execute(_statement(connection))


def _drop(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    place = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {NAME}{place}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """For the system check. None before the table is made."""
    if connection.vendor not in ("postgresql", "sqlite") or TABLE not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        return [] if _is_there(connection, cursor) else [NAME]


def backwards(apps: Any, schema_editor: Any) -> None:
    """Before the table goes."""
    connection = schema_editor.connection
    if connection.vendor not in ("postgresql", "sqlite"):
        return
    with connection.cursor() as cursor:
        _drop(connection, cursor)
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {NAME}()")


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, plan: Iterable[Any] = (), **kwargs: Any) -> None:
    """Make it, once the table is there."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        install(connection)
