"""Faults, signs on walls, a closure ahead, and a caretaker's link, through the same use cases as people's clicks."""

from __future__ import annotations

from datetime import timedelta

from booking.catalogue.models import Resource
from booking.days.services import make_link
from booking.faults import services as faults
from booking.faults.models import Fault, WallCode
from booking.occupancy.services import close_resource
from municipality.lilleby.builders.life import DECIDES, Town
from municipality.lilleby.content import days as content


def build_days(town: Town) -> None:
    """After the loans: it hangs on things and says what is wrong with them."""
    for slug, code in content.CODES.items():
        WallCode.objects.create(resource=town.things[slug], code=code, made_at=town.now - timedelta(days=90))
    for one in content.FAULTS:
        thing = town.things[one.thing]
        at = town.at(town.today - timedelta(days=one.days_ago), "17:20")
        fault = faults.report_fault(thing, kind=one.kind, words=one.words, now=at)
        if one.state == "looked_at":
            officer = town.people[DECIDES[thing.unit.slug]]
            faults.look_at(fault, by=officer, now=at + timedelta(hours=3))
        Fault.objects.filter(pk=fault.pk).update(too=one.too)
    start = town.at(town.today + timedelta(days=content.CLOSED_IN_DAYS), "08:00")
    close_resource(
        town.things[content.CLOSED], start=start, end=start + timedelta(days=content.CLOSED_FOR_DAYS),
        reason=content.CLOSED_WHY, now=town.now,
    )  # fmt: skip
    hall = Resource.objects.select_related("unit").get(pk=town.things["lillebyhallen"].pk)
    make_link(
        unit=hall.unit, building=hall, label=content.LINK, by=town.people["tone"], now=town.now - timedelta(days=30)
    )
