"""Who may set up webhooks: a unit's leader for the unit and those below it, an administrator for all."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from wagtail.permissions import register_permission_policy

from booking.catalogue.models import Unit, UnitRoleName
from booking.catalogue.staff.access import is_leader, unit_ids
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.webhooks.models import EndpointState, WebhookEndpoint

NAMESPACE = "booking_webhooks"
_LEADING = (UnitRoleName.LEADER,)


def is_on() -> bool:
    """Webhooks are sent at all."""
    return booking_settings().is_on("webhooks")


def may_keep(user: Any, unit: Unit | None) -> bool:
    """May the person set up webhooks of this unit; None: of the whole municipality."""
    if not getattr(user, "is_active", False):
        return False
    if unit is None:
        return bool(user.is_superuser)
    return unit.pk in unit_ids(user, _LEADING)


def units_to_choose(user: Any) -> QuerySet[Unit]:
    """Units for which the person may set one up."""
    return Unit.objects.filter(pk__in=unit_ids(user, _LEADING), active=True).order_by("name")


def seen(user: Any) -> QuerySet[WebhookEndpoint]:
    """Those that the person keeps; what was removed isn't there any more."""
    rows = WebhookEndpoint.objects.exclude(state=EndpointState.REMOVED)
    return rows if user.is_superuser else rows.filter(unit__in=unit_ids(user, _LEADING))


def may_come_in(user: Any) -> bool:
    return is_on() and is_leader(user)


POLICY = ScopedPermissionPolicy(
    WebhookEndpoint, scope=seen, may=may_come_in, actions={"view": True, "add": True, "change": True}
)
register_permission_policy(WebhookEndpoint, POLICY)
