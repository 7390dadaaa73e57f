"""The letter that asks once a year: is what stands about your activities still right?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.happenings import wording
from booking.happenings.models import LeisureActivity
from booking.happenings.rules import offers
from booking.happenings.services import link_token
from booking.organisations.models import Organisation


def register() -> None:
    """Make the letter known to the outbox."""
    registry.register("activities_to_confirm", to_confirm, still_to_confirm)


def still_to_confirm(payload: Mapping[str, Any]) -> bool:
    """Something of theirs is still unconfirmed since the question."""
    now = clock.now()
    return LeisureActivity.objects.filter(
        organisation=payload["organisation"], stopped_at=None, confirmed_at__lte=now - offers.ASKED_AFTER[0]
    ).exists()


def to_confirm(payload: Mapping[str, Any], language: str) -> Letter:
    """All of the organisation's activities, with one link to press."""
    club = Organisation.objects.get(pk=payload["organisation"])
    rows = LeisureActivity.objects.filter(organisation=club, stopped_at=None).select_related("resource")
    with translation.override(language):
        try:
            path = reverse("booking:activities_confirm", args=[link_token(club, payload["asked"])])
        except NoReverseMatch:
            path = "/"
    context = {
        "subject": _("Is this still right? What %(name)s offers") % {"name": club.name},
        "organisation": club,
        "items": [f"{one.title}: {', '.join(wording.facts(one))}" for one in rows],
        "paragraphs": [
            _("Children and parents find your activities on the municipality's page. Once a year we ask whether they "
              "still hold."),
            _("One press confirms all of it. If something has changed, change it there."),
            _("What nobody confirms is marked as old after a year, and isn't shown after fifteen months."),
        ],
        "link": booking_settings().public_base_url + path,
        "action_label": _("Look and confirm"),
    }  # fmt: skip
    return render("activities", context, language)
