"""What hearing, adoption and the running season connect when Django starts."""

from __future__ import annotations


def connect() -> None:
    """Fill the registries."""
