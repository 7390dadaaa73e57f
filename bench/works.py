"""Works against 5,000 outlines and the lines of a year: who is on the ground, and who is affected.

*raw*: the bare statement over the boxes of outlines, ids and outlines out, through the driver.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from bench.load import NOW, SEED, YEAR, Town
from bench.measure import in_turn
from bench.occupancy import Row, count_queries, run_raw
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.rules import geometry
from booking.works.geometry import matching, shapes
from booking.works.models import Impact, Works, WorksPeriod, WorksVersion
from booking.works.services import finding

OUTLINES = 5000
#: A town of 12 by 12 kilometres, and a ditch of three kilometres through it.
LON, LAT, WIDE, HIGH = 10.0, 59.0, 0.21, 0.108
DITCH = {"type": "LineString", "coordinates": [[10.09, 59.045], [10.106, 59.053], [10.1372, 59.0635]]}
_BOX = """SELECT id, geometry FROM samskap_booking_resource
    WHERE min_lon <= %s AND max_lon >= %s AND min_lat <= %s AND max_lat >= %s"""


def outline(chance: random.Random, corners: int = 24) -> dict[str, Any]:
    """Ground of 20-120 metres across with as many corners as a surveyor gives it."""
    lon, lat = LON + chance.random() * WIDE, LAT + chance.random() * HIGH
    size = chance.uniform(0.0002, 0.001)
    ring = [
        [lon + size * chance.uniform(0.8, 1) * x, lat + size / 2 * chance.uniform(0.8, 1) * y]
        for x, y in ((shapes.np.cos(angle), shapes.np.sin(angle)) for angle in _angles(corners))
    ]
    return geometry.check_geometry({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def _angles(corners: int) -> list[float]:
    return [float(number) * 6.283185307 / corners for number in range(corners)]


def _draw(town: Town) -> None:
    """Outlines for the town's things, and further ground up to 5,000."""
    if Resource.objects.exclude(min_lon=None).exists():
        return
    chance = random.Random(SEED)  # noqa: S311
    for resource in town.resources:
        resource.geometry = outline(chance)
    Resource.objects.bulk_update(_boxed(town.resources), ["geometry", *geometry.Box._fields], batch_size=100)
    ground = [
        Resource(
            name=f"Grunn {number}", slug=f"grunn-{number}", kind="area", unit=town.unit, state=ResourceState.ACTIVE,
            created_at=NOW, revised_at=NOW, geometry=outline(chance),
        )
        for number in range(OUTLINES - len(town.resources))
    ]  # fmt: skip
    Resource.objects.bulk_create(_boxed(ground), batch_size=500)


def _boxed(resources: list[Resource]) -> list[Resource]:
    for one in resources:
        for name, corner in geometry.box_of(one.geometry)._asdict().items():
            setattr(one, name, corner)
    return resources


def _works(town: Town) -> WorksVersion:
    works = Works.objects.create(
        reference="ARB-2026-999", unit=town.unit, owner=town.officer, created_at=NOW, revised_at=NOW
    )
    start, end = YEAR + timedelta(days=154, hours=6), YEAR + timedelta(days=168)
    version = WorksVersion.objects.create(
        works=works, number=1, title="Vannrør", reason="Lekkasje", window_start=start, window_end=end, footprint=DITCH,
        buffer_m=100, impact=Impact.CLOSED, category="standard", created_by=town.officer, created_at=NOW,
    )  # fmt: skip
    WorksPeriod.objects.create(version=version, start=start, end=end)
    return version


def measure(town: Town, *, seconds: float) -> list[Row]:
    """Matching alone, and the whole list of who is affected."""
    _draw(town)
    version = _works(town)
    box = matching.box_of(version)
    assert box is not None  # noqa: S101 - a bench that measures nothing must not pass
    params = [box.max_lon, box.min_lon, box.max_lat, box.min_lat]
    met, near = matching.match(version)
    candidates = run_raw(_BOX, params)
    print(f"    {len(candidates)} boxes, {len(met)} on the ground, {len(near)} near it", flush=True)
    if not met or not near:
        raise RuntimeError("the ditch hits nothing")
    finding.register_matcher(matching.match)
    taken = in_turn(
        {
            "raw": lambda: run_raw(_BOX, params),
            "match": lambda: matching.match(version),
            "affected": lambda: finding.matches(version),
        },
        seconds=seconds,
    )
    return [
        Row(
            "works matching, 5,000 outlines", taken["match"], "raw", taken["raw"], None,
            count_queries(lambda: matching.match(version)),
        ),
        Row(
            "works: everybody affected, by their lines", taken["affected"], "raw", taken["raw"], None,
            count_queries(lambda: finding.matches(version)),
        ),
    ]  # fmt: skip
