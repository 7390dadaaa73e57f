"""Two timetables side by side: every hour is somewhere, and the matching changes the least."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules.compare import compare, cost
from booking.seasons.rules.instance import Slot, Timetable
from tests.seasons.rules.scenes import hall, instances, scene, timetables, wish
from tests.thoroughness import examples

TWO = scene([wish(1, 1, sessions_wanted=2), wish(2, 2)], [*hall(10), *hall(20)])


def bare(slots: Timetable) -> list[tuple[int, ...]]:
    return sorted((one.wish, one.place, one.weekday, one.start, one.end) for one in slots)


@given(st.data())
@settings(max_examples=examples(50), deadline=None)
def test_every_slot_is_told_once_and_the_match_is_the_cheapest(data: st.DataObject) -> None:
    instance = data.draw(instances(most=3))
    before, after = data.draw(timetables(instance, most=5)), data.draw(timetables(instance, most=5))
    found = compare(instance, before, after)
    assert bare((*found.same, *(one.before for one in found.moved), *found.removed)) == bare(before)
    assert bare((*found.same, *(one.after for one in found.moved), *found.added)) == bare(after)
    assert not {one.wish for one in found.added} & {one.wish for one in found.removed}
    for key in {one.after.wish for one in found.moved}:
        left = [one for one in before if one.wish == key and one not in found.same]
        right = [one for one in after if one.wish == key and one not in found.same]
        few, many = sorted((left, right), key=len)
        cheapest = min(sum(map(cost, few, order)) for order in permutations(many, len(few)))
        assert sum(cost(one.before, one.after) for one in found.moved if one.after.wish == key) == cheapest
    assert compare(instance, before, before).equal


def test_what_moved_is_named() -> None:
    found = compare(TWO, (Slot(1, 10, 0, 960, 1020),), (Slot(1, 20, 0, 990, 1080),))
    assert [one.what for one in found.moved] == [("place", "time", "length")]


def test_a_lock_is_no_difference_and_a_swap_is_two_moves() -> None:
    one, other = Slot(1, 10, 0, 960, 1020), Slot(2, 20, 0, 960, 1020)
    assert compare(TWO, (one,), (Slot(1, 10, 0, 960, 1020, locked=True),)).equal
    swapped = compare(TWO, (one, other), (Slot(1, 20, 0, 960, 1020), Slot(2, 10, 0, 960, 1020)))
    assert [each.what for each in swapped.moved] == [("place",), ("place",)]
    assert swapped.effect.gains == swapped.effect.loses == ()
