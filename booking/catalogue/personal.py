"""What the catalogue knows about people: who answers for what, and when they are away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Absence, Resource, ResourceState, Unit, UnitRole
from booking.catalogue.selectors.people import role_rows
from booking.foundation import personal
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.personal import Fact, Obstacle, PersonalData, Record


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="work",
            label=_("Your work for the municipality"),
            why=_("So that every thing has somebody who answers, and history says who did."),
            goes=_("Days on which you were away."),
            stays=_("That somebody had the role, from and to: who decided what must be found again."),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.unit.officer",
                "samskap_booking.unit.deputy",
                "samskap_booking.unitrole.user",
                "samskap_booking.absence.user",
                "samskap_booking.resource.officer",
                "samskap_booking.resource.deputy",
            ),
        )
    )
    personal.not_about_people(
        "an office",
        "samskap_booking.unit.name",
        "samskap_booking.unit.name_nn",
        "samskap_booking.unit.name_en",
        "samskap_booking.unit.email",
        "samskap_booking.unit.phone",
    )
    personal.not_about_people(
        "a thing or a place",
        "samskap_booking.feature.name",
        "samskap_booking.feature.name_nn",
        "samskap_booking.feature.name_en",
        "samskap_booking.resource.name",
        "samskap_booking.resource.name_nn",
        "samskap_booking.resource.name_en",
        "samskap_booking.resource.address",
    )
    personal.not_about_people("who owns a thing by the land register", "samskap_booking.resource.owner_name")


def _collect(user: Any) -> Iterator[Record]:
    for role in UnitRole.objects.filter(user=user).select_related("unit").order_by("pk").iterator(chunk_size=500):
        yield Record(
            str(localized(role.unit, "name")),
            (
                Fact("role", _("Role"), str(role.get_role_display())),
                Fact("from", _("From"), role.start),
                Fact("to", _("To"), role.end),
            ),
        )
    for unit in Unit.objects.filter(Q(officer=user) | Q(deputy=user)).order_by("pk"):
        yield _answers_for(unit, user)
    things = Resource.objects.filter(Q(officer=user) | Q(deputy=user)).order_by("pk")
    for thing in things.iterator(chunk_size=500):
        yield _answers_for(thing, user)
    for away in Absence.objects.filter(user=user).order_by("pk").iterator(chunk_size=500):
        yield Record(_("Away"), (Fact("from", _("From"), away.start), Fact("to", _("To"), away.end)))


def _answers_for(thing: Unit | Resource, user: Any) -> Record:
    role = _("case officer") if thing.officer_id == user.pk else _("deputy")
    return Record(str(localized(thing, "name")), (Fact("role", _("Role"), str(role)),))


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """Who works here is handed over by their leader first: nothing may point at nobody (needs N5, N9)."""
    on = local_date(now, booking_settings().tz)
    roles = list(role_rows(on).filter(user=user).select_related("unit").order_by("pk"))
    units = Unit.objects.filter(Q(officer=user) | Q(deputy=user), active=True)
    things = Resource.objects.filter(Q(officer=user) | Q(deputy=user)).exclude(state=ResourceState.RETIRED)
    names = {str(localized(role.unit, "name")) for role in roles} | {str(localized(unit, "name")) for unit in units}
    if names:
        yield Obstacle(
            "works_here",
            _(
                "You work for the municipality (%(units)s). Your leader hands your matters over and ends your role "
                "first."
            )
            % {"units": ", ".join(sorted(names))},
        )
    elif things.exists():
        yield Obstacle("answers_for_things", _("You answer for things that can be lent. Hand them over first."))


def _erase(user: Any, now: datetime) -> int:
    return Absence.objects.filter(user=user).delete()[0]
