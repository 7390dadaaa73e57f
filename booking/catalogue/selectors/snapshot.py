"""The whole catalogue as plain values, kept by each process for as long as the database's stamp says it holds.

For answers that are asked for all the time and need a little of everything: search, checks, availability. Reading the
stamp is one small query; loading the values anew is nine, after each change of the catalogue (`catalogue.stamp`).

What is kept is facts, never answers that depend on the moment or on who asks. Services don't use it: they write, so
they read the rows themselves, under their locks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F

from booking.catalogue import registry, rules, stamp
from booking.catalogue.models import Cover, Resource, ResourceState, Unit
from booking.catalogue.rules import RULE_FIELDS, Box, EffectiveRules, Near, Schedule
from booking.catalogue.rules.lending import EMPTY, layer_from
from booking.catalogue.selectors.access import _owned, units_of, with_officer
from booking.catalogue.selectors.lending import (
    Lineage,
    _Ancestor,
    _days,
    _lineage,
    effective_rules,
    schedules,
    windows_of,
)
from booking.catalogue.selectors.terms import Terms, terms
from booking.foundation.clock import zone as zone_named
from booking.foundation.conf import BookingSettings, booking_settings

#: cell, amount, exclusive, stock; an exclusive cell counts 1
Covered = tuple[int, int, bool, int]
ACCESS_FACTS = ("step_free", "accessible_toilet", "hearing_loop", "lift", "quiet_room")
ACCESS_SET = frozenset(ACCESS_FACTS)
_COLUMNS = (
    "id", "slug", "kind", "state", "public", "unit_id", "parent_id", "officer_id", "deputy_id", "capacity", "timezone",
    "search_text", "min_lon", "min_lat", "max_lon", "max_lat", *ACCESS_FACTS,
)  # fmt: skip
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Thing:
    """As much of a resource as search, availability and checks need; reads like the model where they meet.

    ``shown``: everybody may see it (published, public, of an active unit, owned by somebody who can sign in).
    ``access``: names of the accessibility facts that say yes.
    """

    id: int
    slug: str
    kind: str
    state: str
    shown: bool
    unit_id: int
    parent_id: int | None
    officer_id: int | None
    deputy_id: int | None
    capacity: int | None
    timezone: str
    search_text: str
    box: Box | None
    features: frozenset[str]
    access: frozenset[str]
    tz: ZoneInfo

    @property
    def pk(self) -> int:
        """As on a model."""
        return self.id


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The catalogue at one stamp. Everything in it is shared between requests: don't change it.

    ``things`` in the order of lists (name, then key). ``derived``: what higher rooms have made of these facts alone; it
    goes when they do.
    """

    things: Mapping[int, Thing]
    by_slug: Mapping[str, Thing]
    line: Lineage
    effective: Mapping[int, EffectiveRules]
    plans: Mapping[int, Schedule]
    covers: Mapping[int, list[Covered]]
    unit_slugs: Mapping[str, int]
    default_zone: str
    shown: Sequence[Thing]
    terms: Terms
    derived: dict[Any, Any] = field(default_factory=dict)

    def visible_to(self, user: Any) -> Sequence[Thing]:
        """What the person may see, as `visible_resources`: no query for who isn't signed in, three at most."""
        if not getattr(user, "is_active", False):
            return self.shown
        units = set(units_of(user).order_by().values_list("pk", flat=True))
        if not units:
            return self.shown
        return [thing for thing in self.things.values() if thing.shown or thing.unit_id in units]

    def quantity(self, pk: int) -> int:
        """As `quantities`: how many can be lent at once when nothing is taken."""
        return min([stock // amount for _cell, amount, _exclusive, stock in self.covers[pk]], default=0)

    def below(self, unit_id: int) -> set[int]:
        """The unit and all units below it."""
        return {pk for pk in self.line.units if unit_id in self.line.unit_line(pk)}

    def open_windows(self, things: Iterable[Any], start: datetime, end: datetime) -> dict[int, list[tuple[int, int]]]:
        """As `selectors.open_windows`, without a query."""
        first, last = (day.toordinal() for day in _days(start, end))
        near: dict[int, Schedule] = {}
        plans: dict[int, Schedule] = {}
        zones: dict[int, ZoneInfo] = {}
        for thing in things:
            plan = self.plans[thing.id]
            if plan.layers:
                # Years of exceptions lie here; a week needs few of them. Equal plans stay one object.
                plan = near.get(id(plan)) or near.setdefault(id(plan), _within(plan, first - 1, last + 1))
            plans[thing.id] = plan
            zones[thing.id] = thing.tz
        return windows_of(plans, zones, start, end)


def _within(plan: Schedule, first: int, last: int) -> Schedule:
    layers = (tuple(one for one in layer if one.first <= last and one.last >= first) for layer in plan.layers)
    return Schedule(plan.weekly, tuple(layer for layer in layers if layer), plan.holidays)


def search(
    things: Sequence[Thing],
    known: Snapshot,
    *,
    q: str = "",
    kind: str = "",
    features: Collection[str] = (),
    capacity_min: int | None = None,
    unit: str = "",
    near: Near | None = None,
    accessible: Collection[str] = (),
) -> Sequence[Thing]:
    """Narrow ``things`` as `search_resources` does, in the same order, without a query."""
    tests: list[Callable[[Thing], bool]] = []
    if kind:
        tests.append(lambda thing: thing.kind == kind)
    if features:
        wanted = frozenset(features)
        tests.append(lambda thing: wanted <= thing.features)
    if accessible:
        facts = frozenset(accessible)
        if not facts <= ACCESS_SET:
            raise ValueError(f"no accessibility fact: {', '.join(sorted(facts - ACCESS_SET))}")
        tests.append(lambda thing: facts <= thing.access)
    if capacity_min is not None:
        least = min(capacity_min, 2**31 - 1)
        tests.append(lambda thing: thing.capacity is not None and thing.capacity >= least)
    if unit:
        units = known.below(known.unit_slugs[unit]) if unit in known.unit_slugs else set()
        tests.append(lambda thing: thing.unit_id in units)
    tests += [lambda thing, term=term: term in thing.search_text for term in rules.search_terms(q)]  # type: ignore[misc]
    if near is not None:
        around, box = near, rules.near_box(near)
        tests.append(lambda thing: thing.box is not None and _touches(thing.box, box) and _far(around, thing.box))
    for test in tests:
        things = [thing for thing in things if test(thing)]
    return things


def by_distance(things: Iterable[Thing], near: Near) -> list[Thing]:
    """The nearest first; those without an outline last."""
    far = float("inf")
    return sorted(things, key=lambda one: (far if one.box is None else rules.distance_to_box(near, one.box), one.id))


def _touches(one: Box, other: Box) -> bool:
    return (
        one.min_lon <= other.max_lon
        and one.max_lon >= other.min_lon
        and one.min_lat <= other.max_lat
        and one.max_lat >= other.min_lat
    )


def _far(near: Near, box: Box) -> bool:
    return rules.distance_to_box(near, box) <= near.km


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: str
    settings: BookingSettings
    snapshot: Snapshot


_kept: _Kept | None = None


def snapshot() -> Snapshot:
    """The catalogue as it is committed now. One query while nothing has changed.

    Inside of a transaction it is loaded afresh and not kept: that transaction may see what nobody else ever will.
    """
    global _kept
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return _load()
    settings = booking_settings()
    value = stamp.read()
    for _try in range(_TRIES):
        kept = _kept
        if kept is not None and kept.stamp == value and kept.settings is settings:
            return kept.snapshot
        registry.forget_page_urls()
        found = _load()
        # The same stamp before and after: all that was read in between belongs together.
        before, value = value, stamp.read()
        if value is not None and value == before:
            _kept = _Kept(value, settings, found)
            return found
    return found  # staff are busy; each of these queries was right when it was answered


def _load() -> Snapshot:
    """Nine queries."""
    features: dict[int, set[str]] = {}
    for pk, slug in Resource.features.through.objects.values_list("resource_id", "feature__slug"):
        features.setdefault(pk, set()).add(slug)
    default = booking_settings().timezone
    rows = with_officer(Resource.objects.order_by("name", "pk")).annotate(owned=_owned(), running=F("unit__active"))
    things: dict[int, Thing] = {}
    ancestors: dict[int, _Ancestor] = {}
    for owned, running, *values in rows.values_list("owned", "running", *_COLUMNS, *RULE_FIELDS):
        pk, slug, kind, state, public, unit_id, parent_id, officer_id, deputy_id, capacity, tz, text, *box = values[:16]
        access = frozenset(name for name, fact in zip(ACCESS_FACTS, values[16:21], strict=True) if fact == "yes")
        things[pk] = Thing(
            pk, slug, kind, state, bool(state == ResourceState.ACTIVE and public and running and owned), unit_id,
            parent_id, officer_id, deputy_id, capacity, tz, text, None if None in box else Box(*box),
            frozenset(features.get(pk, ())), access, zone_named(tz or default),
        )  # fmt: skip
        layer = layer_from(values[21:])
        ancestors[pk] = _Ancestor(parent_id, officer_id, deputy_id, EMPTY if layer == EMPTY else layer)
    line = _lineage(ancestors)
    everything: Any = list(things.values())
    effective = effective_rules(everything, line=line)
    covers: dict[int, list[Covered]] = {pk: [] for pk in things}
    taken = Cover.objects.order_by("cell_id").values_list(
        "resource_id", "cell_id", "amount", "cell__exclusive", "cell__quantity"
    )
    for pk, cell, amount, exclusive, stock in taken:
        covers[pk].append((cell, 1, True, 1) if exclusive else (cell, amount, False, stock))
    return Snapshot(
        things=things,
        by_slug={thing.slug: thing for thing in everything},
        line=line,
        effective=effective,
        plans=schedules(everything, date.min, date.max, effective=effective, line=line),
        covers=covers,
        unit_slugs=dict(Unit.objects.order_by().values_list("slug", "pk")),
        default_zone=default,
        shown=[thing for thing in everything if thing.shown],
        terms=terms(everything, line=line),
    )
