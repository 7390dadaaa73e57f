"""Building Lilleby: content becomes rows, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import override

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations.followers import services as following
from municipality.lilleby.builders.agreements import build_agreements
from municipality.lilleby.builders.followers import build_followers
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town, build_life
from municipality.lilleby.builders.pages import build_pages
from municipality.lilleby.builders.people import build_organisations, build_people, build_units
from municipality.lilleby.builders.privacy import build_privacy
from municipality.lilleby.builders.talk import build_routes, build_talk
from municipality.lilleby.builders.things import build_things
from municipality.lilleby.builders.turnover import build_turnover
from municipality.lilleby.builders.wipe import wipe
from municipality.lilleby.builders.works import build_works
from municipality.lilleby.models import DemoMark


@transaction.atomic
def build(*, now: datetime) -> None:
    """Empty the database and build the town around `now`. All or nothing. Who calls has made sure that it may."""
    now = now.replace(second=0, microsecond=0)
    wipe()
    began = now - timedelta(days=120)
    with override("nb"):
        people = build_people(now=now)
        units = build_units(people, now=now)
        organisations = build_organisations(people, now=began)
        things = build_things(people, units, now=began)
        build_pages(things)
        build_followers(things, now=began)
        build_routes()
        town = Town(people, organisations, things, now)
        build_life(town)
        build_talk(town)
        build_agreements(town)
        build_works(town)
        build_privacy(town)
        build_turnover(people, units, things, now=now)
        following.forget(now)
        following.send_news(now)
        send_in_the_past(now=now)
    DemoMark.objects.create(built_on=local_date(now, booking_settings().tz))
