"""Applying a change: the computed difference says who is told what, and whose clock begins anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import RuleBroken
from booking.foundation.intervals import Interval, merge
from booking.works.models import (
    AffectedList,
    AffectedParty,
    AffectedState,
    ClockEvent,
    NoticeKind,
    Works,
    WorksPeriod,
    WorksState,
    WorksTarget,
    WorksVersion,
)
from booking.works.rules import states
from booking.works.rules.difference import Consequence, Hit, Plan, difference
from booking.works.rulesets import engine
from booking.works.services import affected, figures, finding
from booking.works.services.common import Actor, log

#: Of a version: what is only polish when nothing else changes.
_WORDS = ("title", "reason", "why_here", "why_now", "contact_name", "contact_phone", "contact_email", "footprint",
          "notify_area")  # fmt: skip


def apply_change(works: Works, old: WorksVersion, new: WorksVersion, actor: Actor, *, now: datetime) -> None:
    """Let a new version take effect, under the works' lock: clocks, notices, conflicts, time.

    Raises ``RuleBroken`` when works that go on are extended too late for a notice: then say that they take longer.
    """
    from booking.works.services import conflicts, occupying, telling

    listing = affected.look(works, now=now)
    before = _rows(old)
    after = _live(listing)
    told = {row.party_id for row in telling.everybody_told(works)}
    found = difference(plan_of(old, before), plan_of(new, after), told)
    new.changes = list(found.codes)
    new.save(update_fields=["changes"])
    log(works, "changed", by=actor, now=now, version=new.number, changes=list(found.codes))
    if works.state in states.NOTICED:
        _check_added(works, new, after, found.parties, now)
        _move_clocks(works, new, after, found.parties, now)
    _drop_start(works, new, found.parties, actor, now)
    _tell(works, old, new, before, after, found.parties, actor, now)
    if not listing.rows.filter(state=AffectedState.FOUND).exists() and _was_confirmed(old):
        # Nobody new: who makes the change has nothing to go through.
        affected.freeze(works, actor, now=now)
    if works.state in (WorksState.CONSULTING, *states.NOTICED, WorksState.ACTIVE_EMERGENCY):
        conflicts.find_conflicts(works, now=now)
    if works.state in states.GOING_ON:
        # The ground is theirs already: what the new plan meets gives way now, keeps its place, and comes back.
        occupying.take_time(works, now=now, displacing=conflicts.giving_way(works, now=now))
    else:
        occupying.take_time(works, now=now)
    occupying.give_back(works, occupying.spans_of(old), now=now, actor=actor)


def _was_confirmed(version: WorksVersion) -> bool:
    return AffectedList.objects.filter(version=version, confirmed_at__isnull=False).exists()


def _rows(version: WorksVersion) -> list[AffectedParty]:
    listing = AffectedList.objects.filter(version=version).first()
    return _live(listing) if listing is not None else []


def _live(listing: AffectedList) -> list[AffectedParty]:
    """All but those that a person has left out."""
    rows = listing.rows.exclude(state=AffectedState.LEFT_OUT).order_by("pk")
    return list(rows.select_related("party__organisation", "party__user", "party__report", "listing__version"))


def plan_of(version: WorksVersion, rows: Sequence[AffectedParty]) -> Plan:
    """A version as the difference sees it."""
    felt = finding.felt_by(version)
    everything = tuple(merge(figures.times_of(version.periods.all(), ())))
    digest = {name: getattr(version, name) for name in _WORDS}
    return Plan(
        start=figures.first_day_of(version),
        end=figures.last_moment_of(version),
        category=version.category,
        parties={row.party_id: Hit(times_of(row, felt, everything), row.impact) for row in rows},
        targets=frozenset(target.resource_id for target in version.targets.all()),
        words=hashlib.sha256(json.dumps(digest, sort_keys=True, default=str).encode()).hexdigest(),
    )


def times_of(
    row: AffectedParty, felt: Mapping[int, finding.Felt], everything: tuple[Interval[datetime], ...]
) -> tuple[Interval[datetime], ...]:
    """When the works hit one party: its own hours where it has some, else whenever its places are hit."""
    found: list[Interval[datetime]] = []
    for one in row.evidence:
        if "start" in one and "end" in one:
            found.append(Interval(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])))
            continue
        ids = [one["resource"]] if "resource" in one else one.get("places", [])
        times = [span for pk in ids if pk in felt for span in felt[pk].times]
        found += times or list(everything)
    return tuple(merge(found)) if found else everything


def _check_added(
    works: Works, new: WorksVersion, rows: Sequence[AffectedParty], parties: Mapping[int, Consequence], now: datetime
) -> None:
    """Added time of works that go on needs a notice of its own; too late for that, it is an overrun."""
    if works.state not in states.GOING_ON or works.state == WorksState.OVERRUNNING:
        return
    rules = figures.figures(works)
    for row in rows:
        one = parties.get(row.party_id, Consequence())
        begins = one.own[0].start if one.own else row.first_hit if one.clock == "fresh" else None
        if begins is not None and not engine.in_time(now, begins, affected.need_of(row), rules.calendar):
            raise RuleBroken(
                "overrun_instead",
                _("This is too late for a notice of the added time. Say that the works take longer, and why."),
            )


def _move_clocks(
    works: Works, new: WorksVersion, rows: Sequence[AffectedParty], parties: Mapping[int, Consequence], now: datetime
) -> None:
    from booking.works.services import telling

    all_parties = {one.pk: one for one in works.parties.select_for_update(of=("self",)).order_by("pk")}
    rules = figures.figures(works)
    needs = {row.party_id: affected.need_of(row) for row in rows}
    for pk, one in sorted(parties.items()):
        party = all_parties.get(pk)
        if party is None:
            continue
        late = bool(one.own) and not engine.in_time(now, one.own[0].start, needs[pk], rules.calendar)
        if one.clock == "restarts" or (late and works.state not in states.GOING_ON):
            telling.stop_clock(party, new.number, ClockEvent.Kind.RESTARTED, now, changes=new.changes)
        elif one.clock == "ended":
            telling.stop_clock(party, new.number, ClockEvent.Kind.ENDED, now)
        elif one.clock in ("goes_on", "recomputed"):
            ClockEvent.objects.create(
                party=party, number=new.number, kind=ClockEvent.Kind.KEPT, at=now, effective=party.clock_from,
                data={"changes": new.changes},
            )  # fmt: skip
    for row in rows:
        row.party.refresh_from_db(fields=["clock_from", "served_at"])


def _drop_start(
    works: Works, new: WorksVersion, parties: Mapping[int, Consequence], actor: Actor, now: datetime
) -> None:
    """Set to start, at a time that doesn't hold any more: back to noticed, and a new time is set when all is met."""
    if works.state != WorksState.READY or works.starts_at is None:
        return
    moved = not new.window_start <= works.starts_at < new.window_end
    if moved or any(one.clock in ("restarts", "fresh") for one in parties.values()):
        works.state, works.starts_at = WorksState.NOTICED, None
        log(works, "start_dropped", by=actor, now=now)


