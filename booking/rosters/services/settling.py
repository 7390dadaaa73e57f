"""A case changed: its dates get the duties that their things ask for, and who is on a date that changed is told.

Runs inside the transaction of the change (``foundation.signals.revised``), under the lock of the case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from booking.cases.models import Case, Line
from booking.cases.services.shared import lock_cases
from booking.catalogue import selectors as catalogue
from booking.correspondence.services import Outgoing, recall
from booking.foundation.clock import local_date
from booking.rosters import rules
from booking.rosters.access import is_on
from booking.rosters.models import Duty, DutyDate, DutyNeed, DutyPlan, SignUp, SignUpState
from booking.rosters.rules import Existing, Need
from booking.rosters.services.common import letter, next_number, person_of, post

#: Lines in these states have duties; what was refused, given back or is over has none to get.
_ALIVE = rules.ON | {"displaced", "waiting_list"}


def case_revised(*, cause: str, **_kwargs: Any) -> None:
    """The receiver of ``revised``."""
    kind, _, reference = cause.partition(":")
    if kind != "case" or not is_on():
        return
    case = Case.objects.filter(reference=reference).first()
    if case is not None:
        # The moment of the change: whoever made it has just written it there.
        settle(case, now=case.revised_at)


@transaction.atomic
def settle(case: Case, *, now: datetime) -> None:
    """Bring the roster in step with the case's dates. Safe at any time, as often as one likes."""
    plans = _plans()
    if not plans and not Duty.objects.filter(case=case).exists():
        return
    lines = list(case.lines.filter(end__gt=now).select_related("resource").order_by("number"))
    if lines:
        _give_duties(case, lines, plans, now)
    _tell_changes(case, {line.pk: line for line in lines}, now)


def settle_things(resource_ids: Iterable[int], *, now: datetime) -> int:
    """What these things ask for has changed: every case with a date to come on one of them. How many."""
    ids = Line.objects.filter(resource__in=list(resource_ids), end__gt=now, state__in=_ALIVE)
    cases = lock_cases(ids.order_by().values_list("case_id", flat=True).distinct())
    for pk in sorted(cases):
        settle(cases[pk], now=now)
    return len(cases)


# --- what things ask for ---------------------------------------------------------------------------------------------

#: (unit id or None, resource id or None) → the plan's id and needs.
_Plans = Mapping[tuple[int | None, int | None], tuple[int, list[Need]]]


def _plans() -> _Plans:
    """Every plan with its needs: a town has dozens. Two queries; one where nobody uses it."""
    rows = list(DutyPlan.objects.order_by("pk"))
    if not rows:
        return {}
    needs: dict[int, list[Need]] = {}
    for row in DutyNeed.objects.order_by("pk"):
        needs.setdefault(row.plan_id, []).append(Need(row.role, row.needed, row.condition, row.kind_id))
    return {(row.unit_id, row.resource_id): (row.pk, needs.get(row.pk, [])) for row in rows}


def _give_duties(case: Case, lines: Sequence[Line], plans: _Plans, now: datetime) -> None:
    lineage = catalogue.lineage([line.resource for line in lines]) if plans else None
    wanted: dict[int, Sequence[Need]] = {}
    given: set[tuple[int, Any]] = set()
    for line in lines:
        if line.state not in _ALIVE:
            continue
        thing = line.resource
        if lineage is None:
            wanted[line.pk] = ()
            continue
        chain = [plans.get((None, pk)) for pk in (thing.pk, *lineage.parents(thing))]
        chain += [plans.get((pk, None)) for pk in lineage.unit_line(thing.unit_id)]
        found = rules.effective([one[1] if one is not None else None for one in chain])
        if found is None:
            wanted[line.pk] = ()
            continue
        place, needs = found
        if place:
            # The café and the hall on the same day are opened once, when they share the rule of their house.
            holder = chain[place]
            key = (holder[0] if holder is not None else 0, local_date(line.start, catalogue.zone(thing)))
            if key in given:
                wanted[line.pk] = ()
                continue
            given.add(key)
        wanted[line.pk] = needs
    there: dict[int, list[Duty]] = {}
    for duty in Duty.objects.filter(case=case, own=False, removed_at=None, line__in=list(wanted)):
        there.setdefault(duty.line_id, []).append(duty)
    by_id = {line.pk: line for line in lines}
    new: list[Duty] = []
    changed: list[Duty] = []
    number = next_number(case) if any(wanted.values()) else 0
    batch = uuid.uuid4()
    for pk, needs in wanted.items():
        known = {duty.pk: duty for duty in there.get(pk, ())}
        fitting = rules.fit(
            needs,
            [Existing(d.pk, (d.role, d.kind_id), d.needed, d.filled, d.condition) for d in known.values()],
        )
        for need in fitting.add:
            new.append(
                Duty(
                    case=case, number=number, line=by_id[pk], role=need.role, kind_id=need.kind, needed=need.needed,
                    condition=need.condition, batch=batch, created_at=now,
                )
            )  # fmt: skip
            number += 1
        for duty_id, need in fitting.change:
            known[duty_id].needed, known[duty_id].condition = need.needed, need.condition
            changed.append(known[duty_id])
        for duty_id in fitting.drop:
            known[duty_id].removed_at = now
            changed.append(known[duty_id])
    Duty.objects.bulk_create(new, batch_size=500)
    Duty.objects.bulk_update(changed, ["needed", "condition", "removed_at"], batch_size=200)


# --- dates that change -----------------------------------------------------------------------------------------------


def _tell_changes(case: Case, lines: Mapping[int, Line], now: datetime) -> None:
    """Off, on again, at another time: those on the duties of the date hear it, once. Their places stay."""
    for known in DutyDate.objects.select_for_update(of=("self",)).filter(line__in=list(lines)).order_by("pk"):
        line = lines[known.line_id]
        on = line.state in rules.ON
        moved = (known.start, known.end, known.resource_id) != (line.start, line.end, line.resource_id)
        if known.on == on and not moved:
            continue
        what = "moved"
        if known.on != on:
            what = "back" if on else "off"
        elif not on:
            what = ""  # it is off, and moved meanwhile: they hear when it is on again
        recall([f"duty-reminder:{line.pk}:{known.told}:"])
        known.on, known.start, known.end, known.resource_id = on, line.start, line.end, line.resource_id
        known.told += 1
        known.save()
        rows = SignUp.objects.filter(duty__line=line, state=SignUpState.ON).select_related("user", "helper")
        if what:
            post(_news(case, line, known, list(rows), what, now), now=now)
        rows.update(reminded_for=None)


def _news(case: Case, line: Line, known: DutyDate, rows: Sequence[SignUp], what: str, now: datetime) -> list[Outgoing]:
    people = {person_of(row).key: person_of(row) for row in rows}
    payload = {"case": case.pk, "line": line.pk, "what": what, "told": known.told}
    return [
        one
        for person in people.values()
        for one in letter("duty_news", f"duty-news:{line.pk}:{known.told}", person, payload, due=now, ways=None)
    ]


def known_date(line: Line) -> DutyDate:
    """What people on this date know of it; made with the first who signs up."""
    found, _new = DutyDate.objects.get_or_create(
        line=line,
        defaults={
            "on": line.state in rules.ON, "start": line.start, "end": line.end, "resource_id": line.resource_id,
        },
    )  # fmt: skip
    return found


def minutes(value: int) -> timedelta:
    """Of set-up and tear-down."""
    return timedelta(minutes=value)
