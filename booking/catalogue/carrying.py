"""What the catalogue itself brings to "what this person carries": units and things, with their hand-over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.catalogue import registry, selectors, services
from booking.catalogue.models import OpeningException, Resource, ResourceState, SlowWeeks, Unit, UnitRole, UnitRoleName
from booking.catalogue.registry import Carried, Returning
from booking.catalogue.services.common import local_day, record
from booking.foundation.errors import Invalid, WrongState
from booking.foundation.i18n import localized

#: Who keeps things and decides about them.
DECIDING = (UnitRoleName.OFFICER, UnitRoleName.LEADER)
ROLES = {
    "officer": gettext_lazy("case officer"),
    "deputy": gettext_lazy("deputy"),
    "leader": gettext_lazy("unit leader"),
}


def register() -> None:
    """Fill the registries."""
    registry.register_carried(
        "units", units_of_person, label=gettext_lazy("Units"), hand_over=hand_over_unit, unowned=unowned_units,
        named=named_in_units, roles=ROLES, order=20,
    )  # fmt: skip
    registry.register_carried(
        "resources", things_of_person, label=gettext_lazy("Things that are lent"), hand_over=hand_over_thing,
        unowned=unowned_things, named=named_in_things, roles=ROLES, order=30,
    )  # fmt: skip
    registry.register_returning("slow weeks", slow_weeks, label=gettext_lazy("Slow weeks"))
    registry.register_returning("other hours", other_hours, label=gettext_lazy("Days with other hours"))


def admin_url(name: str, pk: int) -> str:
    """The page for staff; "" on a site without it."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


# --- units -----------------------------------------------------------------------------------------------------------


def units_of_person(user: Any, on: date) -> list[Carried]:
    """Units whose officer or deputy the person is, and those that nobody else leads."""
    found = []
    rows = Unit.objects.filter(Q(officer=user) | Q(deputy=user), active=True).order_by("name")
    for unit in rows.select_related("officer", "deputy"):
        for role in ("officer", "deputy"):
            if getattr(unit, f"{role}_id") == user.pk:
                found.append(_unit_row(unit, role, user))
    led = selectors.roles_of(user, on).filter(role=UnitRoleName.LEADER, unit__active=True).order_by("unit__name")
    alone = {row.unit_id: row.unit for row in led}
    others = (
        UnitRole.objects.filter(unit__in=alone, role=UnitRoleName.LEADER, user__is_active=True)
        .filter(Q(start__isnull=True) | Q(start__lte=on), Q(end__isnull=True) | Q(end__gte=on))
        .exclude(user=user)
    )
    shared = set(others.values_list("unit_id", flat=True))
    return found + [_unit_row(unit, "leader", user) for pk, unit in alone.items() if pk not in shared]


def _unit_row(unit: Unit, role: str, user: Any) -> Carried:
    better = [unit.deputy_id, unit.officer_id] if role != "deputy" else []
    return Carried(
        key=f"{unit.pk}:{role}",
        title=str(localized(unit, "name")),
        link=admin_url("booking_units:inspect", unit.pk),
        unit=unit.pk,
        role=role,
        suggested=[pk for pk in better if pk and pk != user.pk],
        barred=_not_both(unit, role),
        effect=_("New cases of the unit go to the new name.") if role == "officer" else "",
    )


