"""Outlines as GeoJSON geometries (RFC 7946: WGS84, longitude first), their boxes, and distances."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Invalid

EARTH_KM = 6371.0088
#: More corners than any real outline needs; a bigger one is a mistake in the export.
MAX_POSITIONS = 20_000
#: How deep the coordinates of each type nest.
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Box(NamedTuple):
    """The smallest box around an outline, in degrees."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float


@dataclass(frozen=True, slots=True)
class Near:
    """A circle: degrees and kilometres. Raises ``Invalid`` when it isn't on this planet."""

    lat: float
    lon: float
    km: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180 and 0 < self.km <= 20_100):
            raise Invalid(
                "bad_position", _("Give latitude, longitude and kilometres, for instance 59.91,10.75,5."), loc=("near",)
            )


def parse_near(text: str) -> Near:
    """A circle from ``lat,lon,km`` in degrees and kilometres. Raises ``Invalid``, code ``bad_position``."""
    parts = text.split(",") if len(text) <= 80 else []
    try:
        lat, lon, km = (float(part) for part in parts)
    except ValueError:
        # Off the planet on purpose: the circle itself says what would be right.
        return Near(lat=91, lon=0, km=0)
    return Near(lat, lon, km)


def _fault(message: Any) -> Invalid:
    return Invalid("bad_geometry", message, loc=("geometry",))


def _position(value: Any) -> list[float]:
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 4:
        raise _fault(_("A position is a pair of longitude and latitude."))
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise _fault(_("A position is a pair of longitude and latitude."))
    lon, lat = float(value[0]), float(value[1])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _fault(_("The outline must be in longitude and latitude (WGS84), not in metres."))
    return [lon, lat]  # heights are left out


def _coordinates(value: Any, depth: int) -> Any:
    if depth == 0:
        return _position(value)
    if not isinstance(value, list | tuple) or not value or len(value) > MAX_POSITIONS:
        raise _fault(_("The outline has no coordinates, or too many."))
    return [_coordinates(item, depth - 1) for item in value]


def _check_shape(kind: str, coordinates: Any) -> None:
    if kind in ("LineString", "MultiLineString"):
        lines = [coordinates] if kind == "LineString" else coordinates
        if any(len(line) < 2 for line in lines):
            raise _fault(_("A line needs at least two positions."))
    if kind in ("Polygon", "MultiPolygon"):
        polygons = [coordinates] if kind == "Polygon" else coordinates
        if any(len(ring) < 4 or ring[0] != ring[-1] for polygon in polygons for ring in polygon):
            raise _fault(_("The ring of an outline must have four positions and end where it began."))


def check_geometry(value: Any) -> dict[str, Any]:
    """A tidy copy of a GeoJSON geometry (a Feature gives its own). Raises ``Invalid`` (code ``bad_geometry``).

    Checked: type, nesting, finite numbers in range, closed rings, at most 20,000 positions. Heights and foreign members
    are left out.
    """
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    tidy = _geometry(value)
    if sum(1 for _position_ in _positions(tidy)) > MAX_POSITIONS:
        raise _fault(_("The outline has no coordinates, or too many."))
    return tidy


def _geometry(value: Any, *, inside: bool = False) -> dict[str, Any]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "GeometryCollection" and not inside:
        members = value.get("geometries")
        if not isinstance(members, list) or not members or len(members) > 1000:
            raise _fault(_("The outline has no coordinates, or too many."))
        return {"type": kind, "geometries": [_geometry(member, inside=True) for member in members]}
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise _fault(_("This is no GeoJSON geometry."))
    coordinates = _coordinates(value.get("coordinates"), _DEPTH[kind])
    _check_shape(kind, coordinates)
    return {"type": kind, "coordinates": coordinates}


def _positions(geometry: dict[str, Any]) -> Iterator[list[float]]:
    if geometry["type"] == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _positions(member)
        return
    level = [geometry["coordinates"]]
    for _level in range(_DEPTH[geometry["type"]]):
        level = [item for group in level for item in group]
    yield from level


def box_of(geometry: dict[str, Any]) -> Box:
    """The box around a geometry that ``check_geometry`` has passed."""
    positions = list(_positions(geometry))
    lons, lats = [position[0] for position in positions], [position[1] for position in positions]
    return Box(min(lons), min(lats), max(lons), max(lats))


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance on the mean sphere (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def distance_to_box(near: Near, box: Box) -> float:
    """Kilometres from the centre of ``near`` to the nearest point of ``box``; 0 inside of it."""
    lat = min(max(near.lat, box.min_lat), box.max_lat)
    lon = min(max(near.lon, box.min_lon), box.max_lon)
    return distance_km(near.lat, near.lon, lat, lon)


def near_box(near: Near) -> Box:
    """A box that holds the whole circle: what the index is asked before the exact distance is.

    Around a pole or over the date line it is the whole belt of latitudes.
    """
    angle = near.km / EARTH_KM
    reach = math.degrees(angle)
    south, north = near.lat - reach, near.lat + reach
    if south <= -90 or north >= 90:
        return Box(-180, max(south, -90), 180, min(north, 90))
    wide = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(near.lat)))))
    west, east = near.lon - wide, near.lon + wide
    if west < -180 or east > 180:
        west, east = -180, 180
    return Box(west, south, east, north)
