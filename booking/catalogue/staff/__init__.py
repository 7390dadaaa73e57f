"""The catalogue in the CMS admin: resources, units, features. Policies are registered on import."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from booking.catalogue.staff import prices  # noqa: F401 - hangs its pages on things and units
from booking.catalogue.staff.first_day import put_in_place
from booking.catalogue.staff.people import PeopleViewSet
from booking.catalogue.staff.resources import Page, ResourceViewSet, register_page
from booking.catalogue.staff.units import FeatureViewSet, UnitViewSet

__all__ = ["HOMEPAGE_PANELS", "LOG_ACTIONS", "VIEWSETS", "Page", "register_page"]

VIEWSETS = [ResourceViewSet, UnitViewSet, PeopleViewSet, FeatureViewSet]
HOMEPAGE_PANELS = [put_in_place]

LOG_ACTIONS = [
    ("samskap.catalogue.created", _("Made"), _("Made")),
    ("samskap.catalogue.changed", _("Changed"), _("Changed")),
    ("samskap.catalogue.published", _("Published"), _("Published")),
    ("samskap.catalogue.unpublished", _("Back to draft"), _("Taken back to draft")),
    ("samskap.catalogue.retired", _("Retired"), _("Retired")),
    ("samskap.catalogue.split", _("Split into parts"), _("Split into parts")),
    ("samskap.catalogue.cover_set", _("Cover changed"), _("Changed what it covers")),
    ("samskap.catalogue.stock_set", _("Stock changed"), _("Changed how many there are")),
    ("samskap.catalogue.hours_set", _("Opening hours changed"), _("Changed the opening hours")),
    ("samskap.catalogue.exception_added", _("Other hours added"), _("Added days with other hours")),
    ("samskap.catalogue.exception_removed", _("Other hours removed"), _("Removed days with other hours")),
    ("samskap.catalogue.prices_set", _("Prices changed"), _("Changed the prices")),
    ("samskap.catalogue.rules_set", _("Rules changed"), _("Changed the rules of lending")),
    ("samskap.catalogue.role_given", _("Role given"), _("Gave a person a role")),
    ("samskap.catalogue.role_ended", _("Role ended"), _("Ended a person's role")),
    ("samskap.catalogue.handed_over", _("Handed over"), _("Handed over to somebody else")),
    ("samskap.catalogue.absence_noted", _("Away"), _("Noted that somebody is away")),
    ("samskap.catalogue.absence_ended", _("Back"), _("Noted that somebody is back")),
]
