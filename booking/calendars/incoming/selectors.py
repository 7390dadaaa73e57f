"""Reads of calendars of others: which are due, what they show, what meets granted time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from booking.calendars.incoming.models import BlockState, CalendarSource, ImportedBlock, SourceEvent, SourceMode
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource, ResourceState
from booking.occupancy import registry
from booking.occupancy.models import Klass, Occupancy
from booking.occupancy.selectors.reading import covers_by_resource

#: A copy that nobody could renew for so long is called old.
OLD_AFTER = timedelta(days=2)


def due(now: datetime) -> QuerySet[CalendarSource]:
    """Active calendars whose next look is due."""
    return CalendarSource.objects.filter(active=True, next_at__lte=now).order_by("next_at", "pk")


def targets(source: CalendarSource) -> list[Resource]:
    """The things whose time it takes; a part whose whole is among them is left out, as the whole takes it too."""
    if source.whole_unit:
        units = catalogue.snapshot().below(source.unit_id)
        rows = Resource.objects.filter(unit_id__in=units | {source.unit_id}, kind__in=(Kind.VENUE, Kind.AREA))
    else:
        rows = source.resources.all()
    things = list(rows.filter(state=ResourceState.ACTIVE).order_by("pk"))
    covers = covers_by_resource([one.pk for one in things])
    things.sort(key=lambda one: (-len(covers[one.pk]), one.pk))
    taken: set[int] = set()
    kept = []
    for one in things:
        cells = {cell for cell, *_rest in covers[one.pk]}
        if cells and not cells <= taken:
            kept.append(one)
            taken |= cells
    return kept


def shown(resource_ids: Collection[int], start: datetime, end: datetime) -> list[tuple[SourceEvent, int]]:
    """Events that stand as information in the calendars of these things in ``[start, end)``: (event, thing).

    Of calendars for information, and what takes no time in the others. Those of whole units stand with every thing of
    the unit and of the units below it. Two queries.
    """
    events = (
        SourceEvent.objects.filter(source__active=True, start__lt=end, end__gt=start)
        .filter(Q(source__mode=SourceMode.INFORMATION) | Q(busy=False))
        .filter(Q(source__whole_unit=True) | Q(source__resources__in=list(resource_ids)))
        .select_related("source")
        .distinct()
        .order_by("start", "pk")
    )
    rows = list(events)
    if not rows:
        return []
    known = catalogue.snapshot()
    named: dict[int, set[int]] = {}
    through = CalendarSource.resources.through
    for source_id, resource_id in through.objects.filter(
        calendarsource_id__in={one.source_id for one in rows}, resource_id__in=list(resource_ids)
    ).values_list("calendarsource_id", "resource_id"):
        named.setdefault(source_id, set()).add(resource_id)
    found = []
    for event in rows:
        for pk in sorted(resource_ids):
            if pk in named.get(event.source_id, ()) or (
                event.source.whole_unit
                and pk in known.things
                and known.things[pk].unit_id in known.below(event.source.unit_id) | {event.source.unit_id}
            ):
                found.append((event, pk))
    return found


def shown_on(source: CalendarSource) -> set[int]:
    """Ids of the things in whose calendars it stands, whatever it does there: named ones, or all of the unit."""
    named = set(source.resources.values_list("pk", flat=True))
    if not source.whole_unit:
        return named
    known = catalogue.snapshot()
    units = known.below(source.unit_id) | {source.unit_id}
    return named | {pk for pk, thing in known.things.items() if thing.unit_id in units}


def with_standing(sources: QuerySet[CalendarSource], now: datetime) -> QuerySet[CalendarSource]:
    """With how many coming times each has (``coming``) and how many of them meet granted time (``conflicts``)."""
    return sources.annotate(
        coming=Count("events", filter=Q(events__end__gt=now), distinct=True),
        conflicts=Count(
            "events__blocks",
            filter=Q(events__blocks__state=BlockState.CONFLICT, events__blocks__end__gt=now),
            distinct=True,
        ),
    )


def troubled(sources: QuerySet[CalendarSource], now: datetime) -> QuerySet[CalendarSource]:
    """Active ones that somebody should look at: an error, a copy that waits, granted time in the way."""
    conflict = ImportedBlock.objects.filter(event__source=OuterRef("pk"), state=BlockState.CONFLICT, end__gt=now)
    return sources.filter(active=True).filter(Q(failures__gt=0) | Q(held_at__isnull=False) | Q(Exists(conflict)))


@dataclass(frozen=True, slots=True)
class Conflict:
    """An imported time that meets granted time, and how staff know what is in the way."""

    block: ImportedBlock
    others: list[str]


def conflicts(source: CalendarSource, now: datetime, *, most: int = 200) -> list[Conflict]:
    """Coming ones of a calendar, by time: open ones first, then those that were settled. At most ``most``."""
    rows = list(
        ImportedBlock.objects.filter(event__source=source, end__gt=now)
        .exclude(state=BlockState.TAKEN)
        .select_related("event", "resource")
        .order_by("state", "start", "pk")[:most]
    )
    ids: dict[str, set[int]] = {}
    for row in rows:
        for kind, pk in row.in_the_way:
            ids.setdefault(kind, set()).add(pk)
    words = {kind: registry.describe(kind, sorted(found)) for kind, found in ids.items()}
    return [
        Conflict(row, [words[kind][pk] for kind, pk in row.in_the_way if pk in words.get(kind, {})]) for row in rows
    ]


def open_conflicts(now: datetime) -> QuerySet[ImportedBlock]:
    """All that are open, and not over."""
    return ImportedBlock.objects.filter(state=BlockState.CONFLICT, end__gt=now, event__source__active=True)


def claims_in(cells: Iterable[int], start: datetime, end: datetime) -> list[Occupancy]:
    """Granted and held time on these cells that touches ``[start, end)``, buffers included, by time."""
    return list(
        Occupancy.objects.filter(
            cell_id__in=list(cells), klass=Klass.CLAIM, block_start__lt=end, block_end__gt=start
        ).order_by("block_start", "pk")
    )


def described(ids: Sequence[int]) -> dict[int, str]:
    """How staff know imported times: by the calendar's name. For impact lists."""
    rows = ImportedBlock.objects.filter(pk__in=ids).values_list("pk", "event__source__name")
    return dict(rows)
