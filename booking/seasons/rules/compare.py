"""Two timetables side by side: which slots are the same, moved, added or gone, matched by the least change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, permutations

from booking.seasons.rules.instance import DAY, Instance, Slot, Timetable
from booking.seasons.rules.measures import Effect, effect


@dataclass(frozen=True, slots=True)
class Moved:
    """The same hours of a wish at another time, place or length."""

    before: Slot
    after: Slot

    @property
    def what(self) -> tuple[str, ...]:
        """Which of ``place``, ``weekday``, ``time``, ``length`` changed."""
        a, b = self.before, self.after
        return tuple(
            name
            for name, changed in (
                ("place", a.place != b.place),
                ("weekday", a.weekday != b.weekday),
                ("time", a.start != b.start),
                ("length", a.minutes != b.minutes),
            )
            if changed
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """``same`` as they stand in the second; ``effect`` is the table per organisation."""

    same: tuple[Slot, ...]
    moved: tuple[Moved, ...]
    added: tuple[Slot, ...]
    removed: tuple[Slot, ...]
    effect: Effect

    @property
    def equal(self) -> bool:
        return not (self.moved or self.added or self.removed)


def compare(instance: Instance, before: Timetable, after: Timetable) -> Comparison:
    """Slots matched wish by wish so that the least changes. A lock is no difference."""
    old, new = _by_wish(before), _by_wish(after)
    same: list[Slot] = []
    moved: list[Moved] = []
    added: list[Slot] = []
    removed: list[Slot] = []
    for wish in sorted(old.keys() | new.keys()):
        left, right = list(old.get(wish, [])), list(new.get(wish, []))
        for slot in list(right):
            twin = next((one for one in left if _place(one) == _place(slot)), None)
            if twin is not None:
                same.append(slot)
                left.remove(twin)
                right.remove(slot)
        pairs = _match(left, right)
        moved += [Moved(left[one], right[other]) for one, other in pairs]
        removed += [slot for at, slot in enumerate(left) if at not in {one for one, _ in pairs}]
        added += [slot for at, slot in enumerate(right) if at not in {other for _, other in pairs}]
    return Comparison(
        tuple(sorted(same)), tuple(sorted(moved, key=lambda one: one.after)), tuple(sorted(added)),
        tuple(sorted(removed)), effect(instance, before, after),
    )  # fmt: skip


def _by_wish(timetable: Timetable) -> dict[int, list[Slot]]:
    found: dict[int, list[Slot]] = defaultdict(list)
    for slot in sorted(timetable):
        found[slot.wish].append(slot)
    return found


def _place(slot: Slot) -> tuple[int, int, int, int]:
    return (slot.place, slot.weekday, slot.start, slot.end)


def cost(one: Slot, other: Slot) -> int:
    """How big a change it is: another day most, then another place, then minutes at either end."""
    return (
        4 * DAY * (one.weekday != other.weekday)
        + 2 * DAY * (one.place != other.place)
        + abs(one.start - other.start)
        + abs(one.end - other.end)
    )


def _match(left: list[Slot], right: list[Slot]) -> list[tuple[int, int]]:
    """Pairs with the least cost in all. A wish has a few sessions, so all ways are tried."""
    if not left or not right:
        return []
    few = min(len(left), len(right))
    if max(len(left), len(right)) > 5:
        return _nearest_first(left, right)
    ways = (
        list(zip(some, order, strict=True))
        for some in combinations(range(len(left)), few)
        for order in permutations(range(len(right)), few)
    )
    return min(ways, key=lambda way: (sum(cost(left[one], right[other]) for one, other in way), way))


def _nearest_first(left: list[Slot], right: list[Slot]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    all_pairs = sorted((cost(a, b), one, other) for one, a in enumerate(left) for other, b in enumerate(right))
    for _cost, one, other in all_pairs:
        if all(one != a and other != b for a, b in found):
            found.append((one, other))
    return sorted(found)
