"""What no timetable can beat: a linear programme over steps of the grid, solved by GLOP.

A variable for each wish, place and step, at most one wish on a cell at a step. That a session is one piece, and whole,
is left out; measured, the programme over whole options has the same optimum and takes ten times as long (decision 039).
It is made once for an instance, and asked for one class after the other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ortools.linear_solver.python import model_builder

from booking.seasons.rules.entitlement import Pool, PoolKey
from booking.seasons.rules.ground import Ground
from booking.seasons.rules.instance import Slot, Timetable
from booking.seasons.rules.measures import STEP
from booking.seasons.rules.solver.goal import Row

_sum = model_builder.LinearExpr.sum
#: GLOP's tolerance is 1e-7; nobody is told a bound that is off by rounding.
_SLACK = 1e-6


class Relaxed:
    """The relaxed round. ``fixed``: slots that stay."""

    def __init__(self, ground: Ground, fixed: Timetable = ()) -> None:
        self.ground, self.model = ground, model_builder.Model()  # type: ignore[no-untyped-call]
        self.rows: dict[Row, list[Pool]] = defaultdict(list)
        self.locked: dict[PoolKey, int] = defaultdict(int)
        self.size = 0
        for slot in fixed:
            if slot.wish in ground.shares.pool_of:
                self.locked[ground.shares.pool_of[slot.wish]] += slot.minutes
        self.counted: dict[PoolKey, Any] = {}
        for pool in ground.shares.pools.values():
            if pool.claim:
                self.rows[pool.organisation, pool.tier].append(pool)
                self.counted[pool.key] = self.model.new_num_var(0, pool.claim, "")
        self._steps(fixed)
        self.claims = {row: sum(one.claim for one in pools) for row, pools in self.rows.items()}
        self.level = self.model.new_num_var(0, 1, "")
        self.floors: dict[Row, Any] = {}
        self.shared: dict[Row, Any] = {}
        for row, pools in self.rows.items():
            total = _sum([self.counted[one.key] for one in pools])
            self.floors[row] = self.model.add(total >= 0)
            self.shared[row] = self.model.add(total - self.level * self.claims[row] >= -self.claims[row])

    def _steps(self, fixed: Timetable) -> None:
        ground, model = self.ground, self.model
        taken: dict[int, int] = defaultdict(int)
        have: dict[int, list[Slot]] = defaultdict(list)
        for slot in fixed:
            have[slot.wish].append(slot)
            for cell in ground.instance.place[slot.place].cells:
                taken[cell] |= ground.touched(slot.weekday, slot.start, slot.end)
        on: dict[tuple[int, int], list[Any]] = defaultdict(list)
        by_pool: dict[PoolKey, list[Any]] = defaultdict(list)
        for wish in ground.instance.wishes:
            if wish.key not in ground.shares.pool_of:
                continue
            lengths = ground.lengths(wish)
            sessions = max(wish.sessions_wanted, wish.sessions_min) - len(have[wish.key])
            if not lengths or sessions <= 0:
                continue
            days: dict[int, list[Any]] = defaultdict(list)
            at: dict[int, list[Any]] = defaultdict(list)
            mine: list[Any] = []
            for key in wish.places:
                place = ground.instance.place.get(key)
                if place is None:
                    continue
                mask = ground.allowed(wish, place)
                for cell in place.cells:
                    mask &= ~taken[cell]
                runs, reach = ground.starts(mask, lengths[0]), 0
                for back in range(lengths[0]):
                    reach |= runs << back
                while reach:
                    low = reach & -reach
                    reach ^= low
                    bit = low.bit_length() - 1
                    step = model.new_num_var(0, 1, "")
                    mine.append(step)
                    days[bit // ground.stride].append(step)
                    at[bit].append(step)
                    for cell in place.cells:
                        on[cell, bit].append(step)
            if not mine:
                continue
            self.size += len(mine)
            for some in days.values():
                model.add(_sum(some) <= lengths[-1])
            for some in at.values():
                if len(some) > 1:
                    model.add(_sum(some) <= 1)
            model.add(_sum(mine) <= sessions * lengths[-1])
            by_pool[ground.shares.pool_of[wish.key]] += mine
        for some in on.values():
            if len(some) > 1:
                model.add(_sum(some) <= 1)
        for pool, given in self.counted.items():
            model.add(given - _sum(by_pool[pool]) * ground.grid <= self.locked[pool])

    def _solve(self) -> Any | None:
        solver = model_builder.Solver("glop")
        status = solver.solve(self.model)
        return solver if status == model_builder.SolveStatus.OPTIMAL else None

    def targets(self, tier: int, floors: dict[Row, int], *, rounds: int = 3) -> dict[Row, float]:
        """What each organisation of a class could have at most when nobody who has less is made worse off.

        Row by row as the rules say: the highest level for all; who can't go beyond it stays there, and the others are
        raised. ``floors``: minutes that rows of earlier classes keep. The lowest value is the bound of the class.
        After ``rounds`` the rest are left open, at 1.
        """
        open_rows = [row for row in self.rows if row[1] == tier]
        for row, minutes in floors.items():
            self.floors[row].lower_bound = minutes - _SLACK
        found: dict[Row, float] = {}
        for _round in range(rounds):
            if not open_rows:
                break
            for row in open_rows:
                self.shared[row].lower_bound = 0.0
            self.model.maximize(self.level)
            solver = self._solve()
            for row in open_rows:
                self.shared[row].lower_bound = -self.claims[row]
            if solver is None:
                break
            level = min(1.0, solver.objective_value)
            tight = [row for row in open_rows if abs(solver.dual_value(self.shared[row])) > 1e-9]
            if not tight or level >= 1 - _SLACK:
                tight = open_rows
            for row in tight:
                found[row] = level
                self.floors[row].lower_bound = level * self.claims[row] - _SLACK
            open_rows = [row for row in open_rows if row not in found]
        for row in open_rows:
            found[row] = 1.0
        for row in self.rows:
            self.floors[row].lower_bound = 0.0
        return found

    def possible(self, needs: dict[Row, int]) -> bool:
        """Whether rows can have so many minutes all together. ``False`` is proof, ``True`` isn't."""
        return self.most(needs) is not None

    def most(self, needs: dict[Row, int]) -> int | None:
        """The most minutes that can count in all when rows have what they need; ``None`` if they can't."""
        for row, minutes in needs.items():
            self.floors[row].lower_bound = minutes - _SLACK
        self.model.maximize(_sum(list(self.counted.values())))
        solver = self._solve()
        for row in needs:
            self.floors[row].lower_bound = 0.0
        return None if solver is None else int(solver.objective_value + 0.5)

    def bound(self, tier: int, floors: dict[Row, int], targets: dict[Row, float], *, tries: int = 3) -> int:
        """Whole per cent that the worst-off organisation of a class can't go beyond.

        The level of ``targets``, lowered while no timetable of whole sessions can have every organisation there.
        """
        level = min((targets[row] for row in targets if row[1] == tier), default=1.0)
        most = int(level * 100 + _SLACK)
        if not tries:
            return most
        reachable = {row: self.reachable(row) for row in targets if row[1] == tier}
        lowest = max(0, most // STEP - tries)
        for step in range(most // STEP, lowest, -1):
            needs = dict(floors)
            for row, sums in reachable.items():
                wanted = -(-step * STEP * self.claims[row] // 100)
                needs[row] = min((one for one in sums if one >= wanted), default=-1)
            if all(minutes >= 0 for minutes in needs.values()) and self.possible(needs):
                return min(most, step * STEP + STEP - 1)
        return min(most, lowest * STEP + STEP - 1)

    def reachable(self, row: Row) -> set[int]:
        """Minutes that can count for an organisation, of whole sessions."""
        sums = {0}
        for pool in self.rows[row]:
            mine = {self.locked[pool.key]}
            for key in pool.wishes:
                wish = self.ground.instance.wish[key]
                lengths = self.ground.lengths(wish)
                most = max(wish.sessions_wanted, wish.sessions_min)
                given = {0} | {
                    steps * self.ground.grid
                    for count in range(1, most + 1)
                    for steps in range(count * lengths.start, count * (lengths.stop - 1) + 1)
                }
                mine = {one + other for one in mine for other in given}
            mine = {min(one, pool.claim) for one in mine}
            sums = {one + other for one in sums for other in mine}
        return sums
