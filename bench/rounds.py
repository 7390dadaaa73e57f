"""Rounds of a town's and a city's shape, made from a seed: halls of one to three courts, clubs, wishes."""

from __future__ import annotations

import random
from dataclasses import dataclass

from booking.seasons.rules.instance import Applicant, Instance, Place, Slot, Span, Wish

_EVENINGS = tuple(Span(day, 16 * 60, 22 * 60) for day in range(5))
_WEEKEND = (Span(5, 10 * 60, 18 * 60), Span(6, 12 * 60, 20 * 60))
#: Ages, and how often they come.
_AGES = (((6, 9), 20), ((10, 12), 25), ((13, 15), 20), ((16, 19), 15), ((20, None), 20))


@dataclass(frozen=True)
class Shape:
    halls: int
    clubs: int
    wishes: int


TOWN = Shape(12, 80, 250)
CITY = Shape(100, 800, 2500)


def make(
    shape: Shape, seed: int, *, preset: str = "weights_coverage", grid: int = 30, weekend: bool = False
) -> Instance:
    """The same for the same arguments. Demand is well above what there is, more so at the halls that all like."""
    rng = random.Random(f"{shape} {seed}")  # noqa: S311 - a made-up town, no secret
    places: list[Place] = []
    halls: list[tuple[int, list[int]]] = []
    cell = 0
    for number in range(shape.halls):
        courts = rng.choice((1, 2, 2, 3))
        cells = list(range(cell, cell + courts))
        cell += courts
        whole = len(places) + 1
        hours = _EVENINGS + (_WEEKEND if weekend else ())
        places.append(Place(whole, f"Hall {number + 1}", whole, frozenset(cells), hours))
        parts = [whole]
        if courts > 1:
            for each in cells:
                key = len(places) + 1
                places.append(
                    Place(key, f"Hall {number + 1} {'ABC'[each - cells[0]]}", whole, frozenset({each}), hours)
                )
                parts.append(key)
        halls.append((whole, parts))
    members: dict[int, dict[str, int]] = {}
    sizes = [1] * shape.clubs
    for _ in range(shape.wishes - shape.clubs):
        sizes[min(int(rng.expovariate(3.0) * shape.clubs), shape.clubs - 1)] += 1
    # A club with many teams knows more halls.
    counts = [min(shape.halls, max(rng.choice((1, 2, 2, 3)), 1 + size // 3)) for size in sizes]
    homes = [rng.sample(range(shape.halls), count) for count in counts]
    owners = [club for club, size in enumerate(sizes) for _ in range(size)]
    rng.shuffle(owners)
    wishes: list[Wish] = []
    for number, club in enumerate(owners, 1):
        (low, high) = rng.choices([one for one, _ in _AGES], [count for _, count in _AGES])[0]
        whole_wanted = rng.random() < (0.45 if low >= 13 else 0.15)
        mine: list[int] = []
        for hall in homes[club]:
            whole, parts = halls[hall]
            mine += [whole] if whole_wanted or len(parts) == 1 else parts[1:]
        length = rng.choice((60, 90, 90)) if low < 13 else rng.choice((90, 90, 120))
        sessions = rng.choice((1, 2, 2)) if low < 13 or low >= 20 else rng.choice((2, 2, 3))
        heads = rng.randint(8, 24)
        band = "children" if low < 13 else "youth" if low < 20 else "adults"
        members.setdefault(club + 1, {})
        members[club + 1][band] = members[club + 1].get(band, 0) + heads
        early = 16 * 60 if low < 13 else 17 * 60 if low < 20 else 19 * 60
        best = tuple(Span(day, early, early + 180) for day in sorted(rng.sample(range(5), 3)))
        never = rng.sample(range(5), rng.choice((0, 0, 1, 2)))
        last: tuple[Slot, ...] = ()
        if rng.random() < 0.6:
            at = early + 30 * rng.randint(0, 3)
            last = (
                Slot(number, rng.choice(mine), rng.choice([d for d in range(5) if d not in never]), at, at + length),
            )
        wishes.append(
            Wish(
                number, club + 1, f"Team {number}", activity="handball", age_from=low, age_to=high, heads=heads,
                sessions_min=1, sessions_wanted=sessions, minutes_min=min(60, length), minutes_wanted=length,
                places=tuple(mine), best=best, impossible=tuple(Span(day, 0, 1440) for day in sorted(never)),
                apart=frozenset({f"coach {rng.randint(1, 3)}"}) if rng.random() < 0.2 else frozenset(),
                last=last, received=number, indoor=rng.random() < 0.8,
            )
        )  # fmt: skip
    applicants = tuple(
        Applicant(club, f"Club {club}", members=members.get(club, {})) for club in range(1, shape.clubs + 1)
    )
    rules: dict[str, object] = {"preset": preset}
    if preset == "weights_coverage":
        shares = {"children": 180, "youth": 240, "adults": 180}
        rules["shares"] = {band: {"least": 60, "standard": minutes} for band, minutes in shares.items()}
    return Instance(tuple(places), applicants, tuple(wishes), rules, grid, seed)
