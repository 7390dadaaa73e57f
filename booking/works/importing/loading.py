"""Features of a file into drafts of works: each whole or not at all, known again by its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, Invalid, WrongState
from booking.works.importing import reading
from booking.works.importing.reading import Draft, Feature
from booking.works.models import Works
from booking.works.services import drafting
from booking.works.services.specs import PeriodSpec, TargetSpec, WorksSpec

Status = Literal["created", "updated", "unchanged", "left_out", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one feature."""

    number: int
    name: str
    status: Status
    reference: str = ""
    reason: str = ""


def load(data: Mapping[str, Any], *, source: str, unit: Unit, by: Any, now: datetime) -> Iterator[Outcome]:
    """Every feature of a checked FeatureCollection. ``by`` plans works for the unit; ``source`` makes ids unique."""
    for feature in reading.read(data, booking_settings().tz):
        yield _one(feature, source, unit, by, now)


def _one(feature: Feature, source: str, unit: Unit, by: Any, now: datetime) -> Outcome:
    if feature.draft is None:
        if feature.fault is not None:
            return Outcome(feature.number, feature.name, "refused", reason=_told(feature.fault))
        return Outcome(feature.number, feature.name, "left_out", reason=str(feature.left_out))
    try:
        with transaction.atomic():
            works, status = store(feature.draft, source=source, unit=unit, by=by, now=now)
    except DomainError as fault:
        return Outcome(feature.number, feature.name, "refused", reason=_told(fault))
    return Outcome(feature.number, feature.name, status, works.reference)


def _told(fault: DomainError) -> str:
    """Every fault with its place: "start: This must be a date"."""
    if not fault.errors:
        return fault.text
    return "; ".join(
        f"{'.'.join(str(part) for part in one.loc)}: {one.text}" if one.loc else one.text for one in fault.errors
    )


def store(draft: Draft, *, source: str, unit: Unit, by: Any, now: datetime) -> tuple[Works, Status]:
    """One draft, in the caller's transaction. What was announced in the meantime isn't changed behind a planner's back.

    Raises ``Invalid``, ``Forbidden``, ``WrongState`` (``announced``).
    """
    there = (
        Works.objects.select_for_update(of=("self",))
        .select_related("current")
        .filter(external_source=source, external_id=draft.external_id)
        .first()
    )
    if there is not None and there.external_hash == draft.digest:
        return there, "unchanged"
    spec = spec_of(draft)
    if there is None:
        external = (source, draft.external_id, draft.digest)
        return drafting.draft_works(unit=unit, spec=spec, by=by, now=now, external=external), "created"
    if there.current is None or there.current.announced_at is not None:
        raise WrongState(
            "announced",
            _("%(reference)s has been announced. It says something else now: change it by hand."),
            params={"reference": there.reference},
        )
    works = drafting.revise_works(there, spec=spec, by=by, now=now)
    Works.objects.filter(pk=works.pk).update(external_hash=draft.digest)
    return works, "updated"


def spec_of(draft: Draft) -> WorksSpec:
    """What the service stores. Raises ``Invalid`` for a thing that nobody lends."""
    more = {} if draft.buffer_m is None else {"buffer_m": draft.buffer_m}
    return WorksSpec(
        title=draft.title,
        reason=draft.reason,
        window_start=draft.start,
        window_end=draft.end,
        targets=_targets(draft.targets),
        periods=[PeriodSpec(one.start, one.end, one.kind) for one in draft.periods],
        impact=draft.impact,
        why_here=draft.why_here,
        why_now=draft.why_now,
        start_confidence=draft.start_confidence,
        end_confidence=draft.end_confidence,
        footprint=draft.footprint,
        notify_area=draft.notify_area,
        haste=draft.haste,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        contact_email=draft.contact_email,
        **more,
    )


def _targets(named: Sequence[tuple[str, str]]) -> list[TargetSpec]:
    there = {one.slug: one for one in Resource.objects.filter(slug__in=[slug for slug, _impact in named])}
    found = []
    for index, (slug, impact) in enumerate(named):
        if slug not in there:
            raise Invalid(
                "unknown_resource",
                _("There is nothing to lend called “%(slug)s”."),
                loc=("targets", index, "resource"),
                params={"slug": slug},
            )
        found.append(TargetSpec(there[slug], impact))
    return found
