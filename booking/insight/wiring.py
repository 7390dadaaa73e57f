"""What figures connect when Django starts: the tab of a season's use, on the public pages and in the CMS admin."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.insight.seasons import selectors
from booking.seasons import tabs
from booking.seasons.models import SeasonRound


def connect() -> None:
    """Fill the registries of the floor below."""
    tabs.register_public_tab("use", _page, label=_("Use"), order=60)
    tabs.register_staff_tab("use", _staff_page, label=_("Use"), order=60)
    tabs.register_staff_paths("use", _paths)


def _page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking:season_use", round.slug) if selectors.has_figures(round, on) else ""


def _staff_page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:use", round.pk) if round.adopted_id else ""


def _paths(viewset: Any) -> list[Any]:
    from booking.insight.seasons import staff  # Wagtail's views can't be imported before the apps are ready

    return staff.paths(viewset)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
