"""Who may do what to works in the CMS admin: those of the own units, and only where works are planned here."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.works import selectors
from booking.works.models import Works
from booking.works.rulesets.models import NoticeRuleSet
from booking.works.services.common import EMERGENCY_ROLES, PLANNING_ROLES


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def seen(user: Any) -> QuerySet[Works]:
    """Works of the units in which the person has any role."""
    return Works.objects.filter(unit__in=unit_ids(user))


def planned(user: Any) -> QuerySet[Works]:
    """Works that the person plans or leads, conflicts of interest apart."""
    return Works.objects.filter(unit__in=unit_ids(user, PLANNING_ROLES))


def may_come_in(user: Any) -> bool:
    """Has a role in a unit today, and works are planned here."""
    return selectors.is_on() and bool(unit_ids(user))


def may_plan(user: Any) -> bool:
    """Planner or leader of a unit today."""
    return bool(unit_ids(user, PLANNING_ROLES))


def may_declare(user: Any) -> bool:
    """Whoever works in a unit and is awake may say that it can't wait."""
    return bool(unit_ids(user, EMERGENCY_ROLES))


POLICY = ScopedPermissionPolicy(
    Works,
    scope=seen,
    may=may_come_in,
    # Nobody edits or deletes works as a row: there are use cases for that.
    actions={
        "view": True,
        "add": Grant(may=may_plan),
        "plan": Grant(may=may_plan, scope=planned),
        "declare": Grant(may=may_declare),
    },
)
register_permission_policy(Works, POLICY)


def _is_administrator(user: Any) -> bool:
    return bool(user.is_superuser) and selectors.is_on()


def may_read_rules(user: Any) -> bool:
    """The rules are no secret for those who work by them."""
    return may_come_in(user) or _is_administrator(user)


RULES = ScopedPermissionPolicy(
    NoticeRuleSet,
    scope=lambda user: NoticeRuleSet.objects.exclude(state="discarded"),
    may=may_read_rules,
    # A published version is never changed nor deleted: a draft becomes the next one.
    actions={"view": True, "add": Grant(may=_is_administrator), "change": Grant(may=_is_administrator)},
)
register_permission_policy(NoticeRuleSet, RULES)
