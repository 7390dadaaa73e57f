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
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover

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
    version = FeedVersion.objects.filter(scope=scope)
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
    return Head(pk, slug, timezone, version or 0, _aware(changed_at or created_at))


def _aware(value: Any) -> datetime:
    """SQLite gives text in UTC, PostgreSQL a moment."""
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

_STATE = f"""
    SELECT other.resource_id, COALESCE(v.version, 0), r.version, r."window"
    FROM (
        SELECT DISTINCT theirs.resource_id FROM {_COVER} mine
        JOIN {_COVER} theirs ON theirs.cell_id = mine.cell_id WHERE mine.resource_id = %s
        UNION SELECT CAST(%s AS bigint)
    ) other
    LEFT JOIN {_VERSION} v ON v.scope = 'resource:' || CAST(other.resource_id AS varchar)
    LEFT JOIN {_SCOPE} r ON r.scope = 'resource:' || CAST(other.resource_id AS varchar) AND r.variant = %s
"""  # noqa: S608 - our own table names; values travel as parameters


def kept_state(resource_id: int, variant: str) -> list[Kept]:
    """The resource and all that share cells with it, each with version and state of the kept events. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [resource_id, resource_id, variant])
        return [Kept(*row) for row in cursor.fetchall()]


def bodies(scopes: Sequence[str], variant: str, start: datetime, end: datetime) -> list[bytes]:
    """The kept bytes that touch `[start, end)`, in order of start. One query."""
    marks = ", ".join(["%s"] * len(scopes))
    sql = (
        f'SELECT body FROM {_EVENT} WHERE scope IN ({marks}) AND variant = %s AND "end" > %s AND "start" < %s '  # noqa: S608
        'ORDER BY "start", "key"'
    )
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(sql, [*scopes, variant, adapt(start), adapt(end)])
        return [bytes(body) for (body,) in cursor.fetchall()]


def start_of(position: int, scopes: Sequence[str], variant: str, start: datetime, end: datetime) -> datetime:
    """When the kept component at that place in the order begins."""
    rows = RenderedEvent.objects.filter(scope__in=scopes, variant=variant, end__gt=start, start__lt=end)
    return rows.order_by("start", "key").values_list("start", flat=True)[position]


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
        INSERT INTO {_VERSION} (scope, version, changed_at)
        SELECT 'resource:' || CAST(id AS varchar), 1, %s FROM (
            SELECT id FROM given
            UNION
            SELECT theirs.resource_id FROM given JOIN {_COVER} mine ON mine.resource_id = given.id
            JOIN {_COVER} theirs ON theirs.cell_id = mine.cell_id
        ) AS shown
        WHERE true ORDER BY 1
        ON CONFLICT (scope) DO UPDATE SET version = {_VERSION}.version + 1, changed_at = excluded.changed_at
    """  # noqa: S608 - see above
