"""Who answers for a thing on a day, and who leads a unit (needs N5; requests.md clock 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value

from booking.catalogue import rules
from booking.catalogue.models import Absence, Resource, Unit, UnitRole, UnitRoleName
from booking.catalogue.selectors.lending import Lineage, lineage


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who is named for a thing, and who answers today.

    ``officer`` and ``deputy`` are the inherited names, living or not. ``acting`` owns it on that day; None: nobody
    lives. ``reason``: "" (acting is the officer), "absent", "inactive", "none" (no officer is named anywhere).
    """

    unit: Unit
    officer: Any
    deputy: Any
    acting: Any
    reason: str

    @property
    def owned(self) -> bool:
        """True when the named officer lives: what publishing asks for."""
        return self.officer is not None and self.officer.is_active


def role_rows(on: date) -> QuerySet[UnitRole]:
    """Roles that hold on the day, of people who can sign in."""
    return UnitRole.objects.filter(
        Q(start__isnull=True) | Q(start__lte=on), Q(end__isnull=True) | Q(end__gte=on), user__is_active=True
    )


@dataclass(frozen=True, slots=True)
class Missing:
    """Who doesn't answer on a day: ``away`` (id → the stand-in they have named, or None) and ``gone``, whose last role
    in any unit has ended. Who never had a role isn't gone by that."""

    away: Mapping[int, Any]
    gone: frozenset[int]

    def living(self, user: Any) -> bool:
        """Can sign in, and still works here."""
        return bool(user.is_active) and user.pk not in self.gone

    def present(self, user: Any) -> bool:
        """Isn't away."""
        return user.pk not in self.away

    def stand_in(self, user: Any) -> Any:
        """Whom they have named for their absence; None: nobody."""
        return self.away.get(user.pk)


def missing(on: date) -> Missing:
    """Who is away on the day, and whose last role has ended before it. One query, two when stand-ins are named."""
    away: dict[int, int | None] = {}
    gone: set[int] = set()
    absent = Absence.objects.filter(start__lte=on, end__gte=on)
    rows = absent.order_by().values_list("user_id", "deputy_id", Value(0, IntegerField()))
    # A union wants columns of one type: the second is read for absences only.
    left = gone_roles(on).order_by().values_list("user_id", "user_id", Value(1, IntegerField()))
    for user_id, deputy_id, is_gone in rows.union(left):
        if is_gone:
            gone.add(user_id)
        else:
            away[user_id] = deputy_id
    ids = {one for one in away.values() if one}
    people = get_user_model()._default_manager.in_bulk(ids) if ids else {}
    return Missing({pk: people.get(one) if one else None for pk, one in away.items()}, frozenset(gone))


def gone_roles(on: date) -> QuerySet[UnitRole]:
    """The ended roles of people who have none any more, and none to come."""
    still = UnitRole.objects.filter(Q(end__isnull=True) | Q(end__gte=on), user=OuterRef("user"))
    return UnitRole.objects.filter(end__lt=on, user__is_superuser=False).exclude(Exists(still))


def absent_ids(on: date, users: Iterable[int] | None = None) -> set[int]:
    """Ids of people who are away on the day."""
    rows = Absence.objects.filter(start__lte=on, end__gte=on)
    if users is not None:
        rows = rows.filter(user_id__in=list(users))
    return set(rows.values_list("user_id", flat=True))


def leaders(unit: Unit, on: date) -> list[Any]:
    """The living leaders of the unit itself on the day, longest serving first. Away ones are included."""
    rows = role_rows(on).filter(unit=unit, role=UnitRoleName.LEADER).select_related("user").order_by("pk")
    return list(dict.fromkeys(row.user for row in rows))


def people_of(unit: Unit, on: date, roles: Iterable[str]) -> list[Any]:
    """Who holds one of the roles in the unit itself on the day, by name. Away ones are included."""
    rows = role_rows(on).filter(unit=unit, role__in=list(roles)).select_related("user")
    return sorted({row.user for row in rows}, key=lambda user: str(user).lower())


def responsibles(resources: Sequence[Resource], on: date, *, line: Lineage | None = None) -> dict[int, Responsible]:
    """Who answers for each resource on the day, by its id. Four queries besides the lineage.

    Officer and deputy are inherited separately: thing → what it is part of → unit → parent units.
    """
    line = line or lineage(resources)
    named: dict[int, tuple[int | None, int | None]] = {}
    for resource in resources:
        chain = [(resource.officer_id, resource.deputy_id)]
        chain += [(line.ancestors[one].officer_id, line.ancestors[one].deputy_id) for one in line.parents(resource)]
        chain += [(line.units[one].officer_id, line.units[one].deputy_id) for one in line.unit_line(resource.unit_id)]
        named[resource.pk] = _first_named(chain)
    leading: dict[int, list[int]] = {}
    for unit_id, user_id in (
        role_rows(on).filter(role=UnitRoleName.LEADER).order_by("pk").values_list("unit_id", "user_id")
    ):
        leading.setdefault(unit_id, []).append(user_id)
    ids = {user for pair in named.values() for user in pair if user} | {one for row in leading.values() for one in row}
    people = get_user_model().objects.in_bulk(ids)
    units = Unit.objects.in_bulk({resource.unit_id for resource in resources})
    absent = missing(on)
    result: dict[int, Responsible] = {}
    for resource in resources:
        officer, deputy = (people.get(one) if one else None for one in named[resource.pk])
        bosses: list[Any] = [people[one] for unit in line.unit_line(resource.unit_id) for one in leading.get(unit, ())]
        person, reason = rules.acting(
            officer, deputy, bosses, living=absent.living, present=absent.present, stand_in=absent.stand_in
        )
        result[resource.pk] = Responsible(units[resource.unit_id], officer, deputy, person, reason)
    return result


def _first_named(chain: Sequence[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    return (
        next((officer for officer, _deputy in chain if officer), None),
        next((deputy for _officer, deputy in chain if deputy), None),
    )


def responsible(resource: Resource, on: date) -> Responsible:
    """Who answers for the resource on the day."""
    return responsibles([resource], on)[resource.pk]


def unit_responsible(unit: Unit, on: date) -> Responsible:
    """Who answers for what comes to the unit itself (an enquiry about nothing in particular)."""
    # An unsaved thing of the unit inherits everything from it.
    return responsibles([Resource(pk=0, unit=unit)], on)[0]
