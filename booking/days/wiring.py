"""What the days connect when Django starts."""

from __future__ import annotations

from booking.days import personal


def connect() -> None:
    """Fill the registries of the floors below."""
    personal.register()
