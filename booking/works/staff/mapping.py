"""The planner's map: the places under it, of which a press ticks one in the form, and what was drawn or pasted."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, ResourceState
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.i18n import localized
from booking.works.geometry import drawing

#: More would be a crowd, and slow to draw; the fields and ticks have all of them.
MOST_PLACES = 1000


def outlines() -> str:
    """Every place that has an outline, as JSON; ``url`` is the value of its box. One query."""
    rows = Resource.objects.exclude(state=ResourceState.RETIRED).filter(geometry__isnull=False).order_by("pk")
    return drawing.outlines(
        drawing.Layer(one.geometry, "place", str(localized(one, "name")), str(one.pk))
        for one in rows.only("pk", "geometry", "name", "name_nn", "name_en")[:MOST_PLACES]
        if one.geometry
    )


def read_outline(given: str, name: str) -> Any:
    """What stands in a field, drawn or pasted. Raises ``Invalid``."""
    if not given.strip():
        return None
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise Invalid.of([FieldError((name,), "bad_geometry", _("This is no GeoJSON geometry."))]) from None
