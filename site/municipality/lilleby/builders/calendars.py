"""Calendar subscriptions of the demo's people: so that the lists show addresses that programs really fetch."""

from __future__ import annotations

from datetime import timedelta

from booking.calendars import services
from booking.calendars.models import FeedKind
from booking.catalogue.models import Unit
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations.models import Organisation
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content.calendars import SUBSCRIPTIONS
from municipality.lilleby.content.people import LOGINS


def build_calendars(town: Town) -> None:
    """As if each had pressed the button two weeks ago, and their programs had fetched since."""
    today = local_date(town.now, booking_settings().tz)
    for one in SUBSCRIPTIONS:
        organisation = unit = None
        if one.kind == FeedKind.ORGANISATION:
            organisation = Organisation.objects.get(slug=one.slug)
        elif one.kind == FeedKind.UNIT:
            unit = Unit.objects.get(slug=one.slug)
        feed = services.subscribe(
            user=town.people[LOGINS[one.login]], kind=one.kind, organisation=organisation, unit=unit, language="nb",
            now=town.now - timedelta(days=14),
        )  # fmt: skip
        for agent, days in one.fetched:
            services.note_fetch(feed, agent=agent, on=today - timedelta(days=days))
