"""Building Lilleby: content becomes rows, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import override

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations.followers import services as following
from municipality.lilleby.builders.agreements import build_agreements
from municipality.lilleby.builders.calendars import build_calendars
from municipality.lilleby.builders.days import build_days
from municipality.lilleby.builders.desk import build_desk
from municipality.lilleby.builders.followers import build_followers
from municipality.lilleby.builders.happenings import build_happenings
from municipality.lilleby.builders.kits import build_kits
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town, build_life
from municipality.lilleby.builders.meetings import build_meetings
from municipality.lilleby.builders.pages import build_pages
from municipality.lilleby.builders.people import build_organisations, build_people, build_units
from municipality.lilleby.builders.permits import build_permits, build_requirements
from municipality.lilleby.builders.privacy import build_privacy
from municipality.lilleby.builders.rosters import build_rosters
from municipality.lilleby.builders.rounds import build_rounds
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
        build_requirements(now=began)
        build_pages(things)
        build_followers(things, now=began)
        build_routes()
        town = Town(people, organisations, things, now)
        build_life(town)
        build_talk(town)
        build_agreements(town)
        build_rosters(town)
        build_permits(town)
        build_kits(town)
        build_days(town)
        build_works(town)
        build_rounds(town)
        build_happenings(town)
        build_meetings(town)
        build_privacy(town)
        build_calendars(town)
        build_turnover(people, units, things, now=now)
        build_desk(town)
        following.forget(now)
        following.send_news(now)
        send_in_the_past(now=now)
    DemoMark.objects.create(built_on=local_date(now, booking_settings().tz))
