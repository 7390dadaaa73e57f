"""What works connect when Django starts."""

from __future__ import annotations

from booking.works.rulesets import wiring as rulesets


def connect() -> None:
    """Fill the registries of the floors below."""
    rulesets.connect()
