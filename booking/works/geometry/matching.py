"""Which resources' outlines the ground of works meets. Two statements at most, however many outlines there are.

The index on the boxes goes first; only outlines whose box meets the ground are fetched and compared. A tree over
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
    """Ids of resources on the ground itself, and of those that only feel it. At most two queries.

    5,000 boxes → those in the ground's box (index) → those whose box the ground meets → their outlines
    """
    box = ground.box
    if box is None:
        return set(), set()
    boxed = list(in_box(box).values_list("pk", *Box._fields))
    if not boxed:
        return set(), set()
    hit = ground.meets_boxes([corners for _pk, *corners in boxed])
    wanted = [row[0] for row, meets in zip(boxed, hit, strict=True) if meets]
    if not wanted:
        return set(), set()
    # As text: the outline is read once, by GEOS, not first by Python.
    rows: list[tuple[int, Any]] = list(
        Resource.objects.filter(pk__in=wanted)
        .order_by()
        .annotate(outline=Cast("geometry", TextField()))
        .values_list("pk", "outline")
    )
    on_it, feeling = ground.compare([text for _pk, text in rows])
    met = {pk for (pk, _text), one in zip(rows, on_it, strict=True) if one}
    return met, {pk for (pk, _text), one in zip(rows, feeling, strict=True) if one} - met


def match(version: WorksVersion) -> tuple[set[int], set[int]]:
    """Ids of resources on the footprint of a version, and of those that only feel the works."""
    return outlines_met(shapes.ground_of(version.footprint, version.notify_area, version.buffer_m))
