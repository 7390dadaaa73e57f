"""One round of the solver twice: with booleans for slots, as it is built, and with intervals that don't overlap.

The same open wishes, goal and limit of work for both. ``.venv/bin/python -m bench.intervals 1 8 24``: town 1, eight
rounds, 24 wishes each. Not part of the product: it answers a question of decision 039.
"""

from __future__ import annotations

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ortools.sat.python import cp_model

from bench.rounds import TOWN, make
from booking.seasons.rules import greedy
from booking.seasons.rules.board import Board
from booking.seasons.rules.ground import Option, ground_of
from booking.seasons.rules.solver import model, neighbourhood
from booking.seasons.rules.solver.goal import _MINUTE, COUNTS, Goal

UNITS = 2.0


class Booleans(model._Round):
    """As the product has it; each part of a hall by itself, as the intervals have it."""

    def measured(self, seed: int, linear: int) -> tuple[str, float, float, float, float]:
        """Status, worth found, worth proven, units, CPU seconds."""
        self.model.maximize(cp_model.LinearExpr.weighted_sum(self.objective, self.weights))
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers, parameters.random_seed, parameters.max_deterministic_time = 1, seed, UNITS
        parameters.linearization_level, parameters.cp_model_probing_level = linear, 0
        parameters.relative_gap_limit = 1e-3
        began = time.process_time()
        status = solver.solve(self.model)
        took = time.process_time() - began
        found = solver.objective_value if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0.0
        units = solver.response_proto.deterministic_time
        return solver.status_name(status), found, solver.best_objective_bound, units, took


class Intervals(Booleans):
    """An optional interval for each free stretch of a place that a wish could have, of any length that it allows."""

    def _options(self) -> None:
        ground, into = self.ground, self.model
        self.minutes: dict[int, Any] = {}  # by index of the boolean that says the interval is there
        cells: dict[int, list[Any]] = defaultdict(list)
        names: dict[object, list[Any]] = defaultdict(list)
        for wish in self.wishes:
            one, lengths = ground.instance.wish[wish], ground.lengths(ground.instance.wish[wish])
            days: dict[int, list[Any]] = defaultdict(list)
            mine: list[tuple[Option, Any]] = []
            for place, stretch, first, last in self._stretches(wish):
                there, start = into.new_bool_var(""), into.new_int_var(first, last - lengths[0], "")
                size = into.new_int_var(lengths[0], min(lengths[-1], last - first), "")
                end = into.new_int_var(first + lengths[0], last, "")
                interval = into.new_optional_interval_var(start, size, end, there, "")
                given = into.new_int_var(0, lengths[-1], "")
                into.add(given == size).only_enforce_if(there)
                into.add(given == 0).only_enforce_if(~there)
                self._hint(one.key, place, stretch, there, (start, size, end, given), first)
                self.minutes[there.index] = given
                mine.append(((place, stretch, first % ground.stride, 0), there))
                days[stretch].append(there)
                for cell in ground.instance.place[place].cells:
                    cells[cell].append(interval)
                for name in ground.apart[wish]:
                    names[name].append(interval)
            self.chosen[wish] = mine
            for some in days.values():
                into.add_at_most_one(some)
            self._sessions(wish, [there for _option, there in mine])
        for some in (*cells.values(), *names.values()):
            if len(some) > 1:
                into.add_no_overlap(some)

    def _stretches(self, wish: int) -> list[tuple[int, int, int, int]]:
        """Place, weekday, first step of the week and last, of what is free and long enough."""
        ground = self.ground
        free: dict[tuple[int, int], int] = defaultdict(int)
        for option in self.board.options(wish):
            free[option[0], option[1]] |= ground.mask(option)
        found = []
        for (place, weekday), mask in sorted(free.items()):
            while mask:
                first = (mask & -mask).bit_length() - 1
                last = first
                while mask >> last & 1:
                    last += 1
                found.append((place, weekday, first, last))
                mask &= ~((1 << last) - 1)
        return found

    def _hint(self, wish: int, place: int, weekday: int, there: Any, of: tuple[Any, ...], least: int) -> None:
        """As it is now."""
        ground = self.ground
        for slot in self.before[wish]:
            first = slot.weekday * ground.stride + slot.start // ground.grid
            steps = slot.minutes // ground.grid
            if (slot.place, slot.weekday) == (place, weekday) and first >= least:
                for variable, value in zip((there, *of), (1, first, steps, first + steps, steps), strict=True):
                    self.model.add_hint(variable, value)
                return
        self.model.add_hint(there, 0)

    def _minutes(self, mine: Iterable[tuple[Option, Any]]) -> Any:
        some = [self.minutes[there.index] for _option, there in mine]
        return cp_model.LinearExpr.weighted_sum(some, [self.ground.grid] * len(some))


def compared(seed: int, rounds: int, size: int) -> None:
    """Prints a line for each round and way."""
    ground = ground_of(make(TOWN, seed))
    board = Board(ground, greedy.fair(ground.instance))
    rng = random.Random(seed)  # noqa: S311 - a bench
    goal = Goal(ground, 0, 0, floors={})
    goal.best = goal.last = 0  # minutes only: intervals have no term for a best time
    for number in range(rounds):
        # Every option of an open wish, each part of a hall by itself.
        wishes = neighbourhood.for_hours(board, goal, size, rng)
        for name, way, linear in (
            ("booleans", Booleans, 2),
            ("intervals", Intervals, 2),
            ("intervals, 1", Intervals, 1),
        ):
            only = {wish: set(ground.options(ground.instance.wish[wish])) for wish in wishes}
            one = way(board, goal, wishes, False, only)
            status, found, proven, units, took = one.measured(seed + number, linear)
            gap = proven / found - 1 if found else 1.0
            hours = found / (_MINUTE * COUNTS) / 60
            print(f"{number} {name:13} {status:9} {hours:6.1f} h, gap {gap:6.2%}, {units:5.2f} units, {took:5.1f} s")


if __name__ == "__main__":
    compared(*(int(one) for one in sys.argv[1:4]))
