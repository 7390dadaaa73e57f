"""The time that works take in the one calendar (notice-rules.md "Objects").

Planned and in consultation they are notes. From the notice on they block new claims, and stand as notes over what is
granted; a claim gives way when its conflict is settled so, or when the works begin. The cause is the target
(``WorksTarget.pk``): one works may hit several places that share ground.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from booking.foundation.intervals import Interval, merge, subtract
from booking.occupancy.models import Cause
from booking.occupancy.registry import tell_freed
from booking.occupancy.services import Block, free_blocks, put_blocks
from booking.works.models import Impact, Works, WorksTarget, WorksVersion
from booking.works.rules import states
from booking.works.services import figures
from booking.works.services.common import SYSTEM, Actor, current

Span = tuple[int, datetime, datetime]


def take_time(
    works: Works, *, now: datetime, displacing: Collection[tuple[str, int]] | None = ()
) -> set[tuple[str, int]]:
    """Let the calendar show the works as they stand. Answers the claims that stay in the way, as (kind, id).

    ``displacing``: claims that give way now; None: all of them. What older versions took and this one doesn't is given
    back: what was displaced there comes back first. In the caller's transaction, under the works' lock.
    """
    version = current(works)
    blocks = _blocks(works, version) if works.state in (*states.SHOWN_AS_NOTES, *states.BLOCKING) else []
    old = list(WorksTarget.objects.filter(version__works=works).exclude(version=version).values_list("pk", flat=True))
    mine = [target.pk for target in version.targets.all()]
    done = put_blocks(
        blocks,
        cause_kind=Cause.WORKS,
        gone=[*old, *mine],
        displacing=displacing,
        label=version.title if works.state in states.PUBLIC else "",
        now=now,
    )
    return set().union(*done.in_the_way.values()) if done.in_the_way else set()


def _blocks(works: Works, version: WorksVersion) -> list[Block]:
    periods = list(version.periods.all())
    under = figures.resources_under(version)
    blocking = works.state in states.BLOCKING
    found = []
    for target in version.targets.all():
        if target.impact == Impact.NONE:
            continue
        real = blocking and figures.makes_impossible(target.impact)
        for span in merge(figures.times_of(periods, target.phases)):
            for pk in sorted(under[target.pk], key=lambda one: (one != target.resource_id, one)):
                quantity = target.quantity if pk == target.resource_id else None
                found.append(Block(pk, span.start, span.end, target.pk, quantity, only_note=not real))
    return found


def spans_of(version: WorksVersion) -> list[Span]:
    """What a version makes impossible to use: (resource, start, end)."""
    periods = list(version.periods.all())
    under = figures.resources_under(version)
    return [
        (pk, span.start, span.end)
        for target in version.targets.all()
        if figures.makes_impossible(target.impact)
        for span in merge(figures.times_of(periods, target.phases))
        for pk in sorted(under[target.pk])
    ]


def give_back(works: Works, spans: Collection[Span], *, now: datetime, actor: Actor = SYSTEM) -> list[tuple[str, int]]:
    """Time that the works have left: what they displaced is restored, what is free then is held 48 hours for others
    whom they displaced, and the waiting list is asked for the rest (notice-rules.md "Changes").

    Only what no longer belongs to them. Answers the causes that have their time again.
    """
    from booking.works.services import returning

    kept: dict[int, list[Interval[datetime]]] = {}
    if works.state in states.BLOCKING:
        for pk, start, end in spans_of(current(works)):
            kept.setdefault(pk, []).append(Interval(start, end))
    left: dict[Span, None] = {}
    for pk, start, end in spans:
        begins = max(start, now.replace(second=0, microsecond=0))
        if begins >= end:
            continue
        still = list(merge(kept.get(pk, [])))
        for piece in subtract([Interval(begins, end)], still):
            left[(pk, piece.start, piece.end)] = None
    if not left:
        return []
    back = free_blocks(cause_kind=Cause.WORKS, cause_ids=[], spans=list(left), now=now, tell=False)
    returning.hold_for_displaced(works, list(left), actor, now=now)
    for pk, start, end in left:
        tell_freed([pk], start, end, now)
    return back


def end_time(works: Works, *, now: datetime) -> None:
    """The works take nothing from now on; what they have taken so far stays in the calendar."""
    ids = list(WorksTarget.objects.filter(version__works=works).values_list("pk", flat=True))
    put_blocks([], cause_kind=Cause.WORKS, gone=ids, now=now)
