"""What can be lent: features, resources, cells, hours, prices, permits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking.catalogue import services as catalogue
from booking.catalogue.models import Cell, Cover, Feature, PermitRequirement, PriceRule, Resource, Unit
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from municipality.lilleby.content import THINGS
from municipality.lilleby.content.calendar import school_holidays_between
from municipality.lilleby.content.kinds import LANGUAGES, Thing
from municipality.lilleby.content.town import polygon
from municipality.lilleby.content.words import FEATURES


def build_things(people: dict[str, Any], units: dict[str, Unit], *, now: datetime) -> dict[str, Resource]:
    """Every thing of the content, published, by slug. Things that name the same piece share its cell."""
    features = {
        slug: catalogue.save_feature(name=text.nb, name_nn=text.nn, name_en=text.en, slug=slug)
        for slug, text in FEATURES.items()
    }
    made: dict[str, Resource] = {}
    for thing in THINGS:
        made[thing.slug] = _create(thing, people, units, features, made, now)
    _cover(made, now)
    for thing in THINGS:
        resource = made[thing.slug]
        _hours(thing, resource, now)
        PriceRule.objects.bulk_create(
            PriceRule(resource=resource, audience=price.audience, amount=price.kroner, per=price.per)
            for price in thing.prices
        )
        PermitRequirement.objects.bulk_create(
            PermitRequirement(resource=resource, what=what, granted_by=by) for what, by in thing.permits
        )
        made[thing.slug] = catalogue.publish_resource(resource, now=now)
    return made


def _create(
    thing: Thing, people: dict[str, Any], units: dict[str, Unit], features: dict[str, Feature],
    made: dict[str, Resource], now: datetime,
) -> Resource:  # fmt: skip
    access = thing.access
    rules = {
        f"house_rules{'' if language == 'nb' else '_' + language}": "\n".join(
            rule.get(language) for rule in thing.house_rules
        )
        for language in LANGUAGES
    }
    stock: dict[str, Any] = {"stock": thing.stock} if thing.stock else {"covers": None}
    return catalogue.create_resource(
        name=thing.name.nb, name_nn=thing.name.nn, name_en=thing.name.en, slug=thing.slug, kind=thing.kind,
        unit=units[thing.unit], officer=people[thing.officer], deputy=people[thing.deputy],
        parent=made.get(thing.parent), summary=thing.summary.nb, summary_nn=thing.summary.nn,
        summary_en=thing.summary.en, capacity=thing.capacity, address=thing.address,
        geometry=polygon(thing.outline) if thing.outline else None,
        features=[features[slug] for slug in thing.features],
        step_free=access.step_free, accessible_toilet=access.accessible_toilet, hearing_loop=access.hearing_loop,
        lift=access.lift, quiet_room=access.quiet_room, door_width_cm=access.door_width_cm,
        owner=thing.owner, owner_name=thing.owner_name, basis_of_use=thing.basis,
        now=now, **rules, **thing.rules, **stock,
    )  # fmt: skip


def _cover(made: dict[str, Resource], now: datetime) -> None:
    """A piece is a new cell, unless it is called like a counted thing ("ski-120*3": three of those)."""
    cells: dict[str, Cell] = {}
    for thing in THINGS:
        if not thing.cells:
            continue
        covers: dict[Cell, int] = {}
        for named in thing.cells:
            name, _star, amount = named.partition("*")
            if name not in cells:
                counted = amount and Cover.objects.filter(resource=made[name]).select_related("cell").first()
                cells[name] = counted.cell if counted else catalogue.new_cell(made[thing.slug], name=name)
            covers[cells[name]] = int(amount or 1)
        catalogue.set_cover(made[thing.slug], covers=covers, now=now)


def _hours(thing: Thing, resource: Resource, now: datetime) -> None:
    if thing.hours:
        rows = [catalogue.Hours(day, one.opens, one.closes) for one in thing.hours for day in one.weekdays]
        catalogue.set_opening_hours(resource, hours=rows, now=now)
    if not (thing.school_holidays or thing.closed_in_school_holidays):
        return
    today = local_date(now, booking_settings().tz)
    opens, closes = thing.school_holidays or (None, None)
    for holiday in school_holidays_between(today - timedelta(days=60), today + timedelta(days=400)):
        catalogue.add_opening_exception(
            resource, start=holiday.first, end=holiday.last, opens=opens, closes=closes, reason=holiday.name.nb, now=now
        )
