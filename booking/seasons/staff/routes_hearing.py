"""Addresses of this part in the CMS admin, under the viewset of rounds (namespace ``booking_seasons``)."""

from __future__ import annotations

from typing import Any


def paths(viewset: Any) -> list[Any]:
    """``viewset.construct_view(View, **viewset.get_inspect_view_kwargs())`` makes a view of a round's page."""
    return []
