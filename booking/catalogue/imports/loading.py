"""Rows into resources: each row whole or not at all, the second time nothing, and never over what staff wrote.

What the last import wrote is kept per field (`Resource.external_values`). When the list changes a field, the field is
written only if it still reads as the last import left it; else staff have edited it, and the row says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from booking.catalogue import rules, services
from booking.catalogue.imports.mappings import FEATURES, Draft, Mapping, RowRefused, feature_slug
from booking.catalogue.imports.reading import Row, Sheet
from booking.catalogue.models import Feature, Resource, ResourceState, Unit
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError

#: Further from the middle of its own list than any country reaches: swapped coordinates, or another planet's.
FAR_KM = 2500
_PUBLISHED = "_published"
_FEATURES = "_features"
_STOCK = "_stock"


@dataclass
class Outcome:
    """What became of one row: created, updated, published, unchanged or refused; and what to know about it."""

    line: int
    status: str
    name: str = ""
    slug: str = ""
    reason: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """All rows in the order of the file."""

    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, status: str) -> int:
        """How many rows came to that."""
        return sum(1 for outcome in self.outcomes if outcome.status == status)


def load(
    sheet: Sheet,
    mapping: Mapping,
    *,
    source: str,
    now: datetime,
    unit: Unit | None = None,
    publish: bool = False,
) -> Iterator[Outcome]:
    """Store the rows one by one, each in a transaction of its own, and tell what became of each.

    ``unit`` gets the rows that name no unit of their own (default: `default_unit`). New things are drafts;
    ``publish`` shows them when they have a living officer.
    """
    seen: dict[str, int] = {}
    drafts = [_draft(row, mapping) for row in sheet.rows]
    middle = _middle(drafts)
    for row, draft in zip(sheet.rows, drafts, strict=True):
        outcome = Outcome(row.line, "refused")
        try:
            if isinstance(draft, RowRefused):
                raise draft
            if middle is not None and _km_from(middle, draft) > FAR_KM:
                raise RowRefused("geometry", _("this lies far from all others (latitude and longitude swapped?)"))
            outcome.name = draft.values.get("name", "")
            outcome.notes += draft.notes
            if draft.external_id in seen:
                raise RowRefused(
                    "id",
                    _("“%(id)s” stands in line %(line)s already")
                    % {"id": draft.external_id, "line": seen[draft.external_id]},
                )
            with transaction.atomic():
                _store(draft, outcome, source=source, now=now, unit=unit, publish=publish)
            seen[draft.external_id] = row.line
        except RowRefused as refusal:
            outcome.status, outcome.reason = "refused", str(refusal)
        except DomainError as refusal:
            where = ".".join(str(part) for part in refusal.loc) or ", ".join(
                ".".join(map(str, one.loc)) for one in refusal.errors
            )
            outcome.status = "refused"
            outcome.reason = f"{where}: {refusal.text}" if where else refusal.text
        yield outcome


def _draft(row: Row, mapping: Mapping) -> Draft | RowRefused:
    if row.fault:
        return RowRefused("", row.fault)
    try:
        return mapping.draft(row)
    except RowRefused as refusal:
        return refusal


def _spot(draft: Draft | RowRefused) -> tuple[float, float] | None:
    """Latitude and longitude of a draft that is a point."""
    shape = None if isinstance(draft, RowRefused) else draft.values.get("geometry")
    if isinstance(shape, dict) and shape.get("type") == "Point":
        coordinates = shape.get("coordinates")
        if isinstance(coordinates, list) and len(coordinates) >= 2:
            lon, lat = coordinates[:2]
            if isinstance(lat, float) and isinstance(lon, float):
                return lat, lon
    return None


def _middle(drafts: list[Draft | RowRefused]) -> tuple[float, float] | None:
    """The median of the points of a list, when there are enough to have one."""
    spots = [spot for spot in map(_spot, drafts) if spot is not None]
    if len(spots) < 5:
        return None
    return median(lat for lat, _lon in spots), median(lon for _lat, lon in spots)


def _km_from(middle: tuple[float, float], draft: Draft) -> float:
    spot = _spot(draft)
    return 0.0 if spot is None else rules.distance_km(*middle, *spot)


def default_unit() -> Unit | None:
    """The topmost active unit of the municipality: somebody there will hand the things on."""
    return Unit.objects.filter(active=True, parent__isnull=True).order_by("-municipal", "pk").first()


def make_default_unit() -> Unit:
    """A unit for a municipality that has none yet."""
    return services.create_unit(name=booking_settings().municipality_name)


def vanished(source: str, sheet: Sheet, mapping: Mapping) -> int:
    """How many resources of that source are no longer in the file. They are left as they are."""
    listed = set()
    for row in sheet.rows:
        draft = _draft(row, mapping)
        if isinstance(draft, Draft):
            listed.add(draft.external_id)
    return Resource.objects.filter(external_source=source).exclude(external_id__in=listed).count()


def _store(draft: Draft, outcome: Outcome, *, source: str, now: datetime, unit: Unit | None, publish: bool) -> None:
    if draft.only_feature:
        made = not Feature.objects.filter(slug=draft.external_id).exists()
        if made:
            _feature(draft.external_id, draft.values["name"])
        outcome.status, outcome.slug = ("created" if made else "unchanged"), draft.external_id
        return
    if draft.values.get("geometry") is not None:
        # In the form in which it is stored, so that the same outline compares equal next time.
        draft.values["geometry"] = rules.check_geometry(draft.values["geometry"])
    features = {feature_slug(name): name for name in draft.features}
    digest = _digest(draft, sorted(features))
    row = Resource.objects.select_for_update().filter(external_source=source, external_id=draft.external_id).first()
    if row is None:
        row = _create(draft, features, digest, source=source, now=now, unit=unit)
        outcome.status = "created"
    elif row.state == ResourceState.RETIRED:
        outcome.status = "unchanged"
        outcome.notes.append(_("it is retired here and was left alone"))
    elif row.external_hash == digest:
        outcome.status = "unchanged"
    else:
        outcome.status = _merge(row, draft, features, digest, outcome, now=now)
    outcome.slug, outcome.name = row.slug, outcome.name or row.name
    if publish and row.state == ResourceState.DRAFT:
        _publish(row, outcome, now=now)


def _digest(draft: Draft, features: list[str]) -> str:
    facts = [draft.values, features, draft.stock]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _feature(slug: str, name: str) -> Feature:
    found = Feature.objects.filter(slug=slug).first()
    if found is not None:
        return found
    names = FEATURES.get(slug, (name, "", ""))
    return services.save_feature(name=names[0], name_nn=names[1], name_en=names[2], slug=slug)


def _create(
    draft: Draft, features: dict[str, str], digest: str, *, source: str, now: datetime, unit: Unit | None
) -> Resource:
    owner = unit
    if draft.unit:
        owner = Unit.objects.filter(slug=draft.unit, active=True).first()
        if owner is None:
            raise RowRefused("unit", _("there is no unit “%s”") % draft.unit)
    if owner is None:
        raise RowRefused("unit", _("this is missing"))
    return services.create_resource(
        unit=owner,
        now=now,
        stock=draft.stock,
        features=[_feature(slug, name) for slug, name in features.items()],
        external_source=source,
        external_id=draft.external_id,
        external_hash=digest,
        external_values={**draft.values, _FEATURES: sorted(features), _STOCK: draft.stock},
        **draft.values,
    )


def _merge(
    row: Resource, draft: Draft, features: dict[str, str], digest: str, outcome: Outcome, *, now: datetime
) -> str:
    """Bring what the list changed, field by field, past what staff changed."""
    before: dict[str, Any] = row.external_values
    changes: dict[str, Any] = {}
    for name, new in draft.values.items():
        old, current = before.get(name), getattr(row, name)
        if new in (old, current):
            continue
        if current == old or (name not in before and current in ("", None)):
            changes[name] = new
        else:
            outcome.notes.append(_("%(field)s was edited here and stays “%(value)s”") % {
                "field": name, "value": str(current)[:60],
            })  # fmt: skip
    had = set(before.get(_FEATURES, []))
    here = {one.slug: one for one in row.features.all()}
    added = features.keys() - had - here.keys()
    gone = (had - features.keys()) & here.keys()
    if added or gone:
        kept = [feature for slug, feature in here.items() if slug not in gone]
        changes["features"] = kept + [_feature(slug, features[slug]) for slug in sorted(added)]
    if draft.stock != before.get(_STOCK):
        outcome.notes.append(
            _("the list now says %(count)s pieces: change the stock in the admin") % {"count": draft.stock}
        )
    remembered = {**before, **draft.values, _FEATURES: sorted(features), _STOCK: draft.stock}
    told = bool(changes)
    if told:
        services.update_resource(row, changes=changes, now=now)
    # Bookkeeping that nobody sees: no new version, no word to the feeds.
    Resource.objects.filter(pk=row.pk).update(external_hash=digest, external_values=remembered)
    return "updated" if told else "unchanged"


def _publish(row: Resource, outcome: Outcome, *, now: datetime) -> None:
    if row.external_values.get(_PUBLISHED):
        outcome.notes.append(_("it was taken back to draft here and was left so"))
        return
    try:
        with transaction.atomic():
            published = services.publish_resource(row, now=now)
            # What a merge remembered a moment ago must not be lost.
            remembered = Resource.objects.values_list("external_values", flat=True).get(pk=row.pk)
            Resource.objects.filter(pk=row.pk).update(external_values={**remembered, _PUBLISHED: True})
    except DomainError as refusal:
        outcome.notes.append(_("it stays a draft: %s") % refusal.text)
        return
    if outcome.status == "unchanged":
        outcome.status = "published"
    outcome.slug = published.slug
