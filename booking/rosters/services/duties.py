"""Which duties there are: what things and units ask for, a unit's own kinds, and the hosts' own duties."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log as staff_log

from booking.cases.models import Case
from booking.cases.services.shared import Actor
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.rosters import rules
from booking.rosters.models import Duty, DutyKind, DutyNeed, DutyPlan, SignUpState
from booking.rosters.rules import Need, Role
from booking.rosters.services.common import duty_of, locked, log, managing, next_number, on_it
from booking.rosters.services.settling import settle_things
from booking.rosters.services.signing import end, tell_removed

_NAMES = ("name", "name_nn", "name_en")


# --- what things ask for ---------------------------------------------------------------------------------------------


@transaction.atomic
def save_kind(kind: DutyKind, *, values: Mapping[str, Any], by: Any, now: datetime) -> DutyKind:
    """A kind of a unit, new or changed. Raises ``Invalid`` by field; a kind that isn't used any more is set out of
    use, and keeps its rows."""
    new = kind.pk is None
    for name in _NAMES:
        kind_text = text.clean(values.get(name, ""), max_length=150, loc=(name,), required=name == "name")
        setattr(kind, name, kind_text)
    if values.get("role") not in rules.ROLE_LABELS:
        raise Invalid("unknown_choice", _("Choose one of the duties."), loc=("role",))
    kind.role, kind.unit, kind.active = values["role"], values["unit"], bool(values.get("active", True))
    try:
        with transaction.atomic():
            kind.save()
    except IntegrityError:
        raise Invalid("twice", _("The unit has a kind with this name already."), loc=("name",)) from None
    staff_log(kind, f"samskap.rosters.{'kind_added' if new else 'kind_changed'}", user=by, timestamp=now)
    return kind


@transaction.atomic
def save_plan(
    *, resource: Resource | None = None, unit: Unit | None = None, needs: Sequence[Need], by: Any, now: datetime
) -> DutyPlan:
    """What a loan of this thing, or of all things of this unit, needs. Dates to come get it at once; nobody who has
    signed up is sent home. ``needs`` empty: a loan of it needs nothing, whatever is inherited."""
    _check_needs(needs)
    plan, new = DutyPlan.objects.select_for_update(of=("self",)).get_or_create(
        resource=resource, unit=unit, defaults={"revised_at": now}
    )
    plan.needs.all().delete()
    DutyNeed.objects.bulk_create(
        [
            DutyNeed(plan=plan, role=one.role, kind_id=one.kind, needed=one.needed, condition=one.condition)
            for one in needs
        ]
    )
    plan.revised_at = now
    plan.save(update_fields=["revised_at"])
    staff_log(plan, f"samskap.rosters.{'plan_added' if new else 'plan_changed'}", user=by, timestamp=now)
    settle_things(_things_of(plan), now=now)
    return plan


@transaction.atomic
def drop_plan(plan: DutyPlan, *, by: Any, now: datetime) -> None:
    """The thing inherits again what its unit asks for."""
    things = _things_of(plan)
    staff_log(plan, "samskap.rosters.plan_dropped", user=by, timestamp=now)
    plan.delete()
    settle_things(things, now=now)


def _check_needs(needs: Sequence[Need]) -> None:
    for one in needs:
        if one.role not in rules.ROLE_LABELS:
            raise Invalid("unknown_choice", _("Choose one of the duties."), loc=(str(one.role),))
        if not 1 <= one.needed <= rules.MOST_NEEDED:
            raise Invalid(
                "out_of_range", _("This must be between %(least)s and %(most)s."), loc=(str(one.role),),
                params={"least": 1, "most": rules.MOST_NEEDED},
            )  # fmt: skip
    if len({one.key for one in needs}) < len(needs):
        raise Invalid("twice", _("The same duty stands there twice."))


def _things_of(plan: DutyPlan) -> set[int]:
    """Ids of everything that may inherit from it. What has a plan of its own is settled for nothing, and stays."""
    if plan.unit_id is not None:
        units = catalogue.with_child_units([plan.unit_id])
        return set(Resource.objects.filter(unit__in=units).values_list("pk", flat=True))
    found = {plan.resource_id} if plan.resource_id is not None else set()
    level = set(found)
    while level:
        level = set(Resource.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


# --- the hosts' own --------------------------------------------------------------------------------------------------


@transaction.atomic
def add_duty(
    case: Case,
    *,
    line: int,
    role: str,
    needed: int = 1,
    words: str = "",
    kind: DutyKind | None = None,
    condition: bool = False,
    scope: str = "one",
    by: Any,
    now: datetime,
) -> list[Duty]:
    """The hosts (or the unit) add a duty to a date (``line``: its number), to it and those after it, or to all dates in
    that place. Raises ``Forbidden``, ``Invalid`` by field, ``NotFound``."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    words = text.clean(words, max_length=80, loc=("words",))
    if role not in rules.ROLE_LABELS:
        raise Invalid("unknown_choice", _("Choose one of the duties."), loc=("role",))
    if role == Role.OTHER and not words and kind is None:
        raise Invalid("required", _("Say what is to be done."), loc=("words",))
    if not 1 <= needed <= rules.MOST_NEEDED:
        raise Invalid(
            "out_of_range", _("This must be between %(least)s and %(most)s."), loc=("needed",),
            params={"least": 1, "most": rules.MOST_NEEDED},
        )  # fmt: skip
    if scope not in dict(rules.SCOPES):
        raise Invalid("unknown_choice", _("Choose which dates."), loc=("scope",))
    rows = {row.pk: row for row in fresh.lines.filter(end__gt=now, state__in=[*rules.ON, "displaced", "waiting_list"])}
    chosen = next((pk for pk, row in rows.items() if row.number == line), None)
    if chosen is None:
        raise Invalid("unknown_date", _("Choose a date that is still to come."), loc=("line",))
    ids = rules.scope_of([(pk, row.resource_id, row.start) for pk, row in rows.items()], chosen, scope)
    there: dict[int, int] = {}
    for pk in Duty.objects.filter(line__in=ids, removed_at=None).values_list("line_id", flat=True):
        there[pk] = there.get(pk, 0) + 1
    if any(count >= rules.MOST_DUTIES for count in there.values()):
        raise Invalid(
            "too_many", _("At most %(most)s duties on one date."), params={"most": rules.MOST_DUTIES}, loc=("line",)
        )
    batch, number = uuid.uuid4(), next_number(fresh)
    made = Duty.objects.bulk_create(
        [
            Duty(
                case=fresh, number=number + step, line=rows[pk], role=role, kind=kind, words=words, needed=needed,
                condition=condition, own=True, batch=batch, created_at=now,
            )
            for step, pk in enumerate(sorted(ids, key=lambda pk: rows[pk].number))
        ],
        batch_size=500,
    )  # fmt: skip
    log(fresh, "added", made, by=Actor(by, _hat(mine.leads)), now=now)
    return made


