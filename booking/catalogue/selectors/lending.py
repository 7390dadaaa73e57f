"""Rules, hours, counts and prices as they hold after inheritance, for many resources in a constant number of queries.

Nothing is kept here between requests: the next one must see what staff changed (``snapshot`` knows when it may keep).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from booking.catalogue import rules
from booking.catalogue.models import (
    OpeningException,
    OpeningHours,
    Resource,
    Unit,
    UnitRules,
)
from booking.catalogue.rules import RULE_FIELDS, EffectiveRules, ExceptionDay, Schedule, WeeklyHours
from booking.catalogue.rules.lending import EMPTY, Layer, layer_from
from booking.foundation.clock import zone as zone_named
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid
from booking.foundation.workdays import work_calendar

#: Parts of parts of parts: deeper than any building. A longer chain is a loop that somebody made in the database.
MAX_DEPTH = 8


class _Ancestor(NamedTuple):
    parent_id: int | None
    officer_id: int | None
    deputy_id: int | None
    layer: Layer


class _UnitRow(NamedTuple):
    parent_id: int | None
    officer_id: int | None
    deputy_id: int | None
    promise_days: int | None


@dataclass(frozen=True)
class Lineage:
    """Where a set of resources inherits from: the things they are part of, all units, all rules of units.

    Load it once with ``lineage`` and hand it to several selectors of the same request. It isn't kept longer: the next
    request must see what staff changed.
    """

    ancestors: Mapping[int, _Ancestor]
    units: Mapping[int, _UnitRow]
    unit_layers: Mapping[tuple[int, str], Layer]
    _unit_memo: dict[tuple[int, str], Layer] = field(default_factory=dict)
    _rules_memo: dict[Layer, EffectiveRules] = field(default_factory=dict)

    def parents(self, resource: Resource | _Bare) -> list[int]:
        """Ids of what it is part of, nearest first."""
        found: list[int] = []
        parent_id = resource.parent_id
        while parent_id is not None and parent_id in self.ancestors and parent_id not in found:
            found.append(parent_id)
            parent_id = self.ancestors[parent_id].parent_id
        return found

    def unit_line(self, unit_id: int) -> list[int]:
        """The unit and its parents, nearest first."""
        found: list[int] = []
        current: int | None = unit_id
        while current is not None and current in self.units and current not in found:
            found.append(current)
            current = self.units[current].parent_id
        return found

    def unit_rules(self, unit_id: int, kind: str) -> Layer:
        """What a thing of that kind inherits from the unit and its parents."""
        key = (unit_id, kind)
        if key not in self._unit_memo:
            layers = (
                self.unit_layers[one]
                for unit in self.unit_line(unit_id)
                for one in ((unit, kind), (unit, ""))
                if one in self.unit_layers
            )
            self._unit_memo[key] = rules.inherit(layers)
        return self._unit_memo[key]

    def rules_of(self, resource: Resource | _Bare) -> EffectiveRules:
        """The effective rules of one resource."""
        held = self.ancestors.get(resource.pk)
        own = rules.layer_of(resource) if held is None else held.layer
        unit = self.unit_rules(resource.unit_id, resource.kind)
        if own == EMPTY and resource.parent_id is None:
            layer = unit
        else:
            layer = rules.inherit([own, *(self.ancestors[one].layer for one in self.parents(resource)), unit])
        try:
            return self._rules_memo[layer]
        except KeyError:
            found = self._rules_memo[layer] = rules.effective(layer)
            return found
        except TypeError:  # a list inside (kinds of organisation) can't be a key
            return rules.effective(layer)


_RULE_COLUMNS = ", ".join(RULE_FIELDS)
_LISTS = [RULE_FIELDS.index(name) for name in rules.LIST_RULES]
_FLAGS = [RULE_FIELDS.index(name) for name in RULE_FIELDS if isinstance(getattr(rules.DEFAULTS, name), bool)]


def _raw_layer(values: list[Any]) -> Layer:
    """A layer from columns as the driver gives them: JSON as text, on SQLite truth as a number."""
    for index in _LISTS:
        if isinstance(values[index], str):
            values[index] = json.loads(values[index])
    for index in _FLAGS:
        if values[index] is not None:
            values[index] = bool(values[index])
    return layer_from(values)


class _Bare(NamedTuple):
    """As much of a resource as inheritance needs."""

    pk: int
    parent_id: int | None
    officer_id: int | None
    deputy_id: int | None
    unit_id: int
    kind: str


def rules_by_id(resource_ids: Iterable[int]) -> dict[int, EffectiveRules]:
    """``effective_rules`` for those who have only ids; unknown ones are left out. Two queries, one more per level."""
    connection = connections[DEFAULT_DB_ALIAS]
    listed, value = _listed(resource_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, parent_id, officer_id, deputy_id, unit_id, kind, {_RULE_COLUMNS} "  # noqa: S608
            f"FROM {Resource._meta.db_table} WHERE id {listed}",
            [value],
        )
        rows = cursor.fetchall()
    line = _lineage({row[0]: _Ancestor(row[1], row[2], row[3], _raw_layer(list(row[6:]))) for row in rows})
    return {row[0]: line.rules_of(_Bare(*row[:6])) for row in rows}


def lineage(resources: Sequence[Resource]) -> Lineage:
    """Load where ``resources`` inherit from: one query, and one per level of parts whose whole isn't among them."""
    return _lineage(
        {one.id: _Ancestor(one.parent_id, one.officer_id, one.deputy_id, rules.layer_of(one)) for one in resources}
    )