def _tell(
    works: Works,
    old: WorksVersion,
    new: WorksVersion,
    before: Sequence[AffectedParty],
    after: Sequence[AffectedParty],
    parties: Mapping[int, Consequence],
    actor: Actor,
    now: datetime,
) -> None:
    from booking.works.services import telling

    told = {row.party_id for row in telling.everybody_told(works)}
    changed = [row for row in after if parties[row.party_id].kind == "change" and row.party_id in told]
    freed = _only(before, (pk for pk, one in parties.items() if one.kind == "release"))
    if changed:
        telling.say(
            works, NoticeKind.CHANGE, changed, key=f"change:{works.pk}:{new.number}", now=now, actor=actor,
            data={"changes": new.changes},
        )  # fmt: skip
    if freed:
        telling.say(works, NoticeKind.RELEASE, freed, key=f"release:{works.pk}:{new.number}", now=now, actor=actor)


def _only(rows: Iterable[AffectedParty], parties: Iterable[int]) -> list[AffectedParty]:
    wanted = set(parties)
    return [row for row in rows if row.party_id in wanted]


def extend(works: Works, until: datetime, why: str, actor: Actor, now: datetime) -> WorksVersion:
    """The next version, as the current one but longer: its last time ends at ``until``. Under the lock."""
    from booking.works.services import drafting

    old = works.current
    if old is None:
        raise ValueError("works have a version")
    copy: dict[str, Any] = {
        field.attname: getattr(old, field.attname)
        for field in WorksVersion._meta.concrete_fields
        if field.attname not in ("id", "number", "created_by_id", "created_at", "announced_at", "changes",
                                 "why_changed")
    }  # fmt: skip
    version = WorksVersion.objects.create(
        **copy | {"window_end": max(old.window_end, until)}, number=old.number + 1, created_by=actor.user,
        created_at=now, announced_at=now, why_changed=why, changes=["end_extended"],
    )  # fmt: skip
    WorksTarget.objects.bulk_create(
        [
            WorksTarget(
                version=version, resource_id=one.resource_id, impact=one.impact, subtree=one.subtree,
                phases=one.phases, quantity=one.quantity,
            )
            for one in old.targets.all()
        ]
    )  # fmt: skip
    periods = sorted(old.periods.all(), key=lambda one: one.end)
    WorksPeriod.objects.bulk_create(
        [
            WorksPeriod(
                version=version, start=one.start, end=until if one is periods[-1] else one.end, kind=one.kind,
                phase=one.phase, phase_name=one.phase_name,
            )
            for one in periods
        ]
    )  # fmt: skip
    works.current = version
    drafting.reckon(version)
    return version
