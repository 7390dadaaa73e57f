"""The SQL of the hot paths. Moments travel as epoch seconds in both directions: no row becomes a datetime object.

Rows of at most 48 hours start at most 48 hours before the window; the few longer ones have ``long`` set and an index of
their own. So every question is two narrow index ranges instead of one that is as wide as the longest row.

All lists of ids are cast: psycopg would send small ints as int2, for which PostgreSQL doesn't use an index on int8
(EXPLAIN tests keep this true).
"""
# ruff: noqa: S608 - statements are put together from our own names only; values travel as parameters

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from booking.occupancy.guards import CELL, LONG_SECONDS, OCCUPANCY

COVER = "samskap_booking_cover"

#: cell, block start, block end, quantity, class, status, start, end, label, cause kind, cause id
Row = tuple[int, int, int, int, str, str, int, int, str, str, int]
#: number of the window, then cell, block start, block end, quantity, class, status, start, end, cause kind, cause id
Hit = tuple[int, int, int, int, int, str, str, int, int, str, int]


def _epoch(vendor: str, column: str) -> str:
    if vendor == "postgresql":
        return f"date_part('epoch', {column})::int8"  # extract() gives numeric, several times slower
    import sqlite3

    if sqlite3.sqlite_version_info >= (3, 38):
        return f"unixepoch({column})"
    return f"CAST(strftime('%%s', {column}) AS INTEGER)"


def _moment(vendor: str, value: str) -> str:
    return f"to_timestamp({value})" if vendor == "postgresql" else f"datetime({value}, 'unixepoch')"


def _id_list(vendor: str) -> str:
    return "= ANY(%s::int8[])" if vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def ids(vendor: str, values: Iterable[int]) -> str:
    """``values`` as the one parameter that the statements take for a list of ids: a text, in both cases cast there."""
    return "{" + ",".join(map(str, values)) + "}" if vendor == "postgresql" else json.dumps(list(values))


@lru_cache
def in_window(vendor: str) -> str:
    """All rows that take or show something on some cells in one window.

    Parameters: end, start - 48 h, start, cells; cells, start, end (epoch seconds).
    """
    columns = ", ".join(
        [
            "cell_id",
            _epoch(vendor, "block_start"),
            _epoch(vendor, "block_end"),
            "quantity",
            "klass",
            "status",
            _epoch(vendor, "start"),
            _epoch(vendor, '"end"'),
            "label",
            "cause_kind",
            "cause_id",
        ]
    )
    moment, cells = _moment(vendor, "%s"), _id_list(vendor)
    shown = "(klass <> 'note' OR status <> '')"
    return f"""
        SELECT {columns} FROM {OCCUPANCY}
        WHERE block_start < {moment} AND block_start > {moment} AND block_end > {moment}
          AND cell_id {cells} AND NOT "long" AND {shown}
        UNION ALL
        SELECT {columns} FROM {OCCUPANCY}
        WHERE "long" AND cell_id {cells} AND block_end > {moment} AND block_start < {moment} AND {shown}
    """