def _lineage(ancestors: dict[int, _Ancestor]) -> Lineage:
    wanted = {one.parent_id for one in ancestors.values() if one.parent_id is not None} - ancestors.keys()
    for _level in range(MAX_DEPTH):
        if not wanted:
            break
        rows = Resource.objects.filter(pk__in=wanted).order_by()
        for pk, parent_id, officer_id, deputy_id, *values in rows.values_list(
            "pk", "parent_id", "officer_id", "deputy_id", *RULE_FIELDS
        ):
            ancestors[pk] = _Ancestor(parent_id, officer_id, deputy_id, layer_from(values))
        wanted = {one.parent_id for one in ancestors.values() if one.parent_id is not None} - ancestors.keys()
    units: dict[int, _UnitRow] = {}
    unit_layers: dict[tuple[int, str], Layer] = {}
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"SELECT u.id, u.parent_id, u.officer_id, u.deputy_id, u.promise_days, r.kind, {_RULE_COLUMNS} "  # noqa: S608
            f"FROM {Unit._meta.db_table} u LEFT JOIN {UnitRules._meta.db_table} r ON r.unit_id = u.id"
        )
        for pk, parent_id, officer_id, deputy_id, promise_days, kind, *values in cursor.fetchall():
            units[pk] = _UnitRow(parent_id, officer_id, deputy_id, promise_days)
            if kind is not None:
                unit_layers[pk, kind] = _raw_layer(values)
    return Lineage(ancestors, units, unit_layers)


def effective_rules(resources: Sequence[Resource], *, line: Lineage | None = None) -> dict[int, EffectiveRules]:
    """The rules that hold for each resource, by its id."""
    line = line or lineage(resources)
    plain: dict[tuple[int, str], EffectiveRules] = {}
    found: dict[int, EffectiveRules] = {}
    for resource in resources:
        pk = resource.id
        held = line.ancestors.get(pk)
        if held is not None and held.layer is EMPTY and held.parent_id is None:
            key = (resource.unit_id, resource.kind)
            if key not in plain:
                plain[key] = line.rules_of(resource)
            found[pk] = plain[key]
        else:
            found[pk] = line.rules_of(resource)
    return found


