"""What the database itself refuses, whatever the code forgets (architecture.md "One way in for time").

=====================================  ==============================================================================
name of the guard                      refuses
=====================================  ==============================================================================
booking_occupancy_no_overlap           a claim over a claim on an exclusive cell
booking_occupancy_no_claim_on_block    a claim over a block, a block over a claim, on an exclusive cell
booking_occupancy_stock                claims (with the blocks beside them) beyond the stock of a counted cell, at peak
booking_occupancy_exclusive_copied     a row whose ``exclusive`` is not its cell's, or more than 1 of an exclusive cell
booking_occupancy_long_right           a row whose ``long`` is wrong (it steers the indexes, so it must be true)
booking_occupancy_time_format          SQLite: a time in another text format than the one all comparisons rely on
booking_cell_frozen                    a change of ``exclusive`` on a cell that has rows
booking_cell_stock_in_use              a stock smaller than what is claimed from now on
booking_occupancy_isolation            PostgreSQL: repeatable read, where a lock does not give a fresh view
=====================================  ==============================================================================

PostgreSQL: an exclusion constraint (btree_gist) and triggers. The trigger takes the lock on the cell's row itself, so
the count is right even for code that takes no lock; code that takes the locks first, in id order, never deadlocks.
SQLite: triggers; one writer at a time (BEGIN IMMEDIATE) makes them exact.

Django's table rebuilds on SQLite drop triggers silently, so ``install`` runs after every ``migrate`` and is idempotent.
"""
# ruff: noqa: S608 - statements are put together from our own names only; values travel as parameters

from __future__ import annotations

import re
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OCCUPANCY = "samskap_booking_occupancy"
CELL = "samskap_booking_cell"
MIGRATION = ("samskap_booking", "0002_guards")

#: Rows that last longer have ``long`` set. Hours, not days: a day is no fixed length where clocks change.
LONG_SECONDS = 48 * 3600

#: Guards that a lost race can hit. All the others are faults of the code and stay what they are.
TAKEN_NAMES = frozenset(
    {"booking_occupancy_no_overlap", "booking_occupancy_no_claim_on_block", "booking_occupancy_stock"}
)

# --- PostgreSQL ------------------------------------------------------------------------------------------------------

PG_CONSTRAINTS = {
    "booking_occupancy_no_overlap": f"""
        ALTER TABLE {OCCUPANCY} ADD CONSTRAINT booking_occupancy_no_overlap
        EXCLUDE USING gist (cell_id WITH =, tstzrange(block_start, block_end) WITH &&)
        WHERE (exclusive AND klass = 'claim')""",
    "booking_occupancy_long_right": f"""
        ALTER TABLE {OCCUPANCY} ADD CONSTRAINT booking_occupancy_long_right
        CHECK ("long" = (block_end - block_start > interval '48 hours'))""",
}

PG_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION booking_occupancy_lock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'occupancy needs READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'booking_occupancy_isolation';
    END IF;
    SELECT exclusive, quantity INTO c FROM {CELL} WHERE id = NEW.cell_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key refuses it
    END IF;
    IF NEW.exclusive IS DISTINCT FROM c.exclusive OR (c.exclusive AND NEW.quantity <> 1) THEN
        RAISE EXCEPTION 'exclusive and quantity must agree with cell %', NEW.cell_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_occupancy_exclusive_copied';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION booking_occupancy_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other varchar := CASE NEW.klass WHEN 'claim' THEN 'block' ELSE 'claim' END;
