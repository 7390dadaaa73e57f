"""How a resource looks to other programs (api.md "Catalogue and time"): shapes for OpenAPI, and their rendering.

The views stand in ``occupancy.api``, since lists can ask for what is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers as s

from booking.catalogue import registry, selectors
from booking.catalogue.models import (
    Approval,
    Kind,
    Known,
    Owner,
    PendingPolicy,
    PricePer,
    RequirementKind,
    RequirementSeverity,
    Resource,
)
from booking.catalogue.rules import CURRENCY
from booking.catalogue.rules.requirements import facts_of
from booking.catalogue.wording import rule_words
from booking.foundation.conf import booking_settings
from booking.foundation.doors.plain_json import compact
from booking.foundation.i18n import localized


class UnitShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()
    email = s.CharField()
    phone = s.CharField()


class NameShape(s.Serializer[Any]):
    name = s.CharField(allow_null=True, help_text="null where the municipality hides names")


class RulesShape(s.Serializer[Any]):
    """The effective rules, after inheritance."""

    min_minutes = s.IntegerField(allow_null=True)
    max_minutes = s.IntegerField(allow_null=True)
    step_minutes = s.IntegerField()
    lead_hours = s.IntegerField()
    horizon_days = s.IntegerField(allow_null=True)
    buffer_before = s.IntegerField(help_text="minutes")
    buffer_after = s.IntegerField(help_text="minutes")


class OpeningShape(s.Serializer[Any]):
    weekday = s.IntegerField(help_text="0 is Monday")
    opens = s.CharField(help_text="HH:MM, wall clock")
    closes = s.CharField(help_text="HH:MM; 00:00 or earlier than opens: the next day")
    valid_from = s.DateField(allow_null=True)
    valid_to = s.DateField(allow_null=True)


class PriceShape(s.Serializer[Any]):
    audience = s.CharField()
    organisation_kind = s.CharField(allow_null=True, help_text="null: every kind")
    amount = s.CharField(help_text="kroner")
    per = s.ChoiceField(choices=PricePer.choices)
    minimum = s.CharField(allow_null=True, help_text="kroner")
    currency = s.CharField(help_text="NOK")
    words = s.CharField()


class PermitShape(s.Serializer[Any]):
    """A permit, condition or document that a loan takes."""

    what = s.CharField()
    granted_by = s.CharField()
    blocking = s.BooleanField(help_text="without it the loan can't take place")
    kind = s.ChoiceField(choices=RequirementKind.choices)
    help = s.CharField()
    url = s.CharField(allow_null=True)
    phone = s.CharField(allow_null=True)
    days_before = s.IntegerField(help_text="in place so many days before the loan")
    severity = s.ChoiceField(choices=RequirementSeverity.choices, help_text="what it means before the loan is granted")


class UseShape(s.Serializer[Any]):
    """Something that happens during a loan, and what it takes besides; `uses` of a request names it."""

    slug = s.SlugField()
    name = s.CharField()
    heads_over = s.IntegerField(allow_null=True, help_text="meant by itself when more people come")
    permits = PermitShape(many=True)


class FeatureShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class AccessShape(s.Serializer[Any]):
    step_free = s.ChoiceField(choices=Known.choices)
    accessible_toilet = s.ChoiceField(choices=Known.choices)
    hearing_loop = s.ChoiceField(choices=Known.choices)
    lift = s.ChoiceField(choices=Known.choices)
    quiet_room = s.ChoiceField(choices=Known.choices)
    door_width_cm = s.IntegerField(allow_null=True)


class ResourceItemShape(s.Serializer[Any]):
    """A resource in a list."""

    slug = s.CharField()
    name = s.CharField()
    kind = s.ChoiceField(choices=Kind.choices)
    summary = s.CharField()
    unit = UnitShape()
    capacity = s.IntegerField(allow_null=True)
    quantity = s.IntegerField()
    features = s.ListField(child=s.CharField(), help_text="slugs")
    parent = s.CharField(allow_null=True, help_text="slug")
    address = s.CharField()
    timezone = s.CharField()
    approval = s.ChoiceField(choices=Approval.choices)
    page_url = s.CharField(allow_null=True)
    feed_url = s.CharField()
    url = s.CharField(help_text="this resource in the API")


class ResourceShape(ResourceItemShape):
    """A resource with everything that one must know before asking."""

    officer = NameShape(allow_null=True)
    deputy = NameShape(allow_null=True)
    parts = s.ListField(child=s.CharField(), help_text="slugs")
    geometry = s.JSONField(allow_null=True, help_text="GeoJSON geometry, WGS84")
    opening_hours = OpeningShape(many=True)
    rules = RulesShape()
    pending_policy = s.ChoiceField(choices=PendingPolicy.choices)
    house_rules = s.CharField()
    price = PriceShape(many=True, help_text="empty: free")
    permits = PermitShape(many=True)
    uses = UseShape(many=True)
    accessibility = AccessShape()
    owner = s.ChoiceField(choices=Owner.choices)
    basis_of_use = s.CharField()
    promise_days = s.IntegerField(help_text="working days until an answer")


#: The rules that an asker needs before asking.
RULES_SHOWN = (
    "min_minutes",
    "max_minutes",
    "step_minutes",
    "lead_hours",
    "horizon_days",
    "buffer_before",
    "buffer_after",
)


def base_url() -> str:
    """Scheme and host of the addresses in answers."""
    return booking_settings().public_base_url


def feed_url(slug: str) -> str:
    """The public calendar of a resource (feeds.md "HTTP"); the name is fixed."""
    return f"{base_url()}/feeds/resource-{slug}.ics"


def absolute(url: str | None) -> str | None:
    """A path with scheme and host in front."""
    return base_url() + url if url and url.startswith("/") else url


def item_rows(resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """The list form of these resources (each with its unit fetched), in order. Constant number of queries."""
    line = selectors.lineage(resources)
    effective = selectors.effective_rules(resources, line=line)
    counts = selectors.quantities(resources)
    pages = selectors.page_urls(resources)
    ids = [resource.pk for resource in resources]
    features: dict[int, list[str]] = {}
    for pk, slug in (
        Resource.features.through.objects.filter(resource_id__in=ids)
        .order_by("feature__slug")
        .values_list("resource_id", "feature__slug")
    ):
        features.setdefault(pk, []).append(slug)
    parents = dict(
        Resource.objects.filter(pk__in={r.parent_id for r in resources if r.parent_id}).values_list("pk", "slug")
    )
    base, default_zone = base_url(), booking_settings().timezone
    units: dict[int, dict[str, Any]] = {}
    rows = []
    for resource in resources:
        if resource.unit_id not in units:
            unit = resource.unit
            units[resource.unit_id] = {
                "slug": unit.slug, "name": localized(unit, "name"), "email": unit.email, "phone": unit.phone
            }  # fmt: skip
        rows.append(
            {
                "slug": resource.slug,
                "name": localized(resource, "name"),
                "kind": resource.kind,
                "summary": localized(resource, "summary"),
                "unit": units[resource.unit_id],
                "capacity": resource.capacity,
                "quantity": counts[resource.pk],
                "features": features.get(resource.pk, []),
                "parent": parents.get(resource.parent_id) if resource.parent_id else None,
                "address": resource.address,
                "timezone": resource.timezone or default_zone,
                "approval": effective[resource.pk].approval,
                "page_url": absolute(pages.get(resource.pk)),
                "feed_url": f"{base}/feeds/resource-{resource.slug}.ics",
                "url": f"{base}/api/booking/v1/resources/{resource.slug}/",
            }
        )
    return rows


def items_json(things: Sequence[selectors.Thing], known: selectors.Snapshot) -> list[str]:
    """The list form of these things as JSON, in the active language. Rendered once per snapshot."""
    kept: dict[int, str] = {}
    if registry.page_urls_may_be_kept():
        kept = known.derived.setdefault(("items", get_language()), kept)
    missing = [thing.pk for thing in things if thing.pk not in kept]
    if missing:
        rows = list(Resource.objects.filter(pk__in=missing).select_related("unit").order_by())
        for resource, row in zip(rows, item_rows(rows), strict=True):
            kept[resource.pk] = compact(row)
    # What was deleted a moment ago isn't there any more.
    return [kept[thing.pk] for thing in things if thing.pk in kept]


def detail_row(resource: Resource, *, on: date, names: bool) -> dict[str, Any]:
    """The full form. ``names``: officer and deputy may be named to this reader (else their names are null)."""
    line = selectors.lineage([resource])
    terms = selectors.terms([resource], line=line)
    rules = selectors.effective_rules([resource], line=line)[resource.pk]
    who = selectors.responsibles([resource], on, line=line)[resource.pk]
    parts = selectors.public_resources().filter(parent=resource).order_by("slug").values_list("slug", flat=True)

    def named(user: Any) -> dict[str, Any] | None:
        if user is None:
            return None
        return {"name": user.get_full_name() if names else None}

    return item_rows([resource])[0] | {
        "officer": named(who.officer),
        "deputy": named(who.deputy),
        "parts": list(parts),
        "geometry": resource.geometry,
        "opening_hours": [
            {
                "weekday": row.weekday,
                "opens": f"{row.opens:%H:%M}",
                "closes": f"{row.closes:%H:%M}",
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
            }
            for row in selectors.opening_hours_of(resource, line=line)
        ],
        "rules": {
            name: getattr(rules, name)
            for name in RULES_SHOWN
        },
        "pending_policy": rules.pending_policy,
        "house_rules": localized(rules, "house_rules"),
        "price": [
            {
                "audience": term.audience,
                "organisation_kind": term.kind or None,
                "amount": f"{term.amount:.2f}",
                "per": term.per,
                "minimum": None if term.minimum is None else f"{term.minimum:.2f}",
                "currency": CURRENCY,
                "words": rule_words(term),
            }
            for term in terms.prices[resource.pk]
        ],
        "permits": [facts_of(one) for one in terms.requirements(resource.pk)],
        "uses": [
            {
                "slug": use.slug,
                "name": use.name,
                "heads_over": use.heads_over,
                "permits": [facts_of(one) for one in terms.on_use.get(use.slug, ())],
            }
            for use in terms.uses
            if resource.kind in (Kind.VENUE, Kind.AREA)
        ],
        "accessibility": {
            name: getattr(resource, name)
            for name in ("step_free", "accessible_toilet", "hearing_loop", "lift", "quiet_room", "door_width_cm")
        },
        "owner": resource.owner,
        "basis_of_use": resource.basis_of_use,
        "promise_days": selectors.promise_days(resource.unit, line=line),
    }  # fmt: skip
