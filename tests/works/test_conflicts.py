"""Granted time that works meet: blocks around it, offers that are really free, displaced lines that come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases import drafts
from booking.cases.services import check_request
from booking.foundation import clock
from booking.foundation.errors import Forbidden, Taken, WrongState
from booking.occupancy.models import Occupancy
from booking.works import selectors, services
from booking.works.services import PeriodSpec, TargetSpec, running
from tests.factories import NOW, make_resource, make_stock
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def rows(kind: str) -> list[tuple[str, str]]:
    found = Occupancy.objects.filter(cause_kind="works", klass=kind).order_by("start")
    return [(one.start.isoformat()[5:16], one.end.isoformat()[5:16]) for one in found]


def test_planned_is_a_note_and_noticed_blocks_around_what_is_granted(world: World) -> None:
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    assert (len(rows("note")), rows("block")) == (1, [])
    services.move(works, to="noticed", by=world.planner, now=NOW)
    assert rows("note") == [("04-15T16:00", "04-15T18:00")]
    assert rows("block") == [("04-13T05:00", "04-15T16:00"), ("04-15T18:00", "04-21T13:00")]
    with pytest.raises(Taken):
        world.lend(45)


def test_a_new_request_sees_the_works_before_it_is_sent(world: World) -> None:
    world.lend(44)
    world.noticed()
    body = {
        "organisation": "koret", "purpose": "x", "audience": {"20-59": 5}, "accept_rules": True,
        "lines": [{"resource": "elvesletta", "quantity": 1, "start": at(45, 18).isoformat(),
                   "end": at(45, 20).isoformat()}],
    }  # fmt: skip
    result = check_request(drafts.parse(body, user=world.singer), user=world.singer, now=NOW)
    (line,) = result.lines
    assert not line.ok
    assert {one.status for one in line.conflicts} == {"works"}
    assert line.alternatives


def test_an_alternative_is_held_for_one_and_taken(world: World) -> None:
    line = world.lend(44)
    other = make_resource("Parken", unit=world.culture, kind="area", slug="parken")
    works = world.noticed()
    conflict = works.conflicts.get()
    assert services.alternatives(conflict, now=NOW)
    offer = services.offer_alternative(
        conflict, resource=other, start=at(44, 18), end=at(44, 20), by=world.planner, now=NOW
    )
    assert offer.expires_at == at(8)  # five working days: until the end of Monday 9 March
    with pytest.raises(Taken):
        world.lend(44, place=other, who=world.choir)
    with pytest.raises(Forbidden):
        services.accept_alternative(offer, by=world.singer, now=NOW + DAY)
    services.accept_alternative(offer, by=world.coach, now=NOW + DAY)
    line.refresh_from_db()
    assert (line.resource, line.state) == (other, "granted")
    conflict.refresh_from_db()
    assert conflict.state == "relocated"
    assert rows("note") == []
    assert services.accept_alternative(offer, by=world.coach, now=NOW + DAY).state == "accepted"


def test_an_offer_runs_out_and_the_time_is_free_again(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    offer = services.offer_alternative(
        works.conflicts.get(), resource=world.hall, start=at(44, 18), end=at(44, 20), by=world.planner, now=NOW
    )
    running.run_works(at(8, 1))
    offer.refresh_from_db()
    assert offer.state == "expired"
    with pytest.raises(WrongState):
        services.accept_alternative(offer, by=world.coach, now=at(8, 2))
    world.lend(44, place=world.hall, who=world.choir)


def test_book_around_finds_a_window_without_granted_time(world: World) -> None:
    for day in (43, 44, 45, 50, 57):
        world.lend(day)
    works = world.noticed()
    windows = services.book_around(works, now=NOW)
    assert windows
    nearest = windows[0]
    assert nearest.end - nearest.start == at(50, 15) - at(42, 7)
    for one in windows:
        assert not any(one.start < at(day, 20) and at(day, 18) < one.end for day in (43, 44, 45, 50, 57))


def test_part_of_the_place_stays_in_use(world: World) -> None:
    line = world.lend(44)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW)
    services.settle_conflict(works.conflicts.get(), state="partial_use", by=world.planner, now=NOW)
    works = services.move(works, to="ready", by=world.planner, now=NOW + DAY)
    services.move(works, to="active", by=world.planner, now=at(42, 7))
    line.refresh_from_db()
    assert line.state == "granted"


def test_decided_against_them_only_after_something_was_offered(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    conflict = works.conflicts.get()
    with pytest.raises(WrongState, match="offer_first"):
        services.settle_conflict(conflict, state="overridden", reason="Må.", by=world.planner, now=NOW)
    offer = services.offer_alternative(
        conflict, resource=world.hall, start=at(44, 18), end=at(44, 20), by=world.planner, now=NOW
    )
    services.decline_alternative(offer, by=world.coach, now=NOW)
    services.settle_conflict(conflict, state="overridden", reason="Må.", by=world.planner, now=NOW)
    assert "conflict_settled" in list(works.events.filter(public=True).values_list("type", flat=True))


def test_the_party_gives_the_hour_up(world: World) -> None:
    line = world.lend(44)
    works = world.noticed()
    services.give_up_line(works.conflicts.get(), by=world.coach, now=NOW)
    line.refresh_from_db()
    assert line.state == "cancelled_by_organisation"
    assert works.conflicts.get().state == "withdrawn"
    assert rows("note") == []


def test_half_of_the_chairs(world: World) -> None:
    chairs = make_stock("Stoler", 40, unit=world.culture, slug="stoler")
    world.lend(
        44,
        place=chairs,
        lines=[{"resource": "stoler", "quantity": 30, "start": at(44, 18).isoformat(), "end": at(44, 20).isoformat()}],
    )
    works = world.noticed(targets=[TargetSpec(chairs, quantity=10)])
    assert works.conflicts.count() == 1
    assert rows("note") == []  # ten may go: thirty are still there


def test_works_beside_works(world: World) -> None:
    line = world.lend(44)
    first, second = world.noticed(), world.noticed(title="Strøm")
    services.settle_conflict(first.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    services.settle_conflict(second.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    services.move(first, to="cancelled", by=world.planner, now=NOW, why="Nei.")
    line.refresh_from_db()
    # The other works still stand there: the hour waits.
    assert line.state == "displaced"
    services.move(fresh(second), to="cancelled", by=world.planner, now=NOW, why="Nei.")
    line.refresh_from_db()
    assert line.state == "granted"


def test_an_offer_ends_at_the_latest_when_its_time_begins(world: World) -> None:
    world.lend(44)
    other = make_resource("Parken", unit=world.culture, kind="area", slug="parken")
    works = world.noticed()
    soon = services.offer_alternative(
        works.conflicts.get(), resource=other, start=at(2, 18), end=at(2, 20), by=world.planner, now=NOW
    )
    assert soon.expires_at == at(2, 18)
    with pytest.raises(WrongState):
        services.accept_alternative(soon, by=world.coach, now=at(2, 18))


def test_whoever_is_displaced_reads_which_works_and_what_was_decided(world: World) -> None:
    line = world.lend(44)
    works = world.noticed()
    world.post_goes_out()
    conflict = works.conflicts.get()
    services.settle_conflict(conflict, state="suspended", reason="Sletta graves opp.", by=world.planner, now=NOW)
    line.refresh_from_db()
    assert line.state == "displaced"
    letters = [one for one in world.post_goes_out() if one.to == [world.coach.email]]
    for words in (
        "Ny vannledning over Elvesletta",
        works.reference,
        "Den gamle ledningen lekker.",
        "Sletta graves opp.",
    ):
        assert any(words in one.body for one in letters), words
    client = Client()
    client.force_login(world.coach)
    with clock.at(NOW):
        page = client.get(reverse("booking:case_line", args=[line.case.reference, line.number])).content.decode()
    assert works.reference in page
    assert "Sletta graves opp." in page


def test_works_that_go_on_displace_what_a_longer_plan_meets(world: World) -> None:
    """In good time for a notice of the added days: the ground is theirs already, so the conflict doesn't stay open."""
    world.lend(44)
    works = world.noticed()
    services.acknowledge(works.parties.get(), by=world.coach, now=NOW)
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=NOW)
    works = services.move(works, to="ready", by=world.planner, now=NOW + DAY)
    works = services.move(works, to="active", by=world.planner, now=at(42, 7))
    later = world.lend(112, who=world.choir, now=NOW)
    spec = world.spec(
        window_end=at(115, 15), periods=[PeriodSpec(at(42, 7), at(50, 15)), PeriodSpec(at(110, 7), at(115, 15))]
    )
    services.revise_works(works, spec=spec, by=world.planner, now=at(43, 9), why="Mer grus i juni.")
    later.refresh_from_db()
    assert later.state == "displaced"


