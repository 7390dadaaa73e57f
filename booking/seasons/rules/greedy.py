"""Drafts without a solver: what officers do by hand, and a fairer way; both give the same result each time.

``by_priority`` takes wishes one after the other, by class, last season and the order in which they came, and gives
each what it can claim at the first place and best time that is free. ``fair`` gives the next hours to whoever has the
lowest coverage, at the time that others need least. ``fair`` is the method when the solver package is missing.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections.abc import Iterable

from booking.seasons.rules.board import Board, locked
from booking.seasons.rules.entitlement import Pool
from booking.seasons.rules.ground import Ground, Option, ground_of
from booking.seasons.rules.instance import Instance, Slot, Timetable, Wish


def lot(seed: int, number: int) -> str:
    """An organisation's lot: the smaller one is drawn first. SHA-256 of "seed:number", so that anybody can check it."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def by_priority(instance: Instance, *, start: Timetable = ()) -> Timetable:
    """By class, last season, and order of coming. Locked slots of ``start`` stay."""
    ground = ground_of(instance)
    board = Board(ground, locked(start))
    tiers = ground.shares.tiers
    order = sorted(
        (one for one in instance.wishes if one.key in tiers),
        key=lambda one: (tiers[one.key], not one.last, one.received, one.key),
    )
    for wish in order:
        _give_all(board, wish)
    return board.timetable()


def in_order(instance: Instance, *, start: Timetable = ()) -> Timetable:
    """For rules that serve in an order: who came first, or by lot, one session in each round."""
    ground = ground_of(instance)
    board = Board(ground, locked(start))
    able = [one for one in instance.wishes if one.key in ground.shares.tiers]
    if ground.rules.order == "received":
        for wish in sorted(able, key=lambda one: (one.received, one.key)):
            _give_all(board, wish)
        return board.timetable()
    queue = sorted(able, key=lambda one: (lot(ground.rules.seed, one.organisation), one.received, one.key))
    while True:
        served: set[int] = set()
        for wish in queue:
            if wish.organisation not in served and _give_next(board, wish, _by_liking):
                served.add(wish.organisation)
        if not served:
            return board.timetable()


def _give_all(board: Board, wish: Wish) -> None:
    while _give_next(board, wish, _by_liking):
        pass


def remaining(board: Board, wish: Wish) -> int:
    """Minutes that the wish's pool can still claim."""
    key = board.ground.shares.pool_of[wish.key]
    return board.ground.shares.pools[key].claim - board.minutes[key]


