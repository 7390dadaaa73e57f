"""Medians of things that take turns, so that a busy moment of the machine hits all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Median:
    """Milliseconds: the median, and the middle half."""

    ms: float
    low: float
    high: float
    runs: int

    def __str__(self) -> str:
        return f"{self.ms:.2f} ms"


#: Something to be timed; or, for `prepared`, something that gets ready (not timed) and answers it.
Act = Callable[[], Any]
Prepare = Callable[[], Act]


def in_turn(
    acts: dict[str, Act],
    *,
    prepared: dict[str, Prepare] | None = None,
    seconds: float = 4.0,
    least: int = 15,
    most: int = 400,
) -> dict[str, Median]:
    """Run all ``acts`` one after the other, again and again, for ``seconds`` in all (at least ``least`` times).

    ``prepared``: acts that need something made afresh for each run, outside of the time that counts.
    """
    ready: dict[str, Prepare] = {name: (lambda act=act: act) for name, act in acts.items()} | (prepared or {})
    for prepare in ready.values():
        prepare()()
        prepare()()
    taken: dict[str, list[float]] = {name: [] for name in ready}
    gc.collect()
    began = time.perf_counter()
    turn = 0
    while turn < least or (turn < most and time.perf_counter() - began < seconds):
        for name, prepare in ready.items():
            act = prepare()
            start = time.perf_counter()
            act()
            taken[name].append((time.perf_counter() - start) * 1000)
        turn += 1
    found = {}
    for name, values in taken.items():
        low, _middle, high = statistics.quantiles(values, n=4)
        found[name] = Median(statistics.median(values), low, high, len(values))
    return found
