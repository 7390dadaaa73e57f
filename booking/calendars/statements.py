"""The statements that every reading of a feed and every change of its time take, as SQL: they are on the path of
every poller in the town, and inside the lock of every booking.

The ORM would build the same text anew for each request, which costs several times what the database needs for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import CharField, DateTimeField, OuterRef, PositiveBigIntegerField, Subquery, Value
from django.db.models.functions import Cast, Concat

from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.cases.models import Case, CoHost
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover, Resource, Unit

_SLUG = "the-slug-that-is-asked-for"


class Head(NamedTuple):
    """What a poller's question takes: the public resource behind the address, and the version of its feed."""

    pk: int
    slug: str
    timezone: str
    version: int
    changed_at: datetime


@lru_cache
def _head_sql(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """`public_resources()` with the version row beside it, as text and parameters; the slug is one of them."""
    scope = Concat(Value("resource:"), Cast(OuterRef("pk"), CharField()))
    version = FeedVersion.objects.filter(scope=scope, part=0)
    rows = (
        catalogue.public_resources()
        .filter(slug=_SLUG)
        .order_by()
        .values_list(
            "pk",
            "slug",
            "timezone",
            "created_at",
            Subquery(version.values("version")[:1], output_field=PositiveBigIntegerField()),
            Subquery(version.values("changed_at")[:1], output_field=DateTimeField()),
        )
    )
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def head(slug: str) -> Head | None:
    """The head of a resource's public feed; None for what the public may not know of. One query."""
    sql, params = _head_sql(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [slug if value == _SLUG else value for value in params])
        row = cursor.fetchone()
    if row is None:
        return None
    pk, slug, timezone, created_at, version, changed_at = row
    return Head(pk, slug, timezone, version or 0, aware(changed_at or created_at))


def aware(value: Any) -> datetime:
    """A moment of the database: SQLite gives text in UTC, PostgreSQL a moment."""
    moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Kept(NamedTuple):
    """How far the kept events of one resource are up to date (None: never rendered in this variant)."""

    resource_id: int
    version: int
    rendered: int | None
    window: str | None


_COVER = Cover._meta.db_table
_VERSION = FeedVersion._meta.db_table
_SCOPE = RenderedScope._meta.db_table
_EVENT = RenderedEvent._meta.db_table
_CASE = Case._meta.db_table
_HOST = CoHost._meta.db_table
_RESOURCE = Resource._meta.db_table
_UNIT = Unit._meta.db_table

_STATE = f"""
    SELECT other.resource_id, COALESCE(v.version, 0), r.version, r."window"
    FROM (
        SELECT DISTINCT theirs.resource_id FROM {_COVER} mine
        JOIN {_COVER} theirs ON theirs.cell_id = mine.cell_id WHERE mine.resource_id = %s
        UNION SELECT CAST(%s AS bigint)
    ) other
    LEFT JOIN {_VERSION} v ON v.scope = 'resource:' || CAST(other.resource_id AS varchar) AND v.part = 0
    LEFT JOIN {_SCOPE} r ON r.scope = 'resource:' || CAST(other.resource_id AS varchar) AND r.variant = %s
"""  # noqa: S608 - our own table names; values travel as parameters


def kept_state(resource_id: int, variant: str) -> list[Kept]:
    """The resource and all that share cells with it, each with version and state of the kept events. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [resource_id, resource_id, variant])
        return [Kept(*row) for row in cursor.fetchall()]


class KeptScope(NamedTuple):
    """How far the kept events of one scope are up to date (None: never rendered in this variant)."""

    scope: str
    version: int
    rendered: int | None
    window: str | None


def kept_state_of(scopes: Sequence[str], variant: str, extras: Sequence[str] = ()) -> list[KeptScope]:
    """Each scope with its version and the state of its kept events. One query.

    ``extras``: scopes whose versions count for every one of them, such as `catalogue`: what all their bytes show.
    """
    if not scopes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_state_sql(connection.vendor), [json.dumps(sorted(extras)), json.dumps(sorted(scopes)), variant])
        return [KeptScope(scope, int(version), done, window) for scope, version, done, window in cursor.fetchall()]


def _listed(vendor: str) -> str:
    """A JSON array as rows with the column `value`."""
    return "json_array_elements_text(%s) AS value" if vendor == "postgresql" else "json_each(%s)"


@lru_cache
def _state_sql(vendor: str) -> str:
    rows = _listed(vendor)
    # The kept rows are joined to the sums, not to the parts: a scope has as many parts as cases.
    return f"""
        WITH extra AS (
            SELECT COALESCE(SUM(x.version), 0) AS version FROM {rows} JOIN {_VERSION} x ON x.scope = value
        ), asked AS (
            SELECT value AS scope, (SELECT SUM(v.version) FROM {_VERSION} v WHERE v.scope = value) AS version
            FROM {rows}
        )
        SELECT asked.scope, COALESCE(asked.version, 0) + extra.version, r.version, r."window"
        FROM asked CROSS JOIN extra LEFT JOIN {_SCOPE} r ON r.scope = asked.scope AND r.variant = %s
    """  # noqa: S608 - see above


def version_of(scopes: Sequence[str]) -> tuple[int, datetime | None]:
    """The sum of all versions of these scopes, and when the last of them changed (None: never). One indexed query."""
    marks = ", ".join(["%s"] * len(scopes))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT SUM(version), MAX(changed_at) FROM {_VERSION} WHERE scope IN ({marks})", list(scopes))  # noqa: S608
        version, changed_at = cursor.fetchone()
    return int(version or 0), aware(changed_at) if changed_at else None


def version_of_units(unit_id: int, extras: Sequence[str], kinds: Sequence[str] = ()) -> tuple[int, datetime | None]:
    """As :func:`version_of`, for all resources of a unit and of the units below it, and for the scopes `<kind>:<unit>`
    of the same units. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_units_sql(connection.vendor), [unit_id, json.dumps(list(kinds)), json.dumps(list(extras))])
        version, changed_at = cursor.fetchone()
    return int(version or 0), aware(changed_at) if changed_at else None


