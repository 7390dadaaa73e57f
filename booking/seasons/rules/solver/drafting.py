"""The order of work of a draft."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from booking.seasons.rules import greedy
from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.instance import Instance, Timetable
from booking.seasons.rules.measures import measure, vector
from booking.seasons.rules.solver.values import USUAL, Budget, Draft, Progress


def available() -> bool:
    """Whether OR-Tools is installed."""
    return find_spec("ortools") is not None


def draft(
    instance: Instance,
    *,
    start: Timetable | None = None,
    budget: Budget = USUAL,
    progress: Callable[[Progress], bool] | None = None,
) -> Draft:
    """The fairest timetable that the budget finds.

    Locked slots of ``start`` stay where they are. The others are where the search begins: give what the last
    ``Progress`` had, and a job that was killed goes on. ``progress`` is told after every step; when it returns
    ``False`` the best so far comes back at once, with ``complete`` false.
    """
    shares = entitlements(instance)
    seed = instance.seed
    start = start or ()
    if shares.rules.order != "coverage":
        return _finish(instance, greedy.in_order(instance, start=start), "order", seed)
    fresh = greedy.fair(instance, start=tuple(slot for slot in start if slot.locked))
    found = max(fresh, greedy.fair(instance, start=start), key=lambda one: vector(instance, one))
    if progress is not None:
        progress(Progress(1.0, "greedy", measure(instance, found).worst_percent, None, found))
    return _finish(instance, found, "greedy", seed)


def _finish(instance: Instance, timetable: Timetable, method: str, seed: int) -> Draft:
    full = greedy.fill(instance, timetable)
    figures = measure(instance, full)
    tiers = sorted({tier for _org, tier in figures.by_tier})
    return Draft(full, tuple(figures.tier_worst(tier) for tier in tiers), None, None, method, seed, True)
