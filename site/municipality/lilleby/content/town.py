"""The ground: a river town that doesn't exist, measured in metres from the bridge.

Lilleelva runs from the hills in the north-east, bends past Elvesletta and meets the fjord in the south-west. The town
hall, the old library and the quay lie on the west bank; the school, Lillebyhallen and the swimming hall on the east bank.
The coordinates lie on the coast of Nordland so that sun, scale and projection are right; what really is there is
something else.
"""

from __future__ import annotations

import math

BRIDGE = (67.8124, 15.2031)  # latitude, longitude of the middle of the bridge
_METRES_PER_DEGREE = 111_320.0


def at(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude (GeoJSON order, six decimals: about a decimetre) of a point in metres from the bridge."""
    latitude = BRIDGE[0] + north / _METRES_PER_DEGREE
    longitude = BRIDGE[1] + east / (_METRES_PER_DEGREE * math.cos(math.radians(BRIDGE[0])))
    return round(longitude, 6), round(latitude, 6)


def ring(*corners: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """A closed outline, counter-clockwise as RFC 7946 3.1.6 wants, from corners in metres."""
    points = [at(*corner) for corner in corners]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True))
    if area < 0:
        points.reverse()
    return (*points, points[0])


def house(east: float, north: float, length: float, width: float, turn: float) -> tuple[tuple[float, float], ...]:
    """The outline of a rectangular house: middle, length and width in metres, turned `turn` degrees from east."""
    angle = math.radians(turn)
    corners = []
    for along, across in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = along * length / 2, across * width / 2
        corners.append((east + x * math.cos(angle) - y * math.sin(angle), north + x * math.sin(angle) + y * math.cos(angle)))
    return ring(*corners)


def polygon(outline: tuple[tuple[float, float], ...]) -> dict[str, object]:
    """The outline as a GeoJSON geometry."""
    return {"type": "Polygon", "coordinates": [[list(point) for point in outline]]}
