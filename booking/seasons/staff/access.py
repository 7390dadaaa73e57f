"""Who may do what to rounds in the CMS admin: those of the own units, and only where rounds are used."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.seasons.access import RUNNING_ROLES
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.rounds import is_on


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def seen(user: Any) -> QuerySet[SeasonRound]:
    """Rounds of the units in which the person has any role."""
    return SeasonRound.objects.filter(unit__in=unit_ids(user))


def run(user: Any) -> QuerySet[SeasonRound]:
    """Rounds that the person runs, conflicts of interest apart."""
    return SeasonRound.objects.filter(unit__in=unit_ids(user, RUNNING_ROLES))


def may_come_in(user: Any) -> bool:
    """Has a role in a unit today, and rounds are used here."""
    return is_on() and bool(unit_ids(user))


def may_run(user: Any) -> bool:
    """Officer or leader of a unit today."""
    return bool(unit_ids(user, RUNNING_ROLES))


POLICY = ScopedPermissionPolicy(
    SeasonRound,
    scope=seen,
    may=may_come_in,
    # Nobody edits or deletes a round as a row: there are use cases for that. "run" is every act of the officer.
    actions={"view": True, "add": Grant(may=may_run), "run": Grant(may=may_run, scope=run)},
)
register_permission_policy(SeasonRound, POLICY)
