"""The drawings of Lilleby by name: one calm scene per thing, all from the shapes and colours of ``kit``."""

from __future__ import annotations

import html

from municipality.lilleby.pictures import indoors, kit, outdoors, things

SCENES = {
    "town": outdoors.town, "evening": outdoors.evening, "river": outdoors.river, "park": outdoors.park,
    "stage": outdoors.stage, "trailer": outdoors.trailer, "tables": outdoors.tables, "skis": outdoors.skis,
    "hall": indoors.hall, "gym": indoors.gym, "pool": indoors.pool, "meeting": indoors.meeting,
    "smallroom": indoors.smallroom, "canteen": indoors.canteen, "cafe": indoors.cafe, "library": indoors.library,
    "youthclub": indoors.youthclub,
    "chairs": things.chairs, "pa": things.pa, "projector": things.projector, "caretaker": things.caretaker,
}  # fmt: skip
#: Width and height where they aren't the ordinary 1200 × 800.
_SIZES = {"evening": (2400, 300)}


def size(key: str) -> tuple[int, int]:
    """Width and height of scene `key`."""
    return _SIZES.get(key, (kit.WIDTH, kit.HEIGHT))


def draw(key: str, title: str) -> str:
    """The SVG file of scene `key`. Raises KeyError for a scene that nobody has drawn."""
    width, height = size(key)
    return kit.picture(*SCENES[key](), title=html.escape(title), width=width, height=height)
