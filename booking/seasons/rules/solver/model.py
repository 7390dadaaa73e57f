"""One round: some wishes laid open, everybody else where they are, solved by CP-SAT.

A boolean for each option (place, weekday, start, length) that the rules and the others leave; at most one of those
that cover a cell at a step, of those of a wish on a day, and of what must be apart. Why booleans:
decision 039. Parts of a hall that nothing tells apart (``Ground.alike``) are one place with room for several, unless
it matters which: a third of the booleans, and no time spent on the same timetable with courts exchanged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from booking.seasons.rules.board import Board
from booking.seasons.rules.entitlement import PoolKey
from booking.seasons.rules.ground import Option
from booking.seasons.rules.instance import Slot
from booking.seasons.rules.solver.goal import COUNTS, Goal, Row, Segment


@dataclass(frozen=True, slots=True)
class Found:
    """The slots of the open wishes, how much work it was, and whether nothing better exists for them.

    ``moved``: slots of other wishes that go to a part that is just like theirs, to make room: from, to.
    """

    slots: tuple[Slot, ...]
    units: float
    proven: bool
    moved: tuple[tuple[Slot, Slot], ...] = ()


def solve(
    board: Board,
    goal: Goal,
    wishes: list[int],
    *,
    seed: int,
    units: float,
    keep: bool = False,
    weekday: int | None = None,
) -> Found | None:
    """The best places for some wishes. The board has them as they are now (the first guess) and stays as it is.

    ``keep``: no team may lose minutes that count; what is raised is best times and last season's places.
    ``weekday``: options on that day only, beside those that a wish has.
    ``None`` when nothing was found within the units.
    """
    return _Round(board, goal, wishes, keep, weekday).solve(seed, units)


class _Round:
    def __init__(self, board: Board, goal: Goal, wishes: list[int], keep: bool, weekday: int | None = None) -> None:
        self.weekday = weekday
        self.board, self.goal, self.ground, self.keep = board, goal, board.ground, keep
        self.model = cp_model.CpModel()
        self.wishes = wishes
        self.before = {wish: [slot for slot in board.slots[wish] if not slot.locked] for wish in wishes}
        self.chosen: dict[int, list[tuple[Option, Any]]] = {}
        self.objective: list[Any] = []
        self.weights: list[int] = []
        for wish in wishes:
            for slot in self.before[wish]:
                board.take(slot)
        # Which part it is matters for last season's places, and a locked slot stays on its own.
        fixed = {slot.place for some in board.slots.values() for slot in some if slot.locked}
        alike = {} if keep else self.ground.alike
        self.alike = {key: some for key, some in alike.items() if not fixed & set(some)}
        try:
            self._options()
            self._caps()
            self._rows()
        finally:
            for wish in wishes:
                for slot in self.before[wish]:
                    board.put(slot)

    def _choices(self, wish: int) -> list[Option]:
        """What a wish could have; of parts that are alike only the first, where any has room."""
        board, ground = self.board, self.ground
        found = board.options(wish)
        one = ground.instance.wish[wish]
        firsts = sorted({self.alike[key][0] for key in one.places if key in self.alike})
        if not firsts or len(board.slots[wish]) >= max(one.sessions_wanted, one.sessions_min):
            return found
        found = [option for option in found if option[0] not in self.alike]
        every, more = board.able(wish), list[Option]()
        for first in firsts:
            mask = ground.allowed(one, ground.instance.place[first]) & every & self._some_room(first)
            for steps in ground.lengths(one):
                runs = ground.starts(mask, steps)
                while runs:
                    low = runs & -runs
                    weekday, start = divmod(low.bit_length() - 1, ground.stride)
                    more.append((first, weekday, start, steps))
                    runs ^= low
        return found + board.within_caps(wish, more)

    def _some_room(self, first: int) -> int:
        """Steps at which one of the parts that are alike is free."""
        found = 0
        for key in self.alike[first]:
            for cell in self.ground.instance.place[key].cells:
                found |= ~self.board.taken[cell]
        return found

    def _room(self, first: int, bit: int) -> int:
        """How many of the parts that are alike are free at a step."""
        cells = [cell for key in self.alike[first] for cell in self.ground.instance.place[key].cells]
        return sum(not self.board.taken[cell] >> bit & 1 for cell in cells)

    def _options(self) -> None:
        ground, model = self.ground, self.model
        taken: dict[tuple[int, int], list[Any]] = defaultdict(list)
        several: dict[tuple[int, int], list[tuple[Any, int]]] = defaultdict(list)
        group = {
            cell: some[0] for key, some in self.alike.items() for cell in ground.instance.place[key].cells
        }  # by cell: the first of the parts alike
        busy: dict[tuple[object, int], list[Any]] = defaultdict(list)
        shared: dict[object, int] = defaultdict(int)
        for wish in self.wishes:
            for name in ground.apart[wish]:
                shared[name] += 1
        for wish in self.wishes:
            one = ground.instance.wish[wish]
            best = ground.best(one)
            now = {self._alike_option(self._option(slot)) for slot in self.before[wish]}
            days: dict[int, list[Any]] = defaultdict(list)
            mine: list[tuple[Option, Any]] = []
            names = [name for name in ground.apart[wish] if shared[name] > 1]
            for option in self._choices(wish):
                place, weekday, first, steps = option
                if self.weekday not in (None, weekday) and option not in now:
                    continue
                boolean = model.new_bool_var("")
                model.add_hint(boolean, option in now)
                mine.append((option, boolean))
                days[weekday].append(boolean)
                at = weekday * ground.stride + first
                parts: dict[int, int] = defaultdict(int)
                for cell in ground.instance.place[place].cells:
                    if cell in group:
                        parts[group[cell]] += 1
                        continue
                    for bit in range(at, at + steps):
                        taken[cell, bit].append(boolean)
                for first_part, count in parts.items():
                    for bit in range(at, at + steps):
                        several[first_part, bit].append((boolean, count))
                for name in names:
                    for bit in range(at, at + steps):
                        busy[name, bit].append(boolean)
                liked = self.goal.best * (ground.mask(option) & best).bit_count() * ground.grid
                for old in one.last:
                    if self._alike_place(old.place) == place and old.weekday == weekday:
                        start = first * ground.grid
                        end = start + steps * ground.grid
                        liked += self.goal.last * max(0, min(old.end, end) - max(old.start, start))
                if liked:
                    self.objective.append(boolean)
                    self.weights.append(liked)
            self.chosen[wish] = mine
            for some in days.values():
                model.add_at_most_one(some)
            self._sessions(wish, [boolean for _option, boolean in mine])
        for (first_part, bit), uses in several.items():
            room = self._room(first_part, bit)
            if room == 1:
                taken[-first_part, bit] = [boolean for boolean, _count in uses]
            elif sum(count for _boolean, count in uses) > room:
                model.add(
                    cp_model.LinearExpr.weighted_sum(
                        [boolean for boolean, _count in uses], [count for _boolean, count in uses]
                    )
                    <= room
                )
        for some in (*taken.values(), *busy.values()):
            if len(some) > 1:
                model.add_at_most_one(some)

    def _sessions(self, wish: int, mine: list[Any]) -> None:
        one = self.ground.instance.wish[wish]
        have = len(self.board.slots[wish])
        most = max(one.sessions_wanted, one.sessions_min) - have
        if not mine:
            return
        if one.sessions_min - have > 1:
            some = self.model.new_bool_var("")
            self.model.add_hint(some, bool(self.before[wish]))
            total = cp_model.LinearExpr.sum(mine)
            self.model.add(total >= (one.sessions_min - have) * some)
            self.model.add(total <= most * some)
        else:
            self.model.add(cp_model.LinearExpr.sum(mine) <= most)

    def _option(self, slot: Slot) -> Option:
        grid = self.ground.grid
        return (slot.place, slot.weekday, slot.start // grid, slot.minutes // grid)

    def _alike_place(self, place: int) -> int:
        return self.alike[place][0] if place in self.alike else place

    def _alike_option(self, option: Option) -> Option:
        return (self._alike_place(option[0]), *option[1:])

    def _laid_out(self, slots: list[Slot]) -> tuple[list[Slot], list[tuple[Slot, Slot]]]:
        """Slots on parts that are alike, each on one of its own; and who sits there and must change."""
        ground = self.ground
        days: dict[tuple[int, int], list[tuple[Slot, bool]]] = defaultdict(list)
        found = []
        for slot in slots:
            if slot.place in self.alike:
                days[slot.place, slot.weekday].append((slot, True))
            else:
                found.append(slot)
        for wish, some in self.board.slots.items():
            kept = [] if wish in self.before else some
            for slot in kept:
                key = (self._alike_place(slot.place), slot.weekday)
                if key in days:
                    days[key].append((slot, False))
        moved = []
        for (first, _day), there in days.items():
            ends = dict.fromkeys(self.alike[first], 0)
            for slot, ours in sorted(there, key=lambda one: (one[0].start, one[1], one[0])):
                one = ground.instance.wish[slot.wish]
                last = {old.place for old in one.last if old.span.meets(slot.span)}
                free = [place for place, end in ends.items() if end <= slot.start // ground.grid]
                place = min(free, key=lambda at: ((at not in last) if ours else at != slot.place, at))
                ends[place] = -(-slot.end // ground.grid)
                laid = Slot(slot.wish, place, slot.weekday, slot.start, slot.end)
                if ours:
                    found.append(laid)
                elif place != slot.place:
                    moved.append((slot, laid))
        return found, moved

    def _caps(self) -> None:
        """The caps over all places, for teams and clubs with open wishes."""
        if not self.board.capped:
            return
        caps = self.ground.rules.caps
        teams: dict[object, list[tuple[Option, Any]]] = defaultdict(list)
        clubs: dict[object, list[tuple[Option, Any]]] = defaultdict(list)
        for wish, mine in self.chosen.items():
            teams[self.ground.team[wish]] += mine
            clubs[self.ground.instance.wish[wish].organisation] += mine
        for groups, day_most, week_most in (
            (teams, caps.team_minutes_day, caps.team_minutes_week),
            (clubs, caps.club_minutes_day, caps.club_minutes_week),
        ):
            for who, mine in groups.items():
                self._at_most(who, mine, day_most, week_most)
        if caps.team_days_week is not None:
            for who, mine in teams.items():
                self._days(who, mine, caps.team_days_week)

    def _at_most(self, who: object, mine: list[tuple[Option, Any]], day_most: int | None, most: int | None) -> None:
        if most is not None:
            self.model.add(self._minutes(mine) + self.board.week[who] <= max(most, self.board.week[who]))
        if day_most is not None:
            for day in range(7):
                some = [one for one in mine if one[0][1] == day]
                have = self.board.day[who, day]
                if some:
                    self.model.add(self._minutes(some) + have <= max(day_most, have))

    def _days(self, who: object, mine: list[tuple[Option, Any]], most: int) -> None:
        have = [day for day in range(7) if self.board.day[who, day]]
        used = []
        for day in range(7):
            some = [boolean for option, boolean in mine if option[1] == day]
            if day in have or not some:
                continue
            on = self.model.new_bool_var("")
            self.model.add(cp_model.LinearExpr.sum(some) <= len(some) * on)
            used.append(on)
        if used:
            self.model.add(cp_model.LinearExpr.sum(used) <= max(0, most - len(have)))

    def _minutes(self, mine: Iterable[tuple[Option, Any]]) -> Any:
        mine = list(mine)
        grid = self.ground.grid
        return cp_model.LinearExpr.weighted_sum(
            [boolean for _option, boolean in mine], [option[3] * grid for option, _boolean in mine]
        )

    def _rows(self) -> None:
        """What counts: by pool at most what it can claim, by organisation and class in segments of falling worth.

        What an organisation has of the first segment, and a team of its minimum, it keeps: a rule of the round, so
        that the worths that are left are near each other and the solver's gap means minutes.
        """
        pools, board, model = self.ground.shares.pools, self.board, self.model
        by_pool: dict[PoolKey, list[tuple[Option, Any]]] = defaultdict(list)
        for wish, mine in self.chosen.items():
            by_pool[self.ground.shares.pool_of[wish]] += mine
        rows: dict[Row, int] = defaultdict(int)
        counted: dict[PoolKey, Any] = {}
        for key, mine in by_pool.items():
            pool = pools[key]
            if not pool.claim:
                continue
            before = sum(slot.minutes for wish in pool.wishes for slot in self.before.get(wish, ()))
            had = min(pool.claim, before + board.minutes[key])
            given = counted[key] = model.new_int_var(0, pool.claim, "")
            model.add_hint(given, had)
            model.add(given <= self._minutes(mine) + board.minutes[key])
            rows[pool.organisation, pool.tier] += had
            if self.keep:
                model.add(given >= had)
            else:
                self._segment(given, had, self.goal.team_segments(key), keep=self.goal.team_keeps(key))
        for row, had in () if self.keep else rows.items():
            keys = self.goal.rows[row]
            fixed = sum(min(board.minutes[key], pools[key].claim) for key in keys if key not in counted)
            total = cp_model.LinearExpr.sum([counted[key] for key in keys if key in counted]) + fixed
            self._segment(total, had + fixed, self.goal.segments[row], keep=self.goal.keeps(row))

    def _segment(self, total: Any, had: int, segments: list[Segment], *, keep: int) -> None:
        """Worth of minutes, dearest first. Of the first ``keep`` minutes, those that it had stay."""
        floor = min(had, keep)
        if floor:
            self.model.add(total >= floor)
        parts, skip, left = [], floor, had - floor
        for one in segments:
            minutes, skip = max(0, one.minutes - skip), max(0, skip - one.minutes)
            if minutes:
                part = self.model.new_int_var(0, minutes, "")
                self.model.add_hint(part, min(left, minutes))
                left -= min(left, minutes)
                parts.append(part)
                self.objective.append(part)
                self.weights.append(one.worth * COUNTS)
        if parts:
            self.model.add(cp_model.LinearExpr.sum(parts) + floor <= total)

    def solve(self, seed: int, units: float) -> Found | None:
        self.model.maximize(cp_model.LinearExpr.weighted_sum(self.objective, self.weights))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = units
        solver.parameters.linearization_level = 2
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.relative_gap_limit = 1e-3
        status = solver.solve(self.model)
        used = solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        slots, moved = self._laid_out(
            [
                self.ground.slot(wish, option)
                for wish, mine in self.chosen.items()
                for option, boolean in mine
                if solver.boolean_value(boolean)
            ]
        )
        return Found(tuple(slots), used, status == cp_model.OPTIMAL, tuple(moved))