BEGIN
    IF NEW.exclusive THEN
        -- claim on claim is the exclusion constraint's
        IF EXISTS (
            SELECT 1 FROM {OCCUPANCY} o
            WHERE o.cell_id = NEW.cell_id AND o.block_start < NEW.block_end
              AND o.block_start > NEW.block_start - interval '48 hours' AND o.block_end > NEW.block_start
              AND o.klass = other
        ) OR EXISTS (
            SELECT 1 FROM {OCCUPANCY} o
            WHERE o."long" AND o.cell_id = NEW.cell_id AND o.block_end > NEW.block_start
              AND o.block_start < NEW.block_end AND o.klass = other
        ) THEN
            RAISE EXCEPTION 'a claim and a block on cell % at the same time', NEW.cell_id
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'booking_occupancy_no_claim_on_block';
        END IF;
    ELSIF EXISTS (
        WITH near AS (
            SELECT o.block_start, o.block_end, o.quantity, o.klass FROM {OCCUPANCY} o
            WHERE o.cell_id = NEW.cell_id AND o.block_start < NEW.block_end
              AND o.block_start > NEW.block_start - interval '48 hours' AND o.block_end > NEW.block_start
              AND o.klass IN ('claim', 'block') AND NOT o."long"
            UNION ALL
            SELECT o.block_start, o.block_end, o.quantity, o.klass FROM {OCCUPANCY} o
            WHERE o."long" AND o.cell_id = NEW.cell_id AND o.block_end > NEW.block_start
              AND o.block_start < NEW.block_end AND o.klass IN ('claim', 'block')
        ), moments AS (
            -- use only rises where a row begins
            SELECT DISTINCT greatest(block_start, NEW.block_start) AS at FROM near
        )
        SELECT 1 FROM moments m JOIN near n ON n.block_start <= m.at AND n.block_end > m.at
        GROUP BY m.at
        HAVING bool_or(n.klass = 'claim')
           AND sum(n.quantity) > (SELECT c.quantity FROM {CELL} c WHERE c.id = NEW.cell_id)
    ) THEN
        RAISE EXCEPTION 'cell % has not so many left', NEW.cell_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'booking_occupancy_stock';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_cell_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.exclusive <> OLD.exclusive AND EXISTS (SELECT 1 FROM {OCCUPANCY} WHERE cell_id = NEW.id) THEN
        RAISE EXCEPTION 'cell % has rows: exclusive can not change', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_cell_frozen';
    END IF;
    IF NEW.quantity < OLD.quantity AND EXISTS (
        WITH near AS (
            SELECT block_start, block_end, quantity, klass FROM {OCCUPANCY}
            WHERE cell_id = NEW.id AND klass IN ('claim', 'block') AND block_end > now()
        ), moments AS (SELECT DISTINCT greatest(block_start, now()) AS at FROM near)
        SELECT 1 FROM moments m JOIN near n ON n.block_start <= m.at AND n.block_end > m.at
        GROUP BY m.at HAVING bool_or(n.klass = 'claim') AND sum(n.quantity) > NEW.quantity
    ) THEN
        RAISE EXCEPTION 'more of cell % is claimed than that', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_cell_stock_in_use';
    END IF;
    RETURN NEW;
END $$;
"""

_WATCHED = 'cell_id, exclusive, block_start, block_end, quantity, klass, "long"'
PG_TRIGGERS = {
    # BEFORE: the lock comes first, so that two writers queue there and not in the middle of the constraint.
    "booking_occupancy_lock": (
        OCCUPANCY,
        f"""CREATE TRIGGER booking_occupancy_lock BEFORE INSERT OR UPDATE OF {_WATCHED} ON {OCCUPANCY}
            FOR EACH ROW EXECUTE FUNCTION booking_occupancy_lock()""",
    ),
    # AFTER: sees all rows of the statement, so that a bulk change is judged by what it ends with.
    "booking_occupancy_check": (
        OCCUPANCY,
        f"""CREATE CONSTRAINT TRIGGER booking_occupancy_check AFTER INSERT OR UPDATE OF {_WATCHED} ON {OCCUPANCY}
            NOT DEFERRABLE FOR EACH ROW WHEN (NEW.klass <> 'note') EXECUTE FUNCTION booking_occupancy_check()""",
    ),
    "booking_cell_check": (
        CELL,
        f"""CREATE TRIGGER booking_cell_check BEFORE UPDATE OF exclusive, quantity ON {CELL}
            FOR EACH ROW EXECUTE FUNCTION booking_cell_check()""",
    ),
}

# --- SQLite ----------------------------------------------------------------------------------------------------------

_CANONICAL = " AND ".join(
    f'NEW."{column}" IS strftime(\'%Y-%m-%d %H:%M:%S\', NEW."{column}")'
    for column in ("start", "end", "block_start", "block_end")
)


def _sqlite_near(columns: str, condition: str) -> str:
    """The rows on NEW's cell that overlap NEW (NEW itself included), ordinary ones and long ones by their own index."""
    return f"""
        SELECT {columns} FROM {OCCUPANCY} o
        WHERE o.cell_id = NEW.cell_id AND o.block_start < NEW.block_end
          AND o.block_start > datetime(NEW.block_start, '-48 hours') AND o.block_end > NEW.block_start
          AND NOT o."long" AND {condition}
        UNION ALL
        SELECT {columns} FROM {OCCUPANCY} o
        WHERE o."long" AND o.cell_id = NEW.cell_id AND o.block_end > NEW.block_start
          AND o.block_start < NEW.block_end AND {condition}"""


