"""Resources from the first draft to the day they are retired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import rules
from booking.catalogue.models import Cell, Cover, Feature, Resource, ResourceState
from booking.catalogue.rules import RULE_FIELDS
from booking.catalogue.selectors.people import responsible
from booking.catalogue.services.common import (
    check_no_loop,
    check_row,
    feed_ids,
    local_day,
    locked,
    record,
    store_with_slug,
    tell,
    tidy,
)
from booking.foundation.clock import zone
from booking.foundation.errors import Invalid, Stale, Unmet, WrongState

_FIELDS = {
    "name", "name_nn", "name_en", "kind", "public", "unit", "parent", "officer", "deputy", "summary", "summary_nn",
    "summary_en", "capacity", "address", "timezone", "step_free", "accessible_toilet", "hearing_loop", "lift",
    "quiet_room", "door_width_cm", "owner", "owner_name", "basis_of_use", "external_source", "external_id",
    "external_hash", "external_values", *RULE_FIELDS,
}  # fmt: skip
MAX_STOCK = 1_000_000


@transaction.atomic
def create_resource(
    *,
    name: str,
    kind: str,
    unit: Any,
    now: datetime,
    slug: str | None = None,
    covers: Iterable[Cell] | str | None = "own",
    stock: int | None = None,
    features: Iterable[Feature] = (),
    geometry: Any = None,
    by: Any = None,
    **fields: Any,
) -> Resource:
    """A new thing, as a draft.

    ``covers``: "own" (a cell of its own), given cells, or None (nothing yet; it can't be taken). ``stock``: a counted
    thing, that many. ``fields``: columns of ``Resource``. Raises ``Invalid`` by field.
    """
    values = tidy(Resource, {"name": name, "kind": kind, "unit": unit, **fields}, allowed=_FIELDS)
    resource = Resource(state=ResourceState.DRAFT, created_at=now, revised_at=now, **values)
    if geometry is not None:
        _put_geometry(resource, geometry)
    _check(resource)
    chosen = list(features)
    resource.search_text = _search_text(resource, chosen)
    store_with_slug(resource, wanted=slug, name=resource.name, max_length=80)
    resource.features.set(chosen)
    if stock is not None and covers == "own":
        covers = [new_cell(resource, quantity=check_stock(stock))]
    elif covers == "own":
        covers = [new_cell(resource)]
    elif stock is not None or isinstance(covers, str):
        raise Invalid("bad_cover", _("A counted thing has a stock of its own."), loc=("stock",))
    Cover.objects.bulk_create(Cover(resource=resource, cell=cell) for cell in covers or ())
    record(resource, "created", by=by, now=now)
    tell(f"resource:{resource.slug}", [resource.pk])
    return resource


def new_cell(resource: Resource, *, quantity: int | None = None, name: str = "") -> Cell:
    """A cell named after the resource. ``quantity``: a counted one."""
    code = f"resource-{resource.pk}{'-' + name if name else ''}"
    number = 1
    while Cell.objects.filter(code=code if number == 1 else f"{code}-{number}").exists():
        number += 1
    return Cell.objects.create(
        code=code if number == 1 else f"{code}-{number}", exclusive=quantity is None, quantity=quantity or 1
    )


def check_stock(stock: int) -> int:
    """``stock`` when it is a count of things. Raises ``Invalid``."""
    if isinstance(stock, bool) or not isinstance(stock, int) or not 1 <= stock <= MAX_STOCK:
        raise Invalid(
            "bad_stock", _("Give a number between 1 and %(most)s."), loc=("stock",), params={"most": MAX_STOCK}
        )
    return stock


@transaction.atomic
def update_resource(
    resource: Resource, *, changes: Mapping[str, Any], now: datetime, by: Any = None, if_version: int | None = None
) -> Resource:
    """Change columns of a resource; ``features`` and ``geometry`` may be among them. Nothing changed: nothing written.

    What others build on (version, revision time, search text, feeds) follows in the same transaction. Raises
    ``Invalid`` by field, ``Stale`` when ``if_version`` is no longer the version, ``Unmet`` (``unowned``) when a
    published thing would lose its living officer, ``WrongState`` for a retired one.
    """
    row = locked(Resource, resource.pk)
    if if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed this in the meantime. Look at it again."))
    if row.state == ResourceState.RETIRED:
        raise WrongState("retired", _("This is retired and is kept as it was."))
    rest = dict(changes)
    features = list(rest.pop("features")) if rest.get("features") is not None else None
    rest.pop("features", None)
    has_geometry = "geometry" in rest
    geometry = rest.pop("geometry", None)
    values = tidy(Resource, rest, allowed=_FIELDS)
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    if has_geometry:
        before = row.geometry
        _put_geometry(row, geometry)
        if row.geometry != before:
            changed |= {"geometry", "min_lon", "min_lat", "max_lon", "max_lat"}
    regrouped = features is not None and set(features) != set(row.features.all())
    if not changed and not regrouped:
        return row
    _check(row)
    if regrouped and features is not None:
        row.features.set(features)
    row.search_text = _search_text(row, row.features.all())
    named = sorted((changed | ({"features"} if regrouped else set())) - {"min_lon", "min_lat", "max_lon", "max_lat"})
    record(row, "changed", by=by, now=now, data={"fields": named})
    return _store(row, changed, now, require_owner=bool({"unit", "parent", "officer"} & changed))


def _store(row: Resource, changed: set[str], now: datetime, *, require_owner: bool = False) -> Resource:
    """Save with a new version, and tell the feeds of the thing and its parts."""
    row.version += 1
    row.revised_at = max(now, row.revised_at)
    row.save(update_fields=[*changed, "version", "revised_at", "search_text"])
    if require_owner and row.state == ResourceState.ACTIVE:
        _require_owner(row, now)
    tell(f"resource:{row.slug}", feed_ids(row))
    return row


def _check(resource: Resource) -> None:
    """All that must hold for any stored resource. Raises ``Invalid`` by field."""
    check_row(resource, exclude=["slug", "created_at", "revised_at", "search_text", "external_values", "geometry"])
    if resource.timezone:
        try:
            zone(resource.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Invalid("unknown_zone", _("There is no such time zone."), loc=("timezone",)) from None
    for name in ("officer", "deputy"):
        person = getattr(resource, name)
        if person is not None and not person.is_active:
            raise Invalid("inactive_user", _("This person can't sign in any more."), loc=(name,))
    if resource.deputy_id is not None and resource.deputy_id == resource.officer_id:
        raise Invalid(
            "deputy_is_officer", _("The deputy must be somebody else than the case officer."), loc=("deputy",)
        )
    check_no_loop(resource, _("A thing can't be part of itself."))


def _require_owner(resource: Resource, now: datetime) -> None:
    found = responsible(resource, local_day(now))
    if not found.unit.active:
        raise Unmet("unit_inactive", _("The unit is not active."), items=[{"code": "unit_inactive"}])
    if not found.owned:
        raise Unmet(
            "unowned",
            _("A thing is published only with a case officer who can sign in. Name one here or in the unit."),
            items=[{"code": "unowned", "resource": resource.slug}],
        )


@transaction.atomic
def publish_resource(resource: Resource, *, now: datetime, by: Any = None) -> Resource:
    """Show a draft to everybody. Refused (``Unmet``, code ``unowned``) without a living case officer (needs N5).

    Publishing what is published changes nothing. A retired thing: ``WrongState``; one that covers nothing and so could
    never be taken: ``Unmet`` (``covers_nothing``).
    """
    row = locked(Resource, resource.pk)
    if row.state == ResourceState.RETIRED:
        raise WrongState("retired", _("This is retired and is kept as it was."))
    _require_owner(row, now)
    if not row.covers.exists():
        raise Unmet("covers_nothing", _("Nothing can be lent here yet."), items=[{"code": "covers_nothing"}])
    if row.state == ResourceState.ACTIVE:
        return row
    row.state = ResourceState.ACTIVE
    record(row, "published", by=by, now=now)
    return _store(row, {"state"}, now)


@transaction.atomic
def unpublish_resource(resource: Resource, *, now: datetime, by: Any = None) -> Resource:
    """Take a thing back to draft: nobody outside sees it, granted time stands."""
    row = locked(Resource, resource.pk)
    if row.state == ResourceState.RETIRED:
        raise WrongState("retired", _("This is retired and is kept as it was."))
    if row.state == ResourceState.DRAFT:
        return row
    row.state = ResourceState.DRAFT
    record(row, "unpublished", by=by, now=now)
    return _store(row, {"state"}, now)


@transaction.atomic
def mark_retired(resource: Resource, *, now: datetime, by: Any = None) -> Resource:
    """The last state. The use case is ``occupancy.services.retire_resource``, which first settles granted time."""
    row = locked(Resource, resource.pk)
    if row.state == ResourceState.RETIRED:
        return row
    row.state = ResourceState.RETIRED
    record(row, "retired", by=by, now=now)
    return _store(row, {"state"}, now)


def _put_geometry(resource: Resource, geometry: Any) -> None:
    if geometry is None:
        resource.geometry = None
        resource.min_lon = resource.min_lat = resource.max_lon = resource.max_lat = None
        return
    resource.geometry = rules.check_geometry(geometry)
    box = rules.box_of(resource.geometry)
    resource.min_lon, resource.min_lat, resource.max_lon, resource.max_lat = box


def set_geometry(resource: Resource, *, geometry: Any, now: datetime, by: Any = None) -> Resource:
    """Set or (None) take away the outline: a GeoJSON geometry or Feature in WGS84. Raises ``Invalid``."""
    return update_resource(resource, changes={"geometry": geometry}, now=now, by=by)


def set_features(resource: Resource, *, features: Iterable[Feature], now: datetime, by: Any = None) -> Resource:
    """What the thing has: projector, kitchen, changing rooms ..."""
    return update_resource(resource, changes={"features": list(features)}, now=now, by=by)


def _search_text(resource: Resource, features: Iterable[Feature]) -> str:
    texts = [
        resource.name, resource.name_nn, resource.name_en,
        resource.summary, resource.summary_nn, resource.summary_en, resource.address,
    ]  # fmt: skip
    for feature in sorted(features, key=lambda one: one.pk or 0):
        texts += [feature.name, feature.name_nn, feature.name_en]
    return rules.search_text(*texts)


@transaction.atomic
def save_feature(
    *, name: str, name_nn: str = "", name_en: str = "", slug: str | None = None, feature: Feature | None = None
) -> Feature:
    """Make a feature, or rename ``feature``; the search learns the new name at once."""
    values = tidy(
        Feature, {"name": name, "name_nn": name_nn, "name_en": name_en}, allowed=("name", "name_nn", "name_en")
    )
    if feature is None:
        return store_with_slug(Feature(**values), wanted=slug, name=values["name"], max_length=60)
    row = locked(Feature, feature.pk)
    for key, value in values.items():
        setattr(row, key, value)
    row.save(update_fields=list(values))
    refresh_search_text(Resource.objects.filter(features=row))
    return row


def refresh_search_text(resources: Iterable[Resource] | None = None) -> int:
    """Fold the texts anew where they differ (rows written past the services, a changed folding). Answers how many."""
    rows = Resource.objects.all() if resources is None else resources
    stale = []
    for row in rows.prefetch_related("features") if hasattr(rows, "prefetch_related") else rows:
        text = _search_text(row, row.features.all())
        if text != row.search_text:
            row.search_text = text
            stale.append(row)
    Resource.objects.bulk_update(stale, ["search_text"], batch_size=500)
    return len(stale)
