"""What followers of a place hear about closures, and see on their page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.occupancy.models import Closure
from booking.organisations.followers import places, registry, services
from booking.organisations.followers.registry import Coming, Fact, Kind
from booking.organisations.followers.rules import When

CLOSED = "closed"


def connect() -> None:
    """Make the kind and the source known."""
    registry.register_kind(
        Kind(
            CLOSED,
            gettext_lazy("A place is closed"),
            (When.AT_ONCE, When.EVENING, When.PAGE),
            describe,
            direct=True,
        )
    )
    registry.register_source("closures", coming)


def closed(closure: Closure, *, now: datetime) -> None:
    """Followers hear of a closure. Runs in the transaction that closes."""
    services.tell([services.News(CLOSED, closure.pk, closure.start, resources=(closure.resource_id,))], now=now)


def reopened(closure: Closure, *, now: datetime) -> None:
    """Who was told that it is closed hears that it isn't."""
    services.take_back(CLOSED, [closure.pk], now=now)


def describe(ids: Sequence[int]) -> Mapping[int, Fact]:
    """Closures in words; those of places that are not everybody's business are left out."""
    rows = list(Closure.objects.filter(pk__in=ids))
    known = places.shown({row.resource_id for row in rows})
    return {
        row.pk: Fact(
            _words(row, places.name_of(place)),
            row.start,
            row.end,
            places.zone_of(place),
            places.link_to(place),
            gone=row.cancelled_at is not None,
        )
        for row in rows
        if (place := known.get(row.resource_id)) is not None
    }


def _words(row: Closure, place: str) -> str:
    words = {"place": place, "reason": row.reason}
    if row.cancelled_at is not None:
        return _("%(place)s is open after all") % words
    return _("%(place)s is closed: %(reason)s") % words


def coming(resources: Collection[int], organisations: Collection[int], start: datetime, end: datetime) -> list[Coming]:
    """Closures of these resources."""
    rows = list(Closure.objects.filter(resource__in=resources, cancelled_at__isnull=True, end__gt=start, start__lt=end))
    known = places.shown({row.resource_id for row in rows})
    return [
        Coming(
            row.start,
            row.end,
            places.zone_of(place),
            _("Closed: %(reason)s") % {"reason": row.reason},
            places.name_of(place),
            places.link_to(place),
        )
        for row in rows
        if (place := known.get(row.resource_id)) is not None
    ]
