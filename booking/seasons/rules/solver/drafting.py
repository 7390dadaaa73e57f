"""The one door to a draft: which method, and what is said about the result."""

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
    ``Progress`` had, and a job that was killed goes on (if the greedy method finds a fairer start, it begins there).
    ``progress`` is told after every step; when it returns ``False`` the best so far comes back at once, with
    ``complete`` false.
    """
    rules = entitlements(instance).rules
    start = start or ()
    if rules.order != "coverage":
        return finish(instance, greedy.in_order(instance, start=start), "order")
    found = greedy.fair(instance, start=tuple(slot for slot in start if slot.locked))
    if any(not slot.locked for slot in start):
        found = max(found, greedy.fair(instance, start=start), key=lambda one: vector(instance, one))
    if available():
        # Only here is OR-Tools loaded: half a second, and not installed everywhere.
        from booking.seasons.rules.solver.search import Search

        search = Search(instance, found, budget, progress or (lambda _progress: True))
        search.run()
        return finish(instance, search.best, "solver", search.bound, search.going, search.log)
    if progress is not None:
        progress(Progress(1.0, "greedy", worst_percent(instance, found), None, found))
    return finish(instance, found, "greedy")


def worst_percent(instance: Instance, timetable: Timetable) -> int:
    """Coverage of the worst-off organisation of the first class."""
    figures = measure(instance, timetable)
    return figures.tier_worst(min((tier for _org, tier in figures.by_tier), default=0))


def finish(
    instance: Instance,
    timetable: Timetable,
    method: str,
    bound: int | None = None,
    complete: bool = True,
    log: list[dict[str, object]] | None = None,
) -> Draft:
    """Hours left over are given out, and the levels read off."""
    full = greedy.fill(instance, timetable)
    figures = measure(instance, full)
    levels = tuple(figures.tier_worst(tier) for tier in sorted({tier for _org, tier in figures.by_tier}))
    gap = None if bound is None or not levels else max(0, bound - levels[0])
    return Draft(full, levels, bound, gap, method, instance.seed, complete, tuple(log or ()))
