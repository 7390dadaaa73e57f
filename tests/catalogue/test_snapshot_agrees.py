"""The kept catalogue and the rows themselves say the same, whatever is asked."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client

from booking.catalogue import rules, selectors
from booking.catalogue.models import Feature, OpeningException, Resource, UnitRules
from booking.foundation.errors import Invalid
from booking.occupancy import selectors as occupancy
from booking.occupancy.selectors import Wanted
from tests import factories

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def town():
    """Things that differ in all that a question can be about."""
    top = factories.make_unit("Kommunen", slug="kommunen")
    unit = factories.make_unit("Kultur", slug="kultur", parent=top, owned=False)
    away = factories.make_user("Per Borte", active=False)
    other = factories.make_unit("Bygdehuset", slug="bygdehuset")
    UnitRules.objects.create(unit=top, kind="", buffer_after=10, holidays="closed")
    UnitRules.objects.create(unit=unit, kind="venue", buffer_before=20, automatic_kinds=["sport"])
    factories.open_hours(top, 7, 23)
    factories.open_hours(other, 18, 2, weekdays=[4, 5])
    box = {"min_lon": 10.7, "min_lat": 59.9, "max_lon": 10.8, "max_lat": 59.95}
    hall = factories.make_hall_in_thirds("Idrettshallen", unit=unit, capacity=300, open=None, step_free="yes", **box)
    room = factories.make_resource("Møterom Ærlig", unit=unit, capacity=8, open=(8, 16), summary="Prosjektor og kaffe")
    chairs = factories.make_stock("Stoler", 40, unit=other, open=None)
    house = factories.make_resource("Grendehuset", unit=other, open=None, timezone="Europe/London", step_free="yes",
                                    lift="yes", **(box | {"min_lat": 60.2, "max_lat": 60.3}))  # fmt: skip
    factories.make_resource("Utkast", unit=unit, state="draft")
    factories.make_resource("Skjult", unit=other, public=False)
    factories.make_resource("Eierløs", unit=factories.make_unit("Tom", owned=False, officer=away))
    factories.make_resource("Egen eier", unit=unit, officer=factories.make_user(), cells=[])
    kitchen, stage = (Feature.objects.create(name=name, slug=name.lower()) for name in ("Kjøkken", "Scene"))
    house.features.set([kitchen, stage])
    room.features.set([kitchen])
    for owner, first, last, opens in (
        ({"unit": top}, date(2026, 3, 4), date(2026, 3, 5), None),
        ({"resource": room}, date(2026, 3, 4), date(2026, 3, 4), time(12)),
        ({"unit": other}, date(2020, 1, 1), date(2020, 2, 1), None),
    ):
        OpeningException.objects.create(start=first, end=last, opens=opens, closes=opens and time(20), **owner)
    return {"unit": unit, "other": other, "hall": hall.whole, "room": room, "chairs": chairs, "house": house}


FILTERS = [
    {},
    {"q": "hallen"},
    {"q": "  ÆRLIG   kaffe"},
    {"q": "100%_"},
    {"kind": "equipment"},
    {"features": ["kjøkken"]},
    {"features": ["kjøkken", "scene"]},
    {"features": ["ukjent"]},
    {"capacity_min": 9},
    {"capacity_min": 10**12},
    {"unit": "kommunen"},
    {"unit": "kultur", "kind": "venue"},
    {"unit": "ukjent"},
    {"accessible": ["step_free"]},
    {"accessible": ["step_free", "lift"]},
    {"near": rules.Near(59.91, 10.75, 5)},
    {"near": rules.Near(59.91, 10.75, 200), "q": "e"},
]


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_a_search_finds_the_same_in_the_same_order(town, asked):
    known = selectors.snapshot()
    rows = selectors.search_resources(selectors.public_resources(), **asked).order_by("name", "pk")
    assert [thing.pk for thing in selectors.search(known.shown, known, **asked)] == [row.pk for row in rows]
    if "near" in asked:
        nearest = list(selectors.near_ids(rows, asked["near"]))
        found = selectors.by_distance(selectors.search(known.shown, known, **asked), asked["near"])
        assert [thing.pk for thing in found] == nearest


def test_an_unknown_accessibility_fact_is_a_fault_of_the_code(town):
    known = selectors.snapshot()
    with pytest.raises(ValueError, match="balcony"):
        selectors.search(known.shown, known, accessible=["balcony"])


def test_everybody_sees_what_is_theirs_to_see(town):
    known = selectors.snapshot()
    gone = factories.make_officer(town["unit"])
    gone.is_active = False
    before = factories.make_officer(town["other"], end=date(2020, 1, 1))
    ours, theirs = factories.make_officer(town["unit"]), town["other"].officer
    people = [None, factories.make_user(), factories.make_user(is_superuser=True), ours, theirs, before, gone]
    for person in people:
        rows = selectors.visible_resources(person).order_by("name", "pk")
        assert [thing.pk for thing in known.visible_to(person)] == [row.pk for row in rows], person


def test_rules_counts_and_zones_are_the_same(town):
    known = selectors.snapshot()
    rows = list(Resource.objects.all())
    effective = selectors.effective_rules(rows)
    counts = selectors.quantities(rows)
    for row in rows:
        thing = known.things[row.pk]
        assert known.effective[row.pk] == effective[row.pk]
        assert known.quantity(row.pk) == counts[row.pk]
        assert thing.tz == selectors.zone(row)
        assert (thing.slug, thing.kind, thing.capacity, thing.unit_id) == (
            row.slug,
            row.kind,
            row.capacity,
            row.unit_id,
        )


@pytest.mark.parametrize(
    "start", [MONDAY, MONDAY + 26 * DAY, datetime(2026, 3, 31, tzinfo=UTC), datetime(2020, 1, 30, tzinfo=UTC)]
)
@pytest.mark.parametrize("length", [timedelta(hours=2), 9 * DAY, 300 * DAY])
def test_openings_are_the_same_over_holidays_exceptions_and_clock_changes(town, start, length):
    known = selectors.snapshot()
    rows = list(Resource.objects.all())
    things = [known.things[row.pk] for row in rows]
    assert known.open_windows(things, start, start + length) == selectors.open_windows(rows, start, start + length)


def test_a_window_outside_of_the_calendar_is_refused(town):
    known = selectors.snapshot()
    with pytest.raises(Invalid):
        known.open_windows(known.shown, datetime(1, 1, 1, tzinfo=UTC), MONDAY)


@pytest.mark.parametrize("hour", [5, 9, 15, 22])
def test_availability_search_and_conflicts_are_the_same(town, hour):
    known = selectors.snapshot()
    rows = list(Resource.objects.order_by("name", "pk"))
    things = [known.things[row.pk] for row in rows]
    window = (MONDAY, MONDAY + 10 * DAY)
    assert occupancy.availability(things, *window, known=known) == occupancy.availability(rows, *window)
    for bulk in (True, False):
        ours = occupancy.availability_json(things, *window, bulk=bulk, known=known)
        assert ours == occupancy.availability_json(rows, *window, bulk=bulk)
    start = MONDAY + timedelta(hours=hour)
    for quantity in (1, 30, 41):
        asked = (start, start + timedelta(hours=1), quantity)
        assert occupancy.free_resource_ids(things, *asked, known=known) == occupancy.free_resource_ids(rows, *asked)
    wanted = [
        Wanted(row.pk, start + day * DAY, start + day * DAY + timedelta(hours=1), 30, index=index * 3 + day)
        for index, row in enumerate(rows)
        for day in range(3)
    ]
    wanted += [Wanted(one.resource_id, one.start, one.end, 20, index=one.index + 1000) for one in wanted[::2]]
    assert occupancy.conflicts(wanted, known=known) == occupancy.conflicts(wanted)
    assert occupancy.outlook(wanted, known=known) == occupancy.outlook(wanted)


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_row_of_the_list_is_the_row_of_the_thing_itself(town, language):
    client = Client(headers={"accept-language": language})
    listed = json.loads(client.get("/api/booking/v1/resources/?limit=500").content)
    assert listed["count"] == len(listed["results"]) == selectors.public_resources().count()
    for row in listed["results"]:
        alone = json.loads(client.get(f"/api/booking/v1/resources/{row['slug']}/").content)
        assert row == {name: alone[name] for name in row}


def test_the_pages_of_a_list_are_linked_and_add_up(town):
    client = Client()
    address, seen = "/api/booking/v1/resources/?limit=3", []
    while address:
        answer = json.loads(client.get(address).content)
        seen += [row["slug"] for row in answer["results"]]
        address = answer["next"]
    assert seen == [row.slug for row in selectors.public_resources().order_by("name", "pk")]
