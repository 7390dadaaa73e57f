"""Units, their rules, and the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, SlowWeeks, Unit, UnitRole, UnitRoleName, UnitRules
from booking.catalogue.rules import RULE_FIELDS
from booking.catalogue.services.common import (
    check_no_loop,
    check_row,
    local_day,
    locked,
    record,
    store_with_slug,
    tell,
    tidy,
)
from booking.foundation.errors import Invalid, Unmet

_FIELDS = {
    "name", "name_nn", "name_en", "parent", "email", "phone", "promise_days", "municipal", "officer", "deputy",
    "substitute", "active",
}  # fmt: skip


@transaction.atomic
def create_unit(
    *, name: str, slug: str | None = None, by: Any = None, now: datetime | None = None, **fields: Any
) -> Unit:
    """A new office that answers. ``fields``: the columns of ``Unit``. Raises ``Invalid`` by field."""
    unit = Unit(**tidy(Unit, {"name": name, **fields}, allowed=_FIELDS))
    check_row(unit, exclude=["slug"])
    _check_people(unit)
    store_with_slug(unit, wanted=slug, name=unit.name, max_length=60)
    if now is not None:
        record(unit, "created", by=by, now=now)
    return unit


@transaction.atomic
def update_unit(unit: Unit, *, changes: Mapping[str, Any], now: datetime, by: Any = None) -> Unit:
    """Change columns of a unit. Its name stands in letters and calendars, so all its resources are told.

    Raises ``Invalid`` by field; ``Unmet`` (``unowned``) when a published thing would be left without a living officer.
    """
    row = locked(Unit, unit.pk)
    values = tidy(Unit, changes, allowed=_FIELDS)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    check_row(row, exclude=["slug"])
    _check_people(row)
    check_no_loop(row, _("A unit can't be below itself."))
    before = _ownerless() if {"officer", "parent", "active"} & changed.keys() else set()
    row.save(update_fields=list(changed))
    if {"officer", "parent", "active"} & changed.keys() and (orphans := _ownerless() - before):
        raise Unmet(
            "unowned",
            _("Published things would be left without a case officer who can sign in."),
            items=[
                {"code": "unowned", "resource": slug}
                for slug in Resource.objects.filter(pk__in=orphans).values_list("slug", flat=True)
            ],
        )
    record(row, "changed", by=by, now=now, data={"fields": sorted(changed)})
    tell(f"unit:{row.slug}", Resource.objects.filter(unit=row).values_list("pk", flat=True), f"unit:{row.pk}")
    return row


def _ownerless() -> set[int]:
    from booking.catalogue.selectors.access import ownerless_resources

    return set(ownerless_resources().values_list("pk", flat=True))


def _check_people(unit: Unit) -> None:
    if unit.officer is not None and not unit.officer.is_active:
        raise Invalid("inactive_user", _("This person can't sign in any more."), loc=("officer",))
    if unit.deputy is not None and not unit.deputy.is_active:
        raise Invalid("inactive_user", _("This person can't sign in any more."), loc=("deputy",))
    if unit.substitute is not None and not unit.substitute.is_active:
        raise Invalid("inactive_user", _("This person can't sign in any more."), loc=("substitute",))
    if unit.deputy is not None and unit.deputy == unit.officer:
        raise Invalid(
            "deputy_is_officer", _("The deputy must be somebody else than the case officer."), loc=("deputy",)
        )


@transaction.atomic
def set_unit_rules(
    *, unit: Unit, kind: str = "", values: Mapping[str, Any], by: Any = None, now: datetime | None = None
) -> UnitRules:
    """The rules for all things of a unit, or for those of one kind. Rules that aren't named inherit again."""
    row = UnitRules.objects.select_for_update().filter(unit=unit, kind=kind).first() or UnitRules(unit=unit, kind=kind)
    given, empty = tidy(UnitRules, values, allowed=RULE_FIELDS), UnitRules()
    for name in RULE_FIELDS:
        setattr(row, name, given.get(name, getattr(empty, name)))
    check_row(row, exclude=["unit"])
    row.save()
    if now is not None:
        record(unit, "rules_set", by=by, now=now, data={"kind": kind, "rules": sorted(given)})
    return row


@transaction.atomic
def give_role(
    *,
    user: Any,
    unit: Unit,
    role: str,
    start: date | None = None,
    end: date | None = None,
    by: Any = None,
    now: datetime | None = None,
) -> UnitRole:
    """Give a person a role in a unit from ``start`` to ``end`` (included; None: open). An open one isn't doubled."""
    if role not in UnitRoleName.values:
        raise Invalid("unknown_role", _("There is no such role."), loc=("role",))
    if start and end and end < start:
        raise Invalid("end_before_start", _("The end must not be before the start."), loc=("end",))
    standing = UnitRole.objects.select_for_update().filter(user=user, unit=unit, role=role, end__isnull=True).first()
    if standing is not None and end is None:
        return standing
    row = UnitRole.objects.create(user=user, unit=unit, role=role, start=start, end=end)
    if now is not None:
        record(unit, "role_given", by=by, now=now, data={"user": user.pk, "role": role})
    return row


@transaction.atomic
def end_role(*, role: UnitRole, last: date, by: Any = None, now: datetime | None = None) -> UnitRole:
    """End a role after the day ``last``. A role that would end before it began ends on its first day."""
    row = locked(UnitRole, role.pk)
    row.end = last if row.start is None or last >= row.start else row.start
    row.save(update_fields=["end"])
    if now is not None:
        record(row.unit, "role_ended", by=by, now=now, data={"user": row.user_id, "role": row.role})
    return row


@transaction.atomic
def add_slow_weeks(*, unit: Unit, start: date, end: date, promise_days: int, reason: str) -> SlowWeeks:
    """Weeks in which the unit answers later; published, and named in every receipt (requests.md clock 2)."""
    row = SlowWeeks(unit=unit, start=start, end=end, promise_days=promise_days)
    row.reason = tidy(SlowWeeks, {"reason": reason}, allowed={"reason"})["reason"]
    if end < start:
        raise Invalid("end_before_start", _("The end must not be before the start."), loc=("end",))
    check_row(row, exclude=["unit"])
    if SlowWeeks.objects.filter(Q(unit=unit, start__lte=end, end__gte=start)).exists():
        raise Invalid("overlap", _("The unit has slow weeks in this time already."), loc=("start",))
    row.save()
    return row


__all__ = [
    "add_slow_weeks", "create_unit", "end_role", "give_role", "local_day", "set_unit_rules", "update_unit",
]  # fmt: skip
