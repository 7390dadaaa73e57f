"""A change is a computed difference: who is told what, whose clock begins anew, what becomes of granted time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.foundation.errors import Invalid, RuleBroken, WrongState
from booking.works import selectors, services
from booking.works.services import TargetSpec
from tests.factories import NOW
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTES = timedelta(minutes=5)


def revise(world: World, works: object, *, now: object = NOW + DAY, **fields: object) -> object:
    return services.revise_works(works, spec=world.spec(**fields), by=world.planner, now=now, why="Det passer bedre.")


def clocks(works: object) -> dict[str, object]:
    return {one.organisation.slug: one.clock_from for one in works.parties.filter(kind="organisation")}


def subjects(world: World, now: object = NOW + DAY) -> set[tuple[str, str]]:
    return {(one.to[0], one.subject.split(":")[0]) for one in world.post_goes_out(now)}


def test_a_draft_is_rewritten_without_a_new_version(world: World) -> None:
    works = world.drafted()
    works = revise(world, works, window_end=at(60, 15))
    assert (works.current.number, works.current.category) == (1, "major")


def test_the_same_again_makes_no_version(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    assert revise(world, works).current.number == 1
    assert world.post_goes_out(NOW + DAY) == []


def test_start_earlier_restarts_every_clock(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW + MINUTES)
    works = revise(world, works, window_start=at(41, 7))
    assert works.current.changes == ["start_earlier"]
    assert clocks(works) == {"lil": None}
    assert world.coach.email in {to for to, _subject in subjects(world)}
    works = fresh(works)
    assert clocks(works) == {"lil": NOW + DAY + MINUTES}
    missing = services.unmet_requirements(works, frozenset({"notice"}), start=at(41, 7), now=NOW + DAY)
    assert {one.code for one in missing} == {"not_acknowledged", "conflict_open"}


def test_start_later_inside_the_dates_keeps_receipts(world: World) -> None:
    world.lend(46)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW + MINUTES)
    works = revise(world, works, window_start=at(43, 7))
    assert works.current.changes == ["start_later"]
    assert clocks(works) == {"lil": NOW + MINUTES}
    missing = services.unmet_requirements(works, frozenset({"notice"}), start=at(43, 7), now=NOW + DAY)
    assert {one.code for one in missing} == {"conflict_open"}


def test_moved_to_other_days_releases_the_old_and_tells_the_new(world: World) -> None:
    old = world.lend(44)
    new = world.lend(58, who=world.choir)
    works = world.noticed()
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    old.refresh_from_db()
    assert old.state == "displaced"
    works = revise(world, works, window_start=at(56, 7), window_end=at(64, 15))
    old.refresh_from_db()
    assert old.state == "granted"
    assert "new_dates" in works.current.changes
    assert services.unmet_requirements(works, frozenset({"affected"}), start=at(56), now=NOW + DAY)
    services.confirm_affected(works, by=world.planner, now=NOW + DAY)
    told = {one.to[0] for one in world.post_goes_out(NOW + DAY)}
    assert {world.coach.email, world.leader.email, world.singer.email} <= told
    works = fresh(works)
    assert clocks(works)["lil"] is None
    assert clocks(works)["koret"] is not None
    states = {one.line_id: one.state for one in works.conflicts.all()}
    assert states[new.pk] == "open"
    new.refresh_from_db()
    assert new.state == "granted"


def test_the_area_shrinks_and_the_spared_are_released(world: World) -> None:
    world.lend(44)
    hall = world.lend(44, place=world.hall, who=world.choir)
    both = [TargetSpec(world.meadow), TargetSpec(world.hall)]
    works = world.noticed(targets=both)
    works = revise(world, works)
    assert "area_shrunk" in works.current.changes
    sent = {one.to[0]: one.subject for one in world.post_goes_out(NOW + DAY)}
    assert world.singer.email in sent
    conflict = works.conflicts.get(line=hall)
    assert conflict.state == "works_moved"


def test_polish_is_told_to_nobody(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    works = revise(world, works, contact_phone="77 33 33 33")
    assert (works.current.number, works.current.changes) == (2, ["words"])
    assert world.post_goes_out(NOW + DAY) == []
    assert clocks(works) == {"lil": NOW + MINUTES}


def test_why_is_needed_once_people_have_been_told(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    with pytest.raises(Invalid):
        services.revise_works(works, spec=world.spec(window_end=at(51, 15)), by=world.planner, now=NOW)


def test_a_start_that_no_longer_holds_is_dropped(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW)
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    works = services.move(works, to="ready", by=world.planner, now=NOW + DAY)
    works = revise(world, works, window_start=at(41, 7))
    assert (works.state, works.starts_at) == ("noticed", None)


def test_works_that_go_on_and_take_longer_say_so(world: World) -> None:
    world.lend(44)
    later = world.lend(52, who=world.choir)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW)
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    works = services.move(works, to="ready", by=world.planner, now=NOW + DAY)
    works = services.move(works, to="active", by=world.planner, now=at(42, 7))
    with pytest.raises(RuleBroken):
        revise(world, works, now=at(48, 9), window_end=at(54, 15))
    works = services.move(
        works, to="overrunning", by=world.planner, now=at(48, 9), until=at(54, 15), why="Fjell under."
    )
    assert (works.state, works.current.window_end) == ("overrunning", at(54, 15))
    later.refresh_from_db()
    assert later.state == "displaced"
    sent = {one.to[0] for one in world.post_goes_out(at(48, 9))}
    assert world.singer.email in sent
    works = services.move(works, to="completed", by=world.planner, now=at(53, 9))
    later.refresh_from_db()
    assert later.state == "granted" or later.end < at(53, 9)
    with pytest.raises(Exception, match="unmet"):
        services.move(works, to="closed", by=world.planner, now=at(53, 10))


def test_postponed_tells_everybody_who_was_ever_told(world: World) -> None:
    line = world.lend(44)
    works = world.noticed()
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    works = services.move(works, to="postponed", by=world.planner, now=NOW + DAY, why="Mangler rør.")
    line.refresh_from_db()
    assert line.state == "granted"
    assert {one.to[0] for one in world.post_goes_out(NOW + DAY)} >= {world.coach.email, world.leader.email}
    with pytest.raises(WrongState):
        revise(world, works)
    assert services.move(works, to="planned", by=world.planner, now=NOW + 2 * DAY).state == "planned"


def test_everybody_on_the_list_counts_for_the_version(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    works = revise(world, works, window_end=at(51, 15))
    listing = selectors.list_of(works.current)
    assert listing.confirmed_at is not None
    assert [row.party.organisation.slug for row in selectors.affected_rows(listing)] == ["lil"]
