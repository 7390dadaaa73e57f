"""Who lives and works in Lilleby: accounts, units, roles, absences, organisations, memberships."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from booking.catalogue import services as catalogue
from booking.catalogue.models import Unit
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations import services as organisations
from booking.organisations.models import Organisation
from municipality.lilleby.content import people as content
from municipality.lilleby.content.organisations import ORGANISATIONS

#: Roles and memberships began this many days ago: before anything that happens in the demo.
BEGAN = timedelta(days=800)


def build_people(*, now: datetime) -> dict[str, Any]:
    """The accounts, by key."""
    made = {}
    for key, person in content.PEOPLE.items():
        made[key] = get_user_model().objects.create_user(
            email=person.email, name=person.name, phone=person.phone, language=person.language,
            is_staff=key in content.EMPLOYEES, is_superuser=key == content.LOGINS["admin"],
            age_declared_at=now,
        )  # fmt: skip
    return made


def build_units(people: dict[str, Any], *, now: datetime) -> dict[str, Unit]:
    """The units, by slug, with everybody's role and this week's absence."""
    today = local_date(now, booking_settings().tz)
    units: dict[str, Unit] = {}
    for one in content.UNITS:
        officer = people[one.officers[0]]
        deputy = people[one.officers[1] if len(one.officers) > 1 else one.leader]
        unit = catalogue.create_unit(
            name=one.name.nb, name_nn=one.name.nn, name_en=one.name.en, slug=one.slug, email=one.email,
            phone=one.phone, parent=units.get(one.parent), officer=officer, deputy=deputy,
            promise_days=one.promise_working_days, now=now,
        )  # fmt: skip
        units[one.slug] = unit
        roles = [(one.leader, "leader")]
        roles += [(key, "officer") for key in one.officers]
        roles += [(key, "planner") for key in one.planners] + [(key, "caretaker") for key in one.caretakers]
        for key, role in roles:
            catalogue.give_role(user=people[key], unit=unit, role=role, start=today - BEGAN, now=now)
    monday = today - timedelta(days=today.weekday())
    catalogue.record_absence(
        user=people[content.AWAY_THIS_WEEK], start=monday, end=monday + timedelta(days=6),
        deputy=people[content.STANDS_IN_THIS_WEEK], by=people[content.AWAY_THIS_WEEK], now=now,
    )  # fmt: skip
    return units


def build_organisations(people: dict[str, Any], *, now: datetime) -> dict[str, Organisation]:
    """The organisations, by their key in the content. Informal groups stay unverified; the others were verified."""
    today = local_date(now, booking_settings().tz)
    made: dict[str, Organisation] = {}
    clerk = people["marit"]
    for one in ORGANISATIONS:
        organisation = organisations.register_organisation(
            name=one.name, kind=one.kind, number=one.number, about=one.about.nb, language=one.language,
            email=people[one.members[0].person].email, by=clerk, now=now,
        )  # fmt: skip
        for member in one.members:
            organisations.add_member(
                organisation=organisation, user=people[member.person], role=member.role, start=today - BEGAN,
                by=clerk, now=now,
            )  # fmt: skip
        if one.kind != "informal":
            organisation = organisations.verify_organisation(organisation=organisation, by=clerk, now=now)
            organisation = organisations.update_organisation(
                organisation=organisation, changes={"listed": True}, by=clerk, now=now
            )
        made[one.slug] = organisation
    return made
