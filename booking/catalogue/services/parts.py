"""What a resource covers: parts of a hall, shared cells, stock.

These functions ask the registered guards first (`registry.check_cells`): with granted time on the cells the change is
the use case ``occupancy.services.change_cover`` with its impact list, never a silent edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry
from booking.catalogue.models import Cell, Cover, Resource, ResourceState
from booking.catalogue.services.common import locked, record, tell
from booking.catalogue.services.resources import check_stock, create_resource, new_cell, publish_resource
from booking.foundation.errors import Invalid, WrongState

MAX_PARTS = 26


@transaction.atomic
def split_into_parts(
    resource: Resource,
    *,
    now: datetime,
    count: int | None = None,
    names: Sequence[str] | None = None,
    by: Any = None,
) -> list[Resource]:
    """Make a whole lendable in parts too: "in halves", "in thirds" is one call. Answers the parts.

    ``count`` parts named A, B, C ..., or one for each of ``names``. Each part gets a cell of its own and the whole
    covers them all, so part and whole exclude each other. The parts inherit rules, hours, unit and officer; they are
    published when the whole is. Raises ``Invalid`` for an impossible number, ``WrongState`` when it is split already,
    counted, or shares its cell with something else, and whatever a guard raises when time is granted.
    """
    row = locked(Resource, resource.pk)
    if row.state == ResourceState.RETIRED:
        raise WrongState("retired", _("This is retired and is kept as it was."))
    if names is None:
        names = [
            gettext("%(name)s, part %(letter)s") % {"name": row.name[:130], "letter": chr(ord("A") + index)}
            for index in range(count or 0)
        ]
    if not 2 <= len(names) <= MAX_PARTS or len(set(names)) != len(names):
        raise Invalid(
            "bad_parts",
            _("Give between 2 and %(most)s parts with different names."),
            loc=("parts",),
            params={"most": MAX_PARTS},
        )
    old = list(row.covers.select_related("cell").select_for_update(of=("self",)))
    if row.parts.exclude(state=ResourceState.RETIRED).exists():
        raise WrongState("already_split", _("This is split into parts already."))
    for one in old:
        if not one.cell.exclusive:
            raise WrongState("counted", _("A counted thing can't be split into parts."))
        if one.cell.covers.exclude(resource=row).exists():
            raise WrongState("shared", _("Something else covers the same space. Change what each covers instead."))
    registry.check_cells(row, [one.cell for one in old])
    cells = [new_cell(row, name=f"part{index}") for index in range(1, len(names) + 1)]
    _replace(row, dict.fromkeys(cells, 1))
    parts = [
        create_resource(
            name=name,
            kind=row.kind,
            unit=row.unit,
            parent=row,
            public=row.public,
            covers=[cell],
            now=now,
            by=by,
        )
        for name, cell in zip(names, cells, strict=True)
    ]
    record(row, "split", by=by, now=now, data={"parts": [part.pk for part in parts]})
    if row.state == ResourceState.ACTIVE:
        parts = [publish_resource(part, now=now, by=by) for part in parts]
    return parts


@transaction.atomic
def set_cover(
    resource: Resource,
    *,
    covers: Mapping[Cell, int] | Sequence[Cell],
    now: datetime,
    check: bool = True,
    by: Any = None,
) -> Resource:
    """Say which cells a resource takes, and how much of each.

    ``check=False`` is for ``occupancy.services.change_cover``, which has settled the granted time itself. Raises
    ``Invalid`` for an impossible amount.
    """
    row = locked(Resource, resource.pk)
    wanted = dict(covers) if isinstance(covers, Mapping) else dict.fromkeys(covers, 1)
    for cell, amount in wanted.items():
        if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= cell.quantity:
            raise Invalid("bad_amount", _("It can't take more of this than there is."), loc=("covers",))
    if check:
        now_covered = {one.cell: one.amount for one in row.covers.select_related("cell")}
        touched = [cell for cell in {*now_covered, *wanted} if now_covered.get(cell) != wanted.get(cell)]
        registry.check_cells(row, touched)
    _replace(row, wanted)
    record(row, "cover_set", by=by, now=now, data={"cells": sorted(cell.pk for cell in wanted)})
    tell(f"resource:{row.slug}", [row.pk])
    return row


def _replace(row: Resource, wanted: Mapping[Cell, int]) -> None:
    """Swap the cover rows; cells that nothing covers any more and that were never taken are removed."""
    old = {one.cell_id: one for one in row.covers.all()}
    keep = {cell.pk for cell in wanted}
    gone = [pk for pk in old if pk not in keep]
    Cover.objects.filter(resource=row, cell_id__in=gone).delete()
    for cell, amount in wanted.items():
        Cover.objects.update_or_create(resource=row, cell=cell, defaults={"amount": amount})
    for cell in Cell.objects.filter(pk__in=gone, covers__isnull=True):
        try:
            with transaction.atomic():
                cell.delete()
        except (ProtectedError, RestrictedError):
            continue  # its history is kept


@transaction.atomic
def set_stock(resource: Resource, *, quantity: int, now: datetime, check: bool = True, by: Any = None) -> Resource:
    """How many there are of a counted thing. Lowering asks the guards; ``WrongState`` for one that isn't counted."""
    row = locked(Resource, resource.pk)
    check_stock(quantity)
    covers = list(row.covers.select_related("cell"))
    if len(covers) != 1 or covers[0].cell.exclusive:
        raise WrongState("not_counted", _("This is one thing, not a number of things."))
    cell = Cell.objects.select_for_update().get(pk=covers[0].cell_id)
    if quantity == cell.quantity:
        return row
    if check and quantity < cell.quantity:
        registry.check_cells(row, [cell])
    cell.quantity = quantity
    cell.save(update_fields=["quantity"])
    record(row, "stock_set", by=by, now=now, data={"quantity": quantity})
    tell(f"resource:{row.slug}", [row.pk])
    return row
