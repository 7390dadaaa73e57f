"""After a test that commits, the database is again as it was when it had been migrated.

Django empties all tables, two hundred and fifty of them, and before the next such test saves what migrations had put
there, row by row: a second of processor time for each test. Here SQLite's file is written over with what it held, and
on PostgreSQL those tables that hold something are emptied and filled. A role that mayn't put triggers aside there has
Django's way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from unittest import mock

from django.db import connections, transaction
from django.test import TransactionTestCase

#: How long a process that a test has left behind may keep the file locked.
PATIENCE = 60.0


@contextmanager
def kept() -> Iterator[None]:
    """From here on: what the test database holds now is what tests that commit leave behind."""
    connection = connections["default"]
    restore = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]()
    if restore is None:
        if not hasattr(connection, "_test_serialized_contents"):
            connection._test_serialized_contents = connection.creation.serialize_db_to_string()
        yield
        return
    # Without it Django saves nothing before a test.
    vars(connection).pop("_test_serialized_contents", None)
    tidy = restore

    def teardown(_case: TransactionTestCase) -> None:
        tidy()

    with mock.patch.object(TransactionTestCase, "_fixture_teardown", teardown):
        yield


def _sqlite() -> Callable[[], None] | None:
    name = str(connections["default"].settings_dict["NAME"])
    if "mode=memory" in name or name == ":memory:":
        return None
    # Freed with the process.
    held = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(name)) as file:
        file.backup(held)

    def restore() -> None:
        connections["default"].close()
        with closing(sqlite3.connect(name, timeout=PATIENCE)) as file:
            held.backup(file)

    return restore


def _postgresql() -> Callable[[], None] | None:
    connection = connections["default"]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return None
        tables = connection.introspection.table_names(cursor)
        filled = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"  # noqa: S608 - names of our own tables
            for table in tables
        )
        cursor.execute(filled)
        held: dict[str, bytes] = {}
        for (table,) in cursor.fetchall():
            with cursor.copy(f"COPY {quote(table)} TO STDOUT") as rows:
                held[table] = b"".join(bytes(part) for part in rows)

    def restore() -> None:
        connection.close_if_unusable_or_obsolete()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(filled)
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {quote(table)}")  # noqa: S608
            for table, rows in held.items():
                with cursor.copy(f"COPY {quote(table)} FROM STDIN") as copy:
                    copy.write(rows)

    return restore
