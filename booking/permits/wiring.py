"""What permits connect when Django starts: their rule, letters, job, and what they add to a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.cases import registry as cases
from booking.cases import verdicts
from booking.cases.wording import register_event_words
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.registry import StaffPart
from booking.correspondence import registry as correspondence
from booking.permits import letters, parts, personal, services, wording
from booking.permits.verdict import NAME, load, permits


def connect() -> None:
    """Fill the registries of the floors below."""
    verdicts.register_facts(NAME, load)
    verdicts.register(NAME, "line")(permits)
    letters.register()
    personal.register()
    correspondence.register_job("permits", services.run_permits)
    cases.register_asked("permits", services.sync_case)
    cases.register_party_part("permits", parts.party_part, order=20)
    cases.register_staff_part("permits", parts.staff_part, order=20)
    cases.register_field("permits", parts.api_field)
    cases.register_left("permits", parts.left_of)
    catalogue.register_staff_part("permits", thing_part, order=60)
    register_event_words("permit_changed", wording.event_words)


def thing_part(request: Any, resource: Resource, now: datetime) -> StaffPart:
    """On a thing's page in the CMS admin: where what a loan takes is written, and the permits themselves. No query."""
    return StaffPart(
        _("Permits"),
        links=[
            (_("What loans take"), reverse("booking_requirements:index")),
            (_("All permits"), reverse("booking_permits:index")),
        ],
    )