def _give_next(board: Board, wish: Wish, cost: object) -> bool:
    """One session more, or at first as many as the team can't do without. All or nothing."""
    assert callable(cost)  # noqa: S101 - for the type checker
    put: list[Slot] = []
    have = len(board.slots[wish.key])
    for number in range(max(1, wish.sessions_min - have)):
        left = remaining(board, wish)
        options = board.options(wish.key) if left > 0 or number else []
        if left <= 0 and have + number >= wish.sessions_min:
            options = []
        if not options:
            break
        sessions = max(1, max(wish.sessions_wanted, wish.sessions_min) - have - number)
        ideal = max(-(-left // sessions // board.ground.grid), board.ground.lengths(wish)[0])
        best = min(options, key=lambda one: (one[3] != ideal, abs(one[3] - ideal), cost(board, wish, one), one))
        slot = board.ground.slot(wish.key, best)
        board.put(slot)
        put.append(slot)
    if put and have + len(put) >= wish.sessions_min:
        return True
    for slot in put:
        board.take(slot)
    return False


def _by_liking(board: Board, wish: Wish, option: Option) -> tuple[object, ...]:
    """Last season's time, the first place, best times, early."""
    place, weekday, first, steps = option
    bits = board.ground.mask(option)
    good = (bits & board.ground.best(wish)).bit_count()
    return (-_as_last(board.ground, wish, option), wish.places.index(place), -good / steps, weekday, first)


def _as_last(ground: Ground, wish: Wish, option: Option) -> int:
    """Minutes of an option that the team had last season."""
    place, weekday, first, steps = option
    start, end = first * ground.grid, (first + steps) * ground.grid
    return sum(
        max(0, min(one.end, end) - max(one.start, start))
        for one in wish.last
        if one.place == place and one.weekday == weekday
    )


class Pressure:
    """How much others need each step of each place, summed up from the first step on."""

    def __init__(self, ground: Ground) -> None:
        size = 7 * ground.stride + 1
        cells: dict[int, list[float]] = {}
        for wish in sorted(ground.instance.wishes, key=lambda one: one.key):
            if wish.key in ground.shares.barred:
                continue
            masks = {
                key: ground.allowed(wish, ground.instance.place[key])
                for key in wish.places
                if key in ground.instance.place
            }
            count = sum(mask.bit_count() for mask in masks.values())
            if not count:
                continue
            each = ground.shares.wishes[wish.key].claim / count
            for key, mask in masks.items():
                for cell in ground.instance.place[key].cells:
                    row = cells.setdefault(cell, [0.0] * size)
                    rest = mask
                    while rest:
                        low = rest & -rest
                        row[low.bit_length() - 1] += each
                        rest ^= low
        self.stride = ground.stride
        self.sums: dict[int, list[float]] = {}
        for place in ground.instance.places:
            total, sums = 0.0, [0.0]
            for at in range(size):
                total += sum(cells[cell][at] for cell in sorted(place.cells) if cell in cells)
                sums.append(total)
            self.sums[place.key] = sums

    def of(self, option: Option) -> float:
        place, weekday, first, steps = option
        at = weekday * self.stride + first
        return self.sums[place][at + steps] - self.sums[place][at]


def pressure_of(ground: Ground) -> Pressure:
    """Worked out once for each ground."""
    kept = ground.__dict__.get("_pressure")
    if kept is None:
        kept = ground.__dict__["_pressure"] = Pressure(ground)
    assert isinstance(kept, Pressure)  # noqa: S101 - for the type checker
    return kept


def fair(instance: Instance, *, start: Timetable = ()) -> Timetable:
    """The next hours to whoever has the lowest coverage, class by class. Goes on from ``start``, moving nothing."""
    ground = ground_of(instance)
    board = Board(ground, start)
    shares, rules = ground.shares, ground.rules
    pressure = pressure_of(ground)

    def cost(board: Board, wish: Wish, option: Option) -> float:
        place, _weekday, _first, steps = option
        bits = ground.mask(option)
        bad = 1 - (bits & ground.best(wish)).bit_count() / steps
        kept = 0.0
        if rules.last_season != "none":
            kept = 0.15 * min(1.0, _as_last(ground, wish, option) / (steps * ground.grid))
        return pressure.of(option) * (1 + 0.2 * bad + 0.02 * wish.places.index(place) - kept)

    pools: dict[tuple[int, int], list[Pool]] = {}
    for pool in shares.pools.values():
        pools.setdefault((pool.tier, pool.organisation), []).append(pool)

    def level(some: Iterable[Pool]) -> float:
        some = list(some)
        claim = sum(one.claim for one in some)
        return sum(min(board.minutes[one.key], one.claim) for one in some) / claim if claim else 1.0

    def serve(some: list[Pool]) -> bool:
        for pool in sorted(some, key=lambda one: (level([one]), one.key)):
            if board.minutes[pool.key] >= pool.claim:
                continue
            for key in sorted(pool.wishes, key=lambda one: (len(board.slots[one]), one)):
                if _give_next(board, instance.wish[key], cost):
                    return True
        return False

    def tie(organisation: int) -> tuple[object, ...]:
        return tuple(_tie(ground, name, organisation) for name in rules.ties)

    ties = {one.key: (*tie(one.key), one.key) for one in instance.applicants}
    if rules.club_least:
        mine: dict[int, list[Pool]] = {}
        for pool in shares.pools.values():
            mine.setdefault(pool.organisation, []).append(pool)
        for organisation in sorted(mine, key=lambda one: (min(each.tier for each in mine[one]), ties[one])):
            some = sorted(mine[organisation], key=lambda one: (one.tier, one.key))
            while sum(min(board.minutes[one.key], one.claim) for one in some) < rules.club_least and serve(some):
                pass
    for tier in sorted({at for at, _org in pools}):
        queue = sorted(
            (level(some), ties[org], org) for (at, org), some in pools.items() if at == tier and level(some) < 1
        )
        while queue:
            _level, _tie_key, org = queue.pop(0)
            if serve(pools[tier, org]) and level(pools[tier, org]) < 1:
                insort(queue, (level(pools[tier, org]), ties[org], org))
    return board.timetable()


def _tie(ground: Ground, name: str, organisation: int) -> object:
    mine = [one for one in ground.instance.wishes if one.organisation == organisation]
    if name == "lottery":
        return lot(ground.rules.seed, organisation)
    if name == "received":
        return min((one.received for one in mine), default=0)
    if name == "last_season":
        return not any(one.last for one in mine)
    return 0


def fill(instance: Instance, timetable: Timetable) -> Timetable:
    """Hours left over: slots are made longer, then wishes that asked for more get more, first come, first served.

    Nobody who has less than they can claim stands behind somebody who has it all.
    """
    ground = ground_of(instance)
    board = Board(ground, timetable)
    able = [one for one in instance.wishes if one.key not in ground.shares.barred]
    order = sorted(able, key=lambda one: (remaining(board, one) <= 0, one.received, one.key))
    for wish in order:
        for slot in sorted(board.slots[wish.key]):
            _lengthen(board, wish, slot)
    for wish in order:
        while sum(one.minutes for one in board.slots[wish.key]) < wish.minutes_asked:
            if len(board.slots[wish.key]) + 1 < wish.sessions_min:
                break
            options = board.options(wish.key)
            if not options:
                break
            board.put(ground.slot(wish.key, min(options, key=lambda one: (-one[3], _by_liking(board, wish, one), one))))
    return board.timetable()


def _lengthen(board: Board, wish: Wish, slot: Slot) -> None:
    """The same hours and what is free before and after them, up to the length wanted."""
    grid = board.ground.grid
    if slot.locked or slot.minutes >= wish.minutes_wanted:
        return
    board.take(slot)
    most = board.ground.lengths(wish)[-1]
    found = [slot]
    for steps in range(slot.minutes // grid, most + 1):
        for first in range(max(0, slot.end // grid - steps), slot.start // grid + 1):
            longer = Slot(wish.key, slot.place, slot.weekday, first * grid, (first + steps) * grid)
            if board.fits(longer):
                found.append(longer)
    board.put(max(found, key=lambda one: (one.minutes, one.start)))
