"""Who may do what to agreements in the CMS admin: those of the own units, and only where the register is used."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.agreements import selectors
from booking.agreements.models import Agreement
from booking.agreements.services.common import DECIDING_ROLES
from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def seen(user: Any) -> QuerySet[Agreement]:
    """Agreements of the units in which the person has any role: a planner must know them, a caretaker works by them."""
    return Agreement.objects.filter(unit__in=unit_ids(user))


def answered(user: Any) -> QuerySet[Agreement]:
    """Agreements that the person may answer for, conflicts of interest apart."""
    return Agreement.objects.filter(unit__in=unit_ids(user, DECIDING_ROLES))


def may_come_in(user: Any) -> bool:
    """Has a role in a unit today, and the register is switched on."""
    return selectors.is_on() and bool(unit_ids(user))


def may_answer(user: Any) -> bool:
    """Officer or leader of a unit today."""
    return bool(unit_ids(user, DECIDING_ROLES))


POLICY = ScopedPermissionPolicy(
    Agreement,
    scope=seen,
    may=may_come_in,
    # Nobody edits or deletes an agreement as a row: there are use cases for that.
    actions={"view": True, "add": Grant(may=may_answer), "answer": Grant(may=may_answer, scope=answered)},
)
register_permission_policy(Agreement, POLICY)