def rows_in_window(cells: Sequence[int], start: int, end: int, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Rows on ``cells`` whose block touches ``[start, end)``. One query."""
    connection = connections[using]
    vendor = connection.vendor
    listed = ids(vendor, cells)
    with connection.cursor() as cursor:
        cursor.execute(in_window(vendor), [end, start - LONG_SECONDS, start, listed, listed, start, end])
        return cursor.fetchall()


@lru_cache
def in_windows(vendor: str, notes: bool = False) -> str:
    """All claims and blocks in many windows, each with its own cell. Parameters: the list of windows, as `windows`.

    With ``notes`` also what is asked for: rows of the class "note" that are shown as tentative.
    """
    taken = "(o.klass <> 'note' OR o.status = 'tentative')" if notes else "o.klass <> 'note'"
    columns = ", ".join(
        [
            "o.cell_id",
            _epoch(vendor, "o.block_start"),
            _epoch(vendor, "o.block_end"),
            "o.quantity",
            "o.klass",
            "o.status",
            _epoch(vendor, "o.start"),
            _epoch(vendor, 'o."end"'),
            "o.cause_kind",
            "o.cause_id",
        ]
    )
    if vendor == "postgresql":
        return f"""
            SELECT w.i, o.* FROM (
                SELECT i, cell, to_timestamp(s) AS s, to_timestamp(e) AS e
                FROM unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[]) AS u(i, cell, s, e)
            ) w CROSS JOIN LATERAL (
                SELECT {columns} FROM {OCCUPANCY} o
                WHERE o.cell_id = w.cell AND o.block_start < w.e AND o.block_start > w.s - interval '48 hours'
                  AND o.block_end > w.s AND NOT o."long" AND {taken}
                UNION ALL
                SELECT {columns} FROM {OCCUPANCY} o
                WHERE o."long" AND o.cell_id = w.cell AND o.block_end > w.s AND o.block_start < w.e
                  AND {taken}
            ) o
        """
    # CROSS JOIN keeps SQLite from turning the loop round: windows outside, index ranges inside. The long rows come
    # through IN because for a plain join SQLite first makes a Bloom filter of the whole table (18 ms of 100,000 rows).
    return f"""
        WITH w(i, cell, s, e) AS MATERIALIZED (
            SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                   datetime(json_extract(value, '$[2]'), 'unixepoch'),
                   datetime(json_extract(value, '$[3]'), 'unixepoch')
            FROM json_each(%s)
        )
        SELECT w.i, {columns} FROM w CROSS JOIN {OCCUPANCY} o
        WHERE o.cell_id = w.cell AND o.block_start < w.e AND o.block_start > datetime(w.s, '-48 hours')
          AND o.block_end > w.s AND NOT o."long" AND {taken}
        UNION ALL
        SELECT w.i, {columns} FROM w CROSS JOIN {OCCUPANCY} o
        WHERE o.id IN (
            SELECT l.id FROM {OCCUPANCY} l
            WHERE l."long" AND l.cell_id = w.cell AND l.block_end > w.s AND l.block_start < w.e
        ) AND {taken}
    """


def windows(vendor: str, asked: Sequence[tuple[int, int, int, int]]) -> list[Any]:
    """Parameters of ``in_windows`` for (number, cell, block start, block end)."""
    if vendor == "postgresql":
        return [ids(vendor, column) for column in zip(*asked, strict=True)]
    return [json.dumps(asked)]


def rows_in_windows(
    asked: Sequence[tuple[int, int, int, int]], using: str = DEFAULT_DB_ALIAS, *, notes: bool = False
) -> list[Hit]:
    """Claims and blocks that touch any of ``asked``: (number, cell, block start, block end). One query."""
    if not asked:
        return []
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(in_windows(connection.vendor, notes), windows(connection.vendor, asked))
        return cursor.fetchall()


@lru_cache
def of_resources(vendor: str) -> str:
    """What resources cover. Parameter: resource ids."""
    return f"""
        SELECT v.resource_id, v.cell_id, v.amount, c.exclusive, c.quantity
        FROM {COVER} v JOIN {CELL} c ON c.id = v.cell_id
        WHERE v.resource_id {_id_list(vendor)} ORDER BY v.cell_id
    """


def covers_of(resources: Sequence[int], using: str = DEFAULT_DB_ALIAS) -> list[tuple[int, int, int, bool, int]]:
    """(resource, cell, amount, exclusive, stock) of the resources, by cell. One query."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(of_resources(connection.vendor), [ids(connection.vendor, resources)])
        return cursor.fetchall()


@lru_cache
def of_shared_cells(vendor: str) -> str:
    """What these resources cover, and every other resource on the same cells. Parameter: resource ids."""
    return f"""
        SELECT v.resource_id, v.cell_id, v.amount, c.exclusive, c.quantity
        FROM {COVER} v JOIN {CELL} c ON c.id = v.cell_id
        WHERE v.cell_id IN (SELECT cell_id FROM {COVER} WHERE resource_id {_id_list(vendor)}) ORDER BY v.cell_id
    """


@lru_cache
def sharing(vendor: str) -> str:
    """Who covers any of these cells. Parameter: cell ids."""
    return f"SELECT DISTINCT resource_id FROM {COVER} WHERE cell_id {_id_list(vendor)}"
