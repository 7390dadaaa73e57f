"""Granting one line and a series of 40: the whole use case against the bare statements that take the time.

*raw*: in one transaction through the driver: lock the cell, check the windows, insert the rows. The use case does the
same and stores lines, decision, events, letters, versions; and it is asked to say who may.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection

from bench.load import NOW, YEAR, Town
from bench.measure import in_turn
from bench.occupancy import Row, asked_windows, count_queries, run_raw
from booking.cases import drafts, services
from booking.catalogue.models import Cover
from booking.foundation import clock
from booking.occupancy import guards
from booking.occupancy.selectors import Wanted, statements

_turn = count()
_cause = count(10**9)
#: Half hours of a week: what `_next` can hand out. 60 rounds of both ways of two rows, and their warm-ups, take 250.
TURNS = 7 * 48


def measure(town: Town, *, seconds: float = 6.0) -> list[Row]:
    """Both rows of the table."""
    return [_row(town, "grant one line", 1, 40, seconds), _row(town, "grant a series of 40", 40, 15, seconds)]


def _next(town: Town, lines: int) -> list[Wanted]:
    """Time on the quiet resource that nobody has had yet in this run."""
    turn = next(_turn)
    if turn >= TURNS:
        raise RuntimeError("the bench has used up its week")
    # 7 weekdays × 48 half hours, of which 15 minutes are used and 15 are the buffer.
    start = YEAR + timedelta(days=35 + turn % 7, minutes=30 * (turn // 7))
    return [
        Wanted(town.quiet.pk, start + timedelta(weeks=week), start + timedelta(weeks=week, minutes=15), index=week)
        for week in range(lines)
    ]


def _row(town: Town, what: str, lines: int, goal: float, seconds: float) -> Row:
    cell = Cover.objects.get(resource=town.quiet).cell_id

    def ours() -> Callable[[], Any]:
        wanted = _next(town, lines)
        first = wanted[0]
        one = {"resource": town.quiet.slug, "start": first.start.isoformat(), "end": first.end.isoformat()}
        data: dict[str, Any] = {"organisation": town.organisation.slug, "title": "Training", "override_reason": "bench"}
        if lines == 1:
            data["lines"] = [one]
        else:
            data["series"] = [one | {"rrule": f"FREQ=WEEKLY;COUNT={lines}"}]
        with clock.at(NOW):
            case = services.submit_request(drafts.parse(data, user=town.coach), user=town.coach, now=NOW)
        outcomes = [services.LineOutcome(number, "grant") for number in case.lines.values_list("number", flat=True)]
        return lambda: services.decide_lines(case, outcomes, by=town.officer, now=NOW)

    def raw() -> Callable[[], Any]:
        wanted = _next(town, lines)
        return lambda: _bare(town, cell, wanted)

    with clock.at(NOW):
        connection.ensure_connection()
        queries = count_queries(ours())
        found = in_turn({}, prepared={"ours": ours, "raw": raw}, seconds=seconds, least=10, most=60)
    return Row(what, found["ours"], "raw", found["raw"], goal, queries)


def _bare(town: Town, cell: int, wanted: list[Wanted]) -> None:
    """Lock, check, insert, commit."""
    number = next(_cause)
    sql = statements.in_windows(connection.vendor)
    parameters = statements.windows(connection.vendor, asked_windows(wanted, [cell]))
    columns = (
        'cell_id, resource_id, exclusive, start, "end", block_start, block_end, quantity, klass, status, cause_kind, '
        'cause_id, label, "long"'
    )
    driver = connection.connection
    if connection.vendor == "postgresql":
        # The connection is in autocommit, as Django leaves it.
        with driver.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"SELECT id FROM {guards.CELL} WHERE id = %s FOR NO KEY UPDATE", [cell])  # noqa: S608
            if run_raw(sql, parameters):
                raise RuntimeError("the quiet resource is not quiet")
            cursor.execute(
                f"INSERT INTO {guards.OCCUPANCY} ({columns}) "  # noqa: S608
                "SELECT %s, %s, true, s, s + interval '15 minutes', s, s + interval '15 minutes', 1, 'claim', "
                "'confirmed', 'line', %s, '', false FROM unnest(%s::timestamptz[]) AS u(s)",
                [cell, town.quiet.pk, number, [one.start for one in wanted]],
            )
            cursor.execute("COMMIT")
        return
    driver.execute("BEGIN IMMEDIATE")
    if run_raw(sql, parameters):
        raise RuntimeError("the quiet resource is not quiet")
    driver.executemany(
        f"INSERT INTO {guards.OCCUPANCY} ({columns}) "  # noqa: S608
        "VALUES (?, ?, 1, ?, ?, ?, ?, 1, 'claim', 'confirmed', 'line', ?, '', 0)",
        [
            (cell, town.quiet.pk, *(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (one.start, one.end) * 2), number)
            for one in wanted
        ],
    )
    driver.execute("COMMIT")
