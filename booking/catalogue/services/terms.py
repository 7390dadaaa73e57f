"""What a loan costs and what it takes: prices, requirements, kinds of use (needs N11, N12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry
from booking.catalogue.models import Audience, PermitRequirement, PricePer, PriceRule, Resource, Unit, UseKind
from booking.catalogue.services.common import check_row, feed_ids, locked, record, store_with_slug, tell, tidy
from booking.foundation.errors import FieldError, Invalid

#: More rows than anybody reads.
MOST_PRICES = 60
_MOST_KRONER = Decimal("9999999.99")
_REQUIREMENT = {
    "kind", "what", "what_nn", "what_en", "help", "help_nn", "help_en", "granted_by", "url", "phone", "blocking",
    "severity", "days_before", "waived", "active", "resource", "unit", "use", "granting_unit", "replaces",
}  # fmt: skip
#: What a condition says; who confirmed other words than these is shown which.
_WORDS = ("kind", "what", "what_nn", "what_en", "help", "help_nn", "help_en")
_USE = {"name", "name_nn", "name_en", "help", "help_nn", "help_en", "heads_over", "active"}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price as it is written down. ``kind``: of the organisation; "" for every kind."""

    audience: str
    kind: str
    amount: Decimal
    per: str
    minimum: Decimal | None = None


@transaction.atomic
def set_prices(owner: Resource | Unit, *, rows: Sequence[PriceRow], now: datetime, by: Any = None) -> list[PriceRule]:
    """Replace the prices of a thing or a unit; [] means: inherit, and free where nobody has prices.

    What was told for loans that are asked for or granted stays. Raises ``Invalid`` by row.
    """
    faults: list[FieldError] = []
    kinds = {code for code, _label in registry.organisation_kinds()}
    seen: set[tuple[str, str, str]] = set()
    if len(rows) > MOST_PRICES:
        raise Invalid("too_many", _("At most %(most)s."), loc=("prices",), params={"most": MOST_PRICES})
    for index, row in enumerate(rows):
        loc: tuple[str | int, ...] = ("prices", index)
        if row.audience not in Audience.values:
            faults.append(FieldError((*loc, "audience"), "unknown_choice", _("Choose whom the price is for.")))
        if row.kind and row.kind not in kinds:
            faults.append(FieldError((*loc, "kind"), "unknown_choice", _("There is no such kind of organisation.")))
        if row.kind and row.audience == Audience.PRIVATE:
            faults.append(FieldError((*loc, "kind"), "contradiction", _("Private persons are no organisation.")))
        if row.per not in PricePer.values:
            faults.append(FieldError((*loc, "per"), "unknown_choice", _("Choose what it is counted by.")))
        for name, value in (("amount", row.amount), ("minimum", row.minimum)):
            if value is not None and not 0 <= value <= _MOST_KRONER:
                faults.append(FieldError((*loc, name), "out_of_range", _("Give kroner, 0 or more.")))
            elif value is not None and value != value.quantize(Decimal("0.01")):
                faults.append(FieldError((*loc, name), "whole_ore", _("Give at most two decimals.")))
        key = (row.audience, row.kind, row.per)
        if key in seen:
            faults.append(FieldError((*loc, "audience"), "twice", _("There is a price for these already.")))
        seen.add(key)
    if faults:
        raise Invalid.of(faults)
    column: dict[str, Any] = {"resource": owner} if isinstance(owner, Resource) else {"unit": owner}
    locked(type(owner), owner.pk)
    PriceRule.objects.filter(**column).delete()
    made = PriceRule.objects.bulk_create(
        PriceRule(
            audience=row.audience, organisation_kind=row.kind, amount=row.amount, per=row.per, minimum=row.minimum,
            **column,
        )
        for row in rows
    )  # fmt: skip
    record(owner, "prices_set", by=by, now=now, data={"rows": len(made)})
    _tell(owner)
    return made


@transaction.atomic
def save_requirement(
    *, values: Mapping[str, Any], requirement: PermitRequirement | None = None, now: datetime, by: Any = None
) -> PermitRequirement:
    """Make a requirement, or change ``requirement``. Other words give it another version. Raises ``Invalid`` by field.

    Cases that have it already keep it; where each stands doesn't change.
    """
    row = locked(PermitRequirement, requirement.pk) if requirement is not None else PermitRequirement()
    given = tidy(PermitRequirement, values, allowed=_REQUIREMENT)
    reworded = row.pk is not None and any(name in given and getattr(row, name) != given[name] for name in _WORDS)
    for name, value in given.items():
        setattr(row, name, value)
    check_row(row)
    faults: list[FieldError] = []
    owners = [one for one in (row.resource, row.unit, row.use) if one is not None]
    if len(owners) != 1:
        message = _("Choose one: a thing, a unit, or a kind of use.")
        faults.append(FieldError(("resource",), "one_owner", message))
    if row.granting_unit is None and not row.granted_by:
        faults.append(FieldError(("granted_by",), "required", _("Say who grants it: a unit, or somebody else.")))
    if row.granting_unit is not None:
        row.granted_by = ""
    if row.replaces is not None:
        if row.use is not None or row.replaces_id == row.pk:
            faults.append(
                FieldError(("replaces",), "contradiction", _("Only for a thing or a unit, and not in place of itself."))
            )
        elif row.replaces.replaces_id is not None and row.replaces.replaces_id == row.pk:
            faults.append(FieldError(("replaces",), "loop", _("These two would take each other's place.")))
    if row.waived and row.replaces is None:
        faults.append(FieldError(("replaces",), "required", _("Say what isn't needed here.")))
    if row.severity != "info" and not row.blocking:
        faults.append(
            FieldError(
                ("severity",), "contradiction",
                _("What the loan can take place without can't hold its answer back."),
            )
        )  # fmt: skip
    if faults:
        raise Invalid.of(faults)
    if reworded:
        row.version += 1
    row.save()
    record(row, "changed" if requirement is not None else "created", by=by, now=now)
    if owners and not isinstance(owners[0], UseKind):
        _tell(owners[0])
    return row


@transaction.atomic
def save_use(
    *, values: Mapping[str, Any], use: UseKind | None = None, slug: str | None = None, now: datetime, by: Any = None
) -> UseKind:
    """Make a kind of use, or change ``use``; its slug stays: requests hold it. Raises ``Invalid`` by field."""
    row = locked(UseKind, use.pk) if use is not None else UseKind()
    for name, value in tidy(UseKind, values, allowed=_USE).items():
        setattr(row, name, value)
    check_row(row, exclude=["slug"])
    if use is None:
        row = store_with_slug(row, wanted=slug, name=row.name, max_length=60)
    else:
        row.save()
    record(row, "changed" if use is not None else "created", by=by, now=now)
    return row


def _tell(owner: Any) -> None:
    if isinstance(owner, Resource):
        tell(f"resource:{owner.slug}", feed_ids(owner))
    else:
        tell(f"unit:{owner.slug}", Resource.objects.filter(unit=owner).values_list("pk", flat=True), f"unit:{owner.pk}")
