"""Another web process: forked, with a database connection and a kept catalogue of its own."""

from __future__ import annotations

import json
import multiprocessing
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

BASE = "/api/booking/v1/"


@dataclass(frozen=True)
class Question:
    """One request to the API: with ``body`` a POST."""

    path: str
    body: Any = None

    def ask(self) -> tuple[Any, int]:
        """The answer, and how many queries it took."""
        client = Client(raise_request_exception=True)
        with CaptureQueriesContext(connection) as captured:
            if self.body is None:
                answer = client.get(BASE + self.path)
            else:
                answer = client.post(BASE + self.path, json.dumps(self.body), content_type="application/json")
        return json.loads(answer.content), len(captured)


class Elsewhere:
    """Asks the same questions again and again, there."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    def ask(self, questions: Sequence[Question]) -> tuple[list[Any], list[int]]:
        """The answers, and how many queries each took."""
        self._pipe.send(list(questions))
        if not self._pipe.poll(60):
            raise AssertionError("the other process doesn't answer")
        found = self._pipe.recv()
        if isinstance(found, str):
            raise AssertionError(found)
        return [answer for answer, _queries in found], [queries for _answer, queries in found]


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Such a process, for the length of the block."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    connections.close_all()  # a connection can't be in two processes

    def run() -> None:
        cache.clear()
        while (questions := there.recv()) is not None:
            try:
                there.send([question.ask() for question in questions])
            except BaseException:  # noqa: BLE001 - whatever it was, the test shall tell
                there.send(traceback.format_exc())
        connections.close_all()

    process = context.Process(target=run, daemon=True)
    process.start()
    try:
        yield Elsewhere(here)
    finally:
        here.send(None)
        process.join(20)
        if process.is_alive():
            process.kill()
            process.join()
