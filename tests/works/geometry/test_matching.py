"""Outlines in the table against the ground of works: the index first, two queries, the same as one by one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from booking.catalogue.models import Resource
from booking.catalogue.rules import geometry
from booking.works.geometry import matching, shapes
from booking.works.models import WorksVersion
from tests import factories as f

pytestmark = pytest.mark.django_db


def square(lon: float, lat: float, size: float) -> dict[str, Any]:
    return {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]],
    }


def outlined(name: str, outline: dict[str, Any]) -> Resource:
    room = f.make_resource(name)
    box = geometry.box_of(outline)
    Resource.objects.filter(pk=room.pk).update(geometry=outline, **box._asdict())
    return room


def version(footprint: Any = None, notify: Any = None, buffer_m: int = 30) -> WorksVersion:
    return WorksVersion(footprint=footprint, notify_area=notify, buffer_m=buffer_m)


def test_what_is_hit_and_what_only_feels_it(django_assert_num_queries) -> None:
    pitch = outlined("Elvesletta", square(10.0, 59.0, 0.001))
    shed = outlined("Bua", {"type": "Point", "coordinates": [10.00125, 59.0005]})  # 14 m east of the pitch
    outlined("Langt unna", square(10.5, 59.0, 0.001))
    f.make_resource("Uten omriss")
    ditch = {"type": "LineString", "coordinates": [[10.0, 59.0005], [10.001, 59.0005]]}
    with django_assert_num_queries(2):
        assert matching.match(version(ditch)) == ({pitch.pk}, {shed.pk})
    assert matching.match(version(ditch, buffer_m=5)) == ({pitch.pk}, set())
    assert matching.match(version(None, square(10.0, 58.999, 0.01))) == (set(), {pitch.pk, shed.pk})
    with django_assert_num_queries(0):
        assert matching.match(version()) == (set(), set())
    assert matching.box_of(version()) is None


def test_boxes_that_meet_are_not_enough() -> None:
    """An L around the works: its box holds them, its ground doesn't."""
    ell = [[10.0, 59.0], [10.01, 59.0], [10.01, 59.001], [10.001, 59.001], [10.001, 59.01], [10.0, 59.01], [10.0, 59.0]]
    outlined("Turveien", {"type": "Polygon", "coordinates": [ell]})
    assert matching.match(version(square(10.006, 59.006, 0.001))) == (set(), set())


def test_a_random_town_against_one_by_one() -> None:
    dice = random.Random(7)
    rooms = [
        outlined(
            f"Ting {number}",
            square(10 + dice.random() / 50, 59 + dice.random() / 50, 0.0002 + dice.random() / 500),
        )
        for number in range(40)
    ]
    outlines = dict(Resource.objects.values_list("pk", "geometry"))
    for _round in range(10):
        footprint = square(10 + dice.random() / 50, 59 + dice.random() / 50, 0.0005 + dice.random() / 300)
        met, near = matching.match(version(footprint, buffer_m=200))
        ground = shapes.ground_of(footprint, None, 200)
        for room in rooms:
            on_it, feeling = ground.compare([json.dumps(outlines[room.pk])])
            assert (room.pk in met, room.pk in met | near) == (on_it[0], feeling[0])
