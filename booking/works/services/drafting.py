"""Writing works down: a draft is rewritten as often as one likes; what was announced gets a new version instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import geometry
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, WrongState
from booking.foundation.references import next_reference
from booking.foundation.wording import day_words
from booking.works.models import (
    ResourceNeed,
    Works,
    WorksPeriod,
    WorksState,
    WorksTarget,
    WorksVersion,
)
from booking.works.rules import states
from booking.works.rules.difference import is_new_case
from booking.works.services import changing, figures
from booking.works.services.common import Actor, current, locked, log, planner, store
from booking.works.services.specs import Checked, WorksSpec, check

#: Degrees of latitude in a metre, for the box around a buffer; a little more than needed.
_DEGREE = 1 / 110_000


@transaction.atomic
def draft_works(
    *,
    unit: Unit,
    spec: WorksSpec,
    by: Any,
    now: datetime,
    submission_key: str | None = None,
    external: tuple[str, str, str] | None = None,
    continues: Works | None = None,
) -> Works:
    """Write new works down as a draft of the unit. Nobody but the unit's people sees it yet.

    ``external``: (source, id, hash) of an import. The same ``submission_key`` twice gives the same works. Raises
    ``Forbidden``, ``Invalid`` with every fault.
    """
    checked = check(spec)
    if submission_key and (there := Works.objects.filter(submission_key=submission_key).first()):
        return there
    actor = planner(by, unit, now)
    works = new_works(unit, actor, now=now, submission_key=submission_key, external=external)
    works.continues = continues
    write_version(works, checked, actor, now)
    log(works, "drafted", by=actor, now=now, public=False)
    return store(works, now)


def new_works(
    unit: Unit,
    actor: Actor,
    *,
    now: datetime,
    submission_key: str | None = None,
    external: tuple[str, str, str] | None = None,
) -> Works:
    """The identity, without a version yet. In the caller's transaction."""
    source, key, digest = external or ("", "", "")
    return Works.objects.create(
        reference=next_reference("works", now), unit=unit, owner=actor.user, created_at=now, revised_at=now,
        submission_key=submission_key or None, external_source=source, external_id=key, external_hash=digest,
    )  # fmt: skip


@transaction.atomic
def revise_works(
    works: Works,
    *,
    spec: WorksSpec,
    by: Any,
    now: datetime,
    why: str = "",
    if_version: int | None = None,
) -> Works:
    """Say what the works are, anew. A draft is rewritten. What was announced gets a new version, and the computed
    difference decides who is told what and whose clock begins again (`changing`).

    ``why`` is needed once those affected have been told. Raises ``Forbidden``, ``Invalid``, ``Stale``, ``WrongState``
    for works that are over.
    """
    checked = check(spec)
    fresh = locked(works, if_version=if_version)
    actor = planner(by, fresh.unit, now)
    words = text.clean(
        why, max_length=text.GROUNDS, loc=("why",), multiline=True, required=fresh.state in states.NOTICED
    )
    if fresh.state in states.OVER or fresh.state == WorksState.POSTPONED:
        raise WrongState(
            "wrong_state",
            _("Works that are “%(state)s” can't be changed."),
            params={"state": fresh.get_state_display()},
        )
    before = current(fresh)
    if not says_anything_new(before, checked):
        return fresh
    check_same_case(fresh, checked.fields["window_start"])
    version = write_version(fresh, checked, actor, now, why=words)
    if before.announced_at is None:
        log(fresh, "redrafted", by=actor, now=now, public=False)
    else:
        changing.apply_change(fresh, before, version, actor, now=now)
    return store(fresh, now)


def check_same_case(works: Works, start: datetime) -> None:
    """Works that would begin more than twelve months later than was first told are new works: those affected must be
    found, asked and told from the start. Measured from the first plan, so that small steps don't add up to it.

    Raises ``WrongState`` that says what to do instead.
    """
    first = works.versions.filter(announced_at__isnull=False).order_by("number").first()
    if first is not None and works.state in states.BEFORE_ACTIVE and is_new_case(first.window_start, start):
        raise WrongState(
            "new_case",
            _(
                "This is more than twelve months later than was first told (%(first)s). Such works are a case of their "
                "own: continue as new works. These are then postponed, and everybody who was told hears it."
            ),
            params={"first": day_words(local_date(first.window_start, booking_settings().tz))},
            extra={"continues": works.reference},
        )


