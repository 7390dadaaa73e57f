"""Who may do what to meetings in the CMS admin: those of the own units, and only where they are used."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.meetings import selectors
from booking.meetings.models import Meeting
from booking.meetings.services.common import CALLING_ROLES


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def seen(user: Any) -> QuerySet[Meeting]:
    """Meetings that a unit of the person calls or takes part in."""
    ids = unit_ids(user)
    joined = Meeting.units.through.objects.filter(unit__in=ids).order_by().values("meeting")
    return Meeting.objects.filter(unit__in=ids) | Meeting.objects.filter(pk__in=joined)


def answered(user: Any) -> QuerySet[Meeting]:
    """Meetings that the person may call, move and write the minutes of, or whose unit takes part."""
    ids = unit_ids(user, CALLING_ROLES)
    joined = Meeting.units.through.objects.filter(unit__in=ids).order_by().values("meeting")
    return Meeting.objects.filter(unit__in=ids) | Meeting.objects.filter(pk__in=joined)


def may_come_in(user: Any) -> bool:
    """Has a role in a unit today, and meetings are switched on."""
    return selectors.is_on() and bool(unit_ids(user))


def may_call(user: Any) -> bool:
    """Officer or leader of a unit today."""
    return bool(unit_ids(user, CALLING_ROLES))


POLICY = ScopedPermissionPolicy(
    Meeting,
    scope=seen,
    may=may_come_in,
    # Nobody edits or deletes a meeting as a row: there are use cases for that, and they ask again whose it is.
    actions={"view": True, "add": Grant(may=may_call), "answer": Grant(may=may_call, scope=answered)},
)
register_permission_policy(Meeting, POLICY)
