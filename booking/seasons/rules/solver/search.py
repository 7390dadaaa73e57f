"""Rounds over parts of a timetable: each lays some wishes open and puts them back at least as well.

First a bound (a linear programme), then the minimum of who is without, class by class the coverage of whoever is worst
off, hours in all with everybody's level kept, best times and last season's places with everybody's hours kept. All work
is counted in units that don't depend on the clock, and every choice comes from the seed, so the same input gives the
same timetable.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from booking.seasons.rules.board import Board
from booking.seasons.rules.ground import Ground, ground_of
from booking.seasons.rules.instance import Instance, Slot, Timetable
from booking.seasons.rules.measures import STEP, measure, vector
from booking.seasons.rules.solver import model, neighbourhood
from booking.seasons.rules.solver.bound import Relaxed
from booking.seasons.rules.solver.goal import Goal, Row
from booking.seasons.rules.solver.values import Budget, Progress

#: Of the budget, one after the other: that nobody is without a minimum, coverage class by class, hours in all; the
#: rest is for best times and last season's places. What a stage leaves over is the next one's.
_FOR_LEAST, _FOR_COVERAGE, _FOR_HOURS = 0.3, 0.5, 0.85
#: Of a class's part, where the rules want most hours after the worst-off: for the worst-off.
_FOR_WORST = 0.5
#: Wishes laid open in a round.
_FIRST_SIZE, _LEAST_SIZE, _MOST_SIZE = 20, 8, 48
#: Units that the search of one round may take, and what a round costs beside it.
_ROUND, _ROUND_COST = 0.5, 0.1
#: Of the rounds for hours: how many lay one weekday open for everybody, and units that one of them may take.
_DAYS, _DAY_ROUND = 0.25, 3.0
#: Units for solving a linear programme, for each of its variables.
_PROGRAMME = 3e-5
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
        relaxed = Relaxed(self.ground, tuple(slot for slot in self.best if slot.locked))
        floors: dict[Row, int] = {}
        most_hours = self.ground.rules.after_worst == "most_hours"
        for number, tier in enumerate(tiers):
            targets = relaxed.targets(tier, floors)
            self.units += 3 * _PROGRAMME * relaxed.size
            if number == 0:
                self.bound = relaxed.bound(tier, floors, targets)
                self.units += 2 * _PROGRAMME * relaxed.size
                self._told("bound")
                self._least(tier)
            # Hours come at once, or after the levels of all classes: as the rules have it.
            whole = self.budget.units / len(tiers) * (_FOR_HOURS if most_hours else _FOR_COVERAGE)
            if most_hours:
                self._raise(tier, targets, whole * (number + _FOR_WORST))
                self._most_hours(tier, whole * (number + 1))
            else:
                self._raise(tier, targets, whole * (number + 1))
            self.board = Board(self.ground, self.best)
            goal = Goal(self.ground, tier, 0)
            floors |= {row: goal.counted(self.board, row) for row in goal.rows if row[1] == tier}
            if not self.going:
                return
        for number, tier in enumerate(() if most_hours else tiers, 1):
            part = _FOR_COVERAGE + (_FOR_HOURS - _FOR_COVERAGE) * number / len(tiers)
            self._most_hours(tier, self.budget.units * part)
        self.board = Board(self.ground, self.best)
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
        only_worst = self.ground.rules.after_worst == "most_hours"
        goal = Goal(self.ground, tier, 0)
        while self.going and self.units < limit and idle < _PATIENCE:
            levels = {row: goal.percent(self.board, row) // STEP for row in goal.rows if row[1] == tier}
            able = {row: at for row, at in levels.items() if at < int(targets.get(row, 1.0) * 100 + 1e-6) // STEP}
            if not able or (only_worst and min(levels.values()) < min(able.values())):
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

    def _least(self, tier: int) -> None:
        """Hours for teams that have less than the rules guarantee them."""
        shares, idle = self.ground.shares, 0
        goal = Goal(self.ground, tier, 0)
        while self.going and self.units < self.budget.units * _FOR_LEAST and idle < _PATIENCE:
            short = sorted(key for key, one in shares.pools.items() if self.board.minutes[key] < one.least_claim)
            if not short:
                break
            key = self.rng.choice(short)
            first = frozenset(shares.pools[key].wishes)
            row = goal.row_of[key]
            wishes = neighbourhood.around(self.board, goal, row, self.size, self.rng, first=first)
            idle = 0 if self._round(goal, wishes) else idle + 1
            self._told("least")

    def _most_hours(self, tier: int, limit: float) -> None:
        """Hours that count in a class. What comes before them in the order of the rules stays."""
        self.board = Board(self.ground, self.best)
        idle, goal = 0, self._for_hours(tier)
        while self.going and self.units < limit and idle < _PATIENCE:
            if self.rng.random() < _DAYS:
                wishes, weekday = neighbourhood.on_a_day(self.board, self.rng)
            else:
                wishes, weekday = neighbourhood.for_hours(self.board, goal, self.size, self.rng), None
            if not wishes:
                break
            if self._round(goal, wishes, weekday=weekday):
                idle, goal = 0, self._for_hours(tier)
            else:
                idle += 1
            self._told("hours")

    def _for_hours(self, tier: int) -> Goal:
        """Every minute of a class worth the same, with floors: of earlier classes their hours, else the levels."""
        pools, goal = self.ground.shares.pools, Goal(self.ground, tier, 0)
        most_hours = self.ground.rules.after_worst == "most_hours"
        common, floors = goal.worst(self.board) // STEP * STEP, {}
        for row, claim in goal.claims.items():
            own = goal.percent(self.board, row) // STEP * STEP
            level = own if not most_hours else common if row[1] == tier else 0
            floors[row] = goal.counted(self.board, row) if row[1] < tier else -(-level * claim // 100)
        teams = {}
        for key in () if most_hours else goal.row_of:
            percent = min(self.board.minutes[key], pools[key].claim) * 100 // pools[key].claim // STEP * STEP
            teams[key] = -(-percent * pools[key].claim // 100)
        return Goal(self.ground, tier, 0, floors=floors, teams=teams)

    def _settle(self, goal: Goal) -> None:
        """Best times, then last season's places; nobody loses minutes that count."""
        idle = 0
        while self.going and self.units < self.budget.units and idle < _PATIENCE:
            wishes = neighbourhood.for_best_times(self.board, self.size, self.rng)
            if not wishes:
                break
            idle = 0 if self._round(goal, wishes, keep=True) else idle + 1
            self._told("times")

    def _round(self, goal: Goal, wishes: list[int], *, keep: bool = False, weekday: int | None = None) -> bool:
        """Whether the best timetable so far became better. ``weekday``: sessions of other days stay or go."""
        pools = self.ground.shares.pool_of
        rows = sorted({goal.row_of[pools[one]] for one in wishes if pools[one] in goal.row_of})
        before = goal.worth_of(self.board, rows)
        units = min(_ROUND if weekday is None else _DAY_ROUND, max(0.1, self.budget.units - self.units))
        found = model.solve(
            self.board, goal, wishes, seed=self.instance.seed + self.rounds, units=units, keep=keep, weekday=weekday
        )
        self.rounds += 1
        self.units += _ROUND_COST + (found.units if found else units)
        if weekday is None:  # a day is as large as it is
            proven = found is not None and found.proven
            self.size = min(_MOST_SIZE, self.size + 1) if proven else max(_LEAST_SIZE, self.size - 2)
        if found is None:
            return False
        out = [slot for one in wishes for slot in self.board.slots[one] if not slot.locked]
        out += [was for was, _now in found.moved]
        into = [*found.slots, *(now for _was, now in found.moved)]
        self._replace(out, into)
        if not keep and goal.worth_of(self.board, rows) < before:
            self._replace(into, out)
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

    def _replace(self, out: list[Slot], into: list[Slot]) -> None:
        for slot in out:
            self.board.take(slot)
        for slot in into:
            self.board.put(slot)