@lru_cache
def _units_sql(vendor: str) -> str:
    return f"""
        WITH RECURSIVE below(id) AS (
            SELECT CAST(%s AS bigint) UNION SELECT child.id FROM {_UNIT} child JOIN below ON child.parent_id = below.id
        ), asked AS (
            SELECT 'resource:' || CAST(thing.id AS varchar) AS scope
            FROM {_RESOURCE} thing JOIN below ON thing.unit_id = below.id
            UNION ALL SELECT value || ':' || CAST(below.id AS varchar) FROM below CROSS JOIN {_listed(vendor)}
            UNION ALL SELECT value FROM {_listed(vendor)}
        )
        SELECT SUM(v.version), MAX(v.changed_at) FROM asked JOIN {_VERSION} v ON v.scope = asked.scope
    """  # noqa: S608 - see above


_KEPT_COLUMNS = {
    "scope": "text", "key": "text", "variant": "text", "revision": "text", "start": "timestamptz",
    "end": "timestamptz", "body": "bytea",
}  # fmt: skip


@lru_cache
def _keep_sql(vendor: str) -> str:
    names = ", ".join(f'"{name}"' for name in _KEPT_COLUMNS)
    anew = ", ".join(f'"{name}" = excluded."{name}"' for name in ("revision", "start", "end", "body"))
    if vendor == "postgresql":
        # One statement for all of them; its arrays are the columns.
        source = f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _KEPT_COLUMNS.values())})"  # noqa: S608 - our own names
    else:
        source = f"VALUES ({', '.join(['%s'] * len(_KEPT_COLUMNS))})"
    return f"INSERT INTO {_EVENT} ({names}) {source} ON CONFLICT (scope, key, variant) DO UPDATE SET {anew}"


def keep(rows: Sequence[tuple[str, str, str, str, datetime, datetime, bytes]]) -> None:
    """Store rendered events, or put them in the place of older bytes: (scope, key, variant, revision, start, end,
    body), each key once.

    The ORM's bulk_create took half of a first reading (docs/developers/speed.md): it prepares each value by itself,
    and on SQLite in batches of 142 rows.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_keep_sql("postgresql"), [list(column) for column in zip(*rows, strict=True)])
            return
        adapt = connection.ops.adapt_datetimefield_value
        cursor.executemany(
            _keep_sql(connection.vendor), [(*row[:4], adapt(row[4]), adapt(row[5]), row[6]) for row in rows]
        )


def bodies(scopes: Sequence[str], variant: str, start: datetime, end: datetime) -> list[bytes]:
    """The kept bytes that touch `[start, end)`, in order of start. One query.

    A component that stands in several of the scopes (a case of two hosts, works on two halls) is there once.
    """
    marks = ", ".join(["%s"] * len(scopes))
    sql = (
        f'SELECT body, "key" FROM {_EVENT} WHERE scope IN ({marks}) AND variant = %s AND "end" > %s AND "start" < %s '  # noqa: S608
        'ORDER BY "start", "key"'
    )
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(sql, [*scopes, variant, adapt(start), adapt(end)])
        rows = cursor.fetchall()
    if len(scopes) > 1:
        rows = {key: (body, key) for body, key in rows}.values()
    return [bytes(body) for body, _key in rows]


def raise_versions(resource_ids: Iterable[int], now: datetime) -> None:
    """One higher version for these resources and all that share cells with them; 1 where there was none. One query.

    In order of the scope, so that two changes at once wait for each other and never in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _raise_sql(connection.vendor),
            [json.dumps(sorted(resource_ids)), connection.ops.adapt_datetimefield_value(now)],
        )


