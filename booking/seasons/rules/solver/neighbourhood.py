"""Which wishes a round lays open: somebody who is badly off, and those who sit where they could."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection

from booking.seasons.rules.board import Board
from booking.seasons.rules.solver.goal import Goal, Row

#: Wishes that one weekday is laid open for.
_DAY_SIZE = 300


def around(
    board: Board, goal: Goal, row: Row, size: int, rng: random.Random, *, first: Collection[int] = ()
) -> list[int]:
    """An organisation's wishes, and of the wishes that have hours it could use those that take most of them.

    ``first``: those of its wishes that must be among them.
    """
    shares = board.ground.shares
    mine = [wish for key in goal.rows[row] for wish in shares.pools[key].wishes]
    rng.shuffle(mine)
    # First those of teams that have less than they can claim.
    enough = {one: board.minutes[shares.pool_of[one]] >= shares.pools[shares.pool_of[one]].claim for one in mine}
    mine.sort(key=lambda one: (one not in first, enough[one]))
    mine = mine[: max(2, size // 3)]
    near = _in_the_way(board, _could_have(board, mine), set(mine), size - len(mine), rng)
    if rng.random() < 0.5:
        # They must go somewhere too: fewer of them, and those who sit where they could.
        near = near[: max(1, len(near) // 2)]
        near += _in_the_way(board, _could_have(board, near), {*mine, *near}, size - len(mine) - len(near), rng)
    return mine + near


def _could_have(board: Board, wishes: list[int]) -> dict[int, int]:
    """Steps by cell that some wishes could have if nobody were there."""
    ground, found = board.ground, defaultdict[int, int](int)
    for wish in wishes:
        one = ground.instance.wish[wish]
        for key in one.places:
            if key in ground.instance.place:
                for cell in ground.instance.place[key].cells:
                    found[cell] |= ground.allowed(one, ground.instance.place[key])
    return found


def in_halls(board: Board, size: int, rng: random.Random) -> list[int]:
    """Wishes in one hall, then in others that they could have, until there are enough."""
    instance = board.instance
    halls = sorted({one.hall for one in instance.places})
    hall = rng.choice(halls)
    inside: dict[int, list[int]] = defaultdict(list)
    for wish, slots in sorted(board.slots.items()):
        for each in {instance.place[slot.place].hall for slot in slots}:
            inside[each].append(wish)
    days = rng.sample(range(7), 7)
    found: dict[int, None] = {}
    queue, seen = [hall], {hall}
    while queue and len(found) < size:
        at = queue.pop(0)
        some = [one for one in inside[at] if one not in found]
        rng.shuffle(some)
        some.sort(key=lambda one: min(days.index(slot.weekday) for slot in board.slots[one]))
        for wish in some[: max(4, size - len(found))]:
            found[wish] = None
            for key in instance.wish[wish].places:
                near = instance.place[key].hall if key in instance.place else at
                if near not in seen:
                    seen.add(near)
                    queue.append(near)
    return list(found)[:size]


def for_hours(board: Board, goal: Goal, size: int, rng: random.Random) -> list[int]:
    """Wishes with less than they can claim that like the same hall, and those who sit where they could."""
    shares, instance = board.ground.shares, board.instance
    by_hall: dict[int, list[int]] = defaultdict(list)
    for wish in instance.wishes:
        pool = shares.pool_of.get(wish.key)
        if pool is None or shares.pools[pool].tier != goal.tier or board.minutes[pool] >= shares.pools[pool].claim:
            continue
        for hall in {instance.place[key].hall for key in wish.places if key in instance.place}:
            by_hall[hall].append(wish.key)
    if not by_hall:
        return []
    halls = sorted(by_hall)
    hall = rng.choices(halls, [len(by_hall[one]) for one in halls])[0]
    mine = by_hall[hall]
    rng.shuffle(mine)
    mine = mine[: max(2, size // 3)]
    near = _in_the_way(board, _could_have(board, mine), set(mine), (size - len(mine)) // 2, rng)
    far = _in_the_way(board, _could_have(board, near), {*mine, *near}, size - len(mine) - len(near), rng)
    return mine + near + far


def on_a_day(board: Board, rng: random.Random) -> tuple[list[int], int]:
    """Wishes that could have hours on a weekday, and that day: all of a town, of a city those around one hall.

    Where no hour is left over, hours in all grow only if somebody with a whole hall has half an hour less while
    others, one on each part, have it more: many sessions of one day have to move at once.
    """
    instance = board.instance
    by_hall: dict[int, set[int]] = defaultdict(set)
    near: dict[int, set[int]] = defaultdict(set)
    for wish in instance.wishes:
        halls = {instance.place[key].hall for key in wish.places if key in instance.place}
        if wish.key in board.ground.shares.pool_of:
            for hall in halls:
                by_hall[hall].add(wish.key)
                near[hall] |= halls
    days = sorted({span.weekday for place in instance.places for span in place.open})
    if not by_hall or not days:
        return [], 0
    queue = [rng.choice(sorted(by_hall))]
    found: set[int] = set()
    for hall in queue:
        if len(found | by_hall[hall]) > _DAY_SIZE and found:
            break
        found |= by_hall[hall]
        more = sorted(near[hall] - set(queue))
        rng.shuffle(more)
        queue += more
    return sorted(found), rng.choice(days)


def for_best_times(board: Board, size: int, rng: random.Random) -> list[int]:
    """A few wishes with hours at other than their best times, and those who sit at these."""
    ground = board.ground
    off = [
        wish
        for wish, slots in sorted(board.slots.items())
        if any(
            not slot.locked
            and ground.touched(slot.weekday, slot.start, slot.end) & ~ground.best(ground.instance.wish[wish])
            for slot in slots
        )
    ]
    if not off:
        return []
    mine = rng.sample(off, min(len(off), 2))
    wanted: dict[int, int] = defaultdict(int)
    for wish in mine:
        one = ground.instance.wish[wish]
        for key in one.places:
            if key in ground.instance.place:
                bits = ground.allowed(one, ground.instance.place[key]) & ground.best(one)
                for cell in ground.instance.place[key].cells:
                    wanted[cell] |= bits
    return mine + _in_the_way(board, wanted, set(mine), size - len(mine), rng)


def _in_the_way(board: Board, wanted: dict[int, int], but: set[int], count: int, rng: random.Random) -> list[int]:
    if count <= 0:
        return []
    found: dict[int, float] = {}
    for wish, slots in sorted(board.slots.items()):
        if wish in but:
            continue
        taken = 0
        for slot in slots:
            if slot.locked:
                continue
            bits = board.ground.touched(slot.weekday, slot.start, slot.end)
            taken += sum((wanted.get(cell, 0) & bits).bit_count() for cell in board.instance.place[slot.place].cells)
        if taken:
            found[wish] = taken * rng.random()
    return sorted(found, key=lambda one: (-found[one], one))[:count]
