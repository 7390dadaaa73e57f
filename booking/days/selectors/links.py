"""Which link a secret opens, and which things somebody's day is about. Only things of the own unit, ever."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState, UnitRoleName
from booking.catalogue.staff.access import unit_ids
from booking.days import secrets
from booking.days.models import CaretakerLink
from booking.foundation.errors import NotFound

#: Whose work the day is. A planner plans works, a reader reads figures.
DAY_ROLES = (UnitRoleName.CARETAKER, UnitRoleName.OFFICER, UnitRoleName.LEADER)


def find_link(token: str) -> CaretakerLink:
    """The link that this secret opens. Raises ``NotFound`` for a wrong, ended or switched-off one. One query."""
    rows = CaretakerLink.objects.filter(
        token_hash__in=secrets.hashes(token), ended_at__isnull=True, unit__active=True
    ).select_related("unit", "building")
    found = rows.first()
    if found is None:
        raise NotFound("no_link", "This link opens nothing.")
    return found


def resources_of_link(link: CaretakerLink) -> QuerySet[Resource]:
    """The things of its unit and of those below; with a building, only what lies in that."""
    rows = _in_use().filter(unit__in=catalogue.with_child_units([link.unit_id]))
    if link.building_id is None:
        return rows
    return rows.filter(pk__in=_inside(link.building_id))


def resources_of_user(user: Any) -> QuerySet[Resource]:
    """The things of the units in which the person is caretaker, officer or leader."""
    return _in_use().filter(unit__in=unit_ids(user, DAY_ROLES))


def may_read_day(user: Any) -> bool:
    """Is a day of some unit this person's work?"""
    return bool(unit_ids(user, DAY_ROLES))


def links_led(user: Any) -> QuerySet[CaretakerLink]:
    """Links of the units that the person leads, units below included."""
    return CaretakerLink.objects.filter(unit__in=unit_ids(user, (UnitRoleName.LEADER,)))


def _in_use() -> QuerySet[Resource]:
    return Resource.objects.exclude(state=ResourceState.RETIRED)


def _inside(pk: int) -> set[int]:
    """A building and all that is part of it. One query a level."""
    found, level = {pk}, {pk}
    while level:
        level = set(Resource.objects.filter(parent__in=level).order_by().values_list("pk", flat=True)) - found
        found |= level
    return found
