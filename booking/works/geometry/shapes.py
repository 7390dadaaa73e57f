"""Ground and outlines as shapes: who is on the ground of works, and who is within so many metres of it. Pure.

GeoJSON in WGS84, longitude first, as ``catalogue.rules.geometry`` has checked it. Distances are metres on the
ellipsoid: a buffer is drawn on a map of its own (azimuthal equidistant, centred on the ground), and put back on the
globe once; then every outline is compared there, without projecting it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from booking.catalogue.rules.geometry import Box

#: Segments of a quarter circle: 30 m drawn with 24 of them is nowhere more than 2 cm short.
_SMOOTH = 24
#: A long straight edge gets a corner this often before it is projected, so that it bends as it should. Degrees.
_STRAIGHT = 0.02


@lru_cache(maxsize=256)
def _plane(lon: float, lat: float) -> tuple[Transformer, Transformer]:
    """To a metric map centred there, and back."""
    metric = CRS.from_proj4(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs")
    globe = CRS.from_epsg(4326)
    return (
        Transformer.from_crs(globe, metric, always_xy=True),
        Transformer.from_crs(metric, globe, always_xy=True),
    )


def _moved(shape: BaseGeometry, transformer: Transformer) -> BaseGeometry:
    def move(points: Any) -> Any:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return shapely.transform(shape, move)


def shape_of(geometry: Any) -> BaseGeometry:
    """The shape of a checked GeoJSON geometry. One that crosses itself is mended, so that all of its ground counts."""
    shape = shapely.from_geojson(json.dumps(geometry))
    return shape if shape.is_valid else shapely.make_valid(shape)


def widened(shape: BaseGeometry, metres: float) -> BaseGeometry:
    """All within so many metres of a shape, as a shape in degrees."""
    if metres <= 0 or shape.is_empty:
        return shape
    centre = shapely.envelope(shape).centroid
    there, back = _plane(round(centre.x, 3), round(centre.y, 3))
    flat = _moved(shapely.segmentize(shape, _STRAIGHT), there)
    return _moved(shapely.buffer(flat, metres, quad_segs=_SMOOTH), back)


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground of works: what they stand on, and what feels them (the notify area, or so far around)."""

    stands_on: BaseGeometry | None
    felt_on: BaseGeometry | None

    @property
    def box(self) -> Box | None:
        """The box around all of it; None when there is no ground."""
        boxes = [shape.bounds for shape in (self.stands_on, self.felt_on) if shape is not None and not shape.is_empty]
        if not boxes:
            return None
        west, south, east, north = zip(*boxes, strict=True)
        return Box(min(west), min(south), max(east), max(north))

    def meets_boxes(self, corners: Sequence[Sequence[float]]) -> list[bool]:
        """For each box (min_lon, min_lat, max_lon, max_lat): does the ground itself meet it? What doesn't can't be hit.

        Of a long ditch that runs aslant the box holds far more than the ditch.
        """
        boxes = shapely.box(*np.asarray(corners, dtype=float).T)
        hit = np.zeros(len(corners), dtype=bool)
        for ground in (self.stands_on, self.felt_on):
            if ground is not None:
                shapely.prepare(ground)
                hit |= shapely.intersects(ground, boxes)
        return [bool(one) for one in hit]

    def compare(self, outlines: Sequence[str | None]) -> tuple[list[bool], list[bool]]:
        """For each outline (GeoJSON as text): does it meet what they stand on, and what feels them. Touching counts.

        An outline that can't be read meets both: somebody is asked once too often rather than never.
        """
        shapes = shapely.from_geojson([text or "null" for text in outlines], on_invalid="ignore")
        unread = shapely.is_missing(shapes)
        crossed = ~(shapely.is_valid(shapes) | unread)
        if crossed.any():
            shapes[crossed] = shapely.make_valid(shapes[crossed])
        return self._meets(self.stands_on, shapes, unread), self._meets(self.felt_on, shapes, unread)

    @staticmethod
    def _meets(ground: BaseGeometry | None, shapes: Any, unread: Any) -> list[bool]:
        if ground is None:
            return [False] * len(shapes)
        shapely.prepare(ground)
        return [bool(one) for one in shapely.intersects(ground, shapes) | unread]


def ground_of(footprint: Any, notify_area: Any, buffer_m: float) -> Ground:
    """The ground of works: checked GeoJSON geometries or None, and metres.

    With a notify area that is what feels them; without one all within ``buffer_m`` of the footprint does.

        footprint      [####]
        notify area  [..........]        or, without it,     [..####..]  by the buffer
    """
    stands_on = shape_of(footprint) if footprint else None
    if notify_area:
        felt_on = shape_of(notify_area)
    else:
        felt_on = widened(stands_on, buffer_m) if stands_on is not None else None
    return Ground(stands_on, felt_on)


def distance_m(one: Any, other: Any) -> float:
    """Metres between two checked geometries, on a map centred on the first: for showing, not for deciding."""
    shape = shape_of(one)
    centre = shapely.envelope(shape).centroid
    there, _back = _plane(round(centre.x, 3), round(centre.y, 3))
    return float(shapely.distance(_moved(shape, there), _moved(shape_of(other), there)))
