"""What somebody wants the works to be, checked before anything is written. Every fault is told, with its field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.catalogue.rules import geometry
from booking.foundation import text
from booking.foundation.errors import FieldError, Invalid
from booking.works.models import Confidence, Haste, Impact, PeriodKind

#: No works last longer than this, and none is planned further ahead.
LONGEST = timedelta(days=366 * 10)
MOST_PERIODS = 400
MOST_TARGETS = 300
#: Metres.
WIDEST_BUFFER = 5000


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """A resource that is hit. ``phases``: numbers of the phases in which it is; () means all."""

    resource: Resource
    impact: str = Impact.CLOSED
    subtree: bool = True
    phases: tuple[int, ...] = ()
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodSpec:
    """Time that is really taken, ``[start, end)``, aware, whole minutes."""

    start: datetime
    end: datetime
    kind: str = PeriodKind.WORK
    phase: int = 1
    phase_name: str = ""


@dataclass(frozen=True, slots=True)
class WorksSpec:
    """All that a version says. Without ``periods`` the whole window is taken."""

    title: str
    reason: str
    window_start: datetime
    window_end: datetime
    targets: Sequence[TargetSpec] = ()
    periods: Sequence[PeriodSpec] = ()
    impact: str = Impact.CLOSED
    why_here: str = ""
    why_now: str = ""
    start_confidence: str = Confidence.ESTIMATED
    end_confidence: str = Confidence.ESTIMATED
    footprint: Any = None
    notify_area: Any = None
    buffer_m: int = 30
    haste: str = Haste.ORDINARY
    services_off: bool = False
    season_lost: bool = False
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A spec that can be stored."""

    fields: dict[str, Any]
    targets: Sequence[TargetSpec]
    periods: Sequence[PeriodSpec]


def check(spec: WorksSpec) -> Checked:
    """Raises ``Invalid`` with every fault: a field is missing, a time impossible, an outline unreadable."""
    faults: list[FieldError] = []
    fields: dict[str, Any] = {}
    for name, most, required, lines in (
        ("title", 150, True, False),
        ("reason", text.MESSAGE, True, True),
        ("why_here", text.MESSAGE, False, True),
        ("why_now", text.MESSAGE, False, True),
        ("contact_name", 150, False, False),
        ("contact_phone", 30, False, False),
        ("contact_email", 254, False, False),
    ):
        try:
            fields[name] = text.clean(
                getattr(spec, name), max_length=most, loc=(name,), multiline=lines, required=required
            )
        except Invalid as error:
            faults += error.errors
    _check_email(fields.get("contact_email", ""), faults)
    _check_times("window", spec.window_start, spec.window_end, faults)
    for name, value, choices in (
        ("impact", spec.impact, Impact.values),
        ("haste", spec.haste, Haste.values),
        ("start_confidence", spec.start_confidence, Confidence.values),
        ("end_confidence", spec.end_confidence, Confidence.values),
    ):
        _check_choice((name,), value, choices, faults)
    for name in ("footprint", "notify_area"):
        try:
            value = getattr(spec, name)
            fields[name] = geometry.check_geometry(value) if value else None
        except Invalid as error:
            faults.append(FieldError((name,), error.code, error.message, error.params))
    if not 0 <= spec.buffer_m <= WIDEST_BUFFER:
        faults.append(
            FieldError(("buffer_m",), "out_of_range", _("Give 0 to %(most)s metres."), {"most": WIDEST_BUFFER})
        )
    _check_targets(spec.targets, faults)
    periods = _checked_periods(spec, faults)
    if faults:
        raise Invalid.of(faults)
    fields |= {
        "window_start": spec.window_start, "window_end": spec.window_end, "impact": spec.impact, "haste": spec.haste,
        "start_confidence": spec.start_confidence, "end_confidence": spec.end_confidence, "buffer_m": spec.buffer_m,
        "services_off": spec.services_off, "season_lost": spec.season_lost,
    }  # fmt: skip
    return Checked(fields, spec.targets, periods)


def _check_email(value: str, faults: list[FieldError]) -> None:
    if value:
        try:
            validate_email(value)
        except ValidationError:
            faults.append(FieldError(("contact_email",), "bad_email", _("This is no e-mail address.")))


def _check_choice(loc: tuple[str | int, ...], value: object, choices: Sequence[str], faults: list[FieldError]) -> None:
    if value not in choices:
        params = {"choices": ", ".join(one for one in choices if one)}
        faults.append(FieldError(loc, "unknown_choice", _("Choose one of: %(choices)s."), params))


def _check_times(name: str, start: datetime, end: datetime, faults: list[FieldError], at: tuple[Any, ...] = ()) -> None:
    """``name``: "window" for the fields window_start and window_end, "" for start and end below ``at``."""
    first, last = (f"{name}_start", f"{name}_end") if name else ("start", "end")
    for field, moment in ((first, start), (last, end)):
        if moment.tzinfo is None:
            faults.append(FieldError((*at, field), "no_zone", _("A time needs a time zone.")))
            return
        if moment.second or moment.microsecond:
            faults.append(FieldError((*at, field), "whole_minutes", _("Give whole minutes.")))
    if end <= start:
        faults.append(FieldError((*at, last), "end_before_start", _("The end must be after the start.")))
    elif end - start > LONGEST:
        faults.append(FieldError((*at, last), "too_long", _("No works last longer than ten years.")))


def _check_targets(targets: Sequence[TargetSpec], faults: list[FieldError]) -> None:
    if len(targets) > MOST_TARGETS:
        params = {"most": MOST_TARGETS}
        faults.append(FieldError(("targets",), "too_many", _("At most %(most)s."), params))
    seen: set[int] = set()
    for index, one in enumerate(targets):
        _check_choice(("targets", index, "impact"), one.impact, Impact.values, faults)
        if one.resource.pk in seen:
            faults.append(FieldError(("targets", index, "resource"), "twice", _("This stands twice.")))
        seen.add(one.resource.pk)
        if one.quantity is not None and one.quantity < 1:
            faults.append(FieldError(("targets", index, "quantity"), "bad_quantity", _("Give at least 1.")))


def _checked_periods(spec: WorksSpec, faults: list[FieldError]) -> Sequence[PeriodSpec]:
    if len(spec.periods) > MOST_PERIODS:
        faults.append(FieldError(("periods",), "too_many", _("At most %(most)s."), {"most": MOST_PERIODS}))
        return ()
    if not spec.periods:
        return (PeriodSpec(spec.window_start, spec.window_end),)
    phases = {one.phase for one in spec.periods}
    for index, one in enumerate(spec.periods):
        before = len(faults)
        _check_times("", one.start, one.end, faults, ("periods", index))
        _check_choice(("periods", index, "kind"), one.kind, PeriodKind.values, faults)
        if len(faults) == before and (one.start < spec.window_start or one.end > spec.window_end):
            message = _("This lies outside of the days that the works are planned for.")
            faults.append(FieldError(("periods", index, "start"), "outside_window", message))
    for index, target in enumerate(spec.targets):
        if not phases.issuperset(target.phases):
            message = _("There is no such phase.")
            faults.append(FieldError(("targets", index, "phases"), "unknown_phase", message))
    if len(faults) == 0:
        ordered = sorted(spec.periods, key=lambda one: (one.start, one.end))
        for left, right in pairwise(ordered):
            if right.start < left.end and right.phase == left.phase:
                message = _("Two times of the same phase overlap.")
                faults.append(FieldError(("periods",), "overlap", message))
                break
    return spec.periods
