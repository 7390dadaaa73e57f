"""Who is new, who leaves, who has left, who will be away: so that these pages have something to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from booking.catalogue import selectors
from booking.catalogue import services as catalogue
from booking.catalogue.models import Resource, Unit
from booking.catalogue.services import Wish
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from municipality.lilleby.builders.people import BEGAN
from municipality.lilleby.content import people as content


def build_turnover(
    people: Mapping[str, Any], units: Mapping[str, Unit], things: Mapping[str, Resource], *, now: datetime
) -> None:
    """Through the use cases, as people would do it."""
    today = local_date(now, booking_settings().tz)
    unit = units[content.NEW_IN]
    leader = selectors.leaders(unit, today)[0]

    gone = people[content.LEFT]
    catalogue.give_role(user=gone, unit=unit, role="officer", start=today - BEGAN, now=now)
    for slug in content.LEFT_BEHIND:
        row = Resource.objects.get(slug=slug)
        catalogue.update_resource(row, changes={"officer": gone, "deputy": row.officer}, by=leader, now=now)
    gone.is_active = False
    gone.save()

    new = people[content.NEW]
    catalogue.give_role(user=new, unit=unit, role="officer", start=today - timedelta(days=12), by=leader, now=now)
    giver = people[content.GIVEN_BY]
    wishes = [Wish("resources", f"{things[slug].pk}:officer", new) for slug in content.GIVEN]
    wishes += [
        Wish("cases", row.key, new)
        for section in selectors.carried_by(giver, today)
        if section.kind.name == "cases"
        for row in section.rows
        if row.movable
    ][:2]
    reason = f"{new.get_short_name()} er ny hos oss og tar over dette."
    catalogue.hand_over_carried(wishes, leaver=giver, reason=reason, by=leader, now=now)

    leaves = people[content.LEAVES]
    catalogue.set_last_day(user=leaves, last=today + timedelta(days=24), by=leaves, now=now)

    first = today + timedelta(days=14)
    for key, days, deputy in (
        (content.STANDS_IN_LATER, (first + timedelta(days=1), first + timedelta(days=2)), None),
        (content.AWAY_LATER, (first, first + timedelta(days=4)), people[content.STANDS_IN_LATER]),
    ):
        user = people[key]
        catalogue.record_absence(user=user, start=days[0], end=days[1], deputy=deputy, by=user, now=now)