def _sqlite_row_trigger(name: str, when: str) -> str:
    use = _sqlite_near("o.block_start AS s, o.block_end AS e, o.quantity AS q, o.klass AS k", "o.klass <> 'note'")
    return f"""CREATE TRIGGER {name} {when} ON {OCCUPANCY}
BEGIN
    SELECT RAISE(ABORT, 'booking_occupancy_time_format') WHERE NOT ({_CANONICAL});
    SELECT RAISE(ABORT, 'booking_occupancy_exclusive_copied') FROM {CELL} c
        WHERE c.id = NEW.cell_id AND (c.exclusive <> NEW.exclusive OR (c.exclusive AND NEW.quantity <> 1));
    SELECT RAISE(ABORT, 'booking_occupancy_long_right')
        WHERE NEW."long" <> (strftime('%s', NEW.block_end) - strftime('%s', NEW.block_start) > {LONG_SECONDS});
    SELECT RAISE(ABORT, 'booking_occupancy_no_overlap')
        WHERE NEW.exclusive AND NEW.klass = 'claim' AND EXISTS (
        {_sqlite_near("1", "o.klass = 'claim' AND o.id <> NEW.id")});
    SELECT RAISE(ABORT, 'booking_occupancy_no_claim_on_block')
        WHERE NEW.exclusive AND NEW.klass <> 'note' AND EXISTS (
        {_sqlite_near("1", "o.klass = CASE NEW.klass WHEN 'claim' THEN 'block' ELSE 'claim' END")});
    SELECT RAISE(ABORT, 'booking_occupancy_stock')
        WHERE NOT NEW.exclusive AND NEW.klass <> 'note' AND EXISTS (
            WITH near AS ({use}),
            moments AS (SELECT DISTINCT max(s, NEW.block_start) AS at FROM near)
            SELECT 1 FROM moments m JOIN near n ON n.s <= m.at AND n.e > m.at
            GROUP BY m.at
            HAVING max(n.k = 'claim')
               AND sum(n.q) > (SELECT c.quantity FROM {CELL} c WHERE c.id = NEW.cell_id));
END"""


SQLITE_TRIGGERS = {
    "booking_occupancy_guard_insert": _sqlite_row_trigger("booking_occupancy_guard_insert", "AFTER INSERT"),
    "booking_occupancy_guard_update": _sqlite_row_trigger(
        "booking_occupancy_guard_update", f'AFTER UPDATE OF {_WATCHED}, "start", "end"'
    ),
    "booking_cell_guard": f"""CREATE TRIGGER booking_cell_guard BEFORE UPDATE OF exclusive, quantity ON {CELL}
BEGIN
    SELECT RAISE(ABORT, 'booking_cell_frozen')
        WHERE NEW.exclusive <> OLD.exclusive AND EXISTS (SELECT 1 FROM {OCCUPANCY} WHERE cell_id = NEW.id);
    SELECT RAISE(ABORT, 'booking_cell_stock_in_use')
        WHERE NEW.quantity < OLD.quantity AND EXISTS (
            WITH near AS (
                SELECT block_start AS s, block_end AS e, quantity AS q, klass AS k FROM {OCCUPANCY}
                WHERE cell_id = NEW.id AND klass <> 'note' AND block_end > datetime('now')),
            moments AS (SELECT DISTINCT max(s, datetime('now')) AS at FROM near)
            SELECT 1 FROM moments m JOIN near n ON n.s <= m.at AND n.e > m.at
            GROUP BY m.at HAVING max(n.k = 'claim') AND sum(n.q) > NEW.quantity);
END""",
}

