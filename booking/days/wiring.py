"""What the days connect when Django starts: what they keep about people, and "Move …" at each date of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from booking.cases import registry as cases
from booking.cases.registry import LineLink
from booking.cases.selectors import CaseDetail
from booking.cases.services.proposing import MOVABLE
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.registry import StaffPart
from booking.days import personal


def connect() -> None:
    """Fill the registries of the floors below."""
    personal.register()
    cases.register_line_links("move", move_links)
    catalogue.register_staff_part("timeline", thing_part, order=5)


def move_links(detail: CaseDetail, now: datetime) -> Mapping[int, Sequence[LineLink]]:
    """ "Move …" at each coming date that can be moved, as the timeline offers it. No query."""
    return {
        view.line.pk: [LineLink(_("Move …"), reverse("booking_timeline:move", args=[view.line.pk]), view.when)]
        for view in detail.lines
        if view.state in MOVABLE and view.start > now
    }


def thing_part(request: Any, resource: Resource, now: datetime) -> StaffPart:
    """On a thing's page in the CMS admin: the way to what stands on it. No query."""
    address = reverse("booking_timeline:index")
    whole = f"?venue={resource.parent_id or resource.pk}"
    return StaffPart(
        _("What stands on it"),
        links=[(_("As a timeline"), f"{address}{whole}"), (_("As a table"), f"{address}{whole}&as=table")],
    )
