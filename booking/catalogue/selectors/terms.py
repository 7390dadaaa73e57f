"""What a loan costs and what it takes: prices, permits and kinds of use as they hold after inheritance (N11, N12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from booking.catalogue import rules
from booking.catalogue.models import PermitRequirement, PriceRule, Resource, Unit, UseKind
from booking.catalogue.rules import PriceTerm, Requirement, UseTerm
from booking.catalogue.selectors.lending import Lineage, lineage

_TEXTS = ("what", "what_nn", "what_en", "help", "help_nn", "help_en")
_NAMES = ("name", "name_nn", "name_en")


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices by resource (nearest level first), requirements by resource and by kind of use, and the kinds of use."""

    prices: Mapping[int, tuple[PriceTerm, ...]]
    on_resource: Mapping[int, tuple[Requirement, ...]]
    on_use: Mapping[str, tuple[Requirement, ...]]
    uses: tuple[UseTerm, ...]
    _held: dict[Any, tuple[Requirement, ...]] = field(default_factory=dict, repr=False)

    def requirements(self, resource_id: int, uses: Collection[str] = ()) -> tuple[Requirement, ...]:
        """What a loan of the thing takes, with what is to happen there (slugs of kinds of use)."""
        key = (resource_id, frozenset(uses))
        if key not in self._held:
            found = [*self.on_resource.get(resource_id, ())]
            for slug in sorted(key[1]):
                found += self.on_use.get(slug, ())
            self._held[key] = rules.holding(found)
        return self._held[key]


def terms(resources: Sequence[Any], *, line: Lineage | None = None) -> Terms:
    """For these resources. Three queries besides the lineage."""
    line = line or lineage(resources)
    ids = set(line.ancestors)
    prices: dict[tuple[str, int], list[PriceTerm]] = {}
    for row in PriceRule.objects.filter(Q(resource_id__in=ids) | Q(unit_id__isnull=False)).order_by("pk"):
        term = term_of(row)
        prices.setdefault(_owner(row), []).append(term)
    needs: dict[tuple[str, int], list[Requirement]] = {}
    on_use: dict[str, list[Requirement]] = {}
    for need in (
        PermitRequirement.objects.filter(Q(resource_id__in=ids) | Q(resource_id__isnull=True), active=True)
        .select_related("granting_unit", "use")
        .order_by("pk")
    ):
        one = requirement_of(need)
        if need.use is not None:
            on_use.setdefault(need.use.slug, []).append(one)
        else:
            needs.setdefault(_owner(need), []).append(one)
    found_prices: dict[int, tuple[PriceTerm, ...]] = {}
    found_needs: dict[int, tuple[Requirement, ...]] = {}
    memo: dict[tuple[tuple[str, int], ...], tuple[PriceTerm, ...]] = {}
    for resource in resources:
        own = [("resource", one) for one in (resource.pk, *line.parents(resource))]
        levels = [*own, *(("unit", one) for one in line.unit_line(resource.unit_id))]
        spoken = tuple(level for level in levels if level in prices)
        if spoken not in memo:
            memo[spoken] = rules.inherit_prices([prices[level] for level in spoken])
        found_prices[resource.pk] = memo[spoken]
        found_needs[resource.pk] = tuple(one for level in levels for one in needs.get(level, ()))
    return Terms(found_prices, found_needs, {slug: tuple(found) for slug, found in on_use.items()}, use_terms())


def prices(resources: Sequence[Resource], *, line: Lineage | None = None) -> dict[int, list[PriceTerm]]:
    """Price rules that hold for each resource (``rules.price``); [] means free."""
    return {pk: list(found) for pk, found in terms(resources, line=line).prices.items()}


def price_levels(resource_ids: Sequence[int], unit_ids: Sequence[int]) -> list[list[PriceTerm]]:
    """The rules of these things, then of these units, each level by itself. One query."""
    rows = PriceRule.objects.filter(Q(resource_id__in=resource_ids) | Q(unit_id__in=unit_ids)).order_by("pk")
    found: dict[tuple[str, int], list[PriceTerm]] = {}
    for row in rows:
        found.setdefault(_owner(row), []).append(term_of(row))
    levels = [*(("resource", pk) for pk in resource_ids), *(("unit", pk) for pk in unit_ids)]
    return [found[level] for level in levels if level in found]


def use_terms() -> tuple[UseTerm, ...]:
    """The kinds of use that are asked about, by name. One query."""
    return tuple(
        UseTerm(row.slug, row.heads_over, {name: getattr(row, name) for name in (*_NAMES, *_TEXTS[3:])})
        for row in UseKind.objects.filter(active=True)
    )


def term_of(row: PriceRule) -> PriceTerm:
    """A row as the rules take it."""
    kind, pk = _owner(row)
    return PriceTerm(row.audience, row.organisation_kind, row.amount, row.per, row.minimum, f"{kind}:{pk}")


def requirement_of(row: PermitRequirement) -> Requirement:
    """A row as the rules take it; its granting unit should be at hand."""
    unit: Unit | None = row.granting_unit
    granter = {name: getattr(unit, name) for name in _NAMES} if unit is not None else {"name": row.granted_by}
    return Requirement(
        id=row.pk,
        kind=row.kind,
        texts={name: getattr(row, name) for name in _TEXTS},
        granter=granter,
        granting_unit=row.granting_unit_id,
        url=row.url,
        phone=row.phone or (unit.phone if unit is not None else ""),
        blocking=row.blocking,
        severity=row.severity,
        days_before=row.days_before,
        replaces=row.replaces_id,
        waived=row.waived,
        version=row.version,
    )


def _owner(row: Any) -> tuple[str, int]:
    if row.resource_id is not None:
        return ("resource", row.resource_id)
    return ("unit", row.unit_id)
