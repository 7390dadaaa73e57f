"""Who may do what to units, resources and features in the CMS admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.catalogue import selectors
from booking.catalogue.models import Feature, Resource, Unit, UnitRoleName
from booking.catalogue.selectors.people import role_rows
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy

#: Who keeps the catalogue of a unit. Planners and caretakers look.
KEEPERS = (UnitRoleName.OFFICER, UnitRoleName.LEADER)


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def unit_ids(user: Any, roles: Iterable[str] | None = None, *, with_children: bool = True) -> frozenset[int]:
    """Ids of `units_of` today. Every page of the admin asks dozens of times who may what.

    So they are kept on the user object, which lives as long as the request; a day that turns asks again.
    """
    known: dict[Any, frozenset[int]] = user.__dict__.setdefault("_samskap_unit_ids", {})
    key = (today(), None if roles is None else frozenset(roles), with_children)
    if key not in known:
        units = selectors.units_of(user, key[0], roles=key[1], with_children=with_children)
        known[key] = frozenset(units.order_by().values_list("pk", flat=True))
    return known[key]


# Units themselves are asked for afresh: one that was made in this very request is among them.


def units_seen(user: Any) -> QuerySet[Unit]:
    """Units in which the person has any role, child units included."""
    return selectors.units_of(user, today())


def units_kept(user: Any) -> QuerySet[Unit]:
    """Units whose things the person keeps."""
    return selectors.units_of(user, today(), roles=KEEPERS)


def units_led(user: Any) -> QuerySet[Unit]:
    """Units that the person leads."""
    return selectors.units_of(user, today(), roles=[UnitRoleName.LEADER])


def resources_kept(user: Any) -> QuerySet[Resource]:
    """Things that the person keeps."""
    return Resource.objects.filter(unit__in=unit_ids(user, KEEPERS))


def is_staff(user: Any) -> bool:
    """May come in at all."""
    return bool(unit_ids(user)) or bool(getattr(user, "is_superuser", False))


def is_keeper(user: Any) -> bool:
    return bool(unit_ids(user, KEEPERS))


def is_leader(user: Any) -> bool:
    return bool(unit_ids(user, [UnitRoleName.LEADER])) or bool(getattr(user, "is_superuser", False))


def people_in_charge(on: date | None = None) -> QuerySet[Any]:
    """Everybody who may be named as officer or deputy: officers and leaders of any unit, by name."""
    rows = role_rows(on or today()).filter(role__in=KEEPERS)
    return get_user_model()._default_manager.filter(pk__in=rows.values("user"), is_active=True)


UNIT_POLICY = ScopedPermissionPolicy(
    Unit,
    scope=units_seen,
    may=is_staff,
    # Deleting is for nobody: a unit is set inactive, a thing is retired.
    actions={
        "view": True,
        "change": Grant(scope=units_led),
        "add": Grant(may=is_leader),
        "keep": Grant(scope=units_kept),
    },
)
RESOURCE_POLICY = ScopedPermissionPolicy(
    Resource,
    scope=lambda user: Resource.objects.filter(unit__in=unit_ids(user)),
    may=is_staff,
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(scope=resources_kept)},
)
FEATURE_POLICY = ScopedPermissionPolicy(
    Feature,
    scope=lambda user: Feature.objects.all(),
    may=is_staff,
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(may=is_keeper)},
)
for _model, _policy in ((Unit, UNIT_POLICY), (Resource, RESOURCE_POLICY), (Feature, FEATURE_POLICY)):
    register_permission_policy(_model, _policy)
