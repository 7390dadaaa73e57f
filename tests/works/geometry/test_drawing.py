"""The picture of works: names are read whole, wherever their place lies."""

from __future__ import annotations

import pytest
from shapely.geometry import box, mapping

from booking.works.geometry.drawing import NAME_LETTERS, WIDTH, Layer, picture


def square(lon: float, lat: float, name: str) -> Layer:
    return Layer(mapping(box(lon, lat, lon + 0.0004, lat + 0.0002)), "place", name)


@pytest.mark.parametrize("letter", [7.5, 12.5], ids=["desktop", "phone"])
def test_no_name_is_cut_by_the_side_of_the_picture(letter: float) -> None:
    names = ("Lesesalen på gamle biblioteket", "Elvesletta", "Ny vannledning over Elvesletta ved brua")
    drawn = picture([square(10 + 0.006 * number, 60, name) for number, name in enumerate(names)])
    assert drawn is not None
    for one in drawn.layers:
        half = min(len(one.name), NAME_LETTERS) * letter / 2
        assert one.x - half >= 0, one.name
        assert one.x + half <= WIDTH, one.name


def test_a_name_with_room_stands_on_its_place() -> None:
    drawn = picture([square(10, 60, ""), square(10.003, 60, "Brua"), square(10.006, 60, "")])
    assert drawn is not None
    first, middle, last = (one.x for one in drawn.layers)
    assert middle == pytest.approx((first + last) / 2, abs=1)
