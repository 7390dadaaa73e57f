"""What rounds and wishes connect when Django starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.cases import registry as cases
from booking.cases.registry import DeskNote
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry as correspondence
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words
from booking.organisations import registry as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.registry import PagePart
from booking.seasons import carrying, letters, personal, tabs
from booking.seasons import wording_rounds as wording
from booking.seasons.models import RoundState, SeasonRound, Wish
from booking.seasons.selectors import rounds as selectors
from booking.seasons.selectors import visible, waiting
from booking.seasons.services import flow, handing


def connect() -> None:
    """Fill the registries."""
    letters.register()
    personal.register()
    carrying.register()
    correspondence.register_job("seasons", flow.run_rounds)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.seasons.leaver")
    cases.register_desk_notes("seasons", desk_notes, label=gettext_lazy("Season rounds"))
    organisations.register_page_part("seasons", page_part, waiting_for)
    tabs.register_public_tab("round", lambda round, user, on: _address("booking:season", round.slug))
    tabs.register_public_tab("wishes", lambda round, user, on: _address("booking:season_wishes", round.slug))
    tabs.register_staff_tab("round", lambda round, user, on: _address("booking_seasons:inspect", round.pk))
    tabs.register_staff_tab("setup", _setup, label=gettext_lazy("Set-up"), order=15)
    tabs.register_staff_tab("wishes", _staff_wishes)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _setup(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:setup", round.pk)


def _staff_wishes(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:wishes", round.pk) if round.state != RoundState.PREPARING else ""


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    handing.take_over_rounds(leaver, now)


def desk_notes(user: Any, on: date) -> list[DeskNote]:
    """In the officer's morning letter: rounds whose date has come while nobody has taken the step."""
    if not selectors.is_on():
        return []
    base = booking_settings().public_base_url
    return [
        DeskNote(wording.nag(one, on), base + _address("booking_seasons:inspect", one.pk))
        for one in waiting.due_rounds(user, on)
    ]


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """On an organisation's own page: rounds that are going on, and what they ask of it; for leading roles."""
    if not selectors.is_on() or not set(roles) & set(LEADING_ROLES):
        return None
    found = list(selectors.public_rounds().exclude(state=RoundState.ENDED).order_by("closes_on", "pk")[:5])
    if not found:
        return None
    wished = set(
        Wish.objects.filter(round__in=found, organisation=organisation, withdrawn_at__isnull=True)
        .order_by()
        .values_list("round_id", flat=True)
    )
    rows = []
    for one in found:
        if visible.takes_wishes(one, on):
            url = _address("booking:season_wishes_of", one.slug, organisation.slug)
            day = day_words(one.closes_on, today=on)
            words = _("%(name)s: wish for hours until %(day)s") % {"name": localized(one, "name"), "day": day}
            mark = ("granted", _("You have wished")) if one.pk in wished else ("needs_reply", _("Waits for you"))
        else:
            url = _address("booking:season", one.slug)
            words = str(localized(one, "name"))
            mark = ("in_review", str(one.get_state_display()))
        rows.append((words, url, mark))
    return PagePart(
        gettext_lazy("Hall hours of the season"), "", rows, _address("booking:seasons"), gettext_lazy("All rounds")
    )


def waiting_for(organisation_ids: Sequence[int]) -> Mapping[int, str]:
    """Nothing here: an organisation needn't want hours."""
    return {}
