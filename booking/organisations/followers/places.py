"""How a place is named and linked to in what followers read, for the floors that write the words."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse

from booking.catalogue.models import Resource
from booking.foundation.clock import zone
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.followers import selectors


def shown(ids: Collection[int]) -> dict[int, Resource]:
    """Those of these resources that everybody may know, by id. One query."""
    return {row.pk: row for row in selectors.resources_to_follow().filter(pk__in=set(ids))}


def name_of(resource: Resource) -> str:
    """In the active language."""
    return str(localized(resource, "name"))


def link_to(resource: Resource) -> str:
    """Its whole public address in the active language; the front page where a host shows it elsewhere."""
    try:
        path = reverse("booking:resource", args=[resource.slug])
    except NoReverseMatch:
        path = "/"
    return booking_settings().public_base_url + path


def zone_of(resource: Resource) -> ZoneInfo:
    """The wall clock of the place."""
    return zone(resource.timezone) if resource.timezone else booking_settings().tz
