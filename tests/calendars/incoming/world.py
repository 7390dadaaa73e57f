"""A hall, a club with granted time in it, and a calendar of others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client
from wagtail.users.models import UserProfile

from booking.calendars.incoming import services
from booking.calendars.incoming.models import CalendarSource, ImportedBlock, SourceMode
from booking.cases.models import Line
from booking.cases.services import Standing, open_standing_case, take_standing_dates
from booking.catalogue.models import Resource
from booking.occupancy import selectors as occupancy
from tests.factories import NOW, make_organisation
from tests.staff.conftest import browser


def granted(resource: Resource, start: datetime, end: datetime, *, title: str = "Trening") -> Line:
    """A club has that time: through the services, as an agreement would give it."""
    club = make_organisation(leader=True)
    case = open_standing_case(
        kind="import", title=title, title_public=False, purpose="", organisation=club, co_hosts=[],
        requester=club.memberships.get().user, hat=f"organisation:{club.slug}", unit=resource.unit,
        officer=resource.unit.officer, deputy=None, now=NOW,
    )  # fmt: skip
    assert take_standing_dates(case, [Standing(resource, "", [(start, end)])], now=NOW) == 1
    return case.lines.get()


def subscribed(resource: Resource, url: str = "https://127.0.0.1:1/a.ics", **fields: Any) -> CalendarSource:
    """A calendar that blocks this thing, through the service."""
    given: dict[str, Any] = {
        "name": "Skolens kalender",
        "url": url,
        "mode": SourceMode.BLOCK,
        "resources": [resource],
    } | fields
    return services.add_source(services.Content(**given), unit=resource.unit, by=resource.unit.officer, now=NOW)


def busy(resource: Resource, start: datetime, end: datetime) -> list[tuple[str, str, str]]:
    """What availability says stands there: status, from, to (UTC)."""
    found = occupancy.availability([resource], start, end)[resource.pk].busy
    return sorted(
        (
            status,
            datetime.fromtimestamp(begins, NOW.tzinfo).strftime("%d %H:%M"),
            datetime.fromtimestamp(ends, NOW.tzinfo).strftime("%d %H:%M"),
        )
        for begins, ends, status, _quantity, _label in found
    )


def states(source: CalendarSource) -> list[str]:
    """Of its blocks, by time."""
    rows = ImportedBlock.objects.filter(event__source=source).order_by("start", "resource")
    return list(rows.values_list("state", flat=True))


def desk_of(user: Any) -> Client:
    """The CMS admin as that person sees it, in English whatever is translated."""
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = "en"
    profile.save()
    return browser(user)