def hand_over_unit(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """The unit's officer, deputy or leader is somebody else from now on."""
    pk, role = _parts(key)
    unit = Unit.objects.select_for_update().filter(pk=pk).first()
    day = local_day(now)
    if unit is None or not _has(unit, role, leaver, day):
        raise WrongState("moved", _("Somebody else has this already."))
    _check_decides(to, unit, day)
    if role == "leader":
        services.give_role(user=to, unit=unit, role=role, start=day, by=by, now=now)
    else:
        services.update_unit(unit, changes=_named(unit, role, to), by=by, now=now)
    record(unit, "handed_over", by=by, now=now, data={"from": leaver.pk, "to": to.pk, "role": role})


def _not_both(row: Unit | Resource, role: str) -> frozenset[int]:
    """Who is the officer can't be the deputy too."""
    return frozenset({row.officer_id} if role == "deputy" and row.officer_id else ())


def _has(row: Unit | Resource, role: str, leaver: Any, day: date) -> bool:
    if role == "leader" and isinstance(row, Unit):
        return leaver in selectors.leaders(row, day)
    return role in ("officer", "deputy") and getattr(row, f"{role}_id") == leaver.pk


def _named(row: Unit | Resource, role: str, to: Any) -> dict[str, Any]:
    """Officer and deputy are two people: who is the deputy and becomes the officer is the deputy no more."""
    if role == "officer":
        return {"officer": to} | ({"deputy": None} if row.deputy_id == to.pk else {})
    if row.officer_id == to.pk:
        raise Invalid("deputy_is_officer", _("The deputy must be somebody else than the case officer."), loc=("to",))
    return {"deputy": to}


def _check_decides(to: Any, unit: Unit, day: date) -> None:
    if not selectors.units_of(to, day, roles=DECIDING).filter(pk=unit.pk).exists():
        raise Invalid(
            "not_an_officer", _("This person has no role in that unit, so they can't look after it."), loc=("to",)
        )


def unowned_units(on: date) -> list[Carried]:
    """Active units for which nobody who lives is the case officer, their own or an inherited one."""
    units = list(Unit.objects.filter(active=True).order_by("name"))
    if not units:
        return []
    # Unsaved things of the units inherit everything from them.
    who = selectors.responsibles([Resource(pk=-unit.pk, unit=unit) for unit in units], on)
    absent = selectors.missing(on)
    return [
        Carried(
            key=f"{unit.pk}:officer",
            title=str(localized(unit, "name")),
            link=admin_url("booking_units:inspect", unit.pk),
            unit=unit.pk,
        )
        for unit in units
        if who[-unit.pk].officer is None or not absent.living(who[-unit.pk].officer)
    ]


def named_in_units() -> Iterable[int]:
    """Officers and deputies of units."""
    return _people(Unit.objects.all())


# --- things ----------------------------------------------------------------------------------------------------------


def things_of_person(user: Any, on: date) -> list[Carried]:
    """Things whose own officer or deputy the person is; what a thing inherits is its unit's row."""
    rows = (
        Resource.objects.filter(Q(officer=user) | Q(deputy=user))
        .exclude(state=ResourceState.RETIRED)
        .select_related("unit")
        .order_by("name")
    )
    found = []
    for row in rows:
        better = [row.deputy_id, row.unit.officer_id, row.unit.deputy_id]
        for role in ("officer", "deputy"):
            if getattr(row, f"{role}_id") == user.pk:
                found.append(
                    Carried(
                        key=f"{row.pk}:{role}",
                        title=str(localized(row, "name")),
                        link=admin_url("booking_resources:inspect", row.pk),
                        unit=row.unit_id,
                        role=role,
                        suggested=[pk for pk in better if pk and pk != user.pk] if role == "officer" else [],
                        barred=_not_both(row, role),
                        effect=_("Its page shows the new name."),
                    )
                )
    return found


def hand_over_thing(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """The thing's officer or deputy is somebody else from now on; its page says so."""
    pk, role = _parts(key)
    row = Resource.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=pk).first()
    day = local_day(now)
    if row is None or not _has(row, role, leaver, day):
        raise WrongState("moved", _("Somebody else has this already."))
    _check_decides(to, row.unit, day)
    services.update_resource(row, changes=_named(row, role, to), by=by, now=now)
    record(row, "handed_over", by=by, now=now, data={"from": leaver.pk, "to": to.pk, "role": role})


def unowned_things(on: date) -> list[Carried]:
    """Published things without a living officer."""
    return [
        Carried(
            key=f"{row.pk}:officer",
            title=str(localized(row, "name")),
            link=admin_url("booking_resources:inspect", row.pk),
            unit=row.unit_id,
        )
        for row in selectors.ownerless_resources().order_by("name")
    ]


def named_in_things() -> Iterable[int]:
    """Officers and deputies of things."""
    return _people(Resource.objects.all())


def _people(rows: Any) -> set[int]:
    pairs = rows.order_by().values_list("officer_id", "deputy_id").distinct()
    return {pk for pair in pairs for pk in pair if pk}


def _parts(key: str) -> tuple[int, str]:
    pk, _colon, role = key.partition(":")
    return (int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0), role


# --- what returns each year ------------------------------------------------------------------------------------------


def slow_weeks(units: Collection[int], first: date, last: date) -> list[Returning]:
    """Weeks in which the units answered later."""
    rows = SlowWeeks.objects.filter(unit__in=units, start__lte=last, end__gte=first).select_related("unit")
    return [
        Returning(
            title=row.reason,
            start=row.start,
            end=row.end,
            link=admin_url("booking_units:inspect", row.unit_id),
            detail=str(localized(row.unit, "name")),
        )
        for row in rows.order_by("start", "pk")
    ]


def other_hours(units: Collection[int], first: date, last: date) -> list[Returning]:
    """Days on which the units' things were closed or had other hours; the same reason on the same days is one."""
    rows = OpeningException.objects.filter(
        Q(unit__in=units) | Q(resource__unit__in=units), start__lte=last, end__gte=first
    ).select_related("unit", "resource")
    found: dict[tuple[Any, ...], Returning] = {}
    places: dict[tuple[Any, ...], list[str]] = {}
    for row in rows.order_by("start", "pk"):
        key = (row.start, row.end, row.reason, row.opens)
        places.setdefault(key, []).append(str(localized(row.resource or row.unit, "name")))
        found[key] = Returning(
            title=row.reason or (_("Other hours") if row.opens else _("Closed")),
            start=row.start,
            end=row.end,
            detail=_some(places[key]),
        )
    return list(found.values())


def _some(names: list[str]) -> str:
    """The first three, and how many more."""
    more = len(names) - 3
    words = ", ".join(names[:3])
    return _("%(names)s and %(more)s more") % {"names": words, "more": more} if more > 0 else words