def rule_sources(resource: Resource, *, line: Lineage | None = None) -> tuple[EffectiveRules, dict[str, str]]:
    """What holds where the resource itself says nothing, and from whom: ``resource:<name>``, ``unit:<name>`` or "".

    For the hints in the staff's form. Two queries besides the lineage.
    """
    line = line or lineage([resource])
    layers = []
    for (kind, pk), name in above(resource, line).items():
        if kind == "resource":
            layers.append((f"resource:{name}", line.ancestors[pk].layer))
            continue
        layers += [
            (f"unit:{name}", line.unit_layers[key])
            for key in ((pk, resource.kind), (pk, ""))
            if key in line.unit_layers
        ]
    return rules.effective(rules.inherit([layer for _name, layer in layers])), rules.sources(layers)


def above(resource: Resource, line: Lineage) -> dict[tuple[str, int], str]:
    """What the resource inherits from, nearest first: ("resource" or "unit", id) → name. Two queries."""
    parents, units = line.parents(resource), line.unit_line(resource.unit_id)
    names = dict(Resource.objects.filter(pk__in=parents).values_list("pk", "name"))
    unit_names = dict(Unit.objects.filter(pk__in=units).values_list("pk", "name"))
    found = {("resource", one): names[one] for one in parents}
    return found | {("unit", one): unit_names[one] for one in units}


def zone(resource: Resource) -> ZoneInfo:
    """The wall clock of the resource: its own zone or the municipality's."""
    return zone_named(resource.timezone or booking_settings().timezone)


# --- opening hours ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=3000)
def _minutes(value: time | str) -> int:
    """Minutes after midnight. SQLite gives text, PostgreSQL a time; seconds are dropped (whole minutes everywhere)."""
    if isinstance(value, str):
        return int(value[:2]) * 60 + int(value[3:5])
    return value.hour * 60 + value.minute


@lru_cache(maxsize=3000)
def _ordinal(value: date | str) -> int:
    return (date.fromisoformat(value) if isinstance(value, str) else value).toordinal()


def _listed(ids: Iterable[int]) -> tuple[str, str]:
    """A list of ids as one parameter: the condition, and its value."""
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        return "= ANY(%s::int8[])", "{" + ",".join(map(str, ids)) + "}"
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(ids))


def _of_owners(table: type[Model], columns: str, ids: Iterable[int], *more: str) -> list[tuple[Any, ...]]:
    """Rows of some resources and of every unit, as the driver gives them. One query.

    In SQL, because hundreds of ids as single parameters, and Django's converters, cost many times what the query does.
    ``more``: a further condition and its parameters.
    """
    listed, value = _listed(ids)
    condition = f" AND {more[0]}" if more else ""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"SELECT resource_id, unit_id, {columns} FROM {table._meta.db_table} "  # noqa: S608 - our own names only
            f"WHERE (resource_id {listed} OR unit_id IS NOT NULL){condition}",
            [value, *more[1:]],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@lru_cache(maxsize=3000)
def _weekly_row(
    weekday: int, opens: time | str, closes: time | str, first: date | str | None, last: date | str | None
) -> WeeklyHours:
    return WeeklyHours(
        weekday,
        _minutes(opens),
        _minutes(closes),
        rules.hours.FIRST_DAY if first is None else _ordinal(first),
        rules.hours.LAST_DAY if last is None else _ordinal(last),
    )


def _weekly(resource_ids: Iterable[int]) -> tuple[dict[int, list[WeeklyHours]], dict[int, list[WeeklyHours]]]:
    """Weekly rows by resource and by unit. One query."""
    by_resource: dict[int, list[WeeklyHours]] = {}
    by_unit: dict[int, list[WeeklyHours]] = {}
    # As text: sqlite3 itself parses columns that are declared as times, which costs three times the query.
    columns = ", ".join(f"CAST({name} AS text)" for name in ("opens", "closes", "valid_from", "valid_to"))
    rows = _of_owners(OpeningHours, f"weekday, {columns}", resource_ids)
    for resource_id, unit_id, weekday, opens, closes, first, last in rows:
        row = _weekly_row(weekday, opens, closes, first, last)
        if resource_id is None:
            by_unit.setdefault(unit_id, []).append(row)
        else:
            by_resource.setdefault(resource_id, []).append(row)
    return by_resource, by_unit


