"""Who may do what to permits, requirements and kinds of use in the CMS admin."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from wagtail.permissions import register_permission_policy

from booking.cases.access import DECIDING_ROLES
from booking.catalogue.models import PermitRequirement, UseKind
from booking.catalogue.staff.access import KEEPERS, is_keeper, is_leader, is_staff, unit_ids
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.permits.access import permits_granted_in, permits_of_units
from booking.permits.models import Permit


def handles(user: Any) -> bool:
    """Has a role in some unit today."""
    return bool(unit_ids(user))


def permits_seen(user: Any) -> QuerySet[Permit]:
    """Of the cases of one's units, and those that they grant."""
    return permits_of_units(unit_ids(user))


def permits_granted(user: Any) -> QuerySet[Permit]:
    """About which the person has the word, conflicts of interest apart."""
    return permits_granted_in(unit_ids(user, DECIDING_ROLES))


def requirements_seen(user: Any) -> QuerySet[PermitRequirement]:
    """Of one's units and their things; those of kinds of use are the whole town's."""
    units = unit_ids(user)
    return PermitRequirement.objects.filter(Q(unit__in=units) | Q(resource__unit__in=units) | Q(use__isnull=False))


def requirements_kept(user: Any) -> QuerySet[PermitRequirement]:
    """What one keeps: of one's units and their things; those of kinds of use by leaders."""
    units = unit_ids(user, KEEPERS)
    kept = Q(unit__in=units) | Q(resource__unit__in=units)
    if is_leader(user):
        kept |= Q(use__isnull=False)
    return PermitRequirement.objects.filter(kept)


PERMIT_POLICY = ScopedPermissionPolicy(
    Permit,
    scope=permits_seen,
    may=handles,
    # Nobody edits or deletes a permit as a row: there are use cases for that.
    actions={"view": True, "grant": Grant(scope=permits_granted)},
)
REQUIREMENT_POLICY = ScopedPermissionPolicy(
    PermitRequirement,
    scope=requirements_seen,
    may=is_staff,
    # Deleting is for nobody: cases refer to it. It is set out of use.
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(scope=requirements_kept)},
)
USE_POLICY = ScopedPermissionPolicy(
    UseKind,
    scope=lambda user: UseKind.objects.all(),
    may=is_staff,
    actions={"view": True, "add": Grant(may=is_leader), "change": Grant(may=is_leader)},
)
for _model, _policy in ((Permit, PERMIT_POLICY), (PermitRequirement, REQUIREMENT_POLICY), (UseKind, USE_POLICY)):
    register_permission_policy(_model, _policy)