@lru_cache
def _raise_sql(vendor: str) -> str:
    given = "json_array_elements_text(%s)" if vendor == "postgresql" else "json_each(%s)"
    return f"""
        WITH given AS (SELECT CAST(value AS bigint) AS id FROM {given})
        INSERT INTO {_VERSION} (scope, part, version, changed_at)
        SELECT 'resource:' || CAST(id AS varchar), 0, 1, %s FROM (
            SELECT id FROM given
            UNION
            SELECT theirs.resource_id FROM given JOIN {_COVER} mine ON mine.resource_id = given.id
            JOIN {_COVER} theirs ON theirs.cell_id = mine.cell_id
        ) AS shown
        WHERE true ORDER BY 1
        ON CONFLICT (scope, part) DO UPDATE SET version = {_VERSION}.version + 1, changed_at = excluded.changed_at
    """  # noqa: S608 - see above


def raise_for_cases(case_ids: Iterable[int], now: datetime) -> None:
    """One higher version for every calendar that shows these cases, or has shown them: organisations, co-hosts,
    requesters, responsible adults, what happens in town. One query.

    Each case has a part of its own in every calendar, and is locked by who changes it: nobody waits here.
    """
    given = json.dumps(sorted(case_ids))
    with connection.cursor() as cursor:
        cursor.execute(_cases_sql(connection.vendor), [given, connection.ops.adapt_datetimefield_value(now)])


@lru_cache
def _cases_sql(vendor: str) -> str:
    return f"""
        WITH given AS (SELECT CAST(value AS bigint) AS id FROM {_listed(vendor)}),
        theirs AS (SELECT c.* FROM {_CASE} c JOIN given ON given.id = c.id)
        INSERT INTO {_VERSION} (scope, part, version, changed_at)
        SELECT scope, part, 1, %s FROM (
            SELECT 'organisation:' || CAST(organisation_id AS varchar) AS scope, id AS part
            FROM theirs WHERE organisation_id IS NOT NULL
            UNION SELECT 'organisation:' || CAST(h.organisation_id AS varchar), h.case_id
            FROM {_HOST} h JOIN given ON given.id = h.case_id
            UNION SELECT 'person:' || CAST(requester_id AS varchar), id FROM theirs WHERE requester_id IS NOT NULL
            UNION SELECT 'person:' || CAST(responsible_id AS varchar), id FROM theirs WHERE responsible_id IS NOT NULL
            UNION SELECT 'happenings', id FROM theirs WHERE title_public
            UNION SELECT v.scope, v.part FROM {_VERSION} v JOIN given ON given.id = v.part
            WHERE v.part <> 0 AND (v.scope LIKE 'organisation:%%' OR v.scope LIKE 'person:%%' OR v.scope = 'happenings')
        ) AS shown
        WHERE true ORDER BY 1, 2
        ON CONFLICT (scope, part) DO UPDATE SET version = {_VERSION}.version + 1, changed_at = excluded.changed_at
    """  # noqa: S608 - see above


def raise_scopes(scopes: Iterable[str], now: datetime, *, part: int = 0) -> None:
    """One higher version for exactly these scopes (of that part of them). One query."""
    rows = ", ".join([f"(%s, {int(part)}, 1, %s)"] * len(wanted := sorted(set(scopes))))
    if not wanted:
        return
    moment = connection.ops.adapt_datetimefield_value(now)
    sql = f"""
        INSERT INTO {_VERSION} (scope, part, version, changed_at) VALUES {rows}
        ON CONFLICT (scope, part) DO UPDATE SET version = {_VERSION}.version + 1, changed_at = excluded.changed_at
    """  # noqa: S608 - see above
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for scope in wanted for value in (scope, moment)])