# --- making, looking, removing ---------------------------------------------------------------------------------------


def install(connection: BaseDatabaseWrapper) -> None:
    """Make every guard that is missing, and renew those whose text has changed. Safe to run any number of times."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            cursor.execute(PG_FUNCTIONS)
            present = _pg_present(cursor)
            for name, statement in PG_CONSTRAINTS.items():
                if name not in present:
                    cursor.execute(statement)
            for name, (_table, statement) in PG_TRIGGERS.items():
                if name not in present:
                    cursor.execute(statement)
        elif connection.vendor == "sqlite":
            present_text = _sqlite_present(cursor)
            for name, statement in SQLITE_TRIGGERS.items():
                if present_text.get(name) != statement:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(statement)


def uninstall(connection: BaseDatabaseWrapper) -> None:
    """Remove every guard (the way back of the migration; the extension stays, others may use it)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, (table, _statement) in PG_TRIGGERS.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            for name in PG_CONSTRAINTS:
                cursor.execute(f"ALTER TABLE {OCCUPANCY} DROP CONSTRAINT IF EXISTS {name}")
            for name in ("booking_occupancy_lock", "booking_occupancy_check", "booking_cell_check"):
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
        elif connection.vendor == "sqlite":
            for name in SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the guards that the database lacks, or that are switched off or have another text than ours."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            present = _pg_present(cursor)
            return [name for name in (*PG_CONSTRAINTS, *PG_TRIGGERS) if name not in present]
        if connection.vendor == "sqlite":
            text = _sqlite_present(cursor)
            return [name for name, statement in SQLITE_TRIGGERS.items() if text.get(name) != statement]
    return ["every guard: this database is not supported"]


def _pg_present(cursor: Any) -> set[str]:
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conname = ANY(%s) AND convalidated AND conrelid = %s::regclass "
        "UNION SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled <> 'D'",
        [list(PG_CONSTRAINTS), OCCUPANCY, list(PG_TRIGGERS)],
    )
    return {row[0] for row in cursor.fetchall()}


def _sqlite_present(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: text for name, text in cursor.fetchall() if name in SQLITE_TRIGGERS}


# --- hooks of the migration ------------------------------------------------------------------------------------------


def forwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    install(schema_editor.connection)


def backwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    uninstall(schema_editor.connection)


def before_migrate(*, using: str = DEFAULT_DB_ALIAS, plan: Any = (), **kwargs: Any) -> None:
    """SQLite can't rename a rebuilt table that a trigger elsewhere names: away with them, `after` remakes them."""
    connection = connections[using]
    if connection.vendor == "sqlite" and any(step.app_label == MIGRATION[0] for step, _backwards in plan):
        with connection.cursor() as cursor:
            for name in SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def after_migrate(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Make the guards again after every ``migrate``: table rebuilds on SQLite drop triggers without a word."""
    from django.db.migrations.recorder import MigrationRecorder

    connection = connections[using]
    if connection.vendor not in ("sqlite", "postgresql"):
        return  # the system check has said so
    tables = set(connection.introspection.table_names())
    if not {OCCUPANCY, CELL} <= tables:
        return
    applied = set(MigrationRecorder(connection).applied_migrations())
    if (MIGRATION[0], "0001_initial") in applied and MIGRATION not in applied:
        return  # migrated back to before the guards, on purpose
    install(connection)


# --- errors ----------------------------------------------------------------------------------------------------------


def guard_name(error: IntegrityError) -> str | None:
    """Which guard refused, or None when it was another constraint."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if name:
        return str(name)
    found = re.search(r"booking_(?:occupancy|cell)_[a-z_]+", str(error))
    return found.group(0) if found else None


def is_taken(error: IntegrityError) -> bool:
    """True when the refusal means: somebody else has that time or those things."""
    return guard_name(error) in TAKEN_NAMES