@transaction.atomic
def continue_works(
    works: Works,
    *,
    spec: WorksSpec,
    by: Any,
    now: datetime,
    why: str = "",
    submission_key: str | None = None,
    if_version: int | None = None,
) -> Works:
    """Go on with works as new works: a draft that knows what it continues. Nothing is taken over but the words:
    whoever is affected is found, asked and told anew.

    What is still planned is postponed with that, so that its time is free and everybody who was told hears it. Once is
    enough: a draft that continues these works already is answered as it is. Raises ``WrongState`` for works that go
    on, ``Forbidden``, ``Invalid``, ``Stale``.
    """
    from booking.works.services import moving

    fresh = locked(works, if_version=if_version)
    planner(by, fresh.unit, now)
    there = fresh.continued_by.exclude(state=WorksState.CANCELLED).order_by("pk").first()
    if there is not None:
        return there
    if fresh.state not in (*states.BEFORE_ACTIVE, WorksState.POSTPONED, WorksState.CANCELLED):
        raise WrongState("wrong_state", _("These works are going on or done. What comes after them is new works."))
    if fresh.state == WorksState.DRAFT:
        raise WrongState("wrong_state", _("Nobody knows of this draft yet. Change it."))
    made = draft_works(unit=fresh.unit, spec=spec, by=by, now=now, submission_key=submission_key, continues=fresh)
    if fresh.state in states.BEFORE_ACTIVE:
        moving.postpone(fresh, by=by, now=now, why=why)
    return made


def write_version(works: Works, checked: Checked, actor: Actor, now: datetime, why: str = "") -> WorksVersion:
    """Store what was checked: over the draft, or as the next version. It is then the current one."""
    old = works.current
    announced = old is not None and old.announced_at is not None
    if old is not None and not announced:
        version = old
        old.targets.all().delete()  # a sketch is rewritten; nothing of it was said to anybody
        old.periods.all().delete()
        for name, value in checked.fields.items():
            setattr(version, name, value)
    else:
        version = WorksVersion(
            works=works, number=(old.number if old else 0) + 1, created_by=actor.user, created_at=now,
            announced_at=now if announced else None, why_changed=why, category="short", **checked.fields,
        )  # fmt: skip
    _set_box(version)
    version.save()
    WorksTarget.objects.bulk_create(
        [
            WorksTarget(
                version=version, resource=one.resource, impact=one.impact, subtree=one.subtree,
                phases=list(one.phases), quantity=one.quantity,
            )
            for one in checked.targets
        ]
    )  # fmt: skip
    WorksPeriod.objects.bulk_create(
        [
            WorksPeriod(
                version=version, start=one.start, end=one.end, kind=one.kind, phase=one.phase,
                phase_name=one.phase_name[:80],
            )
            for one in checked.periods
        ]
    )  # fmt: skip
    works.current = version
    reckon(version)
    return version


def reckon(version: WorksVersion) -> None:
    """Compute the category and what the rules ask anew, and keep both with the version."""
    rules = figures.figures(version.works)
    hits = figures.hits_of(version)
    version.category = figures.category_of(version, hits, rules)
    version.requirement = figures.requirement_json(version, rules, hits)
    version.save(update_fields=["category", "requirement"])


def says_anything_new(version: WorksVersion, checked: Checked) -> bool:
    """False when the same is said again: pressing save twice makes no version."""
    if any(getattr(version, name) != value for name, value in checked.fields.items()):
        return True
    targets = {
        (one.resource_id, one.impact, one.subtree, tuple(one.phases), one.quantity) for one in version.targets.all()
    }
    if targets != {
        (one.resource.pk, one.impact, one.subtree, tuple(one.phases), one.quantity) for one in checked.targets
    }:
        return True
    periods = {(one.start, one.end, one.kind, one.phase, one.phase_name) for one in version.periods.all()}
    return periods != {(one.start, one.end, one.kind, one.phase, one.phase_name[:80]) for one in checked.periods}


def _set_box(version: WorksVersion) -> None:
    """The smallest box around what is felt: the notify area, or the footprint with its buffer."""
    outline = version.notify_area or version.footprint
    if not outline:
        version.min_lon = version.min_lat = version.max_lon = version.max_lat = None
        return
    box = geometry.box_of(outline)
    up = 0.0 if version.notify_area else version.buffer_m * _DEGREE
    # A degree of longitude is shorter the further north; at 80° a sixth of one of latitude.
    aside = up * 6
    version.min_lon, version.max_lon = box.min_lon - aside, box.max_lon + aside
    version.min_lat, version.max_lat = box.min_lat - up, box.max_lat + up


@transaction.atomic
def set_needs(resource: Resource, *, needs: list[tuple[Resource, str]], by: Any, now: datetime) -> None:
    """Say what a thing can't be used without: its way in, water, power. Raises ``Forbidden``, ``Invalid``."""
    planner(by, resource.unit, now, roles=("planner", "leader", "officer"))
    wanted = {other.pk: what for other, what in needs}
    if resource.pk in wanted:
        raise Invalid("itself", _("A thing can't need itself."), loc=("needs",))
    for pk, what in wanted.items():
        if what not in ResourceNeed.What.values:
            params = {"choices": ", ".join(ResourceNeed.What.values)}
            raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("needs", pk))
    ResourceNeed.objects.filter(resource=resource).exclude(needs__in=list(wanted)).delete()
    for pk, what in sorted(wanted.items()):
        ResourceNeed.objects.update_or_create(resource=resource, needs_id=pk, defaults={"what": what})
