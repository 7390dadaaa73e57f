"""A small town of things that get in each other's way, in the database and as the oracle knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from booking.catalogue.models import Resource
from booking.occupancy import services
from tests import factories
from tests.occupancy import oracle

OSLO = ZoneInfo("Europe/Oslo")

#: Days around which something is odd: both clock changes, the leap day, New Year, and an ordinary one.
ODD_DAYS = {
    "summer time begins": datetime(2026, 3, 28, 12, tzinfo=UTC),
    "summer time ends": datetime(2026, 10, 24, 12, tzinfo=UTC),
    "29 February": datetime(2028, 2, 28, 12, tzinfo=UTC),
    "New Year": datetime(2026, 12, 31, 6, tzinfo=UTC),
    "an ordinary week": datetime(2026, 5, 4, 6, tzinfo=UTC),
}


@dataclass
class Town:
    resources: list[Resource]
    world: oracle.World


def build_town() -> Town:
    """A hall in thirds (two of them an offer of their own), chairs, kits of chairs and a trolley, a night club."""
    unit = factories.make_unit(owned=False)
    a, b, c, trolley, club, cabin = (factories.make_cell() for _ in range(6))
    chairs = factories.make_cell(quantity=12)
    tables = factories.make_cell(quantity=5)
    plan: list[tuple[str, dict[object, int], int, int, tuple[int, int] | None, str]] = [
        ("whole hall", {a: 1, b: 1, c: 1}, 15, 10, (8, 22), ""),
        ("part A", {a: 1}, 0, 0, None, ""),
        ("part B", {b: 1}, 0, 20, None, ""),
        ("part C", {c: 1}, 7, 3, (8, 22), ""),
        ("A and B", {a: 1, b: 1}, 5, 0, (8, 22), ""),
        ("chairs", {chairs: 1}, 0, 0, None, ""),
        ("chairs with washing", {chairs: 1}, 10, 25, (8, 22), ""),
        ("party kit", {chairs: 4, tables: 1, trolley: 1}, 0, 30, None, ""),
        ("seating for six", {chairs: 6, tables: 2}, 20, 0, None, ""),
        ("night club", {club: 1}, 0, 15, (20, 1), ""),
        ("cabin over there", {cabin: 1}, 0, 0, (9, 17), "America/New_York"),
    ]
    resources, things = [], {}
    for name, cells, before, after, hours, zone in plan:
        resource = factories.make_resource(
            name, unit=unit, cells=[], open=hours, buffer_before=before, buffer_after=after, timezone=zone
        )
        for cell, amount in cells.items():
            factories.cover(resource, cell, amount=amount)
        resources.append(resource)
        things[resource.pk] = oracle.Thing(
            {cell.pk: amount for cell, amount in cells.items()},
            before,
            after,
            None if hours is None else (hours[0] * 60, hours[1] * 60),
            ZoneInfo(zone) if zone else OSLO,
        )
    stock = {cell.pk: cell.quantity for cell in (a, b, c, trolley, club, cabin, chairs, tables)}
    return Town(resources, oracle.World(stock, things))


def moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def as_take(one: oracle.Taken, setup: int = 0, teardown: int = 0) -> services.Take:
    """The oracle's row as what a service is asked for; set-up and tear-down are inside the oracle's times."""
    return services.Take(
        one.thing,
        moment(one.start + setup * 60),
        moment(one.end - teardown * 60),
        one.cause,
        one.quantity,
        setup,
        teardown,
        klass=one.klass,
        status=one.status,
        label=one.label,
    )
