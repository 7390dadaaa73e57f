"""When somebody leaves, what they owned goes to others in the same transaction (requests.md clock 7; needs N5, N9).

The plugin doesn't own the user, so it listens: `wiring.connect` calls this on pre_save (active → inactive) and on
pre_delete of AUTH_USER_MODEL. ``queryset.update(is_active=False)`` sends no signal: the nightly check finds those.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from booking.catalogue.models import Resource, Unit
from booking.catalogue.selectors.people import absent_ids, leaders
from booking.catalogue.services.common import feed_ids, local_day, tell
from booking.catalogue.signals import ownership_taken_over


@transaction.atomic
def take_over_from(leaver: Any, *, now: datetime) -> dict[str, int]:
    """Give the leaver's units and resources to the deputy, else the unit's leader, else a parent unit's leader.

    A thing that inherits an officer other than the leaver needs no name of its own: it just inherits. Where nobody is
    left the name is taken away, and the thing shows up as ownerless. Answers how many units and resources moved.
    """
    day = local_day(now)
    away = absent_ids(day)
    units = list(Unit.objects.select_for_update().filter(Q(officer=leaver) | Q(deputy=leaver)).order_by("pk"))
    for unit in units:
        _hand_on(unit, unit, leaver, day, away)
        unit.save(update_fields=["officer", "deputy"])
    resources = list(Resource.objects.select_for_update().filter(Q(officer=leaver) | Q(deputy=leaver)).order_by("pk"))
    told: set[int] = set()
    for resource in resources:
        _hand_on(resource, resource.unit, leaver, day, away)
        resource.version += 1
        resource.revised_at = max(now, resource.revised_at)
        resource.save(update_fields=["officer", "deputy", "version", "revised_at"])
        told |= feed_ids(resource)
    told |= set(Resource.objects.filter(unit__in=units).values_list("pk", flat=True))
    if told or units:
        tell(f"user:{leaver.pk}", told, *(f"unit:{unit.pk}" for unit in units))
    ownership_taken_over.send(sender=None, leaver=leaver, now=now)
    return {"units": len(units), "resources": len(resources)}


def _hand_on(row: Unit | Resource, unit: Unit, leaver: Any, day: Any, away: set[int]) -> None:
    """Set officer and deputy of ``row`` as if the leaver were gone."""
    if row.deputy_id == leaver.pk:
        row.deputy = None
    if row.officer_id != leaver.pk:
        return
    row.officer = None
    # Units are handed on first, so that a unit's former deputy is found as its officer.
    line = list(_line(row))
    heirs = [row.deputy, *(one.deputy for one in line), *(one.officer for one in line), *_leaders_upward(unit, day)]
    living = [heir for heir in heirs if heir is not None and heir.is_active and heir.pk != leaver.pk]
    # Somebody who is at work today, if there is one.
    row.officer = next((heir for heir in living if heir.pk not in away), living[0] if living else None)
    if row.officer is not None and row.officer == row.deputy:
        row.deputy = None


def _line(row: Unit | Resource) -> Iterable[Unit | Resource]:
    """From whom ``row`` inherits people: what it is part of, then its unit and the parent units, nearest first."""
    parent = row.parent
    while parent is not None:
        yield parent
        parent = parent.parent
    unit: Unit | None = row.unit if isinstance(row, Resource) else None
    while unit is not None:
        yield unit
        unit = unit.parent


def _leaders_upward(unit: Unit | None, day: Any) -> Iterable[Any]:
    while unit is not None:
        yield from leaders(unit, day)
        unit = unit.parent