def _exceptions(
    resource_ids: Iterable[int], first: date, last: date
) -> tuple[dict[int, list[ExceptionDay]], dict[int, list[ExceptionDay]]]:
    """Exceptions that touch ``[first, last]``, by resource and by unit. One query."""
    by_resource: dict[int, list[ExceptionDay]] = {}
    by_unit: dict[int, list[ExceptionDay]] = {}
    rows = _of_owners(
        OpeningException,
        'start, "end", opens, closes',
        resource_ids,
        'start <= %s AND "end" >= %s',
        last.isoformat(),
        first.isoformat(),
    )
    for resource_id, unit_id, start, end, opens, closes in rows:
        item = ExceptionDay(
            _ordinal(start),
            _ordinal(end),
            None if opens is None else _minutes(opens),
            None if closes is None else _minutes(closes),
        )
        if resource_id is None:
            by_unit.setdefault(unit_id, []).append(item)
        else:
            by_resource.setdefault(resource_id, []).append(item)
    return by_resource, by_unit


def schedules(
    resources: Sequence[Resource],
    first: date,
    last: date,
    *,
    effective: Mapping[int, EffectiveRules],
    line: Lineage,
) -> dict[int, Schedule]:
    """What decides when each resource is open on the local days ``[first, last]``. Two queries."""
    ids = set(line.ancestors)
    weekly, unit_weekly = _weekly(ids)
    except_, unit_except = _exceptions(ids, first, last)
    of_unit: dict[int, tuple[tuple[WeeklyHours, ...] | None, tuple[tuple[ExceptionDay, ...], ...]]] = {}
    plain: dict[tuple[int, str], Schedule] = {}
    result: dict[int, Schedule] = {}
    for resource in resources:
        pk = resource.id
        holidays = effective[pk].holidays
        ordinary = pk not in weekly and pk not in except_ and resource.parent_id is None
        if ordinary and (shared := plain.get((resource.unit_id, holidays))) is not None:
            result[pk] = shared
            continue
        if resource.unit_id not in of_unit:
            units = line.unit_line(resource.unit_id)
            of_unit[resource.unit_id] = (
                next((tuple(sorted(unit_weekly[unit])) for unit in units if unit in unit_weekly), None),
                tuple(tuple(sorted(unit_except[unit], key=str)) for unit in units if unit in unit_except),
            )
        inherited, unit_layers = of_unit[resource.unit_id]
        own = [resource.pk, *line.parents(resource)]
        hours = next((tuple(sorted(weekly[one])) for one in own if one in weekly), inherited)
        layers = tuple(tuple(sorted(except_[one], key=str)) for one in own if one in except_) + unit_layers
        result[pk] = Schedule(hours, layers, holidays)
        if ordinary:
            plain[resource.unit_id, holidays] = result[pk]
    return result


