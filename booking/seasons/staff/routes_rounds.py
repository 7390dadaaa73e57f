"""Addresses about rounds and wishes in the CMS admin."""

from __future__ import annotations

from typing import Any


def paths(viewset: Any) -> list[Any]:
    """Pages and acts of a round."""
    return []
