"""The stamp of the catalogue: one value in the database that is another one after every change of what is lent.

What many requests need of the catalogue (`selectors.snapshot`) is kept by each web process, and asked for anew as soon
as the stamp differs. The database itself sets the stamp, by triggers on every table that the snapshot is made of, in
the transaction of the change. So nobody can forget to: services, forms, imports, page moves, ``queryset.update`` and
SQL by hand all count, and what is rolled back was never stamped.

Stamps are random, never counted: after a restored backup or a rolled back change no stamp comes again for other facts.

PostgreSQL: each server process sets one of 16 rows, once per transaction, and the stamp is the sum of all. One row for
all would make staff who change different things wait for each other, and each other's locks a deadlock. SQLite has one
writer at a time and one row.
"""
# ruff: noqa: S608 - statements are put together from our own names only

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.catalogue import registry
from booking.catalogue.models import (
    CatalogueStamp,
    Cell,
    Cover,
    Feature,
    OpeningException,
    OpeningHours,
    PermitRequirement,
    PriceRule,
    Resource,
    Unit,
    UnitRules,
    UseKind,
)

TABLE = CatalogueStamp._meta.db_table
_PREFIX = "booking_stamp_"
_FUNCTION = "booking_catalogue_changed"
_SLOTS = 16


def watched() -> dict[str, tuple[str, ...]]:
    """Tables that the snapshot is made of, with the columns that matter; (): all of them."""
    user = get_user_model()
    tables: dict[str, tuple[str, ...]] = {
        model._meta.db_table: ()
        for model in (
            Resource, Unit, UnitRules, Cell, Cover, Feature, OpeningHours, OpeningException, PriceRule,
            PermitRequirement, UseKind,
        )
    }  # fmt: skip
    tables[Resource.features.through._meta.db_table] = ()
    # Who can't sign in any more owns nothing, and what nobody owns isn't public (needs N5).
    tables[user._meta.db_table] = (user._meta.get_field("is_active").column,)
    return tables | registry.watched_tables()


# --- triggers --------------------------------------------------------------------------------------------------------

PG_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me text := txid_current()::text;
BEGIN
    -- The setting is taken back with the savepoint that it was set in, as the row is.
    IF current_setting('samskap.catalogue_stamped', true) IS DISTINCT FROM me THEN
        INSERT INTO {TABLE} (slot, value)
        VALUES (
            pg_backend_pid() % {_SLOTS},
            ('x' || substr(md5(random()::text || clock_timestamp()::text || me), 1, 15))::bit(60)::int8
        )
        ON CONFLICT (slot) DO UPDATE SET value = excluded.value;
        PERFORM set_config('samskap.catalogue_stamped', me, true);
    END IF;
    RETURN NULL;
END $$"""

_SQLITE_BODY = f"""
BEGIN
    UPDATE {TABLE} SET value = random();
    INSERT INTO {TABLE} (slot, value) SELECT 0, random() WHERE NOT EXISTS (SELECT 1 FROM {TABLE});