def _days(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and last date that the window may touch in any zone, one day wider at both ends.

    Raises ``Invalid`` at the ends of the calendar, where there is no day before or after.
    """
    if not start.astimezone(UTC).year >= 2 or not end.astimezone(UTC).year <= 9997:
        raise Invalid("impossible_date", _("This date is out of range."), loc=("from",))
    return (start - timedelta(days=2)).date(), (end + timedelta(days=2)).date()


def _holidays(first: date, last: date) -> frozenset[int]:
    calendar = work_calendar()
    return frozenset(
        day for day in range(first.toordinal(), last.toordinal() + 1) if calendar.is_holiday(date.fromordinal(day))
    )


def open_windows(
    resources: Sequence[Resource],
    start: datetime,
    end: datetime,
    *,
    rules: Mapping[int, EffectiveRules] | None = None,
    line: Lineage | None = None,
) -> dict[int, list[tuple[int, int]]]:
    """When each resource is open within ``[start, end)`` (aware): sorted, separate ``[from, to)`` in epoch seconds.

    The rules stand in ``rules.hours``. Constant queries: what ``lineage`` takes (unless given) and two more. Raises
    ``Invalid`` for a window at the ends of the calendar, and ``HolidayDataMissing`` where a holiday policy holds and
    the year has no data.
    """
    line = line or lineage(resources)
    effective = rules if rules is not None else effective_rules(resources, line=line)
    first, last = _days(start, end)
    plans = schedules(resources, first, last, effective=effective, line=line)
    default = booking_settings().timezone
    zones = {resource.id: zone_named(resource.timezone or default) for resource in resources}
    return windows_of(plans, zones, start, end)


def windows_of(
    plans: Mapping[int, Schedule], zones: Mapping[int, ZoneInfo], start: datetime, end: datetime
) -> dict[int, list[tuple[int, int]]]:
    """``open_windows`` of schedules that are at hand; equal schedules are computed once."""
    first, last = (day.toordinal() for day in _days(start, end))
    begins, ends = int(start.timestamp()), int(end.timestamp())
    holidays: frozenset[int] = frozenset()
    if any(plan.holidays != "normal" for plan in plans.values()):
        holidays = _holidays(date.fromordinal(first - 1), date.fromordinal(last))
    # By identity: hashing a week of hours costs more than looking them up (rules.open_windows keeps equal ones).
    memo: dict[tuple[int, int], list[tuple[int, int]]] = {}
    result: dict[int, list[tuple[int, int]]] = {}
    for pk, plan in plans.items():
        tz = zones[pk]
        found = memo.get((id(plan), id(tz)))
        if found is None:
            days = holidays if plan.holidays != "normal" else frozenset()
            found = rules.clip(rules.open_windows(plan, first, last, tz, days), begins, ends)
            memo[id(plan), id(tz)] = found
        result[pk] = found.copy()
    return result


class DayHours(NamedTuple):
    """One weekly opening as people read it."""

    weekday: int
    opens: time
    closes: time
    valid_from: date | None
    valid_to: date | None

    @property
    def day(self) -> str:
        """The weekday's name."""
        return str(WEEKDAYS[self.weekday])

    @property
    def next_day(self) -> bool:
        """True when it closes on the day after."""
        return self.closes <= self.opens


def opening_hours_of(resource: Resource, *, line: Lineage | None = None) -> list[DayHours]:
    """The weekly hours that hold for the resource, inherited ones too; [] when it is always open."""
    return opening_hours_and_owner(resource, line=line)[0]


def opening_hours_and_owner(
    resource: Resource, *, line: Lineage | None = None
) -> tuple[list[DayHours], tuple[str, int] | None]:
    """The weekly hours that hold, and whose they are: ("resource" or "unit", id); None when it is always open."""
    line = line or lineage([resource])
    own = [resource.pk, *line.parents(resource)]
    units = line.unit_line(resource.unit_id)
    rows: dict[tuple[str, int], list[DayHours]] = {}
    for row in OpeningHours.objects.filter(Q(resource_id__in=own) | Q(unit_id__in=units)):
        key = ("resource", row.resource_id) if row.resource_id is not None else ("unit", row.unit_id or 0)
        rows.setdefault(key, []).append(DayHours(row.weekday, row.opens, row.closes, row.valid_from, row.valid_to))
    keys = [*(("resource", one) for one in own), *(("unit", one) for one in units)]
    return next(((rows[key], key) for key in keys if key in rows), ([], None))


def coming_exceptions(resource: Resource, on: date, *, line: Lineage | None = None) -> list[OpeningException]:
    """Days with other hours from ``on`` that may hold for the resource, its own and inherited ones, by date."""
    line = line or lineage([resource])
    own = [resource.pk, *line.parents(resource)]
    rows = OpeningException.objects.filter(
        Q(resource_id__in=own) | Q(unit_id__in=line.unit_line(resource.unit_id)), end__gte=on
    )
    return list(rows.order_by("start", "end", "pk"))
