"""What this floor connects when Django starts."""

from __future__ import annotations


def connect() -> None:
    """Register the system checks (importing the module does it)."""
    from booking.foundation import checks  # noqa: F401
