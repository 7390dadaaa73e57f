"""Many at once: what 8 clients get per second, and the race for one slot against a bare table behind a lock."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, connections, transaction

from bench.load import NOW, YEAR, Town
from bench.occupancy import EVENING, WEEK
from bench.races import TAKEN, WON, race
from booking.catalogue import selectors as catalogue
from booking.foundation import errors
from booking.occupancy import selectors, services

CLIENTS = 8


@dataclass(frozen=True)
class Throughput:
    """Answers per second of all clients together, and what five times the best peer gave on the machine measured."""

    what: str
    per_second: float
    goal: float


def throughput(town: Town, *, seconds: float = 5.0) -> list[Throughput]:
    """Week answers and searches by 8 processes at once."""
    return [
        Throughput(
            "availability, 300 resources, one week",
            _crowd(lambda: selectors.availability_json(town.resources, *WEEK, bulk=True), seconds),
            5 * 2.2,
        ),
        Throughput(
            "search free from-to, 300 resources",
            _crowd(lambda: selectors.free_resource_ids(town.resources, *EVENING), seconds),
            5 * 4.8,
        ),
    ]


def _crowd(act: Callable[[], Any], seconds: float) -> float:
    context = multiprocessing.get_context("fork")
    done = context.Array("i", CLIENTS, lock=False)
    ready = context.Barrier(CLIENTS + 1)
    connections.close_all()

    def run(client: int) -> None:
        act()
        ready.wait(120)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            act()
            done[client] += 1
        connections.close_all()

    processes = [context.Process(target=run, args=(client,), daemon=True) for client in range(CLIENTS)]
    for process in processes:
        process.start()
    ready.wait(120)
    began = time.perf_counter()
    for process in processes:
        process.join()
    return sum(done) / (time.perf_counter() - began)


@dataclass(frozen=True)
class RaceTime:
    """100 races of 32 clients: seconds, and the winners there were."""

    ours: float
    bare: float
    winners: int
    errors: int

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


class _NotForReal(Exception):
    """Ends a rehearsal without a trace."""


def races(town: Town, *, clients: int = 32, rounds: int = 100, heats: int = 4) -> RaceTime:
    """The race for one slot through `take`, and on a bare table where everybody queues at one lock.

    The two take turns in ``heats``, so that a busy moment of the machine hits both; every client has rehearsed.
    """
    resource = town.quiet
    effective = catalogue.effective_rules([resource])
    first = YEAR + timedelta(days=330)
    step = timedelta(hours=2)

    def take(number: int, client: int) -> None:
        start = first + number * step
        cause = 2 * 10**9 + number * clients + client
        services.take([services.Take(resource.pk, start, start + step / 2, cause)], now=NOW, effective=effective)

    def ours(number: int, client: int) -> str:
        def act() -> str:
            with transaction.atomic():
                take(number, client)
            return WON

        try:
            return services.again_on_collision(act)
        except errors.Taken:
            return TAKEN

    def rehearse(client: int) -> None:
        with suppress(_NotForReal), transaction.atomic():
            take(rounds + client, client)
            raise _NotForReal

    _bare_tables()
    each = rounds // heats
    found, bare = [], []
    for heat in range(heats):
        before = heat * each
        found.append(
            race(
                lambda number, client, before=before: ours(before + number, client),  # type: ignore[misc]
                clients=clients, rounds=each, patience=900, rehearse=rehearse,
            )
        )  # fmt: skip
        bare.append(
            race(
                lambda number, client, before=before: _bare_attempt(before + number, client),  # type: ignore[misc]
                clients=clients, rounds=each, patience=900,
            )
        )  # fmt: skip
    return RaceTime(
        ours=sum(one.seconds for one in found),
        bare=sum(one.seconds for one in bare),
        winners=sum(len(one.winners(number)) == 1 for one in found for number in range(each)),
        errors=sum(len(one.errors) for one in found + bare),
    )


def _bare_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute("DROP TABLE IF EXISTS bench_lock")
        cursor.execute("CREATE TABLE bench_bare (cell bigint, starts bigint, ends bigint, who bigint)")
        cursor.execute("CREATE INDEX bench_bare_cell ON bench_bare (cell, starts)")
        cursor.execute("CREATE TABLE bench_lock (cell bigint primary key)")
        cursor.execute("INSERT INTO bench_lock VALUES (1)")


def _bare_attempt(number: int, client: int) -> str:
    driver = connection.connection
    start, end = number * 10, number * 10 + 10
    place = "%s" if connection.vendor == "postgresql" else "?"
    if connection.vendor == "postgresql":
        driver.execute("BEGIN")
        driver.execute("SELECT 1 FROM bench_lock WHERE cell = 1 FOR UPDATE")
    else:
        driver.execute("BEGIN IMMEDIATE")
    taken = driver.execute(
        f"SELECT 1 FROM bench_bare WHERE cell = 1 AND starts < {place} AND ends > {place}",  # noqa: S608
        (end, start),
    ).fetchone()
    if taken:
        driver.execute("ROLLBACK")
        return TAKEN
    values = ", ".join([place] * 4)
    driver.execute(f"INSERT INTO bench_bare VALUES ({values})", (1, start, end, client))  # noqa: S608
    driver.execute("COMMIT")
    return WON
