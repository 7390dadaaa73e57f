"""Writing down kits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.kits.models import MOST_OF_A_PART, Kit, KitPart
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.services.common import check_row, locked, record, store_with_slug, tidy
from booking.foundation.errors import FieldError, Invalid, Stale, WrongState

_FIELDS = {
    "name", "name_nn", "name_en", "summary", "summary_nn", "summary_en", "unit", "state", "public",
}  # fmt: skip
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part as it was typed."""

    resource: Resource
    quantity: int = 1
    may_be_left_out: bool = False


@transaction.atomic
def save_kit(
    *,
    values: Mapping[str, Any],
    parts: Sequence[PartRow],
    now: datetime,
    kit: Kit | None = None,
    slug: str | None = None,
    by: Any = None,
    if_version: int | None = None,
) -> Kit:
    """Make a kit, or change one: its columns and all of its parts. What was asked for before keeps its lines.

    Raises ``Invalid`` by field, parts as ``("parts", n, field)``: twice the same thing, a thing of another unit or a
    retired one, a published kit that needs nothing (`no_parts`). ``Stale`` when `if_version` is no longer the version,
    ``WrongState`` for a retired kit.
    """
    row = locked(Kit, kit.pk) if kit is not None else Kit(created_at=now, revised_at=now)
    if kit is not None and if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed this in the meantime. Look at it again."))
    if kit is not None and row.state == ResourceState.RETIRED:
        raise WrongState("retired", _("This is retired and is kept as it was."))
    # The things stay where they are until the kit is written: their unit and state are what is judged here.
    things = {
        one.pk: one
        for one in Resource.objects.select_for_update()
        .filter(pk__in={part.resource.pk for part in parts})
        .order_by("pk")
    }
    for name, value in tidy(Kit, values, allowed=_FIELDS).items():
        setattr(row, name, value)
    _check_parts(row, parts, things)
    row.needed = sum(not one.may_be_left_out for one in parts)
    if row.state == ResourceState.ACTIVE and not row.needed:
        raise Invalid("no_parts", _("A kit that is published needs a part that can't be left out."), loc=("parts",))
    row.revised_at = now
    check_row(row, exclude=["slug"])
    if kit is None:
        store_with_slug(row, wanted=slug, name=row.name, max_length=80)
    else:
        row.version += 1
        row.save()
        row.parts.all().delete()
    KitPart.objects.bulk_create(
        KitPart(kit=row, resource=things[one.resource.pk], quantity=one.quantity, may_be_left_out=one.may_be_left_out)
        for one in parts
    )
    record(row, "created" if kit is None else "changed", by=by, now=now)
    return row


def _check_parts(row: Kit, parts: Sequence[PartRow], things: Mapping[int, Resource]) -> None:
    if len(parts) > MOST_PARTS:
        raise Invalid("too_many", _("At most %(most)s."), loc=("parts",), params={"most": MOST_PARTS})
    faults: list[FieldError] = []
    seen: set[int] = set()
    for index, one in enumerate(parts):
        loc = ("parts", index)
        thing = things[one.resource.pk]
        if thing.pk in seen:
            faults.append(FieldError((*loc, "resource"), "twice", _("This thing is in the kit already.")))
        elif thing.unit_id != row.unit_id:
            message = _("All parts of a kit belong to the kit's own unit.")
            faults.append(FieldError((*loc, "resource"), "other_unit", message))
        elif thing.state == ResourceState.RETIRED:
            faults.append(FieldError((*loc, "resource"), "retired", _("This is no longer lent.")))
        seen.add(thing.pk)
        if not 1 <= one.quantity <= MOST_OF_A_PART:
            message = _("This must be between %(least)s and %(most)s.")
            params = {"least": 1, "most": MOST_OF_A_PART}
            faults.append(FieldError((*loc, "quantity"), "out_of_range", message, params))
    if faults:
        raise Invalid.of(faults)
