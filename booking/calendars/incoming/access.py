"""Who may do what to calendars of others in the CMS admin: those of the own units."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.calendars.incoming.models import CalendarSource
from booking.catalogue.staff.access import KEEPERS, is_keeper, is_staff, unit_ids
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy

NAMESPACE = "booking_calendars_in"


def seen(user: Any) -> QuerySet[CalendarSource]:
    """Calendars of the units in which the person has any role."""
    return CalendarSource.objects.filter(unit__in=unit_ids(user))


def kept(user: Any) -> QuerySet[CalendarSource]:
    """Calendars of the units whose things the person keeps."""
    return CalendarSource.objects.filter(unit__in=unit_ids(user, KEEPERS))


POLICY = ScopedPermissionPolicy(
    CalendarSource,
    scope=seen,
    may=is_staff,
    # Nothing is deleted: a calendar is stopped.
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(may=is_keeper, scope=kept)},
)
register_permission_policy(CalendarSource, POLICY)