END"""


def _name(table: str, text: str) -> str:
    """Tells table and text apart, within the 63 letters that PostgreSQL has for a name."""
    return f"{_PREFIX}{table[:40]}_{hashlib.sha256((table + text).encode()).hexdigest()[:8]}"


def triggers(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    """Name → (table, statement) of the triggers that this database should have."""
    quote = connection.ops.quote_name
    present = set(connection.introspection.table_names())
    found: dict[str, tuple[str, str]] = {}

    def add(table: str, text: str) -> None:
        name = _name(table, text)
        found[name] = (table, f"CREATE TRIGGER {name} {text}")

    for table, columns in sorted(watched().items()):
        if table not in present:
            continue
        if connection.vendor == "postgresql":
            run = f"EXECUTE FUNCTION {_FUNCTION}()"
            changed = " OR ".join(f"OLD.{quote(column)} IS DISTINCT FROM NEW.{quote(column)}" for column in columns)
            events = "INSERT OR DELETE OR TRUNCATE" if columns else "INSERT OR UPDATE OR DELETE OR TRUNCATE"
            add(table, f"AFTER {events} ON {quote(table)} FOR EACH STATEMENT {run}")
            if columns:
                add(table, f"AFTER UPDATE ON {quote(table)} FOR EACH ROW WHEN ({changed}) {run}")
        else:
            changed = " OR ".join(f"OLD.{quote(column)} IS NOT NEW.{quote(column)}" for column in columns)
            when = f" WHEN {changed}" if changed else ""
            for event, condition in (("INSERT", ""), ("UPDATE", when), ("DELETE", "")):
                add(table, f"AFTER {event} ON {quote(table)} FOR EACH ROW{condition}{_SQLITE_BODY}")
    return found


def _present(connection: BaseDatabaseWrapper, cursor: Any) -> dict[str, str]:
    """Our triggers in the database that are switched on, with their tables."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname LIKE %s AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)",
            [_PREFIX.replace("_", r"\_") + "%"],
        )
    else:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, %s) = %s",
            [len(_PREFIX), _PREFIX],
        )
    return dict(cursor.fetchall())


def install(connection: BaseDatabaseWrapper) -> None:
    """Make what is missing, take away what is no longer wanted, and set a stamp. Safe to run any number of times."""
    if connection.vendor not in ("postgresql", "sqlite"):
        return
    wanted = triggers(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(PG_FUNCTION)
        present = _present(connection, cursor)
        _drop(connection, cursor, {name: table for name, table in present.items() if name not in wanted})
        for name, (_table, statement) in wanted.items():
            if name not in present:
                # Without this, one that is switched off would be in the way of its own renewal.
                _drop(connection, cursor, {name: _table})
                cursor.execute(statement)
        # Whatever was changed while a trigger was away is news to everybody.
        random = "(random() * 1e15)::int8" if connection.vendor == "postgresql" else "random()"
        cursor.execute(f"DELETE FROM {TABLE}")
        cursor.execute(f"INSERT INTO {TABLE} (slot, value) VALUES (0, {random})")


def _drop(connection: BaseDatabaseWrapper, cursor: Any, names: dict[str, str]) -> None:
    for name, table in names.items():
        place = f" ON {connection.ops.quote_name(table)}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{place}")


def uninstall(connection: BaseDatabaseWrapper) -> None:
    """Remove them all (the way back of the migration, and before tables are rebuilt)."""
    if connection.vendor not in ("postgresql", "sqlite"):
        return
    with connection.cursor() as cursor:
        _drop(connection, cursor, _present(connection, cursor))
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_FUNCTION}()")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the triggers that the database lacks: for the system check. None before the table is made."""
    if connection.vendor not in ("postgresql", "sqlite") or TABLE not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        present = _present(connection, cursor)
    return [name for name in triggers(connection) if name not in present]


# --- hooks of the migration ------------------------------------------------------------------------------------------


def backwards(apps: Any, schema_editor: Any) -> None:
    """Before the table goes: a trigger that is left would make every write fail."""
    uninstall(schema_editor.connection)


def before_migrate(*, using: str = DEFAULT_DB_ALIAS, plan: Iterable[Any] = (), **kwargs: Any) -> None:
    """SQLite rebuilds tables, and can't while a trigger elsewhere names one; `after_migrate` makes them again."""
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        with connection.cursor() as cursor:
            _drop(connection, cursor, _present(connection, cursor))


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Make the triggers, once all apps have their tables."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        install(connection)


# --- reading ---------------------------------------------------------------------------------------------------------


def read(using: str = DEFAULT_DB_ALIAS) -> str | None:
    """The stamp as it is now; None when there is none (then nothing may be kept). One query on at most 16 rows."""
    connection = connections[using]
    sql = f"SELECT sum(value)::text FROM {TABLE}" if connection.vendor == "postgresql" else f"SELECT value FROM {TABLE}"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else str(row[0])
