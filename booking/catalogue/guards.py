"""What the database refuses about people, whatever the code forgets: two absences of one person at the same time.

PostgreSQL: an exclusion constraint (btree_gist, made by 0002_guards). SQLite: triggers; one writer at a time makes them
exact. Django's table rebuilds on SQLite drop triggers silently, so ``install`` runs after every ``migrate``.
"""
# ruff: noqa: S608 - statements are put together from our own names only

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "samskap_booking_absence"
NAME = "booking_absence_no_overlap"

PG_CONSTRAINT = f"""
ALTER TABLE {TABLE} ADD CONSTRAINT {NAME}
EXCLUDE USING gist (user_id WITH =, daterange(start, "end", '[]') WITH &&)"""

_SQLITE_OVERLAP = f"""
    SELECT RAISE(ABORT, 'constraint failed: {NAME}')
    WHERE EXISTS (
        SELECT 1 FROM {TABLE} o
        WHERE o.user_id = NEW.user_id AND o.id IS NOT NEW.id AND o.start <= NEW."end" AND o."end" >= NEW.start
    );"""
SQLITE_TRIGGERS = {
    f"{NAME}_{event}": f"""
CREATE TRIGGER {NAME}_{event} BEFORE {event.upper()} ON {TABLE} FOR EACH ROW
BEGIN{_SQLITE_OVERLAP}
END"""
    for event in ("insert", "update")
}


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the guards that the database lacks: for the system check. None before the column is made."""
    if TABLE not in connection.introspection.table_names() or not _is_ours(connection):
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT conname FROM pg_constraint WHERE conname = %s", [NAME])
            return [] if cursor.fetchone() else [NAME]
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in SQLITE_TRIGGERS if name not in present]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make what is missing. Safe to run any number of times."""
    lacking = missing(connection)
    with connection.cursor() as cursor:
        for name in lacking:
            cursor.execute(PG_CONSTRAINT if connection.vendor == "postgresql" else SQLITE_TRIGGERS[name])


def uninstall(connection: BaseDatabaseWrapper) -> None:
    """The way back of the migration."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {NAME}")
        else:
            for name in SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _is_ours(connection: BaseDatabaseWrapper) -> bool:
    """False on other databases, and where the migrations stand before absences had deputies."""
    if connection.vendor not in ("postgresql", "sqlite"):
        return False
    with connection.cursor() as cursor:
        return "deputy_id" in {one.name for one in connection.introspection.get_table_description(cursor, TABLE)}


def is_overlap(error: IntegrityError) -> bool:
    """True when the refusal means: this person is away then already."""
    return NAME in str(error)


# --- hooks of the migration ------------------------------------------------------------------------------------------


def forwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    install(schema_editor.connection)


def backwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    uninstall(schema_editor.connection)


def merge_overlapping(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Absences that overlap became one, before the database refuses them. There is nothing to undo."""
    rows = apps.get_model("samskap_booking", "Absence").objects.using(schema_editor.connection.alias)
    kept = None
    for row in rows.order_by("user_id", "start", "pk"):
        if kept is not None and kept.user_id == row.user_id and row.start <= kept.end:
            if row.end > kept.end:
                kept.end = row.end
                kept.save(update_fields=["end"])
            row.delete()
        else:
            kept = row


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Make the guards again after every ``migrate``."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        install(connection)
