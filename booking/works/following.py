"""What followers of a place hear about works, and see on their page (needs N14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.followers import registry
from booking.organisations.followers.registry import Coming, Fact, Kind
from booking.organisations.followers.rules import When
from booking.works import addresses, selectors
from booking.works.models import Works, WorksState, WorksTarget
from booking.works.rules import states
from booking.works.services.telling import FOLLOWED


def connect() -> None:
    """Make the kind and the source known."""
    registry.register_kind(
        Kind(
            FOLLOWED,
            gettext_lazy("Works are planned in a place, or begin, or change"),
            (When.AT_ONCE, When.EVENING, When.PAGE),
            describe,
            direct=True,
        )
    )
    registry.register_source("works", coming)


def describe(ids: Sequence[int]) -> Mapping[int, Fact]:
    """Works in words as they stand now; what isn't public is left out."""
    rows = selectors.with_all(selectors.public_works().filter(pk__in=ids))
    tz = booking_settings().tz
    return {
        row.pk: Fact(
            _words(row),
            row.current.window_start,
            row.current.window_end,
            tz,
            addresses.public_url(row),
            gone=row.state in (WorksState.CANCELLED, WorksState.POSTPONED),
        )
        for row in rows
        if row.current is not None
    }


def _words(row: Works) -> str:
    places = ", ".join(str(localized(one.resource, "name")) for one in _targets(row)[:3])
    facts = {"title": row.current.title if row.current else "", "place": places}
    if row.state == WorksState.CANCELLED:
        return _("The works are cancelled: %(title)s, %(place)s") % facts
    if row.state == WorksState.POSTPONED:
        return _("The works are postponed: %(title)s, %(place)s") % facts
    if row.state == WorksState.CONSULTING:
        return _("Works are planned, and you can say what you think: %(title)s, %(place)s") % facts
    return _("Works: %(title)s, %(place)s") % facts


def _targets(row: Works) -> list[WorksTarget]:
    return list(row.current.targets.all()) if row.current is not None else []


def coming(resources: Collection[int], organisations: Collection[int], start: datetime, end: datetime) -> list[Coming]:
    """Works that touch these resources."""
    tz = booking_settings().tz
    found = []
    for row in selectors.works_on(resources, start, end):
        version = row.current
        if version is None or row.state not in (*states.SHOWN_AS_NOTES, *states.BLOCKING):
            continue
        place = ", ".join(str(localized(one.resource, "name")) for one in list(version.targets.all())[:3])
        found.append(
            Coming(
                version.window_start, version.window_end, tz, _("Works: %(title)s") % {"title": version.title}, place,
                addresses.public_url(row),
            )
        )  # fmt: skip
    return found
