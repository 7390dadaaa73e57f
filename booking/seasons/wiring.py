"""What season rounds connect when Django starts, part by part."""

from __future__ import annotations

from booking.seasons.connecting import hearing, proposals, rounds


def connect() -> None:
    """Fill the registries of the floors below."""
    rounds.connect()
    proposals.connect()
    hearing.connect()
