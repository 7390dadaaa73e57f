"""SQLite's waiting line: real processes, threads and kills, on a file of our own whatever database the suite has."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from booking.foundation import waiting_line
from municipality.settings.base import database

ALIAS = "line"
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def file(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """A database of one table, known to Django as ``ALIAS``, that gives up after a second."""
    path = tmp_path / "town.sqlite3"
    settings = database(f"sqlite:///{path}")
    settings["OPTIONS"]["timeout"] = 1.0
    connections.databases[ALIAS] = connections.configure_settings({"default": settings})["default"]
    with django_db_blocker.unblock():
        connections[ALIAS].cursor().execute("CREATE TABLE hours (who integer, at real)")
        yield path
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.databases[ALIAS]


def write(who: int, *, held: float = 0.0) -> None:
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hours")
        cursor.execute("INSERT INTO hours VALUES (%s, %s)", [who, time.time()])
        time.sleep(held)


def written() -> list[int]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT who FROM hours ORDER BY at")
        return [who for (who,) in cursor.fetchall()]


def start(act: Callable[..., Any], *arguments: Any) -> Any:
    """A process of its own, with a connection of its own."""
    connections[ALIAS].close()

    def run() -> None:
        try:
            act(*arguments)
        finally:
            connections[ALIAS].close()

    process = FORK.Process(target=run, daemon=True)
    process.start()
    return process


def hold(ready: Any, seconds: float) -> None:
    with transaction.atomic(using=ALIAS):
        ready.set()
        time.sleep(seconds)


def in_line() -> list[waiting_line.WaitingLine]:
    return [one for one in connections[ALIAS].execute_wrappers if isinstance(one, waiting_line.WaitingLine)]


def test_every_connection_stands_in_the_line_once(file):
    assert len(in_line()) == 1
    connections[ALIAS].close()
    connections[ALIAS].ensure_connection()
    assert len(in_line()) == 1


def test_many_processes_all_come_to_their_turn(file):
    def some(who: int) -> None:
        for _time in range(20):
            write(who)

    processes = [start(some, who) for who in range(12)]
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 12
    assert sorted(written()) == sorted(list(range(12)) * 20)


def test_threads_of_one_process_all_come_to_their_turn(file):
    def some(who: int) -> None:
        try:
            for _time in range(10):
                write(who)
        finally:
            connections[ALIAS].close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))
    assert sorted(written()) == sorted(list(range(8)) * 10)


def test_whoever_waits_is_let_in_soon_after(file):
    """SQLite alone would look after 328 ms and then again after 428 and 528."""
    waits = []
    for _turn in range(5):
        ready = FORK.Event()
        process = start(hold, ready, 0.45)
        assert ready.wait(10)
        began = time.perf_counter()
        write(1)
        waits.append(time.perf_counter() - began)
        process.join(10)
    assert min(waits) < 0.5


def test_nested_transactions_begin_once_and_patience_is_given_back(file):
    begun = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("BEGIN"):
            begun.append(sql)
        return execute(sql, *rest)

    with connections[ALIAS].execute_wrapper(note), transaction.atomic(using=ALIAS):
        write(1)
        with transaction.atomic(using=ALIAS):
            write(2)
    assert begun == ["BEGIN IMMEDIATE"]
    assert written() == [1, 2]
    assert connections[ALIAS].cursor().execute("PRAGMA busy_timeout").fetchone() == (1000,)


def test_single_statements_stand_in_the_line_too(file):
    """They would never come to their turn beside thirty who look every moment."""
    ready = FORK.Event()
    process = start(hold, ready, 0.45)
    assert ready.wait(10)
    with connections[ALIAS].cursor() as cursor:
        began = time.perf_counter()
        cursor.execute("INSERT INTO hours VALUES (1, 0)")
        waited = time.perf_counter() - began
        assert Path(f"{file}{waiting_line.SUFFIX}").exists()
    process.join(10)
    assert written() == [1]
    assert 0.3 < waited < 0.9


def test_patience_ends_for_all_about_the_same_time(file):
    ready = FORK.Event()
    holder = start(hold, ready, 30)
    assert ready.wait(10)

    def wait(who: int) -> float:
        began = time.perf_counter()
        try:
            with pytest.raises(OperationalError, match="database is locked"):
                write(who)
        finally:
            connections[ALIAS].close()
        return time.perf_counter() - began

    with ThreadPoolExecutor(6) as pool:
        waits = list(pool.map(wait, range(6)))
    holder.kill()
    holder.join(10)
    assert all(0.9 < seconds < 4 for seconds in waits), waits
    write(7)
    assert written() == [7]


def test_kill_9_of_the_writer_lets_the_next_one_in(file):
    ready = FORK.Event()

    def dies() -> None:
        with transaction.atomic(using=ALIAS):
            connections[ALIAS].cursor().execute("INSERT INTO hours VALUES (666, 0)")
            ready.set()
            time.sleep(30)

    process = start(dies)
    assert ready.wait(10)
    waiting = threading.Timer(0.2, lambda: os.kill(process.pid, signal.SIGKILL))
    waiting.start()
    write(1)
    process.join(10)
    assert process.exitcode == -signal.SIGKILL
    assert written() == [1]


def test_kill_9_of_the_first_in_the_line_lets_the_next_one_come(file):
    ready = FORK.Event()
    holder = start(hold, ready, 0.5)
    assert ready.wait(10)
    first = start(write, 666)
    time.sleep(0.15)
    second = start(write, 2)
    time.sleep(0.05)
    first.kill()
    for process in (holder, first, second):
        process.join(10)
    assert second.exitcode == 0
    assert written() == [2]


def test_who_does_not_stand_in_the_line_is_kept_apart_all_the_same(file):
    """Another program: it is refused while we write, and we while it does."""
    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"):
        write(1)
    other.execute("COMMIT")
    with transaction.atomic(using=ALIAS), pytest.raises(sqlite3.OperationalError, match="database is locked"):
        other.execute("INSERT INTO hours VALUES (1, 1)")
    connections[ALIAS].cursor().execute("INSERT INTO hours VALUES (2, 2)")
    other.execute("INSERT INTO hours VALUES (3, 3)")
    other.close()
    assert written() == [2, 3]


def test_without_a_place_for_the_line_it_goes_on_without(file):
    Path(f"{file}{waiting_line.SUFFIX}").unlink(missing_ok=True)
    Path(f"{file}{waiting_line.SUFFIX}").mkdir()  # can't be opened, by root neither
    write(1)
    assert written() == [1]


def test_a_database_in_memory_has_no_line(django_db_blocker):
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    connections.databases[ALIAS] = connections.configure_settings({"default": settings})["default"]
    with django_db_blocker.unblock():
        connections[ALIAS].cursor().execute("CREATE TABLE hours (who integer, at real)")
        write(1)
        assert written() == [1]
        assert in_line() == []
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.databases[ALIAS]
