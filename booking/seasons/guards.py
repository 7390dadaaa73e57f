"""What the database refuses about rounds, whatever the code forgets: to change an adopted timetable.

Made after every ``migrate`` and looked for by the system check, as the guards of works are (architecture.md "Traps").
Who wrote a proposal is not in it: names are taken out when somebody is erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.seasons.models import Proposal, ProposedSlot

_PROPOSAL = Proposal._meta.db_table
_SLOT = ProposedSlot._meta.db_table
_FIXED = ("round_id", "number", "name", "author_kind", "organisation_id", "state", "published_at", "frozen_at")


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that refuses an act on a row once ``when`` (a condition on OLD or NEW) holds."""

    name: str
    table: str
    act: Literal["INSERT", "UPDATE", "DELETE"]
    when: str


def _frozen(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM {_PROPOSAL} p WHERE p.id = {row}.proposal_id AND p.frozen_at IS NOT NULL)"  # noqa: S608


_MESSAGE = "an adopted timetable is never changed: make a new proposal"
GUARDS = (
    Guard("booking_slot_frozen_new", _SLOT, "INSERT", _frozen("NEW")),
    Guard("booking_slot_frozen", _SLOT, "UPDATE", f"{_frozen('OLD')} OR {_frozen('NEW')}"),
    Guard("booking_slot_frozen_gone", _SLOT, "DELETE", _frozen("OLD")),
    Guard("booking_proposal_frozen_fixed", _PROPOSAL, "UPDATE", "OLD.frozen_at IS NOT NULL"),
)


def _changed(vendor: str) -> str:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    cast = "::text" if vendor == "postgresql" else ""
    return " OR ".join(f"OLD.{name}{cast} {differs} NEW.{name}{cast}" for name in _FIXED)


def _condition(guard: Guard, vendor: str) -> str:
    return f"{guard.when} AND ({_changed(vendor)})" if guard.table == _PROPOSAL else guard.when


def _statements(guard: Guard, vendor: str) -> list[str]:
    if vendor != "postgresql":
        refusal = f"SELECT RAISE(ABORT, 'constraint failed: {guard.name}: {_MESSAGE}');"
        where = f"BEFORE {guard.act} ON {guard.table} FOR EACH ROW WHEN {_condition(guard, vendor)}"
        return [f"CREATE TRIGGER {guard.name} {where} BEGIN {refusal} END"]
    # A condition with a sub-query can't stand in WHEN: it is asked in the function.
    row = "OLD" if guard.act == "DELETE" else "NEW"
    function = f"""
CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {_condition(guard, vendor)} THEN
        RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'check_violation', CONSTRAINT = '{guard.name}';
    END IF;
    RETURN {row};
END $$"""
    return [
        function,
        f"CREATE TRIGGER {guard.name} BEFORE {guard.act} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
    ]


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
            for statement in _statements(guard, connection.vendor):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Before the tables go, or are emptied."""
    if not _ours(connection):
        return
    with connection.cursor() as cursor:
        for guard in GUARDS:
            place = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{place}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {guard.name}()")


def backwards(apps: Any, schema_editor: Any) -> None:
    """For a migration that takes the tables away."""
    remove(schema_editor.connection)


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, plan: Iterable[Any] = (), **kwargs: Any) -> None:
    """Make them, once the tables are there."""
    install(connections[using])
