"""What pages about works need besides the components: times for addresses, and the map that can be moved."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from booking.foundation.conf import booking_settings

register = template.Library()


@register.filter
def wall_time(value: datetime) -> str:
    """A moment on the municipality's wall clock, as an address carries it: 2026-06-01T07:00."""
    return value.astimezone(booking_settings().tz).strftime("%Y-%m-%dT%H:%M")


@register.simple_tag
def works_address() -> str:
    """The list of works; "" where the municipality doesn't plan its works here, or the host has no such page."""
    try:
        return reverse("booking:works_list") if booking_settings().is_on("works") else ""
    except NoReverseMatch:
        return ""


def _map_facts() -> dict[str, Any]:
    conf = booking_settings()
    return {"tiles": conf.map_tiles, "attribution": conf.map_attribution, "start": conf.map_start}


@register.inclusion_tag("booking/works/_map.html")
def works_map(outlines: str) -> dict[str, Any]:
    """{% works_map picture.outlines %}: below a picture a button that opens the same as a map to move and zoom.

    Needs JavaScript; without it there is the picture, which shows the same, and the list, which says the same.
    """
    words = {
        "open": gettext("Open as a map"),
        "close": gettext("Show the picture"),
        "map": gettext("Map of the works"),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "failed": gettext("The map couldn't be fetched. The picture shows the same."),
    }
    return _map_facts() | {"outlines": outlines, "words": json.dumps(words, ensure_ascii=False)}


@register.inclusion_tag("booking/works/_map_editor.html")
def works_map_editor(outlines: str) -> dict[str, Any]:
    """{% works_map_editor outlines %}: draw into the fields `footprint` and `notify_area`, and tick places on the map.

    The fields stay, and are all that is sent.
    """
    words = {
        "map": gettext("Map to draw on"),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "footprint": gettext("Draw the area of the works"),
        "notify_area": gettext("Draw the area that feels it"),
        "point": gettext("Point here"),
        "undo": gettext("Undo the last point"),
        "done": gettext("The area is done"),
        "cancel": gettext("Stop drawing"),
        "delete_footprint": gettext("Delete the area of the works"),
        "delete_notify_area": gettext("Delete the area that feels it"),
        "drawing": gettext(
            "Press on the map for each corner, at least three. By keyboard: the arrow keys move the map, Enter sets a "
            "corner in its middle."
        ),
        "corners": gettext("Corners:"),
        "drawn": gettext("Drawn. You can move its corners."),
        "unreadable": gettext("The field holds no outline that can be shown."),
        "failed": gettext("The map couldn't be fetched. You can tick places, or paste an area into the fields."),
    }
    return _map_facts() | {"outlines": outlines, "words": json.dumps(words, ensure_ascii=False)}
