"""What one person carries, what nobody owns, what went over by itself: for the pages of leaders and of oneself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from booking.catalogue import registry
from booking.catalogue.models import Absence, HandOver, Unit, UnitRole, UnitRoleName
from booking.catalogue.registry import Carried, Kind, Returning
from booking.catalogue.selectors.access import roles_of, units_of
from booking.catalogue.selectors.people import Missing, missing, role_rows
from booking.correspondence.selectors import heartbeats

#: The heartbeat of the nightly owner check.
OWNERS = "owners"
#: Who decides, and so can have what others had.
DECIDING = (UnitRoleName.OFFICER, UnitRoleName.LEADER)
#: Somebody whose first role began so recently is new.
NEW_FOR = timedelta(weeks=6)
#: What the same weeks of last year held: from a little before today, a good while ahead.
LOOK_BACK, LOOK_AHEAD = timedelta(days=7), timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one kind."""

    kind: Kind
    rows: Sequence[Carried]


def carried_by(user: Any, on: date, *, units: Collection[int] | None = None) -> list[Section]:
    """Everything that ``user`` carries on the day, by kind; ``units``: only what is these units'. No empty sections."""
    found = []
    for kind in registry.carried_kinds():
        rows = [row for row in kind.carries(user, on) if units is None or row.unit in units]
        if rows:
            found.append(Section(kind, rows))
    return found


def unowned(on: date, *, units: Collection[int] | None = None) -> list[Section]:
    """What no living person is named for."""
    found = []
    for kind in registry.carried_kinds():
        if kind.unowned is None:
            continue
        rows = [row for row in kind.unowned(on) if units is None or row.unit in units]
        if rows:
            found.append(Section(kind, rows))
    return found


def waiting_take_overs(units: Collection[int]) -> QuerySet[HandOver]:
    """What went to somebody by itself in these units, and that no leader has looked at: oldest first."""
    return (
        HandOver.objects.filter(seen_at__isnull=True, unit__in=units)
        .select_related("unit", "former", "receiver")
        .order_by("at", "pk")
    )


def marked_take_overs(units: Collection[int]) -> list[Section]:
    """The same, of kinds that mark it themselves (cases)."""
    found = []
    for kind in registry.carried_kinds():
        rows = list(kind.taken_over(units)) if kind.taken_over is not None else []
        if rows:
            found.append(Section(kind, rows))
    return found


def count_take_overs(units: Collection[int] | None = None) -> int:
    """How long the list is, in all."""
    wanted = Unit.objects.values_list("pk", flat=True) if units is None else units
    ids = list(wanted)
    return waiting_take_overs(ids).count() + sum(len(section.rows) for section in marked_take_overs(ids))


# --- people ----------------------------------------------------------------------------------------------------------


def people_led(user: Any, on: date) -> QuerySet[Any]:
    """Whose pages a person may see: their own, and those of everybody in the units that they lead, child units too.

    Also who has left, as long as something names them there: their last role counts.
    """
    users = get_user_model()._default_manager.all()
    led = units_of(user, on, roles=[UnitRoleName.LEADER])
    named = Unit.objects.filter(pk__in=led)
    inside = (
        Q(pk__in=UnitRole.objects.filter(unit__in=led).order_by().values("user"))
        | Q(pk__in=named.order_by().values("officer"))
        | Q(pk__in=named.order_by().values("deputy"))
    )
    if not roles_of(user, on).exists() and not user.is_superuser:
        return users.none()
    return users.filter(Q(pk=user.pk) | inside)


def roles_in(units: Collection[int], on: date) -> QuerySet[UnitRole]:
    """Who has which role in these units on the day."""
    return role_rows(on).filter(unit__in=units).select_related("unit").order_by("unit__name", "role", "pk")


def with_units_above(units: Collection[int]) -> set[int]:
    """The units and all units above them. One query."""
    parents = dict(Unit.objects.order_by().values_list("pk", "parent_id"))
    found = set()
    for unit in units:
        step: int | None = unit
        while step is not None and step not in found:
            found.add(step)
            step = parents.get(step)
    return found


def owners_checked() -> Any:
    """When the nightly owner check last ran; None: never."""
    return heartbeats().get(OWNERS)


def receivers(units: Collection[int], on: date, *, leaver: Any) -> dict[int, list[Any]]:
    """Who decides in each unit or in a unit above it, by name: the unit's own people first. Two queries."""
    parents = dict(Unit.objects.order_by().values_list("pk", "parent_id"))
    people: dict[int, list[Any]] = defaultdict(list)
    rows = role_rows(on).filter(role__in=DECIDING).exclude(user=leaver).select_related("user")
    for row in sorted(rows, key=lambda one: (str(one.user).casefold(), one.pk)):
        people[row.unit_id].append(row.user)
    found: dict[int, list[Any]] = {}
    for unit in units:
        line: list[Any] = []
        step: int | None = unit
        while step is not None:
            line += people[step]
            step = parents.get(step)
        found[unit] = list(dict.fromkeys(line))
    return found


