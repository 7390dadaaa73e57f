"""What no timetable can beat: a linear programme over the steps of the grid, solved by GLOP.

How much of the steps of a day a wish has at a place, and at each step no more cells than there are. That a session is
one piece, and whole, is left out; the programme over whole options had the same optimum (decision 039). Steps of a hall
that all wishes may use or not use alike are one class, and parts of a hall that all wishes name alike are one place
with room for several: any solution can be spread evenly over them, so nothing is lost, and a city's programme is solved
in seconds. That a team isn't in two halls at one step is left out too; what it can have in a day isn't.
It is made once for an instance, and asked for one class of wishes after the other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ortools.linear_solver.python import model_builder

from booking.seasons.rules.entitlement import Pool, PoolKey
from booking.seasons.rules.ground import Ground
from booking.seasons.rules.instance import Timetable, Wish
from booking.seasons.rules.measures import STEP
from booking.seasons.rules.solver.goal import Row

_sum = model_builder.LinearExpr.sum
_weighted = model_builder.LinearExpr.weighted_sum
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
        have: dict[int, int] = defaultdict(int)
        for slot in fixed:
            have[slot.wish] += 1
            for cell in ground.instance.place[slot.place].cells:
                taken[cell] |= ground.touched(slot.weekday, slot.start, slot.end)
        reach = {
            wish.key: self._reach(wish, taken)
            for wish in ground.instance.wishes
            if wish.key in ground.shares.pool_of and max(wish.sessions_wanted, wish.sessions_min) > have[wish.key]
        }
        reach = {key: masks for key, masks in reach.items() if masks}
        halls = _Halls(ground, reach)
        by_pool: dict[PoolKey, list[Any]] = defaultdict(list)
        on: dict[tuple[int, int, int], list[tuple[Any, int]]] = defaultdict(list)  # hall, kind of part, class of steps
        for key, masks in reach.items():
            wish = ground.instance.wish[key]
            most = ground.lengths(wish)[-1]
            sessions = max(wish.sessions_wanted, wish.sessions_min) - have[key]
            days: dict[int, list[Any]] = defaultdict(list)
            at: dict[tuple[int, int], list[Any]] = defaultdict(list)  # hall, class of steps
            # Parts that nothing tells apart are one place with room for several.
            alike = {(ground.instance.place[place].hall, halls.kinds(place), mask) for place, mask in masks.items()}
            for hall, kinds, mask in sorted(alike):
                for number, steps in enumerate(halls.classes[hall]):
                    if not steps & mask:
                        continue
                    count = steps.bit_count()
                    given = model.new_num_var(0, min(count, most), "")
                    days[(steps.bit_length() - 1) // ground.stride].append(given)
                    at[hall, number].append(given)
                    for kind, cells in kinds:
                        on[hall, kind, number].append((given, cells))
            mine = [one for parts in days.values() for one in parts]
            if not mine:
                continue
            self.size += len(mine)
            for parts in days.values():
                if len(parts) > 1:
                    model.add(_sum(parts) <= most)
            for (hall, number), parts in at.items():
                if len(parts) > 1:
                    model.add(_sum(parts) <= halls.classes[hall][number].bit_count())
            model.add(_sum(mine) <= sessions * most)
            by_pool[ground.shares.pool_of[key]] += mine
        for (hall, kind, number), uses in on.items():
            room = halls.sizes[hall, kind] * halls.classes[hall][number].bit_count()
            model.add(_weighted([one for one, _cells in uses], [cells for _one, cells in uses]) <= room)
        for pool, given in self.counted.items():
            model.add(given - _sum(by_pool[pool]) * ground.grid <= self.locked[pool])

    def _reach(self, wish: Wish, taken: dict[int, int]) -> dict[int, int]:
        """By place: steps that some session of the wish could cover."""
        ground, found = self.ground, {}
        lengths = ground.lengths(wish)
        for key in wish.places if lengths else ():
            place = ground.instance.place.get(key)
            if place is None:
                continue
            mask = ground.allowed(wish, place)
            for cell in place.cells:
                mask &= ~taken[cell]
            runs, reach = ground.starts(mask, lengths[0]), 0
            for back in range(lengths[0]):
                reach |= runs << back
            if reach:
                found[key] = reach
        return found

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

    def most(self, needs: dict[Row, int], *, teams: dict[PoolKey, int] | None = None) -> int | None:
        """The most minutes that can count in all when rows (and teams) have what they need; ``None`` if they can't."""
        for row, minutes in needs.items():
            self.floors[row].lower_bound = minutes - _SLACK
        for key, minutes in (teams or {}).items():
            self.counted[key].lower_bound = minutes
        self.model.maximize(_sum(list(self.counted.values())))
        solver = self._solve()
        for row in needs:
            self.floors[row].lower_bound = 0.0
        for key in teams or {}:
            self.counted[key].lower_bound = 0.0
        return None if solver is None else int(solver.objective_value + 0.5)

    def needs(self, levels: dict[Row, int]) -> dict[Row, int] | None:
        """The fewest minutes of whole sessions that bring rows to so many steps; ``None`` where no sessions do."""
        found = {}
        for row, level in levels.items():
            wanted = -(-level * STEP * self.claims[row] // 100)
            able = [one for one in self.reachable(row) if one >= wanted]
            if not able:
                return None
            found[row] = min(able)
        return found

    def bound(self, tier: int, floors: dict[Row, int], targets: dict[Row, float], *, tries: int = 3) -> int:
        """Whole per cent that the worst-off organisation of a class can't go beyond.

        The level of ``targets``, lowered while no timetable of whole sessions can have every organisation there.
        """
        level = min((targets[row] for row in targets if row[1] == tier), default=1.0)
        most = int(level * 100 + _SLACK)
        if not tries:
            return most
        lowest = max(0, most // STEP - tries)
        for step in range(most // STEP, lowest, -1):
            needs = self.needs({row: step for row in targets if row[1] == tier})
            if needs is not None and self.possible(floors | needs):
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


#: Of a place: how many cells of each kind it takes.
Kinds = tuple[tuple[int, int], ...]


class _Halls:
    """Steps and cells of each hall that no wish tells apart. ``reach``: steps by wish and place."""

    def __init__(self, ground: Ground, reach: dict[int, dict[int, int]]) -> None:
        places = ground.instance.place
        self.classes: dict[int, list[int]] = {}  # by hall: steps of one day that go together, as bits
        self.sizes: dict[tuple[int, int], int] = {}  # cells by hall and kind
        self._kind: dict[int, int] = {}  # of a cell
        self._cells = {key: place.cells for key, place in places.items()}
        self._kinds: dict[int, Kinds] = {}
        masks: dict[int, set[int]] = defaultdict(set)
        alone: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by cell: wish, steps there alone
        for wish, by_place in reach.items():
            for key, mask in by_place.items():
                masks[places[key].hall].add(mask)
                if len(places[key].cells) == 1:
                    alone[next(iter(places[key].cells))].append((wish, mask))
        inside: dict[int, list[int]] = defaultdict(list)
        cells: dict[int, set[int]] = defaultdict(set)
        for key, place in sorted(places.items()):
            cells[place.hall] |= place.cells
            for cell in place.cells if len(place.cells) > 1 else ():
                inside[cell].append(key)
        for hall, some in cells.items():
            kinds: dict[object, list[int]] = defaultdict(list)
            for cell in sorted(some):
                kinds[tuple(inside[cell]), tuple(sorted(alone[cell]))].append(cell)
            for number, alike in enumerate(kinds.values()):
                self.sizes[hall, number] = len(alike)
                for cell in alike:
                    self._kind[cell] = number
            classes = [ground.bits(day, 0, ground.steps) for day in range(7)]
            for mask in sorted(masks[hall]):
                classes = [part for one in classes for part in (one & mask, one & ~mask) if part]
            self.classes[hall] = classes

    def kinds(self, place: int) -> Kinds:
        if place not in self._kinds:
            count: dict[int, int] = defaultdict(int)
            for cell in self._cells[place]:
                count[self._kind[cell]] += 1
            self._kinds[place] = tuple(sorted(count.items()))
        return self._kinds[place]
