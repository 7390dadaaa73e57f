"""Where: a resource as a calendar names it, and the addresses that lead to it."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation

from booking.calendars.rules import Place
from booking.catalogue.models import Resource, ResourceState
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized


def place_of(resource: Resource, language: str, *, insiders: bool = False) -> Place:
    """The place as the public may know it: a resource that isn't public keeps its name and address to itself.

    ``insiders``: for who has borrowed it or answers for it.
    """
    conf = booking_settings()
    public = resource.public and resource.state != ResourceState.DRAFT
    shown = public or insiders
    geo = None
    if None not in (resource.min_lat, resource.max_lat, resource.min_lon, resource.max_lon):
        geo = (
            round((resource.min_lat + resource.max_lat) / 2, 5),
            round((resource.min_lon + resource.max_lon) / 2, 5),
        )
    address = resource.address or (resource.parent.address if resource.parent else "")
    return Place(
        name=str(localized(resource, "name", language)) if shown else "",
        address=address if shown else "",
        geo=geo if shown else None,
        url=resource_url(resource, language) if public else "",
        zone=resource.timezone or conf.timezone,
        revised_at=max(resource.revised_at, resource.parent.revised_at) if resource.parent else resource.revised_at,
    )


def resource_url(resource: Resource, language: str) -> str:
    """The lasting public address of a resource, with scheme and host: the same whether it has a page or not."""
    with translation.override(language):
        return booking_settings().public_base_url + reverse("booking:resource", args=[resource.slug])


def feed_url(resource: Resource) -> str:
    """The public address of a resource's feed, with scheme and host (`feed_url` of api.md)."""
    return public_url(f"resource-{resource.slug}")


def public_url(name: str) -> str:
    """The address of the public calendar ``name`` (`works`, `area-parken` ...), with scheme and host."""
    return f"{booking_settings().public_base_url}/feeds/{name}.ics"


def webcal(url: str) -> str:
    """The same address for programs that subscribe: an iPhone imports an https link once, and it goes stale."""
    return f"webcal://{url.partition('://')[2]}"
