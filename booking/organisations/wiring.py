"""What organisations connect when Django starts: rules of lending may speak of kinds of organisation."""

from __future__ import annotations

from booking.catalogue.registry import register_organisation_kinds
from booking.organisations.models import OrganisationKind


def _kinds() -> list[tuple[str, object]]:
    return list(OrganisationKind.choices)


def connect() -> None:
    """Tell the catalogue the kinds."""
    register_organisation_kinds(_kinds)
