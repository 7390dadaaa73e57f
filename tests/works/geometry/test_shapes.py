"""Metres and shapes: compared with distances by the book, and with brute force."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from booking.catalogue.rules.geometry import Box, box_of
from booking.works.geometry import shapes
from tests.thoroughness import examples

WGS84 = Geod(ellps="WGS84")


def square(lon: float, lat: float, size: float = 0.001) -> dict:
    return {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]],
    }


def point(lon: float, lat: float) -> dict:
    return {"type": "Point", "coordinates": [lon, lat]}


def away(lon: float, lat: float, azimuth: float, metres: float) -> dict:
    there = WGS84.fwd(lon, lat, azimuth, metres)
    return point(there[0], there[1])


def compare(ground: shapes.Ground, *outlines: dict) -> tuple[list[bool], list[bool]]:
    return ground.compare([json.dumps(one) for one in outlines])


@settings(max_examples=examples(60))
@given(st.floats(-179, 179), st.floats(-78, 78), st.floats(0, 360), st.integers(2, 3000))
def test_the_buffer_is_so_many_metres_everywhere_on_earth(lon, lat, azimuth, metres) -> None:
    ground = shapes.ground_of(point(lon, lat), None, metres)
    inside, outside = away(lon, lat, azimuth, metres * 0.99 - 0.5), away(lon, lat, azimuth, metres * 1.01 + 0.5)
    if abs(inside["coordinates"][0] - lon) < 10 and abs(outside["coordinates"][0] - lon) < 10:
        assert compare(ground, inside, outside)[1] == [True, False]


def test_on_the_ground_near_it_and_away_from_it() -> None:
    ground = shapes.ground_of(square(10.0, 59.0), None, 30)
    twenty = away(10.0, 59.0005, 270, 20)
    forty = away(10.0, 59.0005, 270, 40)
    on_it, feeling = compare(ground, point(10.0005, 59.0005), twenty, forty)
    assert on_it == [True, False, False]
    assert feeling == [True, True, False]


def test_touching_is_meeting() -> None:
    ground = shapes.ground_of(square(10.0, 59.0), None, 0)
    assert compare(ground, square(10.001, 59.0))[0] == [True]


def test_a_notify_area_takes_the_place_of_the_buffer() -> None:
    ground = shapes.ground_of(square(10.0, 59.0), square(10.1, 59.0), 5000)
    assert compare(ground, point(10.1005, 59.0005), point(10.002, 59.0))[1] == [True, False]
    alone = shapes.ground_of(None, square(10.1, 59.0), 30)
    assert compare(alone, point(10.1005, 59.0005)) == ([False], [True])


@pytest.mark.parametrize(
    "outline",
    [
        {"type": "MultiPoint", "coordinates": [[10.0005, 59.0005], [11, 60]]},
        {"type": "LineString", "coordinates": [[9.9, 59.0005], [10.2, 59.0005]]},
        {"type": "MultiLineString", "coordinates": [[[9.9, 59.0005], [10.2, 59.0005]], [[1, 1], [2, 2]]]},
        {"type": "MultiPolygon", "coordinates": [square(10.0002, 59.0002)["coordinates"], square(0, 0)["coordinates"]]},
        {"type": "GeometryCollection", "geometries": [point(0, 0), square(10.0002, 59.0002)]},
        # A bow tie: mended, not left out.
        {
            "type": "Polygon",
            "coordinates": [[[10.0, 59.0], [10.001, 59.001], [10.001, 59.0], [10.0, 59.001], [10.0, 59.0]]],
        },
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_every_kind_of_geometry_as_outline_and_as_ground(outline: dict, swapped: bool) -> None:
    ground, other = (outline, square(10.0, 59.0)) if swapped else (square(10.0, 59.0), outline)
    assert compare(shapes.ground_of(ground, None, 30), other) == ([True], [True])


def test_an_outline_that_cannot_be_read_is_asked_about() -> None:
    ground = shapes.ground_of(square(10.0, 59.0), None, 30)
    assert ground.compare(["{}", None, json.dumps(point(0, 0))]) == ([True, True, False], [True, True, False])


def test_no_ground_meets_nothing_and_has_no_box() -> None:
    ground = shapes.ground_of(None, None, 30)
    assert ground.box is None
    assert compare(ground, point(10, 59)) == ([False], [False])


def test_the_box_holds_the_buffer() -> None:
    box = shapes.ground_of(point(10.0, 60.0), None, 1000).box
    assert box is not None
    assert WGS84.inv(10.0, 60.0, box.max_lon, 60.0)[2] == pytest.approx(1000, rel=0.01)
    assert WGS84.inv(10.0, 60.0, 10.0, box.min_lat)[2] == pytest.approx(1000, rel=0.01)
    assert isinstance(box, Box)


def test_distances_between_outlines() -> None:
    other = away(10.0, 59.0, 180, 250)
    assert shapes.distance_m(square(10.0, 59.0), other) == pytest.approx(250, abs=1)
    assert shapes.distance_m(square(10.0, 59.0), point(10.0005, 59.0005)) == 0


near = st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(near, min_size=1, max_size=30), st.integers(0, 400))
def test_against_distances_one_by_one(places, metres) -> None:
    base = square(10.0, 59.0)
    outlines = [point(10.0 + lon, 59.0 + lat) for lon, lat in places]
    feeling = compare(shapes.ground_of(base, None, metres), *outlines)[1]
    for outline, hit in zip(outlines, feeling, strict=True):
        distance = shapes.distance_m(base, outline)
        if not math.isclose(distance, metres, abs_tol=0.5, rel_tol=0.002):
            assert hit == (distance <= metres)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(near, min_size=1, max_size=30), st.integers(0, 400))
def test_what_is_left_out_by_its_box_is_hit_by_nothing(places, metres) -> None:
    ditch = {"type": "LineString", "coordinates": [[9.99, 58.99], [10.01, 59.01]]}
    ground = shapes.ground_of(ditch, None, metres)
    outlines = [square(10.0 + lon, 59.0 + lat) for lon, lat in places]
    by_box = ground.meets_boxes([box_of(one) for one in outlines])
    on_it, feeling = compare(ground, *outlines)
    assert not [one for one in zip(by_box, on_it, feeling, strict=True) if not one[0] and (one[1] or one[2])]
