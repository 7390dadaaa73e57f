"""Rosters in the CMS admin: kinds of duty, what things ask for, and the front page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.rosters.access import is_on
from booking.rosters.staff.kinds import KindViewSet
from booking.rosters.staff.panel import put_in_place
from booking.rosters.staff.plans import PlanViewSet


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't use rosters."""
    return [PlanViewSet, KindViewSet] if is_on() else []


HOMEPAGE_PANELS = [put_in_place]

LOG_ACTIONS = [
    ("samskap.rosters.kind_added", _("Made"), _("Made")),
    ("samskap.rosters.kind_changed", _("Changed"), _("Changed")),
    ("samskap.rosters.plan_added", _("Made"), _("Made")),
    ("samskap.rosters.plan_changed", _("Changed"), _("Changed")),
    ("samskap.rosters.plan_dropped", _("Inherits again"), _("Inherits again")),
]
