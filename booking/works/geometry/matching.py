"""Which resources' outlines the ground of works meets. Two statements at most, however many outlines there are.

The index on the boxes goes first; only outlines whose box meets the ground's are fetched and compared. A tree over
outlines in memory (STRtree) would have to be built and kept in step in each process, and the index is there already.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from booking.catalogue.models import Resource
from booking.catalogue.rules.geometry import Box
from booking.works.geometry import shapes
from booking.works.models import WorksVersion


def box_of(version: WorksVersion) -> Box | None:
    """The box around all the ground of a version, the buffer included; None without ground."""
    return shapes.ground_of(version.footprint, version.notify_area, version.buffer_m).box


def in_box(box: Box) -> QuerySet[Resource]:
    """Resources whose outline's box meets the box. Retired ones too: what is over is left out by what they are used."""
    return Resource.objects.filter(
        min_lon__lte=box.max_lon, max_lon__gte=box.min_lon, min_lat__lte=box.max_lat, max_lat__gte=box.min_lat
    ).order_by()


def outlines_met(ground: shapes.Ground) -> tuple[set[int], set[int]]:
    """Ids of resources on the ground itself, and of those that only feel it. One query."""
    box = ground.box
    if box is None:
        return set(), set()
    # As text: the outline is read once, by GEOS, not first by Python.
    rows: list[tuple[int, Any]] = list(
        in_box(box).annotate(outline=Cast("geometry", TextField())).values_list("pk", "outline")
    )
    if not rows:
        return set(), set()
    on_it, feeling = ground.compare([text for _pk, text in rows])
    met = {pk for (pk, _text), hit in zip(rows, on_it, strict=True) if hit}
    return met, {pk for (pk, _text), hit in zip(rows, feeling, strict=True) if hit} - met


def match(version: WorksVersion) -> tuple[set[int], set[int]]:
    """Ids of resources on the footprint of a version, and of those that only feel the works."""
    return outlines_met(shapes.ground_of(version.footprint, version.notify_area, version.buffer_m))
