"""Outlines drawn as a picture on plain ground, with the names of places: a map without tiles, scripts or other hosts.

Pure. Degrees become points of a picture whose width is fixed; at a town's size a flat map is as good as any.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapely.geometry.base import BaseGeometry

from booking.works.geometry.shapes import shape_of

#: Width of the picture in its own points, its margin, and how high it may be.
WIDTH, MARGIN, HIGHEST, LOWEST = 720.0, 40.0, 560.0, 220.0
#: The least that a picture shows, so that a point has ground around it. Metres.
LEAST_METRES = 140.0
_METRE = 1 / 111_320  # degrees of latitude
_DOT = 7.0
#: A name takes about so much room: points across and down.
_WIDE, _LINE = 190.0, 22.0
#: A letter of a name at its largest (on a phone the picture is small, its letters large); after how many one is cut.
_LETTER, NAME_LETTERS = 12.5, 28
_EDGE = 6.0
MOST_LAYERS = 200


@dataclass(frozen=True, slots=True)
class Layer:
    """Something to draw: a GeoJSON geometry, what it is (``works``, ``felt`` or ``place``), its name and its page."""

    geometry: Any
    kind: str
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer as a picture: the path's ``d``, and where its name stands."""

    kind: str
    d: str
    name: str
    url: str
    x: float
    y: float
    #: Lines and points have no inside to fill.
    open: bool

    @property
    def left(self) -> str:
        """``x`` as SVG has it."""
        return f"{self.x:g}"

    @property
    def top(self) -> str:
        """``y`` as SVG has it."""
        return f"{self.y:g}"


@dataclass(frozen=True, slots=True)
class Picture:
    """All layers, the whole's size, and a scale bar: how long it is in points, and in words."""

    width: float
    height: float
    layers: Sequence[Drawn]
    bar: float
    bar_metres: int
    sources: Sequence[Layer] = ()

    @property
    def outlines(self) -> str:
        """The same as JSON, for the map that can be moved: geometry, kind, name and page of each layer."""
        return outlines(self.sources)

    @property
    def view_box(self) -> str:
        """As SVG has it, with full stops whatever the language."""
        return f"0 0 {self.width:g} {self.height:g}"

    @property
    def bar_path(self) -> str:
        """The scale bar, in the lower left corner."""
        return f"M20 {self.height - 16:g}h{self.bar:g}"

    @property
    def bar_top(self) -> str:
        """Where its words stand."""
        return f"{self.height - 24:g}"


def picture(layers: Iterable[Layer]) -> Picture | None:
    """Draw layers, in order: the later ones lie on top. None when there is nothing to draw."""
    shapes = [(layer, shape_of(layer.geometry)) for layer in list(layers)[:MOST_LAYERS] if layer.geometry]
    shapes = [(layer, shape) for layer, shape in shapes if not shape.is_empty]
    if not shapes:
        return None
    frame = _frame([shape for _layer, shape in shapes])
    drawn = _apart([_drawn(layer, shape, frame) for layer, shape in shapes])
    metres = _round_metres(WIDTH / 4 / frame.scale * 111_320)
    bar = round(metres / 111_320 * frame.scale, 1)
    return Picture(WIDTH, frame.height, drawn, bar, metres, [layer for layer, _shape in shapes])


def outlines(layers: Iterable[Layer]) -> str:
    """Layers as JSON, for a script: text and degrees only."""
    rows = [{"geometry": one.geometry, "kind": one.kind, "name": one.name, "url": one.url} for one in layers]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become points: west and north edge, points to a degree of latitude, and how a parallel shrinks."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """The point of a position."""
        return (
            round(MARGIN + (lon - self.west) * self.squeeze * self.scale, 1),
            round(MARGIN + (self.north - lat) * self.scale, 1),
        )


def _frame(shapes: Sequence[BaseGeometry]) -> _Frame:
    bounds = [shape.bounds for shape in shapes]
    west, south = min(one[0] for one in bounds), min(one[1] for one in bounds)
    east, north = max(one[2] for one in bounds), max(one[3] for one in bounds)
    squeeze = max(0.02, math.cos(math.radians((south + north) / 2)))
    wide, high = (east - west) * squeeze, north - south
    least = LEAST_METRES * _METRE
    if wide < least:
        west -= (least - wide) / 2 / squeeze
        wide = least
    if high < least / 2:
        north += (least / 2 - high) / 2
        high = least / 2
    scale = min((WIDTH - 2 * MARGIN) / wide, (HIGHEST - 2 * MARGIN) / high)
    # What doesn't fill the picture stands in its middle.
    west -= ((WIDTH - 2 * MARGIN) / scale - wide) / 2 / squeeze
    height = max(LOWEST, high * scale + 2 * MARGIN)
    north += (height - 2 * MARGIN - high * scale) / scale / 2
    return _Frame(west, north, scale, squeeze, round(height, 1))


def _drawn(layer: Layer, shape: BaseGeometry, frame: _Frame) -> Drawn:
    middle = shape.representative_point()
    x, y = frame.at(middle.x, middle.y)
    return Drawn(layer.kind, _path(shape, frame), layer.name, layer.url, x, y, shape.area == 0)


def _apart(drawn: list[Drawn]) -> list[Drawn]:
    """Names that would lie on each other stand below each other; none is cut by the picture's side."""
    placed: list[tuple[float, float]] = []
    found = []
    for one in drawn:
        x, y = _inside(one.x, one.name), one.y
        while one.name and any(abs(x - other) < _WIDE and abs(y - above) < _LINE for other, above in placed):
            y = round(y + _LINE, 1)
        if one.name:
            placed.append((x, y))
        found.append(replace(one, x=x, y=y))
    return found


def _inside(x: float, name: str) -> float:
    """Where the middle of a name stands so that both its ends are within the picture."""
    half = min(len(name), NAME_LETTERS) * _LETTER / 2 + _EDGE
    return round(min(max(x, half), WIDTH - half), 1) if half < WIDTH / 2 else WIDTH / 2


def _path(shape: BaseGeometry, frame: _Frame) -> str:
    kind = shape.geom_type
    if kind == "Point":
        x, y = frame.at(shape.x, shape.y)
        return f"M{x - _DOT:g} {y:g}a{_DOT:g} {_DOT:g} 0 1 0 {2 * _DOT:g} 0a{_DOT:g} {_DOT:g} 0 1 0 {-2 * _DOT:g} 0"
    if kind in ("LineString", "LinearRing"):
        return _line(shape.coords, frame)
    if kind == "Polygon":
        return "".join(_line(ring.coords, frame) + "Z" for ring in (shape.exterior, *shape.interiors))
    return "".join(_path(part, frame) for part in shape.geoms)


def _line(coordinates: Any, frame: _Frame) -> str:
    points = [frame.at(position[0], position[1]) for position in coordinates]
    kept = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept)


def _round_metres(metres: float) -> int:
    """The largest 1, 2 or 5 times a power of ten that isn't more."""
    power = 10 ** max(0, math.floor(math.log10(max(metres, 1))))
    return int(max(step * power for step in (1, 2, 5) if step * power <= max(metres, 1)))
