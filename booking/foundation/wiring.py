"""What this floor connects when Django starts."""

from __future__ import annotations


def connect() -> None:
    """Register the system checks (importing the module does it), and let SQLite's writers stand in a line."""
    from booking.foundation import checks, waiting_line  # noqa: F401

    waiting_line.connect()
