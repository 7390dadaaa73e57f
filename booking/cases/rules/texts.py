"""Texts for grounds with places to fill in, such as "{place}": which there are, and how they are filled. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What a text may ask for.
PLACEHOLDERS = ("reference", "title", "organisation", "unit", "places", "dates", "phone", "email")
_PLACE = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and can't be filled in, in order; a brace without its other half counts too."""
    unknown = [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]
    rest = _PLACE.sub("", text)
    return unknown + [brace for brace in ("{", "}") if brace in rest]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what is known in its places; what isn't known stays as it stands, for somebody to see."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]) if match[1] in PLACEHOLDERS else match[0], text)
