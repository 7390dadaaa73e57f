"""Many processes at one slot: the tool of the race tests and of the bench.

The processes are forked once, with their database connections closed, kept alive, and let go together by a barrier in
every round. What each got is written into shared memory; nothing is mocked, every client is a real process with a
connection of its own.
"""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BrokenBarrierError

from django.db import connections

WON, TAKEN, ERROR = "won", "taken", "error"
_CODES = ["", WON, TAKEN, ERROR]

#: Gets round and client, answers WON or TAKEN; anything it raises is a server error.
Attempt = Callable[[int, int], str]


@dataclass
class Result:
    """``outcomes[round][client]``; ``errors``: every traceback; ``seconds`` from the first start to the last answer."""

    outcomes: list[list[str]]
    seconds: float
    errors: list[str] = field(default_factory=list)

    def winners(self, number: int) -> list[int]:
        return [client for client, outcome in enumerate(self.outcomes[number]) if outcome == WON]

    def count(self, outcome: str) -> int:
        return sum(row.count(outcome) for row in self.outcomes)


def race(
    attempt: Attempt,
    *,
    clients: int = 32,
    rounds: int = 100,
    patience: float = 300,
    rehearse: Callable[[int], object] | None = None,
) -> Result:
    """Let ``clients`` processes make their attempt at the same moment, ``rounds`` times.

    ``patience``: seconds until a process that doesn't come is given up (its outcome is then ""). ``rehearse``: what
    each client does before the clock starts, for a race that is timed: a web worker has answered before, so its code
    is loaded and its statements are prepared.
    """
    context = multiprocessing.get_context("fork")
    board = context.Array("b", clients * rounds, lock=False)
    errors: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    ready, start = context.Barrier(clients + 1), context.Barrier(clients)
    connections.close_all()

    def run(client: int) -> None:
        told = 0
        try:
            connections["default"].ensure_connection()  # a web worker has its connection already
            if rehearse is not None:
                rehearse(client)
            ready.wait(patience)
            for number in range(rounds):
                start.wait(patience)
                try:
                    outcome = attempt(number, client)
                except BaseException:  # noqa: BLE001 - that is what is being counted
                    outcome = ERROR
                    told += 1
                    if told <= 2:  # the pipe is small, and two show what is wrong
                        errors.put(f"round {number}, client {client}\n{traceback.format_exc(limit=-4)[-1500:]}")
                board[number * clients + client] = _CODES.index(outcome)
        except BrokenBarrierError:
            return
        finally:
            connections.close_all()

    processes = [context.Process(target=run, args=(client,), daemon=True) for client in range(clients)]
    for process in processes:
        process.start()
    found: list[str] = []
    ready.wait(patience)
    began = time.perf_counter()
    deadline = began + patience
    while any(process.is_alive() for process in processes) and time.perf_counter() < deadline:
        while not errors.empty():
            found.append(errors.get())
        time.sleep(0.002)
    seconds = time.perf_counter() - began
    for process in processes:
        if process.is_alive():
            process.kill()
            found.append(f"{process.name} did not come back")
        process.join(5)
    while not errors.empty():
        found.append(errors.get())
    outcomes = [[_CODES[board[number * clients + client]] for client in range(clients)] for number in range(rounds)]
    return Result(outcomes, seconds, found)
