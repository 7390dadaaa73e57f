"""Time that works give back: the displaced come first, and it is held for them 48 hours (notice-rules.md "Changes")."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext

from booking.cases import drafts
from booking.cases.models import Line, LineState
from booking.cases.services import submit_request
from booking.foundation.errors import Forbidden, Taken, WrongState
from booking.occupancy.models import Occupancy
from booking.works import services
from booking.works.models import Works, WorksNotice, WorksOffer
from booking.works.services import running
from tests.factories import NOW, give_membership, make_organisation, make_resource, make_user
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HELD = timedelta(hours=48)


@pytest.fixture
def park(world: World) -> Any:
    return make_resource("Parken", unit=world.culture, kind="area", slug="parken")


def moved_away(world: World, park: Any, day: int = 49) -> tuple[Works, Line]:
    """The club has taken another place for its hour because of the works."""
    line = world.lend(day)
    works = world.noticed()
    offer = services.offer_alternative(
        works.conflicts.get(line=line), resource=park, start=at(day, 18), end=at(day, 20), by=world.planner, now=NOW
    )
    services.accept_alternative(offer, by=world.coach, now=NOW + DAY)
    world.post_goes_out(NOW + DAY)
    return fresh(works), line


def ends(world: World, works: Works, day: int, now: Any, **fields: Any) -> Works:
    """The works end earlier than was told."""
    spec = world.spec(window_end=at(day, 15), **fields)
    return services.revise_works(fresh(works), spec=spec, by=world.planner, now=now, why="Går fortere.")


def held() -> list[WorksOffer]:
    return list(WorksOffer.objects.filter(freed=True, state="open").order_by("pk"))


def wait_for_it(world: World, day: int, now: Any) -> Line:
    """The choir waits for the same hour."""
    body = {
        "organisation": "koret", "purpose": "Øving", "audience": {"20-59": 5}, "accept_rules": True,
        "if_taken": "waiting_list",
        "lines": [{"resource": "elvesletta", "start": at(day, 18).isoformat(), "end": at(day, 20).isoformat()}],
    }  # fmt: skip
    return submit_request(drafts.parse(body, user=world.singer), user=world.singer, now=now).lines.get()


def test_whoever_moved_away_gets_their_own_hour_first_and_held_for_48_hours(world: World, park: Any) -> None:
    works, line = moved_away(world, park)
    waiting = wait_for_it(world, 49, NOW + 2 * DAY)
    assert waiting.state == LineState.WAITING_LIST
    then = NOW + 3 * DAY
    ends(world, works, 46, then)
    (offer,) = held()
    assert (offer.resource, offer.start, offer.end) == (world.meadow, at(49, 18), at(49, 20))
    assert (offer.conflict.line, offer.expires_at) == (line, then + HELD)
    # One holder: neither the waiting list nor a new request gets it meanwhile.
    assert not waiting.offers.exists()
    with pytest.raises(Taken):
        world.lend(49, who=world.choir, now=then)
    # The rest of what came free is anybody's.
    world.lend(48, who=world.choir, now=then)
    with translation.override("nb"):
        subject = gettext("Time has come free: %(title)s") % {"title": "Ny vannledning over Elvesletta"}
    letters = [one for one in world.post_goes_out(then) if one.to == [world.coach.email]]
    (letter,) = [one for one in letters if one.subject == subject]
    assert "Elvesletta" in letter.body


def test_saying_yes_brings_the_line_back_as_the_same_line(world: World, park: Any) -> None:
    works, line = moved_away(world, park)
    then = NOW + 3 * DAY
    ends(world, works, 46, then)
    (offer,) = held()
    with pytest.raises(Forbidden):
        services.accept_alternative(offer, by=world.singer, now=then)
    services.accept_alternative(offer, by=world.coach, now=then + DAY)
    line.refresh_from_db()
    assert (line.resource, line.start, line.state) == (world.meadow, at(49, 18), LineState.GRANTED)
    assert works.conflicts.get(line=line).state == "works_moved"
    # The place that they had instead is free for others.
    world.lend(49, place=park, who=world.choir, now=then + DAY)


def test_after_48_hours_tick_ends_the_hold_and_asks_the_waiting_list(world: World, park: Any) -> None:
    works, line = moved_away(world, park)
    waiting = wait_for_it(world, 49, NOW + 2 * DAY)
    then = NOW + 3 * DAY
    ends(world, works, 46, then)
    (offer,) = held()
    running.run_works(then + HELD - timedelta(minutes=1))
    assert held() == [offer]
    running.run_works(then + HELD)
    running.run_works(then + HELD)
    offer.refresh_from_db()
    assert offer.state == "expired"
    assert waiting.offers.filter(state="open").count() == 1
    line.refresh_from_db()
    assert (line.resource, line.state) == (park, LineState.GRANTED)  # what they have stays theirs
    with pytest.raises(WrongState):
        services.accept_alternative(offer, by=world.coach, now=then + HELD)


def test_saying_no_asks_the_waiting_list_at_once(world: World, park: Any) -> None:
    works, _line = moved_away(world, park)
    waiting = wait_for_it(world, 49, NOW + 2 * DAY)
    then = NOW + 3 * DAY
    ends(world, works, 46, then)
    services.decline_alternative(held()[0], by=world.coach, now=then + DAY)
    assert waiting.offers.filter(state="open").count() == 1


@pytest.mark.parametrize("to", ["cancelled", "postponed"])
def test_works_that_go_away_offer_the_hour_back_too(world: World, park: Any, to: str) -> None:
    works, _line = moved_away(world, park)
    services.move(works, to=to, by=world.planner, now=NOW + 3 * DAY, why="Ikke nå.")
    (offer,) = held()
    assert (offer.start, offer.by) == (at(49, 18), world.planner)


def test_displaced_lines_come_back_by_themselves_and_are_not_asked(world: World) -> None:
    line = world.lend(49)
    works = world.noticed()
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    line.refresh_from_db()
    assert line.state == LineState.DISPLACED
    ends(world, works, 46, NOW + DAY)
    line.refresh_from_db()
    assert (line.state, held()) == (LineState.GRANTED, [])


def test_whoever_still_waits_is_offered_the_same_hour_on_the_nearest_day_that_came_free(world: World) -> None:
    first, other = world.lend(44), world.lend(45)
    taken = world.lend(48)
    works = world.noticed()
    for conflict in works.conflicts.all():
        services.settle_conflict(conflict, state="suspended", by=world.planner, now=NOW)
    then = NOW + DAY
    ends(world, works, 46, then)
    taken.refresh_from_db()
    assert taken.state == LineState.GRANTED  # back first; the others are offered around it
    offers = {one.conflict.line_id: one for one in held()}
    assert offers[first.pk].start == at(46, 18)
    assert offers[other.pk].start == at(47, 18)
    assert {one.expires_at for one in offers.values()} == {then + HELD}
    # One letter to one party, whatever many hours are held for it.
    assert WorksNotice.objects.filter(kind="answer", key__startswith="freed:").count() == 1
    services.accept_alternative(offers[first.pk], by=world.coach, now=then)
    first.refresh_from_db()
    assert (first.state, first.start) == (LineState.GRANTED, at(46, 18))


def test_one_holder_at_a_time(world: World) -> None:
    """Two clubs that were displaced never hold the same hour."""
    other = make_organisation("Lilleby speidere", slug="speiderne")
    scout = make_user("Siri Speider")
    give_membership(scout, other, "leader")
    mine = world.lend(44)
    theirs = world.lend(45, who=other, by=scout)
    works = world.noticed()
    for conflict in works.conflicts.all():
        services.settle_conflict(conflict, state="suspended", by=world.planner, now=NOW)
    ends(world, works, 49, NOW + DAY)
    holders = {(one.resource_id, one.start): one.conflict.line_id for one in held()}
    assert len(holders) == len(held())
    assert {mine.pk, theirs.pk} >= set(holders.values())
    rows = Occupancy.objects.filter(cause_kind="works_offer", klass="claim")
    assert rows.count() == len(held())


def test_what_begins_before_the_48_hours_are_over_is_held_until_it_begins(world: World, park: Any) -> None:
    works, _line = moved_away(world, park, day=44)
    then = at(43, 12)
    services.move(works, to="cancelled", by=world.planner, now=then, why="Nei.")
    (offer,) = held()
    assert offer.expires_at == at(44, 18)


def test_outside_of_the_opening_hours_nothing_is_held(world: World) -> None:
    line = world.lend(44)
    works = world.noticed()
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    world.meadow.opening_hours.exclude(weekday=at(44).astimezone().weekday()).delete()
    ends(world, works, 46, NOW + DAY)
    line.refresh_from_db()
    assert line.state == LineState.DISPLACED
    assert held() == []
