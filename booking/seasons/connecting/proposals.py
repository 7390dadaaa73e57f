"""What proposals and calculations connect when Django starts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse

from booking.correspondence import registry as correspondence
from booking.seasons import tabs
from booking.seasons.access import may_run
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.proposals import PROPOSING, is_shown
from booking.seasons.services.drafting import work_on_drafts


def connect() -> None:
    """Fill the registries."""
    tabs.register_public_tab("proposals", _page)
    tabs.register_staff_tab("proposals", _staff_page)
    correspondence.register_long_job("season drafts", work_on_drafts)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _page(round: SeasonRound, user: Any, on: date) -> str:
    if not (is_shown(round) or round.state in PROPOSING or may_run(user, round, on)):
        return ""
    return _address("booking:season_proposals", round.slug)


def _staff_page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:proposals", round.pk)
