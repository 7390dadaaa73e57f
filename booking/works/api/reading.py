"""A body as works: every fault that can be seen before the rules are asked, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation.conf import booking_settings
from booking.foundation.doors.params import parse_int, parse_moment
from booking.foundation.errors import FieldError, Forbidden, Invalid
from booking.foundation.text import is_unusable
from booking.works.api.common import body_of, items_in, today
from booking.works.models import Impact, PeriodKind
from booking.works.services import PeriodSpec, TargetSpec, WorksSpec
from booking.works.services.common import PLANNING_ROLES

_TEXTS = ("title", "reason", "why_here", "why_now", "impact", "haste", "start_confidence", "end_confidence")


def unit_of(request: Request) -> Unit:
    """The unit that the draft is of: named, or the only one the caller plans for."""
    mine = catalogue.units_of(request.user, today(), roles=PLANNING_ROLES)
    slug = body_of(request).get("unit")
    if slug is not None:
        found = mine.filter(slug=slug).first() if isinstance(slug, str) and not is_unusable(slug) else None
        if found is None:
            raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
        return found
    own = list(mine[:2])
    if not own:
        raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
    if len(own) > 1:
        raise Invalid("required", _("You plan for several units. Name one."), loc=("unit",))
    return own[0]


def spec_of(data: Mapping[str, Any], request: Request) -> WorksSpec:
    """The body as works. Raises ``Invalid`` with every fault that can be seen before the rules are asked."""
    faults: list[FieldError] = []
    tz = booking_settings().tz

    def read(name: str, value: Any, loc: tuple[Any, ...]) -> datetime | None:
        try:
            return parse_moment(value, loc=loc, tz=tz, whole_minutes=True)
        except Invalid as error:
            faults.extend(error.errors)
            return None

    start, end = read("start", data.get("start"), ("start",)), read("end", data.get("end"), ("end",))
    fields: dict[str, Any] = {}
    for name in _TEXTS:
        if name in data:
            if isinstance(data[name], str):
                fields[name] = data[name]
            else:
                faults.append(FieldError((name,), "not_a_text", _("This must be a text.")))
    for name in ("services_off", "season_lost"):
        if name in data:
            if isinstance(data[name], bool):
                fields[name] = data[name]
            else:
                faults.append(FieldError((name,), "not_a_flag", _("This must be true or false.")))
    if "buffer_m" in data:
        try:
            fields["buffer_m"] = parse_int(data["buffer_m"], loc=("buffer_m",), most=100_000)
        except Invalid as error:
            faults.extend(error.errors)
    contact = data.get("contact") or {}
    if isinstance(contact, Mapping):
        for name in ("name", "phone", "email"):
            value = contact.get(name)
            if isinstance(value, str):
                fields[f"contact_{name}"] = value
            elif value is not None:
                faults.append(FieldError(("contact", name), "not_a_text", _("This must be a text.")))
    else:
        faults.append(FieldError(("contact",), "not_an_object", _("This must be an object with named fields.")))
    try:
        targets = _targets(data, request)
        periods = _periods(data)
    except Invalid as error:
        faults.extend(error.errors)
        targets, periods = [], []
    if faults or start is None or end is None:
        raise Invalid.of(faults)
    return WorksSpec(
        **{"title": "", "reason": ""} | fields,
        window_start=start,
        window_end=end,
        targets=targets,
        periods=periods,
        footprint=data.get("geometry"),
        notify_area=data.get("notify_area"),
    )


def _targets(data: Mapping[str, Any], request: Request) -> list[TargetSpec]:
    items = items_in(data, "targets")
    wanted = []
    for index, item in enumerate(items):
        one = {"resource": item} if isinstance(item, str) else item
        if not isinstance(one, Mapping) or not isinstance(one.get("resource"), str) or is_unusable(one["resource"]):
            raise Invalid("unknown_resource", _("There is no such thing to lend."), loc=("targets", index, "resource"))
        wanted.append(one)
    slugs = {one["resource"] for one in wanted}
    known: dict[str, Resource] = {
        row.slug: row for row in catalogue.visible_resources(request.user).filter(slug__in=slugs)
    }
    found = []
    for index, one in enumerate(wanted):
        resource = known.get(one["resource"])
        if resource is None:
            raise Invalid("unknown_resource", _("There is no such thing to lend."), loc=("targets", index, "resource"))
        impact = one.get("impact", data.get("impact", Impact.CLOSED))
        phases = one.get("phases", [])
        quantity = one.get("quantity")
        subtree = one.get("subtree", True)
        if not isinstance(phases, list) or any(isinstance(n, bool) or not isinstance(n, int) for n in phases):
            raise Invalid("not_a_list", _("This must be a list."), loc=("targets", index, "phases"))
        if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity > 10**6):
            raise Invalid("bad_quantity", _("Give at least 1."), loc=("targets", index, "quantity"))
        if not isinstance(subtree, bool):
            raise Invalid("not_a_flag", _("This must be true or false."), loc=("targets", index, "subtree"))
        if not isinstance(impact, str):
            raise Invalid("not_a_text", _("This must be a text."), loc=("targets", index, "impact"))
        found.append(TargetSpec(resource, impact, subtree, tuple(phases), quantity))
    return found


def _periods(data: Mapping[str, Any]) -> list[PeriodSpec]:
    tz = booking_settings().tz
    found = []
    for index, one in enumerate(items_in(data, "periods")):
        at = ("periods", index)
        if not isinstance(one, Mapping):
            raise Invalid("not_an_object", _("Give a start and an end."), loc=at)
        kind, name = one.get("kind", PeriodKind.WORK), one.get("phase_name", "")
        if not isinstance(kind, str) or not isinstance(name, str) or is_unusable(name):
            raise Invalid("not_a_text", _("This must be a text."), loc=(*at, "kind"))
        found.append(
            PeriodSpec(
                parse_moment(one.get("start"), loc=(*at, "start"), tz=tz, whole_minutes=True),
                parse_moment(one.get("end"), loc=(*at, "end"), tz=tz, whole_minutes=True),
                kind,
                parse_int(one.get("phase", 1), loc=(*at, "phase"), least=1, most=99),
                name,
            )
        )
    return found
