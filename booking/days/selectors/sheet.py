"""A caretaker's day: by building, what takes place, who comes, and what is different since yesterday (needs N16).

The number of queries doesn't grow with the loans, the buildings or the days shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from booking.cases import day_registry
from booking.cases.day_registry import DayNote
from booking.cases.models import Event, Line
from booking.cases.rules import heads
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.days import rules
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.occupancy.models import Closure

#: No line asks for longer set-up or tear-down than this before its use; a read must not look at all that ever was.
_MARGIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entry:
    """One loan on its day. ``begins`` and ``ends`` are with set-up and tear-down, ``start`` and ``end`` without."""

    line: Line
    room: Resource
    begins: datetime
    ends: datetime
    start: datetime
    end: datetime
    tz: ZoneInfo
    heads: int
    mark: rules.Mark
    #: Where and when it was before it was moved in the last day. The room is None where it isn't among these things.
    was: tuple[Resource | None, datetime, datetime] | None = None
    #: It was moved away from this day: only that is shown, struck out.
    moved_away: bool = False
    notes: Sequence[DayNote] = ()

    @property
    def cancelled(self) -> bool:
        return self.mark == "cancelled" or self.moved_away


@dataclass(slots=True)
class Building:
    """What happens in one building on one day, by the clock."""

    resource: Resource
    entries: list[Entry] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)
    out: list[Entry] = field(default_factory=list)
    back: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """One day with the buildings in which something happens."""

    day: date
    buildings: Sequence[Building]


def day_sheet(resources: Iterable[Resource], days: Sequence[date], *, now: datetime) -> list[Day]:
    """What happens on these local days with these things, by building. A building is the uppermost whole.

    Granted time only: what is merely asked for is nobody's work yet. What fell away or moved in the last day stands
    struck out. Times are shown on the wall clock of each thing; a loan past midnight stands on both days.
    """
    things = {one.pk: one for one in resources}
    if not things or not days:
        return [Day(day, ()) for day in days]
    wholes = _wholes(things)
    tz = booking_settings().tz
    since, until = day_bounds(days[0], tz).start - _MARGIN, day_bounds(days[-1], tz).end + _MARGIN
    lines = _lines(things, since, until)
    moved = _moved(things, now)
    missing = {pk for pk in moved if pk not in {line.pk for line in lines}}
    if missing:
        lines += _with_case(Line.objects.filter(pk__in=missing))
    notes = day_registry.day_notes([line.pk for line in lines if line.state in rules.TAKES_PLACE], now)
    closures = list(
        Closure.objects.filter(
            resource__in=list(things), cancelled_at__isnull=True, start__lt=until, end__gt=since
        ).order_by("start", "pk")
    )
    return [_day(day, things, wholes, lines, moved, notes, closures, now) for day in days]


def _lines(things: Mapping[int, Resource], since: datetime, until: datetime) -> list[Line]:
    rows = Line.objects.filter(
        resource__in=list(things), start__lt=until, end__gt=since, state__in=rules.TAKES_PLACE | rules.FELL_AWAY
    )
    return _with_case(rows)


def _with_case(rows: Any) -> list[Line]:
    return list(
        rows.select_related("case", "case__organisation", "case__requester", "case__responsible").prefetch_related(
            Prefetch("case__co_hosts__organisation")
        )
    )


def _moved(things: Mapping[int, Resource], now: datetime) -> dict[int, tuple[str, datetime, datetime]]:
    """Lines whose time or place was changed in the last day: where they were before. Two queries, one without any.

    Of several moves in a day the first tells where it was when somebody last looked.
    """
    events = list(
        Event.objects.filter(type="changed", at__gt=now - rules.FRESH, case__lines__resource__in=list(things))
        .order_by("pk")
        .distinct()
        .values_list("case_id", "data")
    )
    was: dict[tuple[int, int], tuple[str, datetime, datetime]] = {}
    for case_id, data in events:
        for number, (slug, start, end) in (data.get("was") or {}).items():
            was.setdefault((case_id, int(number)), (slug, datetime.fromisoformat(start), datetime.fromisoformat(end)))
    if not was:
        return {}
    rows = Line.objects.filter(case__in={case_id for case_id, _number in was}, state__in=rules.TAKES_PLACE)
    found = {
        pk: was[case_id, number]
        for pk, case_id, number in rows.values_list("pk", "case_id", "number")
        if (case_id, number) in was
    }
    slugs = {one.slug for one in things.values()}
    now_here = set(rows.filter(resource__in=list(things)).values_list("pk", flat=True)) if found else set()
    # What neither was nor is among these things is another unit's business.
    return {pk: old for pk, old in found.items() if pk in now_here or old[0] in slugs}


def _wholes(things: Mapping[int, Resource]) -> dict[int, Resource]:
    """Each thing's building: the uppermost whole among these things."""
    found = {}
    for pk, one in things.items():
        top, seen = one, {pk}
        while top.parent_id is not None and top.parent_id in things and top.parent_id not in seen:
            seen.add(top.parent_id)
            top = things[top.parent_id]
        found[pk] = top
    return found