def test_nothing_is_offered_that_the_works_themselves_will_close(world: World) -> None:
    """In consultation the works are only a note in the calendar: the same place in their own days looks free."""
    world.lend(44)
    world.planned(targets=[TargetSpec(world.hall)], title="Nytt tak", window_start=at(43, 7), window_end=at(46, 15))
    works = world.consulting()
    conflict = works.conflicts.get()
    found = services.alternatives(conflict, now=NOW)
    assert found
    for one in found:
        assert one.resource_id != world.meadow.pk or one.end <= at(42, 7) or one.start >= at(50, 15)
        assert one.resource_id != world.hall.pk or one.end <= at(43, 7) or one.start >= at(46, 15)
    for place in (world.meadow, world.hall):
        with pytest.raises(Taken):
            services.offer_alternative(
                conflict, resource=place, start=at(44, 12), end=at(44, 14), by=world.planner, now=NOW
            )


def test_a_line_that_was_moved_and_is_met_again_is_not_settled(world: World) -> None:
    """They took another day, and then the works were made longer."""
    line = world.lend(44)
    works = world.consulting()
    offer = services.offer_alternative(
        works.conflicts.get(), resource=world.meadow, start=at(52, 18), end=at(52, 20), by=world.planner, now=NOW
    )
    services.accept_alternative(offer, by=world.coach, now=NOW + DAY)
    conflict = works.conflicts.get()
    assert conflict.state == "time_shifted"
    services.revise_works(fresh(works), spec=world.spec(window_end=at(54, 15)), by=world.planner, now=NOW + DAY)
    conflict.refresh_from_db()
    line.refresh_from_db()
    assert (line.start, conflict.state, conflict.lost_start) == (at(52, 18), "open", at(52, 18))


def test_by_when_is_said_as_the_day_before_midnight(world: World) -> None:
    world.lend(44)
    other = make_resource("Parken", unit=world.culture, kind="area", slug="parken")
    works = world.noticed()
    services.offer_alternative(
        works.conflicts.get(), resource=other, start=at(44, 18), end=at(44, 20), by=world.planner, now=NOW
    )
    with clock.at(NOW):
        link = reverse("booking:works_party", args=[selectors.token_of(works.parties.get())])
        page = Client().get(link).content.decode()
    assert "9. mars" in page
    assert "10. mars" not in page
