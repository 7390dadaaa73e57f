"""A hall's week as a table: every lane at every time is covered exactly once, faults or not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules import layout
from booking.seasons.rules.instance import Applicant, Instance, Place, Slot, Span, Wish
from tests.thoroughness import examples

WHOLE, A, B, C, AB, GYM = 1, 2, 3, 4, 5, 9
OPEN = tuple(Span(day, 960, 1320) for day in range(5))


def instance(*, parts: bool = True) -> Instance:
    places = [Place(WHOLE, "Hallen", WHOLE, frozenset({1, 2, 3}), OPEN), Place(GYM, "Gym", GYM, frozenset({9}), OPEN)]
    if parts:
        places += [
            Place(A, "A", WHOLE, frozenset({1}), OPEN),
            Place(B, "B", WHOLE, frozenset({2}), OPEN),
            Place(C, "C", WHOLE, frozenset({3}), OPEN),
            Place(AB, "A og C", WHOLE, frozenset({1, 3}), OPEN),
        ]
    return Instance(
        tuple(sorted(places, key=lambda one: one.key)), (Applicant(1, "IL"),), (Wish(1, 1, "J13", places=(WHOLE,)),)
    )


def test_lanes_are_the_parts_and_a_hall_without_parts_has_one() -> None:
    assert [key for key, _cells in layout.lanes_of(instance(), WHOLE)] == [A, B, C]
    assert len(layout.lanes_of(instance(parts=False), WHOLE)) == 1
    assert [one.key for one in layout.halls(instance())] == [GYM, WHOLE]


def test_a_slot_of_a_part_is_in_its_lane_and_one_of_the_whole_over_all() -> None:
    week = layout.week(instance(), WHOLE, (Slot(1, B, 0, 1020, 1080), Slot(1, WHOLE, 0, 1080, 1140)))
    taken = [cell for row in week.rows for cell in row.cells if cell.kind == layout.TAKEN]
    assert [(one.lane, one.lanes, one.start, one.rows) for one in taken] == [(1, 1, 1020, 2), (0, 3, 1080, 2)]


def test_parts_that_are_not_neighbours_stand_twice() -> None:
    week = layout.week(instance(), WHOLE, (Slot(1, AB, 0, 1020, 1080),))
    taken = [cell for row in week.rows for cell in row.cells if cell.kind == layout.TAKEN]
    assert [(one.lane, one.goes_on) for one in taken] == [(0, False), (2, True)]


def test_slots_that_meet_share_a_cell() -> None:
    week = layout.week(instance(), GYM, (Slot(1, GYM, 0, 1020, 1080), Slot(1, GYM, 0, 1050, 1110)))
    (clash,) = [cell for row in week.rows for cell in row.cells if cell.kind == layout.CLASH]
    assert (clash.start, clash.end, len(clash.slots)) == (1020, 1110, 2)


def test_a_time_off_the_grid_makes_finer_rows() -> None:
    assert layout.week(instance(), GYM, (Slot(1, GYM, 0, 1025, 1080),)).step == 5


def test_a_place_without_hours_has_no_days() -> None:
    bare = Instance((Place(1, "Hallen", 1, frozenset({1}), ()),), (), ())
    assert layout.week(bare, 1, ()).days == ()


def test_days_without_hours_in_common_are_apart_on_paper() -> None:
    saturday = (*OPEN, Span(5, 600, 900))
    found = Instance((Place(1, "Hallen", 1, frozenset({1}), saturday),), (), ())
    assert layout.day_groups(found, 1, ()) == [(0, 1, 2, 3, 4), (5,)]
    assert layout.day_groups(found, 1, (Slot(1, 1, 5, 840, 1000),)) == [(0, 1, 2, 3, 4, 5)]
    assert layout.week(found, 1, (), only=(5,)).days == (5,)


slots = st.builds(
    lambda place, day, start, steps: Slot(1, place, day, start * 15, min((start + steps) * 15, 1440)),
    st.sampled_from([WHOLE, A, B, C, AB]),
    st.integers(0, 6),
    st.integers(56, 90),
    st.integers(1, 8),
)


@settings(max_examples=examples(60))
@given(st.lists(slots, max_size=12, unique=True), st.booleans())
def test_every_lane_and_time_is_covered_once(some: list[Slot], fine: bool) -> None:
    found = instance()
    week = layout.week(found, WHOLE, tuple(sorted(some)), fine=fine)
    lanes = len(week.lanes)
    covered: dict[tuple[int, int, int], int] = {}
    shown: set[Slot] = set()
    for row in week.rows:
        for cell in row.cells:
            assert cell.rows * week.step == cell.end - cell.start
            shown.update(cell.slots)
            for lane in range(cell.lane, cell.lane + cell.lanes):
                for minute in range(cell.start, cell.end, week.step):
                    covered[cell.weekday, lane, minute] = covered.get((cell.weekday, lane, minute), 0) + 1
    times = [row.start for row in week.rows]
    assert covered == {(day, lane, time): 1 for day in week.days for lane in range(lanes) for time in times}
    assert shown == set(some)
