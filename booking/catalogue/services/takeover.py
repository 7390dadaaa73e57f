"""When somebody leaves, what they owned goes to others in the same transaction (requests.md clock 7; needs N5, N9).

The plugin doesn't own the user, so it listens: `wiring.connect` calls this on pre_save (active → inactive) and on
pre_delete of AUTH_USER_MODEL. ``queryset.update(is_active=False)`` sends no signal, and neither does a last role that
ends by its date: on such a day others own everything already (`selectors.missing`), and `leaving.check_owners` writes
it down at night.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from booking.catalogue.models import Absence, HandOver, Resource, ResourceState, Unit, UnitRole
from booking.catalogue.selectors.people import Missing, leaders, missing
from booking.catalogue.services.common import feed_ids, local_day, tell
from booking.catalogue.signals import ownership_taken_over


@transaction.atomic
def take_over_from(leaver: Any, *, now: datetime) -> dict[str, int]:
    """Give the leaver's units and resources to the deputy, else the unit's leader, else a parent unit's leader.

    A thing that inherits an officer other than the leaver needs no name of its own: it just inherits. Where nobody is
    left the name is taken away, and the thing shows up as ownerless. What moved stays on the leader's list until
    somebody has seen it (`HandOver`). Who can't sign in any more also loses their roles: an account that is opened
    again gets them anew. Answers how many units and resources moved.
    """
    day = local_day(now)
    away = missing(day)
    units = list(Unit.objects.select_for_update().filter(Q(officer=leaver) | Q(deputy=leaver)).order_by("pk"))
    for unit in units:
        if _hand_on(unit, unit, leaver, day, away) and unit.active:
            note_take_over(
                kind="units", key=f"{unit.pk}:officer", title=unit.name, unit=unit, former=leaver,
                receiver=unit.officer, now=now,
            )  # fmt: skip
        unit.save(update_fields=["officer", "deputy"])
    resources = list(Resource.objects.select_for_update().filter(Q(officer=leaver) | Q(deputy=leaver)).order_by("pk"))
    told: set[int] = set()
    for resource in resources:
        if _hand_on(resource, resource.unit, leaver, day, away) and resource.state != ResourceState.RETIRED:
            note_take_over(
                kind="resources", key=f"{resource.pk}:officer", title=resource.name, unit=resource.unit, former=leaver,
                receiver=resource.officer, now=now,
            )  # fmt: skip
        resource.version += 1
        resource.revised_at = max(now, resource.revised_at)
        resource.save(update_fields=["officer", "deputy", "version", "revised_at"])
        told |= feed_ids(resource)
    told |= set(Resource.objects.filter(unit__in=units).values_list("pk", flat=True))
    if told or units:
        tell(f"user:{leaver.pk}", told, *(f"unit:{unit.pk}" for unit in units))
    Absence.objects.filter(deputy=leaver, end__gte=day).update(deputy=None)
    if not leaver.is_active:
        _end_roles(leaver, day)
    ownership_taken_over.send(sender=None, leaver=leaver, now=now)
    return {"units": len(units), "resources": len(resources)}


def note_take_over(
    *, kind: str, key: str, title: str, unit: Unit | None, former: Any, receiver: Any, now: datetime
) -> None:
    """Put what went to somebody by itself on the leader's list, in the caller's transaction.

    Waits there already (the receiver has left in turn, before anybody looked): it is the same entry with a new
    receiver.
    """
    waiting = HandOver.objects.select_for_update().filter(kind=kind, key=key, seen_at__isnull=True)
    if not waiting.update(receiver=receiver, title=title[:200], unit=unit, at=now):
        HandOver.objects.create(
            kind=kind, key=key, title=title[:200], unit=unit, former=former, receiver=receiver, at=now
        )


def _end_roles(leaver: Any, day: Any) -> None:
    """Roles end today; what was to begin later never does (it ends on its first day)."""
    standing = UnitRole.objects.select_for_update().filter(user=leaver).filter(Q(end__isnull=True) | Q(end__gt=day))
    for role in standing.order_by("pk"):
        role.end = day if role.start is None or role.start <= day else role.start
        role.save(update_fields=["end"])


def _hand_on(row: Unit | Resource, unit: Unit, leaver: Any, day: Any, away: Missing) -> bool:
    """Set officer and deputy of ``row`` as if the leaver were gone. Whether it has another officer now."""
    if row.deputy_id == leaver.pk:
        row.deputy = None
    if row.officer_id != leaver.pk:
        return False
    row.officer = None
    # Units are handed on first, so that a unit's former deputy is found as its officer.
    line = list(_line(row))
    heirs = [row.deputy, *(one.deputy for one in line), *(one.officer for one in line), *_leaders_upward(unit, day)]
    living = [heir for heir in heirs if heir is not None and away.living(heir) and heir.pk != leaver.pk]
    # Somebody who is at work today, if there is one.
    row.officer = next((heir for heir in living if away.present(heir)), living[0] if living else None)
    if row.officer is not None and row.officer == row.deputy:
        row.deputy = None
    return True


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
