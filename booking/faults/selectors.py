"""Reads of faults: by the code on the wall, of a unit's things, and what everybody may see of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from booking.catalogue.models import Resource, ResourceState, UnitRoleName
from booking.catalogue.staff.access import unit_ids
from booking.faults import rules
from booking.faults.models import Fault, WallCode

#: Who mends, and who answers for what is mended.
HANDLING = (UnitRoleName.CARETAKER, UnitRoleName.OFFICER, UnitRoleName.LEADER)
#: So many are shown to who wants to report one more.
_KNOWN = 20


def thing_at(code: str) -> Resource | None:
    """What one stands before. None for an unknown code, and for what isn't lent any more."""
    rows = WallCode.objects.filter(code=rules.tidy_code(code)).select_related("resource__unit")
    found = rows.exclude(resource__state=ResourceState.RETIRED).first()
    return found.resource if found is not None and found.resource.unit.active else None


def known_faults(resource: Resource) -> list[Fault]:
    """What has been reported about the thing, its parts and its whole, and isn't settled. The newest first."""
    near = {resource.pk, *resource.parts.values_list("pk", flat=True)}
    if resource.parent_id:
        near.add(resource.parent_id)
    rows = Fault.objects.filter(resource__in=near, state__in=rules.OPEN)
    return list(rows.select_related("resource", "case")[:_KNOWN])


def open_faults(resources: Iterable[int]) -> list[Fault]:
    """What isn't settled on these things, the oldest first. One query."""
    rows = Fault.objects.filter(resource__in=list(resources), state__in=rules.OPEN)
    return list(rows.select_related("resource", "case", "photo").defer("photo__content").order_by("reported_at", "pk"))


def by_reference(reference: str) -> Fault | None:
    """The fault of that case number."""
    rows = Fault.objects.filter(case__reference=reference)
    return rows.select_related("case__unit", "resource__unit").first()


def faults_seen(user: Any) -> QuerySet[Fault]:
    """Faults of the things of the person's units."""
    return Fault.objects.filter(resource__unit__in=unit_ids(user))


def faults_handled(user: Any) -> QuerySet[Fault]:
    """Faults that the person may settle: a caretaker mends, officer and leader answer."""
    return Fault.objects.filter(resource__unit__in=unit_ids(user, HANDLING))