def _day(
    day: date,
    things: Mapping[int, Resource],
    wholes: Mapping[int, Resource],
    lines: Sequence[Line],
    moved: Mapping[int, tuple[str, datetime, datetime]],
    notes: Mapping[int, Sequence[DayNote]],
    closures: Sequence[Closure],
    now: datetime,
) -> Day:
    by_slug = {one.slug: one for one in things.values()}
    buildings: dict[int, Building] = {}

    def at(room: Resource) -> Building:
        whole = wholes[room.pk]
        return buildings.setdefault(whole.pk, Building(whole))

    for line in lines:
        old = moved.get(line.pk)
        room = things.get(line.resource_id)
        was = (by_slug.get(old[0]), old[1], old[2]) if old is not None else None
        entry = _entry(line, room, was, notes.get(line.pk, ()), now) if room is not None else None
        if entry is not None and room is not None and _touches(entry.begins, entry.ends, day, entry.tz):
            if room.kind == Kind.EQUIPMENT:
                _out_and_back(at(room), entry, day)
            else:
                at(room).entries.append(entry)
        elif old is not None and (before := by_slug.get(old[0])) is not None:
            tz = catalogue.zone(before)
            if _touches(old[1], old[2], day, tz):
                gone = Entry(
                    line, before, old[1], old[2], old[1], old[2], tz, heads(line.case.audience), "cancelled",
                    was=None, moved_away=True,
                )  # fmt: skip
                at(before).entries.append(gone)
    for closure in closures:
        room = things[closure.resource_id]
        if _touches(closure.start, closure.end, day, catalogue.zone(room)):
            at(room).closures.append(closure)
    for one in buildings.values():
        one.entries.sort(key=lambda entry: (entry.begins, entry.start, entry.room.name, entry.line.pk))
        one.out.sort(key=lambda entry: (entry.start, entry.line.pk))
        one.back.sort(key=lambda entry: (entry.end, entry.line.pk))
    return Day(day, sorted(buildings.values(), key=lambda one: (one.resource.name.casefold(), one.resource.pk)))


def _entry(
    line: Line,
    room: Resource,
    old: tuple[Resource | None, datetime, datetime] | None,
    notes: Sequence[DayNote],
    now: datetime,
) -> Entry | None:
    mark = rules.mark_of(line.state, revised_at=line.revised_at, moved=old is not None, now=now)
    if mark is None:
        return None
    return Entry(
        line=line,
        room=room,
        begins=line.start - timedelta(minutes=line.setup_minutes),
        ends=line.end + timedelta(minutes=line.teardown_minutes),
        start=line.start,
        end=line.end,
        tz=catalogue.zone(room),
        heads=heads(line.case.audience),
        mark=mark,
        was=old if mark == "changed" else None,
        notes=notes,
    )


def _touches(start: datetime, end: datetime, day: date, tz: ZoneInfo) -> bool:
    bounds = day_bounds(day, tz)
    return start < bounds.end and end > bounds.start


def _out_and_back(building: Building, entry: Entry, day: date) -> None:
    """Equipment matters on the day it goes and on the day it comes; in between it is away."""
    bounds = day_bounds(day, entry.tz)
    if bounds.start <= entry.start < bounds.end:
        building.out.append(entry)
    if bounds.start < entry.end <= bounds.end:
        building.back.append(entry)
