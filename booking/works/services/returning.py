"""Time that works give back goes first to whom they displaced, held for 48 hours (notice-rules.md "Changes").

What was displaced exactly there is back already (`occupancy.restore`). Of what is free then, each line that the works
drove to another time or place is offered its own old time; each that still waits is offered the same hour on the
nearest day that came free. One holder at a time. Who doesn't answer loses the offer, never the place they have; then
the waiting list is asked (`conflicts.run_offers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction

from booking.cases.models import Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation.clock import local_date, wall
from booking.foundation.errors import Taken
from booking.foundation.intervals import Interval, intersect, merge
from booking.foundation.workdays import HolidayDataMissing
from booking.works.models import ConflictState, NoticeKind, Works, WorksConflict, WorksOffer, WorksOfferState
from booking.works.services import telling
from booking.works.services.common import Actor, log
from booking.works.services.conflicts import hold
from booking.works.services.occupying import Span

HELD = timedelta(hours=48)
#: So many offers come of one change; so many days are tried for each line that waits.
MOST_OFFERS = 200
MOST_DAYS = 60
#: Time that came free is offered so far ahead.
AHEAD = timedelta(days=366)
_MOVED_AWAY = (ConflictState.RELOCATED, ConflictState.TIME_SHIFTED)


def hold_for_displaced(works: Works, freed: Sequence[Span], actor: Actor, *, now: datetime) -> list[WorksOffer]:
    """Offer what came free to those whom these works displaced. Under the works' lock and the cells' locks."""
    free = _by_resource(freed, now + AHEAD)
    if not free:
        return []
    rows = list(
        works.conflicts.filter(lost_resource__in=list(free))
        .exclude(offers__state=WorksOfferState.OPEN)
        .select_related("line__case", "line__resource", "lost_resource", "party__organisation")
        .order_by("line__case__received_at", "pk")
    )
    rows = [one for one in rows if _has_moved_away(one) or one.line.state == LineState.DISPLACED]
    if not rows:
        return []
    free = _open(free)
    offers: list[WorksOffer] = []
    for conflict in (one for one in rows if _has_moved_away(one)):
        if len(offers) < MOST_OFFERS and (place := conflict.lost_resource) is not None:
            offers += _first(_lost(conflict), conflict, place, free[place.pk], actor, now)
    for conflict in (one for one in rows if one.line.state == LineState.DISPLACED):
        if len(offers) < MOST_OFFERS and conflict.line.resource_id in free:
            place = conflict.line.resource
            offers += _first(_same_hour(conflict.line, free[place.pk]), conflict, place, free[place.pk], actor, now)
    _tell(works, offers, actor, now)
    return offers


def _by_resource(freed: Iterable[Span], until: datetime) -> dict[int, list[Interval[datetime]]]:
    found: dict[int, list[Interval[datetime]]] = {}
    for pk, start, end in freed:
        if start < until:
            found.setdefault(pk, []).append(Interval(start, min(end, until)))
    return {pk: list(merge(spans)) for pk, spans in found.items()}


def _open(free: Mapping[int, Sequence[Interval[datetime]]]) -> dict[int, list[Interval[datetime]]]:
    """What of it lies in the opening hours. Where nobody knows the holidays of a year, nothing does."""
    places = list(Resource.objects.filter(pk__in=list(free)))
    start = min(span.start for spans in free.values() for span in spans)
    end = max(span.end for spans in free.values() for span in spans)
    try:
        hours = catalogue.open_windows(places, start, end)
    except HolidayDataMissing:
        hours = {}
    return {
        pk: intersect(
            spans,
            [Interval(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in hours.get(pk, ())],
        )
        for pk, spans in free.items()
    }


def _has_moved_away(conflict: WorksConflict) -> bool:
    """The party took another time or place because of the works, and still has it."""
    return conflict.state in _MOVED_AWAY and conflict.line.state == LineState.GRANTED


def _lost(conflict: WorksConflict) -> list[Interval[datetime]]:
    start, end = conflict.lost_start, conflict.lost_end
    return [Interval(start, end)] if start is not None and end is not None else []


def _same_hour(line: Line, free: Sequence[Interval[datetime]]) -> list[Interval[datetime]]:
    """The hour of the line on the days that came free, the nearest first."""
    tz = catalogue.zone(line.resource)
    hour, length = line.start.astimezone(tz).time(), line.end - line.start
    days = {
        local_date(span.start, tz) + timedelta(days=number)
        for span in free
        for number in range(min((span.end - span.start).days + 2, MOST_DAYS))
    }
    found = [Interval(begins, begins + length) for begins in (wall(day, hour, tz) for day in days)]
    return sorted(found, key=lambda one: (abs(one.start - line.start), one.start))[:MOST_DAYS]


def _first(
    times: Iterable[Interval[datetime]],
    conflict: WorksConflict,
    place: Resource,
    free: Sequence[Interval[datetime]],
    actor: Actor,
    now: datetime,
) -> list[WorksOffer]:
    """Hold the first of these times that has come free (in the opening hours) and nobody has; [] if there is none."""
    line = conflict.line
    before, after = timedelta(minutes=line.setup_minutes), timedelta(minutes=line.teardown_minutes)
    for one in times:
        came_free = any(span.start <= one.start - before and one.end + after <= span.end for span in free)
        if not came_free or one.start <= now:
            continue
        try:
            with transaction.atomic():
                offer = WorksOffer.objects.create(
                    conflict=conflict, resource=place, quantity=line.quantity, start=one.start, end=one.end,
                    freed=True, at=now, by=actor.user, hat=actor.hat, expires_at=min(now + HELD, one.start),
                )  # fmt: skip
                hold(offer, line, now)
        except Taken:
            continue
        return [offer]
    return []


def _tell(works: Works, offers: Sequence[WorksOffer], actor: Actor, now: datetime) -> None:
    """One letter to each party, with all that is held for it."""
    mine: dict[int, list[WorksOffer]] = {}
    for offer in offers:
        log(works, "freed_offered", by=actor, now=now, public=False, conflict=offer.conflict_id, offer=offer.pk)
        if offer.conflict.party_id is not None:
            mine.setdefault(offer.conflict.party_id, []).append(offer)
    for row in telling.newest_rows(mine):
        held = [offer.pk for offer in mine[row.party_id]]
        telling.say(works, NoticeKind.ANSWER, [row], key=f"freed:{held[0]}", now=now, actor=actor, data={"freed": held})
