"""The map that can be moved: what it is given, and that nobody else is asked for anything unless the town says so."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from booking.foundation import clock, conf
from booking.works.staff import mapping
from municipality.settings.base import tile_hosts
from tests.factories import NOW
from tests.works.world import World

pytestmark = pytest.mark.django_db
PIPE = {"type": "LineString", "coordinates": [[10.001, 59.0005], [10.004, 59.0015]]}
GROUND = {"type": "Polygon", "coordinates": [[[10, 59], [10.01, 59], [10.01, 59.01], [10, 59]]]}


@pytest.fixture(autouse=True)
def then():
    with clock.at(NOW):
        yield


def given(text: str, mark: str) -> dict[str, str]:
    """The attributes of the map's place."""
    found = re.search(rf"<div[^>]*{mark}[^>]*>", text)
    assert found, "no map"
    return {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', found[0])}


def test_the_map_is_given_what_the_picture_shows(world: World) -> None:
    title = 'Rør "under" <script>alert(1)</script>'
    works = world.planned(footprint=PIPE, notify_area=GROUND, title=title)
    page = Client().get(reverse("booking:works_list")).content.decode()
    facts = given(page, "data-map ")
    outlines = json.loads(facts["data-outlines"])
    assert {(one["kind"], one["geometry"]["type"]) for one in outlines} >= {
        ("works", "LineString"),
        ("felt", "Polygon"),
    }
    (mine,) = [one for one in outlines if one["kind"] == "works"]
    assert (mine["name"], mine["url"]) == (title, f"/works/{works.reference}/")
    assert "<script>alert" not in page
    assert "<svg" in page
    assert " hidden " in re.search(r"<div[^>]*data-map [^>]*>", page)[0]  # type: ignore[index]
    assert facts["data-tiles"] == ""


def test_without_an_outline_there_is_no_map_and_no_picture(world: World) -> None:
    world.planned()
    page = Client().get(reverse("booking:works_list")).content.decode()
    assert "data-map" not in page


def test_tiles_come_from_where_the_town_says(world: World, settings: Any) -> None:
    world.planned(footprint=PIPE)
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    with override_settings(BOOKING=settings.BOOKING | {"map_tiles": tiles, "map_attribution": "© Kartverket"}):
        facts = given(Client().get(reverse("booking:works_list")).content.decode(), "data-map ")
    assert (facts["data-tiles"], facts["data-attribution"]) == (tiles, "© Kartverket")
    assert tile_hosts(tiles) == ["https://tiles.example.org"]
    assert tile_hosts("https://{s}.example.org/{z}/{x}/{y}.png") == ["https://*.example.org"]
    assert tile_hosts("") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("map_tiles", "https://tiles.example.org/"),
        ("map_tiles", "javascript:alert(1)//{z}{x}{y}"),
        ("map_tiles", "https://a.example.org/{z}/{x}/{y}; script-src *"),
        ("map_start", "here"),
        ("map_start", "69.2,18.1"),
    ],
)
def test_what_is_no_address_of_tiles_is_a_fault_of_the_settings(key: str, value: str) -> None:
    found, faults = conf.read({key: value})
    assert [(one.code, one.key) for one in faults] == [("bad_value", key)]
    assert getattr(found, key) == getattr(conf.BookingSettings(), key)


def test_the_editor_knows_every_place_with_an_outline(world: World, client: Client) -> None:
    world.meadow.geometry = GROUND
    world.meadow.save()
    (one,) = json.loads(mapping.outlines())
    assert (one["name"], one["url"], one["kind"]) == ("Elvesletta", str(world.meadow.pk), "place")
    client.force_login(world.planner)
    page = client.get("/admin/booking/works/new/").content.decode()
    facts = given(page, "data-map-editor")
    assert json.loads(facts["data-outlines"]) == [one]
    for field in ("footprint", "notify_area"):
        assert f'name="{field}"' in page
    assert page.index("data-map-editor") < page.index('name="footprint"')