def suggestion(row: Carried, choices: Sequence[Any], absent: Missing) -> Any:
    """Who should have the row: whom its kind suggests (the deputy, the unit's officer), else the first of ``choices``.

    Nobody with a conflict of interest; somebody who is at work, if there is one.
    """
    by_id = {one.pk: one for one in choices if one.pk not in row.barred}
    line = [by_id[pk] for pk in row.suggested if pk in by_id]
    line += [one for one in by_id.values() if one not in line]
    return next((one for one in line if absent.present(one)), line[0] if line else None)


def leaving_on(user: Any, on: date) -> date | None:
    """The last day of the person's last role, when every role of theirs has one; None: they stay, or have none."""
    rows = list(UnitRole.objects.filter(user=user).values_list("end", flat=True))
    standing = [end for end in rows if end is None or end >= on]
    if not standing or None in standing:
        return None
    return max(end for end in standing if end is not None)


def last_days(users: Sequence[Any], on: date) -> dict[int, date]:
    """`leaving_on` for many, and the days that have passed of who has left. One query."""
    ends: dict[int, list[date | None]] = defaultdict(list)
    rows = UnitRole.objects.filter(user__in=[one.pk for one in users]).order_by()
    for user_id, end in rows.values_list("user_id", "end"):
        ends[user_id].append(end)
    return {pk: max(days) for pk, found in ends.items() if None not in found and (days := [d for d in found if d])}


def absences(users: Sequence[Any], on: date) -> list[Absence]:
    """Running and coming absences, the first first."""
    rows = Absence.objects.filter(user__in=[one.pk for one in users], end__gte=on)
    return list(rows.select_related("user", "deputy", "recorded_by").order_by("start", "pk"))


def stands_in_for(user: Any, on: date) -> list[Absence]:
    """Running and coming absences of others for which the person has been named, the first first."""
    rows = Absence.objects.filter(deputy=user, end__gte=on, user__is_active=True)
    return list(rows.select_related("user").order_by("start", "pk"))


def handed_over_by(user: Any, *, units: Collection[int] | None = None, most: int = 50) -> list[HandOver]:
    """What others have got from the person, the latest first."""
    rows = HandOver.objects.filter(former=user)
    if units is not None:
        rows = rows.filter(unit__in=units)
    return list(rows.select_related("receiver", "by", "unit")[:most])


# --- the first day ---------------------------------------------------------------------------------------------------


def is_new(user: Any, on: date) -> bool:
    """The person's first role in any unit began in the last weeks."""
    rows = UnitRole.objects.filter(user=user).order_by()
    starts = list(rows.values_list("start", flat=True))
    return bool(starts) and None not in starts and on - NEW_FOR <= min(one for one in starts if one) <= on


def returning(units: Collection[int], on: date) -> list[tuple[Any, list[Returning]]]:
    """What the same weeks of last year held in these units, by kind: 52 weeks ago, so that weekdays agree."""
    year = timedelta(weeks=52)
    first, last = on - year - LOOK_BACK, on - year + LOOK_AHEAD
    found = [(label, list(returns(units, first, last))) for label, returns in registry.returning()]
    return [(label, rows) for label, rows in found if rows]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to ask, and about what."""

    user: Any
    roles: Sequence[str]
    unit: Unit
    away: bool


def colleagues(user: Any, units: Collection[int], on: date) -> list[Colleague]:
    """Who works in the units today: leaders first. Two queries."""
    rows = role_rows(on).filter(unit__in=units).exclude(user=user).select_related("user", "unit")
    absent = missing(on)
    found: dict[tuple[int, int], list[Any]] = defaultdict(list)
    order = {UnitRoleName.LEADER: 0, UnitRoleName.OFFICER: 1}
    for row in sorted(rows, key=lambda one: (order.get(UnitRoleName(one.role), 2), str(one.user).casefold())):
        found[row.unit_id, row.user_id].append(row)
    return [
        Colleague(
            mine[0].user, [str(row.get_role_display()) for row in mine], mine[0].unit, not absent.present(mine[0].user)
        )
        for mine in found.values()
    ]


def predecessors(user: Any) -> Mapping[Any, int]:
    """From whom the person has got what they have, and how much: they are worth asking, if they can still be asked."""
    found: dict[Any, int] = defaultdict(int)
    for row in HandOver.objects.filter(receiver=user).select_related("former").order_by("-at")[:500]:
        found[row.former] += 1
    return found
