"""Drafts of a season on made-up rounds of a town's and a city's shape, beside what officers do by hand.

Time is CPU time of this process, so that a busy machine doesn't matter; the work itself is limited in units. No
database: ``.venv/bin/python -m bench.seasons town 1,2,3 60``, and ``most_hours`` after it for
rules that want most hours after the worst-off.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

from bench.rounds import CITY, TOWN, Shape, make
from booking.seasons.rules import greedy
from booking.seasons.rules.ground import ground_of
from booking.seasons.rules.instance import Instance
from booking.seasons.rules.measures import STEP, Measured, measure
from booking.seasons.rules.presets import AFTER_WORST
from booking.seasons.rules.solver import Budget, Progress, draft
from booking.seasons.rules.solver.bound import Relaxed
from booking.seasons.rules.validity import faults

#: CPU seconds after which a town's draft is looked at, and how many steps of its bound it may then be away.
CHECKS = ((10, None), (60, 2), (180, 1))
CITY_SECONDS = 300
SUM_GOAL = 0.01
#: Units of work in a CPU second, about.
UNITS = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``met`` is ``None`` where there is no goal."""

    what: str
    seen: str
    goal: str = "-"
    met: bool | None = None


def run(shape: Shape, seed: int, *, seconds: float, after_worst: str = "next_worst") -> list[Row]:
    """Draft one round for so many CPU seconds. ``after_worst``: as in the rules."""
    name = f"{'town' if shape == TOWN else 'city'} {seed}, {after_worst.replace('_', ' ')}"
    made = make(shape, seed)
    instance = replace(made, rules={**made.rules, "after_worst": after_worst})
    began = time.process_time()
    by_hand = measure(instance, greedy.fill(instance, greedy.by_priority(instance)))
    took = time.process_time() - began
    rows = [
        Row(
            f"{name}: by hand",
            f"{took:.1f} s: worst {by_hand.worst_percent} %, {_hours(by_hand.whole.counted)}, without their minimum "
            f"{len(by_hand.without_least)} clubs and {len(by_hand.teams_without_least)} teams",
        )
    ]
    began = time.process_time()
    seen: list[tuple[float, Progress]] = []

    def tell(progress: Progress) -> bool:
        seen.append((time.process_time() - began, progress))
        return seen[-1][0] < seconds

    # About as many units as there is time for, so that each stage has its part; the clock stops it. Only a bench looks
    # at the clock.
    found = draft(instance, budget=Budget(seconds * UNITS), progress=tell)
    took = time.process_time() - began
    figures = measure(instance, found.timetable)
    bound = found.bound if found.bound is not None else 0
    bound_words = f"bound {found.bound} %" if found.bound is not None else "no bound"
    if shape == TOWN:
        for after, steps in CHECKS:
            there = [progress for at, progress in seen if at <= after]
            if not there or after > seconds * 1.05:
                continue
            worst = there[-1].worst_percent
            if steps is None:
                first = next((at for at, one in seen if one.worst_percent > by_hand.worst_percent), took)
                better = worst > by_hand.worst_percent
                rows.append(Row(f"  within {after} s", f"{worst} %, better after {first:.1f} s", "better", better))
            else:
                away = bound // STEP - worst // STEP
                text = f"{worst} %, bound {bound} %, {away} steps away"
                rows.append(Row(f"  within {after} s", text, f"<= {steps} steps", away <= steps))
    clubs, teams = len(figures.without_least), len(figures.teams_without_least)
    rows.append(Row("  without their minimum", f"{clubs} clubs, {teams} teams", "0, 0", not clubs and not teams))
    if shape == CITY:
        gain = figures.whole.counted / by_hand.whole.counted - 1
        rows.append(Row("  hours that count, beside by hand", f"{gain:+.1%}", ">= +0.0 %", gain >= 0))
        rows.append(Row("  worst", f"{figures.worst_percent} %, {bound_words}"))
    rows += _sums(instance, figures, found.levels[0])
    wrong = sum(one.prevents for one in faults(instance, found.timetable))
    best = (figures.whole.best_share or 0) * 100
    last = found.log[-1]
    text = f"{took:.0f} s CPU, {last['units']} units, {last['rounds']} rounds, {best:.0f} % at best times"
    rows.append(Row("  in all", text, "no faults", not wrong))
    return rows


def _sums(instance: Instance, figures: Measured, level: int) -> list[Row]:
    """Hours that count beside bounds of the programme, each with one more of the things that the rules put first.

    The worst-off's level for all, which the goal is set on; nobody without a minimum; what whole sessions can bring to
    that level; every organisation's own level, and every team's. The last one shows what was left to find, the steps
    between are the price of the rules.
    """
    relaxed = Relaxed(ground_of(instance))
    pools = ground_of(instance).shares.pools
    floor = level // STEP
    exact = {row: -(-(floor * STEP) * claim // 100) for row, claim in relaxed.claims.items()}
    own = {
        row: max(floor, sum(figures.pools[one.key].counted for one in relaxed.rows[row]) * 100 // claim // STEP)
        for row, claim in relaxed.claims.items()
    }
    # Of who is without a minimum, what there is: the others don't get less for it.
    least = {key: min(pools[key].least_claim, figures.pools[key].counted) for key in relaxed.counted}
    teams = {
        key: max(least[key], -(-(figures.pools[key].percent // STEP * STEP) * pools[key].claim // 100)) for key in least
    }
    counted = figures.whole.counted
    rows = []
    for what, needs, minima, goal in (
        ("that level", exact, None, SUM_GOAL),
        ("it, nobody without a minimum", exact, least, None),
        ("it in whole sessions", relaxed.needs(dict.fromkeys(own, floor)), least, None),
        ("every club's own level", relaxed.needs(own), least, None),
        ("every team's too", relaxed.needs(own), teams, None),
    ):
        most = relaxed.most(needs, teams=minima) if needs is not None else None
        if most is None:
            continue
        away = 1 - counted / most
        text = f"{_hours(counted)} of {_hours(most)}, {away:.1%} below"
        name = f"  hours, beside the bound at {what}"
        rows.append(Row(name, text, f"<= {goal:.0%}", away <= goal) if goal is not None else Row(name, text))
    return rows


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.0f} h"


def measured(*, towns: tuple[int, ...] = (1, 2, 3), cities: tuple[int, ...] = (1,)) -> list[Row]:
    """What ``make bench`` shows: 25 minutes of one core."""
    rows: list[Row] = []
    for after_worst in AFTER_WORST:
        for seed in towns:
            rows += run(TOWN, seed, seconds=180, after_worst=after_worst)
    for seed in cities:
        rows += run(CITY, seed, seconds=CITY_SECONDS)
    return rows


if __name__ == "__main__":
    from bench.report import seasons

    SHAPE = {"town": TOWN, "city": CITY}[sys.argv[1]]
    THEN = sys.argv[4] if len(sys.argv) > 4 else AFTER_WORST[0]
    for number in sys.argv[2].split(","):
        print(seasons(run(SHAPE, int(number), seconds=float(sys.argv[3]), after_worst=THEN)), flush=True)
