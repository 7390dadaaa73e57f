"""Works in calendars: what was announced, where and when, over both clock changes; from plan to cancelled."""

from __future__ import annotations

from datetime import UTC, datetime

import icalendar
import pytest

pytest.importorskip("booking.works", reason="this house has no works")

from booking.foundation import clock
from booking.works import services
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node
from tests.calendars.test_http import body_of
from tests.factories import NOW, make_resource
from tests.works.world import World, at, make_world, with_restoring

pytestmark = pytest.mark.django_db
WORKS, AREA = "/feeds/works.ics?lang=en", "/feeds/area-elvesletta.ics?lang=en"
HALL, MEADOW = "/feeds/resource-hallen.ics?lang=en", "/feeds/resource-elvesletta.ics?lang=en"
SPREAD = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


@pytest.fixture
def world(db) -> World:
    return make_world()


def events(client, url: str) -> list[icalendar.Event]:
    answer = client.get(url)
    assert answer.status_code == 200
    return list(icalendar.Calendar.from_ical(body_of(answer)).walk("VEVENT"))


def test_a_draft_is_nowhere_and_empty_calendars_are_valid(client, world):
    world.drafted()
    for url in (WORKS, AREA, MEADOW):
        assert events(client, url) == []
        assert client.get(url)["ETag"] == client.get(url)["ETag"]


def test_plans_are_tentative_and_take_nothing(client, world):
    works = world.planned()
    for url in (WORKS, AREA):
        found = events(client, url)
        assert {one["status"] for one in found} == {"TENTATIVE"}
        assert {str(one["location"]) for one in found} == {"Elvesletta"}
        assert {str(one["summary"]) for one in found} == {"Works: Ny vannledning over Elvesletta"}
        assert works.current.reason in found[0]["description"]
    assert events(client, MEADOW) == []


@needs_node
def test_with_notice_they_are_in_the_place_s_own_calendar_too(client, world):
    spec = with_restoring(world, 42, 50)
    works = services.draft_works(unit=world.technical, spec=spec, by=world.planner, now=NOW)
    works = services.move(works, to="planned", by=world.planner, now=NOW)
    etag = client.get(WORKS)["ETag"]
    works.state = "noticed"
    from django.db import transaction

    from booking.works.services.common import store

    with transaction.atomic():
        store(works, NOW)
    assert client.get(WORKS, headers={"If-None-Match": etag}).status_code == 200
    wanted = [
        (at(42, 7), at(49, 15), "Works: Ny vannledning over Elvesletta"),
        (at(49, 15), at(50, 15), "Works: Ny vannledning over Elvesletta (taking down and restoring the ground)"),
    ]
    for url in (WORKS, AREA, MEADOW):
        body = body_of(client.get(url))
        assert by_icalendar(body, *SPREAD) == by_ical_js(body, *SPREAD) == wanted, url
    found = [{(str(one["uid"]), one["sequence"]) for one in events(client, url)} for url in (WORKS, AREA, MEADOW)]
    assert found[0] == found[1] == found[2], "one identity in every calendar"
    assert events(client, HALL) == []


def test_cancelled_works_say_so(client, world):
    works = world.planned()
    before = {str(one["uid"]): one["sequence"] for one in events(client, WORKS)}
    services.move(works, to="cancelled", by=world.planner, now=NOW, why="Pengene er borte.")
    for one in events(client, WORKS):
        assert one["status"] == "CANCELLED"
        assert str(one["summary"]).startswith("CANCELLED: Works: ")
        assert one["sequence"] > before[str(one["uid"])]


def test_what_lies_in_an_area_and_what_it_lies_in(client, world):
    make_resource("Fotballbanen", unit=world.culture, kind="area", slug="fotballbanen", parent=world.meadow)
    make_resource("Parken", unit=world.culture, kind="area", slug="parken")
    world.planned()
    assert events(client, "/feeds/area-fotballbanen.ics") != []
    assert events(client, "/feeds/area-parken.ics") == []
    assert client.get("/feeds/area-hallen.ics").status_code == 404, "a hall is no area"
    assert client.get("/feeds/area-finnes-ikke.ics").status_code == 404


def test_switched_off_there_are_none(client, world, settings):
    switches = settings.BOOKING.get("switches", {}) | {"works": False}
    settings.BOOKING = {**settings.BOOKING, "switches": switches}
    for url in (WORKS, AREA):
        assert client.get(url).status_code == 404
    assert events(client, MEADOW) == []


def test_nothing_new_costs_one_query(client, world, django_assert_max_num_queries):
    world.planned()
    etag = client.get(WORKS)["ETag"]
    with django_assert_max_num_queries(1):
        assert client.get(WORKS, headers={"If-None-Match": etag}).status_code == 304


def test_a_private_booking_is_in_no_area_feed(client, world):
    """An area's feed holds works; its use is in `resource-<slug>.ics`."""
    world.lend(9, title="Hemmelig", title_public=False)
    assert events(client, AREA) == []
    assert [str(one["summary"]) for one in events(client, MEADOW)] == ["Taken"]
