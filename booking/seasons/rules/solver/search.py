"""Rounds over parts of a timetable: each lays some wishes open and puts them back at least as well.

First a bound (a linear programme), then class by class the coverage of whoever is worst off, then best times and last
season's places with everybody's coverage kept. All work is counted in units that don't depend on the clock, and every
choice comes from the seed, so the same input gives the same timetable.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from booking.seasons.rules.board import Board
from booking.seasons.rules.ground import Ground, ground_of
from booking.seasons.rules.instance import Instance, Timetable
from booking.seasons.rules.measures import STEP, measure, vector
from booking.seasons.rules.solver import model, neighbourhood
from booking.seasons.rules.solver.bound import Relaxed
from booking.seasons.rules.solver.goal import Goal, Row
from booking.seasons.rules.solver.values import Budget, Progress

#: Of the budget: for coverage, class by class; the rest is for best times and last season's places.
_FOR_COVERAGE = 0.85
#: Wishes laid open in a round.
_FIRST_SIZE, _LEAST_SIZE, _MOST_SIZE = 20, 8, 48
#: Units that the search of one round may take, and what a round costs beside it.
_ROUND, _ROUND_COST = 0.5, 0.1
#: Units for solving a linear programme, for each of its variables.
_PROGRAMME = 3e-5
#: Wishes above which there is no bound: a city's programme takes minutes.
_MANY = 800
#: Rounds without gain after which a class is left to the next.
_PATIENCE = 80


class Search:
    """See the module. ``best`` is complete at any moment; ``going`` turns false when the caller has had enough."""

    def __init__(self, instance: Instance, start: Timetable, budget: Budget, tell: Callable[[Progress], bool]) -> None:
        self.instance, self.budget, self.tell = instance, budget, tell
        self.ground: Ground = ground_of(instance)
        self.board = Board(self.ground, start)
        self.best, self.best_vector = start, vector(instance, start)
        self.rng = random.Random(instance.seed)  # noqa: S311 - the same draft for the same seed is the point
        self.units, self.rounds, self.size = 0.0, 0, _FIRST_SIZE
        self.bound: int | None = None
        self.worst = self._worst()
        self.going = True
        self.log: list[dict[str, object]] = []

    def run(self) -> None:
        self._told("greedy")
        tiers = sorted({one.tier for one in self.ground.shares.pools.values() if one.claim})
        if not (self.going and tiers):
            return
        relaxed = None
        if len(self.instance.wishes) <= _MANY:
            relaxed = Relaxed(self.ground, tuple(slot for slot in self.best if slot.locked))
        floors: dict[Row, int] = {}
        for number, tier in enumerate(tiers):
            targets: dict[Row, float] = {}
            if relaxed is not None:
                targets = relaxed.targets(tier, floors)
                self.units += 3 * _PROGRAMME * relaxed.size
                if number == 0:
                    self.bound = relaxed.bound(tier, floors, targets)
                    self.units += 2 * _PROGRAMME * relaxed.size
                    self._told("bound")
            # What an earlier class left over is the next one's.
            limit = self.budget.units * _FOR_COVERAGE * (number + 1) / len(tiers)
            self._raise(tier, targets, limit)
            self.board = Board(self.ground, self.best)
            goal = Goal(self.ground, tier, 0)
            floors |= {row: goal.counted(self.board, row) for row in goal.rows if row[1] == tier}
            if not self.going:
                return
        self._settle(Goal(self.ground, tiers[0], 0))

    def _told(self, stage: str) -> None:
        done = min(1.0, self.units / self.budget.units) if self.budget.units else 1.0
        self.log.append({"stage": stage, "units": round(self.units, 2), "rounds": self.rounds, "worst": self.worst})
        if self.tell(Progress(done, stage, self.worst, self.bound, self.best)) is False:
            self.going = False

    def _worst(self) -> int:
        """Coverage of the worst-off organisation of the first class."""
        figures = measure(self.instance, self.best)
        return figures.tier_worst(min((tier for _org, tier in figures.by_tier), default=0))

    def _raise(self, tier: int, targets: dict[Row, float], limit: float) -> None:
        """Coverage in a class: those who are worst off, as far as the bound leaves them anything."""
        idle, worst = 0, -1
        goal = Goal(self.ground, tier, 0)
        while self.going and self.units < limit and idle < _PATIENCE:
            levels = {row: goal.percent(self.board, row) // STEP for row in goal.rows if row[1] == tier}
            able = {row: at for row, at in levels.items() if at < int(targets.get(row, 1.0) * 100 + 1e-6) // STEP}
            if not able:
                break
            if min(able.values()) != worst:
                worst = min(able.values())
                goal = Goal(self.ground, tier, worst * STEP)
            idle = 0 if self._round(goal, self._open(goal, able)) else idle + 1
            self._told("coverage")

    def _open(self, goal: Goal, able: dict[Row, int]) -> list[int]:
        if self.rng.random() < 0.15:
            return neighbourhood.in_halls(self.board, self.size, self.rng)
        order = sorted(able, key=lambda row: (able[row], self.rng.random()))
        low = [row for row in order if able[row] == able[order[0]]]
        some = low if self.rng.random() < 0.6 else order[: max(len(low), len(order) // 3)]
        return neighbourhood.around(self.board, goal, self.rng.choice(some), self.size, self.rng)

    def _settle(self, goal: Goal) -> None:
        """Best times, then last season's places; nobody loses minutes that count."""
        idle = 0
        while self.going and self.units < self.budget.units and idle < _PATIENCE:
            wishes = neighbourhood.for_best_times(self.board, self.size, self.rng)
            if not wishes:
                break
            idle = 0 if self._round(goal, wishes, keep=True) else idle + 1
            self._told("times")

    def _round(self, goal: Goal, wishes: list[int], *, keep: bool = False) -> bool:
        """Whether the best timetable so far became better."""
        pools = self.ground.shares.pool_of
        rows = sorted({goal.row_of[pools[one]] for one in wishes if pools[one] in goal.row_of})
        before = goal.worth_of(self.board, rows)
        units = min(_ROUND, max(0.1, self.budget.units - self.units))
        found = model.solve(self.board, goal, wishes, seed=self.instance.seed + self.rounds, units=units, keep=keep)
        self.rounds += 1
        self.units += _ROUND_COST + (found.units if found else units)
        if found is None or not found.proven:
            self.size = max(_LEAST_SIZE, self.size - 2)
        elif self.size < _MOST_SIZE:
            self.size += 1
        if found is None:
            return False
        old = {one: [slot for slot in self.board.slots[one] if not slot.locked] for one in wishes}
        self._replace(wishes, found.slots)
        if not keep and goal.worth_of(self.board, rows) < before:
            self._replace(wishes, tuple(slot for some in old.values() for slot in some))
            return False
        timetable = self.board.timetable()
        if timetable == self.best:
            return False
        found_vector = vector(self.instance, timetable)
        if found_vector > self.best_vector:
            self.best, self.best_vector = timetable, found_vector
            self.worst = self._worst()
            return True
        return False

    def _replace(self, wishes: list[int], slots: Timetable) -> None:
        for wish in wishes:
            for slot in [one for one in self.board.slots[wish] if not one.locked]:
                self.board.take(slot)
        for slot in slots:
            self.board.put(slot)
