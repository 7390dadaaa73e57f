"""What organisations connect when Django starts: kinds for the rules of lending, letters, jobs, and merges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.catalogue.registry import register_organisation_kinds
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry as correspondence
from booking.organisations import letters, personal, registry
from booking.organisations.followers import wiring as followers
from booking.organisations.models import OrganisationKind
from booking.organisations.services import gone, leading, merging


def _kinds() -> list[tuple[str, object]]:
    return list(OrganisationKind.choices)


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    gone.let_go(leaver, now)


def connect() -> None:
    """Tell the floors around."""
    register_organisation_kinds(_kinds)
    letters.register()
    personal.register()
    correspondence.register_job("lapsed hand-overs", leading.close_lapsed_offers)
    correspondence.register_job("merged organisations", merging.sweep_merged)
    registry.register_mover("organisations.activities", merging.move_activities)
    registry.register_mover("organisations.memberships", merging.move_memberships)
    registry.register_mover("organisations.open", merging.close_what_is_open_in_both)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.organisations.leaver")
    followers.connect()
