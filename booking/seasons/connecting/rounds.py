"""What rounds and wishes connect when Django starts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse

from booking.seasons import tabs
from booking.seasons.models import SeasonRound


def connect() -> None:
    """Fill the registries."""
    tabs.register_public_tab("round", _page)
    tabs.register_staff_tab("round", _staff_page)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking:season", round.slug)


def _staff_page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:inspect", round.pk)
