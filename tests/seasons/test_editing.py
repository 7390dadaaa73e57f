"""A draft is changed by hand: with a reason, faults and all, never over somebody else's change, and back again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from booking.foundation.errors import DomainError, Forbidden, Invalid, Stale, WrongState
from booking.seasons.models import Proposal, SlotChange
from booking.seasons.rules.instance import Slot
from booking.seasons.rules.validity import faults
from booking.seasons.selectors.instances import instance_of, timetable_of
from booking.seasons.services import editing
from tests.factories import NOW
from tests.seasons.world import Valley


@pytest.fixture
def made(valley: Valley) -> Proposal:
    found = valley.round("proposals")
    one, other = valley.wish(found), valley.wish(found, "H1", valley.handball)
    return valley.proposal(found, (one, valley.gym, 1, 17, 18), (other, valley.gym, 1, 18, 19))


def change(valley: Valley, made: Proposal, before: list[Slot], after: list[Slot], **more: Any) -> Proposal:
    given: dict[str, Any] = {"reason": "Treneren kan ikke før", "by": valley.officer, "now": NOW} | more
    return editing.change(made, before=before, after=after, **given)


def test_a_move_keeps_the_row_and_says_why(valley: Valley, made: Proposal) -> None:
    first = timetable_of(made)[0]
    row = made.slots.get(start=1020)
    changed = change(valley, made, [first], [replace(first, weekday=3)])
    row.refresh_from_db()
    assert (row.weekday, row.reason, changed.version) == (3, "Treneren kan ikke før", 2)
    log = SlotChange.objects.get(proposal=made)
    assert (log.before[0][2], log.after[0][2], log.reason) == (1, 3, row.reason)


def test_without_a_reason_nothing_changes(valley: Valley, made: Proposal) -> None:
    first = timetable_of(made)[0]
    with pytest.raises(Invalid) as refused:
        change(valley, made, [first], [], reason="  ")
    assert refused.value.errors[0].loc == ("reason",)
    assert len(timetable_of(made)) == 2


def test_a_fault_may_be_saved(valley: Valley, made: Proposal) -> None:
    first, second = timetable_of(made)
    change(valley, made, [first], [replace(first, start=second.start, end=second.end)])
    found = faults(instance_of(made.round), timetable_of(made))
    assert "overlap" in {one.code for one in found}


def test_add_and_remove(valley: Valley, made: Proposal) -> None:
    new = Slot(made.slots.get(start=1020).wish_id, valley.gym.pk, 4, 1020, 1080)
    change(valley, made, [], [new])
    assert new in timetable_of(made)
    change(valley, made, [new], [])
    assert new not in timetable_of(made)


@pytest.mark.parametrize(
    ("field", "value", "loc"),
    [
        ("wish", 0, "team"), ("place", 0, "place"), ("weekday", 7, "weekday"), ("start", -1, "start"),
        ("end", 1441, "end"), ("end", 1020, "end"), ("wish", 2**70, "team"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_at_its_field(
    valley: Valley, made: Proposal, field: str, value: int, loc: str
) -> None:
    first = timetable_of(made)[0]
    with pytest.raises(Invalid) as refused:
        change(valley, made, [first], [replace(first, **{field: value})])
    assert refused.value.errors[0].loc == (loc,)


def test_the_same_time_twice_is_refused(valley: Valley, made: Proposal) -> None:
    first = timetable_of(made)[0]
    with pytest.raises(Invalid) as refused:
        change(valley, made, [], [replace(first, end=1110)])
    assert refused.value.code == "twice"


def test_two_editors_do_not_lose_each_others_change(valley: Valley, made: Proposal) -> None:
    first, second = timetable_of(made)
    change(valley, made, [first], [replace(first, weekday=3)], if_version=1)
    with pytest.raises(Stale):
        change(valley, made, [second], [replace(second, weekday=4)], if_version=1, by=valley.boss)
    with pytest.raises(Stale):
        change(valley, made, [first], [replace(first, weekday=2)], by=valley.boss)
    assert {one.weekday for one in timetable_of(made)} == {1, 3}


def test_undo_goes_back_step_by_step_with_the_reasons(valley: Valley, made: Proposal) -> None:
    before = timetable_of(made)
    first = before[0]
    moved = replace(first, weekday=3)
    change(valley, made, [first], [moved], reason="Først")
    change(valley, made, [moved], [replace(moved, weekday=4)], reason="Så")
    editing.lock(made, slots=[replace(moved, weekday=4)], locked=True, by=valley.officer, now=NOW)
    editing.undo(made, by=valley.officer, now=NOW)
    editing.undo(made, by=valley.officer, now=NOW)
    assert made.slots.get(weekday=3).reason == "Først"
    editing.undo(made, by=valley.officer, now=NOW)
    assert timetable_of(made) == before
    assert made.slots.get(start=1020).reason == ""
    with pytest.raises(WrongState) as refused:
        editing.undo(made, by=valley.officer, now=NOW)
    assert refused.value.code == "nothing_to_undo"
    made.refresh_from_db()
    assert made.version == 7


def test_a_lock_needs_no_reason_and_keeps_the_one_that_stands(valley: Valley, made: Proposal) -> None:
    first = timetable_of(made)[0]
    moved = replace(first, weekday=3)
    change(valley, made, [first], [moved])
    editing.lock(made, slots=[moved], locked=True, by=valley.officer, now=NOW)
    row = made.slots.get(weekday=3)
    assert (row.locked, row.reason) == (True, "Treneren kan ikke før")


def test_nobody_else_and_nothing_published(valley: Valley, made: Proposal) -> None:
    first = timetable_of(made)[0]
    with pytest.raises(Forbidden):
        change(valley, made, [first], [], by=valley.leader)
    made.state, made.published_at = "published", NOW
    made.save()
    for act in (
        lambda: change(valley, made, [first], []),
        lambda: editing.lock(made, slots=[first], locked=True, by=valley.officer, now=NOW),
        lambda: editing.undo(made, by=valley.officer, now=NOW),
    ):
        with pytest.raises(WrongState):
            act()


def test_the_table_agrees(valley: Valley, made: Proposal) -> None:
    draft = editing.begin_meeting(made, name="Møtet 3. mars", by=valley.officer, now=NOW)
    assert (draft.author_kind, timetable_of(draft)) == ("table", timetable_of(made))
    with pytest.raises(WrongState):
        editing.agree(made, note="", by=valley.officer, now=NOW)
    agreed = editing.agree(draft, note="Alle var enige", by=valley.officer, now=NOW)
    assert (agreed.state, agreed.number, agreed.note) == ("published", made.number + 1, "Alle var enige")
    assert made.round.events.get().type == "table_agreed"
    with pytest.raises(DomainError):
        editing.begin_meeting(made, name="Møte", by=valley.leader, now=NOW)


def test_begun_twice_it_is_the_same_table(valley: Valley) -> None:
    made = valley.round("proposals")
    wish = valley.wish(made)
    looked_at = valley.proposal(made, (wish, valley.gym, 0, 17, 18), state="published")
    first = editing.begin_meeting(looked_at, name="Møtet", by=valley.officer, now=NOW)
    assert editing.begin_meeting(looked_at, name="Møtet", by=valley.officer, now=NOW) == first
    slot = Slot(wish.pk, valley.gym.pk, 0, 17 * 60, 18 * 60)
    editing.change(
        first, before=[slot], after=[replace(slot, weekday=1)], reason="Avtalt", by=valley.officer, now=NOW
    )  # fmt: skip
    assert editing.begin_meeting(looked_at, name="Møtet", by=valley.officer, now=NOW) != first
