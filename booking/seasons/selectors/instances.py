"""A round of the database as plain values for ``rules``, and a proposal as a timetable. Constant queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from booking.catalogue.models import Cover
from booking.organisations.models import OrganisationKind, OrganisationState
from booking.seasons.models import OfferedHours, OwnUse, Proposal, ProposedSlot, RoundPlace, SeasonRound, Wish
from booking.seasons.rules.instance import Applicant, Instance, Place, Slot, Span
from booking.seasons.rules.instance import Wish as Wanted


def wishes_of(round: SeasonRound) -> list[Wish]:
    """The wishes that stand, in the order in which they came, with organisation and places."""
    rows = Wish.objects.filter(round=round, withdrawn_at__isnull=True)
    return list(rows.select_related("organisation").prefetch_related("places").order_by("received_at", "number"))


def instance_of(
    round: SeasonRound, *, wishes: Iterable[Wish] | None = None, rules: Mapping[str, Any] | None = None
) -> Instance:
    """The round as the solver and the reasons see it. Keys are those of the database.

    ``wishes``: others than the round's own (last year's, to simulate). ``rules``: others than the round's.
    """
    rows = list(wishes) if wishes is not None else wishes_of(round)
    return Instance(
        places=_places(round),
        applicants=_applicants(rows),
        wishes=tuple(_wish(row, position) for position, row in enumerate(rows)),
        rules=dict(rules if rules is not None else {"preset": round.preset, **round.rules}),
        grid=round.grid_minutes,
        seed=round.seed,
    )


def timetable_of(proposal: Proposal) -> tuple[Slot, ...]:
    """Its slots, sorted. ``Slot.wish`` and ``Slot.place`` are keys of ``Wish`` and ``Resource``."""
    rows = ProposedSlot.objects.filter(proposal=proposal)
    return tuple(
        sorted(Slot(*row) for row in rows.values_list("wish_id", "resource_id", "weekday", "start", "end", "locked"))
    )


def _places(round: SeasonRound) -> tuple[Place, ...]:
    rows = list(RoundPlace.objects.filter(round=round).select_related("resource", "resource__parent"))
    of_resource = {row.resource_id: row for row in rows}
    cells: dict[int, set[int]] = {row.resource_id: set() for row in rows}
    for resource, cell in Cover.objects.filter(resource__in=cells).values_list("resource_id", "cell_id"):
        cells[resource].add(cell)
    hours: dict[int, list[Span]] = {}
    for offered in OfferedHours.objects.filter(place__in=rows):
        hours.setdefault(offered.place_id, []).append(Span(offered.weekday, offered.start, offered.end))
    taken = [
        (cells[own.place.resource_id], Span(own.weekday, own.start, own.end))
        for own in OwnUse.objects.filter(place__in=rows).select_related("place")
    ]
    places = []
    for row in rows:
        above = row
        while not hours.get(above.pk) and (parent := above.resource.parent_id) in of_resource:
            above = of_resource[parent]
        own_cells = cells[row.resource_id]
        blocked = [span for others, span in taken if others & own_cells]
        whole = row
        while (parent := whole.resource.parent_id) in of_resource:
            whole = of_resource[parent]
        places.append(
            Place(
                row.resource_id, row.resource.name, whole.resource_id, frozenset(own_cells),
                tuple(_less(hours.get(above.pk, ()), blocked)), row.resource.capacity,
            )
        )  # fmt: skip
    return tuple(sorted(places, key=lambda place: place.key))


def _less(spans: Iterable[Span], blocked: Iterable[Span]) -> list[Span]:
    """The spans, joined where they touch, without what is blocked."""
    free: list[Span] = []
    for span in sorted(spans):
        if free and free[-1].weekday == span.weekday and span.start <= free[-1].end:
            free[-1] = Span(span.weekday, free[-1].start, max(free[-1].end, span.end))
        else:
            free.append(span)
    for block in blocked:
        left: list[Span] = []
        for span in free:
            if not span.meets(block):
                left.append(span)
                continue
            if span.start < block.start:
                left.append(Span(span.weekday, span.start, block.start))
            if block.end < span.end:
                left.append(Span(span.weekday, block.end, span.end))
        free = left
    return free


def _applicants(rows: Iterable[Wish]) -> tuple[Applicant, ...]:
    organisations = {row.organisation_id: row.organisation for row in rows}
    return tuple(
        Applicant(
            key,
            one.name,
            one.kind,
            dict(one.member_counts or {}),
            registered=one.state == OrganisationState.VERIFIED,
            open_membership=one.kind in (OrganisationKind.CLUB, OrganisationKind.UMBRELLA),
        )
        for key, one in sorted(organisations.items())
    )


def _spans(values: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(sorted(Span(*value) for value in values))


def _wish(row: Wish, position: int) -> Wanted:
    return Wanted(
        key=row.pk,
        organisation=row.organisation_id,
        team=row.team,
        activity=row.activity,
        age_from=row.age_from,
        age_to=row.age_to,
        adapted=row.adapted,
        heads=row.heads,
        sessions_min=row.sessions_min,
        sessions_wanted=row.sessions_wanted,
        minutes_min=row.minutes_min,
        minutes_wanted=row.minutes_wanted,
        places=tuple(place.resource_id for place in row.places.all()),
        best=_spans(row.best),
        impossible=_spans(row.impossible),
        apart=frozenset(row.apart),
        last=tuple(Slot(row.pk, *one) for one in row.last),
        received=position,
        indoor=row.indoor,
    )
