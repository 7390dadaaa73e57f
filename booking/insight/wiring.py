"""What figures connect when Django starts: the tab of a season's use, on the public pages and in the CMS admin, and an
organisation's own figures on the page of its hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.insight.seasons import own, own_shown, selectors
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.seasons import tabs
from booking.seasons.models import RoundState, SeasonRound


def connect() -> None:
    """Fill the registries of the floor below."""
    tabs.register_public_tab("use", _page, label=_("Use"), order=60)
    tabs.register_staff_tab("use", _staff_page, label=_("Use"), order=60)
    tabs.register_staff_paths("use", _paths)
    tabs.register_own_part("use", _own_part)


def _page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking:season_use", round.slug) if selectors.has_figures(round, on) else ""


def _staff_page(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:use", round.pk) if round.adopted_id else ""


def _own_part(organisation: Organisation, roles: Sequence[str], now: datetime) -> tabs.OwnPart | None:
    """For those who act for the organisation: what became of this season's hours, and where earlier seasons stand."""
    if not set(roles) & set(LEADING_ROLES):
        return None
    rounds = own.rounds_of(organisation, local_date(now, booking_settings().tz))
    if not rounds:
        return None
    living = [one for one in rounds if one.state != RoundState.ENDED]
    content = own_shown.part(organisation, own.own_sums(organisation, living, now=now), rounds)
    return tabs.OwnPart("booking/insight/_own_use.html", content)


def _paths(viewset: Any) -> list[Any]:
    from booking.insight.seasons import staff  # Wagtail's views can't be imported before the apps are ready

    return staff.paths(viewset)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