@transaction.atomic
def remove_duty(case: Case, number: int, *, scope: str = "one", by: Any, now: datetime) -> list[Duty]:
    """Take off a duty of the hosts' own: on this date, on it and those after it, or on all that were added with it.

    Who had signed up is told. What the thing asks for stays (``Forbidden``): only staff change that.
    """
    fresh = locked(case)
    mine = managing(fresh, by, now)
    duty = duty_of(fresh, number)
    if not duty.own:
        raise Forbidden("asked_by_the_thing", _("The place asks for this duty. Only the unit can change that."))
    if scope not in dict(rules.SCOPES):
        raise Invalid("unknown_choice", _("Choose which dates."), loc=("scope",))
    rows = Duty.objects.filter(case=fresh, batch=duty.batch, removed_at=None, line__end__gt=now)
    if scope == "one":
        rows = rows.filter(pk=duty.pk)
    elif scope == "following":
        rows = rows.filter(line__start__gte=duty.line.start)
    going = list(rows.select_related("line", "line__resource"))
    if not going:
        raise WrongState("over", _("This date is over."))
    for one in going:
        for row in on_it(one):
            end(row, SignUpState.REMOVED, now=now)
            tell_removed(fresh, row, now=now)
        one.filled, one.removed_at = 0, now
    Duty.objects.bulk_update(going, ["filled", "removed_at"], batch_size=200)
    log(fresh, "removed", going, by=Actor(by, _hat(mine.leads)), now=now)
    return going


@transaction.atomic
def change_needed(case: Case, number: int, *, needed: int, by: Any, now: datetime) -> Duty:
    """More or fewer people for one duty. Never fewer than have signed up (``WrongState``)."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    duty = duty_of(fresh, number)
    if not duty.own:
        raise Forbidden("asked_by_the_thing", _("The place asks for this duty. Only the unit can change that."))
    if not 1 <= needed <= rules.MOST_NEEDED:
        raise Invalid(
            "out_of_range", _("This must be between %(least)s and %(most)s."), loc=("needed",),
            params={"least": 1, "most": rules.MOST_NEEDED},
        )  # fmt: skip
    if needed < duty.filled:
        raise WrongState("signed_up", _("More people than that have signed up already."))
    # Places are numbered: nobody sits above the new number.
    for place, row in enumerate(on_it(duty), start=1):
        if row.place != place:
            row.place = place
            row.save(update_fields=["place"])
    duty.needed = needed
    duty.save(update_fields=["needed"])
    log(fresh, "changed", [duty], by=Actor(by, _hat(mine.leads)), now=now)
    return duty


def kinds_for(unit: Unit) -> list[DutyKind]:
    """The kinds in use of a unit and the units above it."""
    line: list[int] = []
    current: Unit | None = unit
    while current is not None and current.pk not in line:
        line.append(current.pk)
        current = current.parent
    return list(DutyKind.objects.filter(unit__in=line, active=True).order_by("name", "pk"))


def kind_or_none(unit: Unit, pk: int | None) -> DutyKind | None:
    """One of them by its id. Raises ``NotFound`` for any other."""
    if pk is None:
        return None
    found = next((one for one in kinds_for(unit) if one.pk == pk), None)
    if found is None:
        raise NotFound("not_found", _("There is no such kind of duty."))
    return found


def _hat(leads: frozenset[str]) -> str:
    return next(iter(sorted(leads)), "")
