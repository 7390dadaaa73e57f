"""What this capability connects when Django starts: its letter, its job in `tick`, a part of an organisation's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_lazy

from booking.correspondence import registry as correspondence
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.happenings import letters, personal, services, wording
from booking.happenings.models import LeisureActivity
from booking.happenings.rules import offers
from booking.organisations import registry as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.registry import PagePart

#: So many stand on the organisation's own page; the list has them all.
FIRST = 5


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    correspondence.register_job("activities", services.ask_for_confirmations)
    organisations.register_page_part("activities", page_part)


def _mark(activity: LeisureActivity, on: date) -> tuple[str, str]:
    if offers.standing(local_date(activity.confirmed_at, booking_settings().tz), on) == "fresh":
        return "free", wording.when_words(activity) or gettext("Shown")
    return "tentative", gettext("Not confirmed for a year")


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """What the organisation offers, on its own page; for those who may change it."""
    if not set(roles) & set(LEADING_ROLES):
        return None
    try:
        url = reverse("booking:my_activities", args=[organisation.slug])
    except NoReverseMatch:
        return None
    found = LeisureActivity.objects.filter(organisation=organisation, stopped_at=None).select_related("resource")
    return PagePart(
        gettext_lazy("What one can take part in"),
        "" if found else gettext_lazy("Nothing stands on the page “What happens” yet: add what you do every week."),
        [(one.title, url, _mark(one, on)) for one in found[:FIRST]],
        url,
        gettext_lazy("All activities"),
    )
