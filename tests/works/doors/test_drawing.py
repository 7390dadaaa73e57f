"""Outlines as a picture: what is drawn lies in the picture, with full stops whatever the language."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.works.geometry.drawing import Layer, picture
from tests.thoroughness import examples

RING = [[10.0, 59.0], [10.01, 59.0], [10.01, 59.01], [10.0, 59.01], [10.0, 59.0]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}
POINT = {"type": "Point", "coordinates": [10.005, 59.005]}


def test_nothing_to_draw_is_no_picture() -> None:
    assert picture([]) is None
    assert picture([Layer(None, "place")]) is None


def test_names_stand_below_each_other_not_on_each_other() -> None:
    found = picture([Layer(POINT, "place", name) for name in ("Salen", "Rommet", "Grøft")])
    assert found is not None
    tops = sorted(one.y for one in found.layers)
    assert tops[1] - tops[0] > 15
    assert tops[2] - tops[1] > 15


def test_layers_in_their_order_with_names() -> None:
    found = picture([Layer(SQUARE, "place", "Elvesletta"), Layer(POINT, "works", "Grøft")])
    assert found is not None
    assert [(one.kind, one.name, one.open) for one in found.layers] == [
        ("place", "Elvesletta", False),
        ("works", "Grøft", True),
    ]
    assert found.view_box.startswith("0 0 720 ")
    assert 0 < found.bar < found.width / 2
    assert found.bar_metres in (100, 200, 500)


lons, lats = st.floats(-179, 179), st.floats(-85, 85)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=8))
def test_everything_lies_in_the_picture(places) -> None:
    found = picture([Layer({"type": "Point", "coordinates": list(one)}, "works") for one in places])
    assert found is not None
    for one in found.layers:
        assert 0 <= one.x <= found.width
        assert 0 <= one.y <= found.height
        assert re.fullmatch(r"[-MLZhac0-9. e+]+", one.d)


@settings(max_examples=examples(40), deadline=None)
@given(st.floats(9, 11), st.floats(58, 60), st.floats(1e-6, 0.5))
def test_north_is_up_and_east_is_right(lon, lat, size) -> None:
    north_east = {"type": "Point", "coordinates": [lon + size, lat + size]}
    south_west = {"type": "Point", "coordinates": [lon, lat]}
    found = picture([Layer(south_west, "works"), Layer(north_east, "works")])
    assert found is not None
    low, high = found.layers
    assert low.x <= high.x
    assert low.y >= high.y
