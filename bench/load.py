"""A municipality of 300 things with a year of granted lines: halls with parts, rooms, cabins, counted equipment.

Made by the same seed every time, past the services (100,000 lines one by one would take an hour), and true to every
rule: when the guards are put back they are asked to check a sample.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from booking.cases.models import Case, Line
from booking.catalogue.models import Cell, Cover, OpeningHours, Resource, ResourceState, Unit, UnitRole, UnitRules
from booking.occupancy import guards
from booking.occupancy.models import Occupancy
from booking.organisations.models import Membership, Organisation

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
YEAR = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 364
SEED = 20260105


@dataclass
class Town:
    """What the bench asks about."""

    resources: list[Resource]
    busy: Resource  # taken every Monday 17:00-19:00 and much else
    quiet: Resource  # nothing on it
    officer: Any
    coach: Any
    unit: Unit
    organisation: Organisation
    lines: int


def build(lines: int) -> Town:
    """Fill an empty, migrated database."""
    town = _catalogue(lines)
    chance = random.Random(SEED)  # noqa: S311
    with transaction.atomic():
        guards.uninstall(connection)
    rows = list(_rows(town, chance, lines))
    _cases(town, rows)
    Occupancy.objects.bulk_create((row for _number, row in rows), batch_size=4000)
    with transaction.atomic():
        guards.install(connection)  # PostgreSQL checks every row of the exclusion constraint here
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return town


def _catalogue(lines: int) -> Town:
    people = get_user_model().objects
    user = people.create_user(email="bench@example.org", name="Bente Benk", is_active=True)
    coach = people.create_user(email="coach@example.org", name="Kari Trener", is_active=True)
    units = []
    for number in range(8):
        unit = Unit.objects.create(name=f"Enhet {number}", slug=f"enhet-{number}", officer=user)
        UnitRules.objects.create(unit=unit, kind="", buffer_after=15 if number % 3 == 0 else None, step_minutes=15)
        OpeningHours.objects.bulk_create(
            OpeningHours(unit=unit, weekday=day, opens=time(7), closes=time(23)) for day in range(7)
        )
        UnitRole.objects.create(user=user, unit=unit, role="officer")
        units.append(unit)
    resources: list[Resource] = []

    def add(name: str, kind: str, cells: Sequence[Cell], parent: Resource | None = None, **fields: Any) -> Resource:
        number = len(resources)
        resource = Resource.objects.create(
            name=name, slug=f"ting-{number}", kind=kind, unit=units[number % 8] if parent is None else parent.unit,
            parent=parent, state=ResourceState.ACTIVE, capacity=10 + number, created_at=NOW, revised_at=NOW,
            search_text=name.lower(), **fields,
        )  # fmt: skip
        Cover.objects.bulk_create(Cover(resource=resource, cell=cell) for cell in cells)
        resources.append(resource)
        if number % 10 == 3:  # some have hours of their own
            OpeningHours.objects.bulk_create(
                OpeningHours(resource=resource, weekday=day, opens=time(8), closes=time(22)) for day in range(7)
            )
        return resource

    for hall in range(10):
        thirds = [Cell.objects.create(code=f"hall-{hall}-{part}") for part in "abc"]
        whole = add(f"Hall {hall}", "venue", thirds)
        for part, cell in zip("ABC", thirds, strict=True):
            add(f"Hall {hall}, del {part}", "venue", [cell], whole)
    for number in range(20):
        cell = Cell.objects.create(code=f"stoler-{number}", exclusive=False, quantity=40)
        add(f"Stoler {number}", "equipment", [cell])
    while len(resources) < 300:
        number = len(resources)
        cell = Cell.objects.create(code=f"rom-{number}")
        add(f"{'Hytte' if number % 24 == 0 else 'Rom'} {number}", "venue", [cell])
    # The wall clock of the quiet one is UTC, so that a bench can hand out its time without minding clock changes.
    Resource.objects.filter(pk=resources[-1].pk).update(timezone="UTC")
    organisation = Organisation.objects.create(
        name="Lilleby idrettslag", slug="lilleby-il", state="verified", created_at=NOW
    )
    Membership.objects.create(user=coach, organisation=organisation, role="leader")
    return Town(resources, resources[-2], resources[-1], user, coach, units[0], organisation, lines)


def find() -> Town:
    """The town of a database that has been filled already."""
    resources = list(Resource.objects.filter(slug__startswith="ting-").order_by("pk"))
    people = get_user_model().objects
    return Town(
        resources,
        resources[-2],
        resources[-1],
        people.get(email="bench@example.org"),
        people.get(email="coach@example.org"),
        Unit.objects.get(slug="enhet-0"),
        Organisation.objects.get(slug="lilleby-il"),
        Line.objects.filter(case__reference__startswith="2025-").count(),
    )


def _rows(town: Town, chance: random.Random, lines: int) -> Iterator[tuple[int, Occupancy]]:
    """(number of the line, row): as many lines as asked, none over another."""
    covers: dict[int, list[Cell]] = {}
    for cover in Cover.objects.select_related("cell").order_by("cell_id"):
        covers.setdefault(cover.resource_id, []).append(cover.cell)
    after = {town.resources[0].unit_id: 0} | {row.unit_id: row.buffer_after or 0 for row in UnitRules.objects.all()}
    number = 0

    def make(
        resource: Resource, start: datetime, length: timedelta, quantity: int = 1
    ) -> Iterator[tuple[int, Occupancy]]:
        nonlocal number
        number += 1
        buffer = timedelta(minutes=after[resource.unit_id])
        for cell in covers[resource.pk]:
            yield (
                number,
                Occupancy(
                    cell=cell, resource=resource, exclusive=cell.exclusive, start=start, end=start + length,
                    block_start=start, block_end=start + length + buffer, quantity=quantity, klass="claim",
                    status="confirmed", cause_kind="line", cause_id=number,
                    label="Open day" if number % 9 == 0 else "", long=length + buffer > timedelta(hours=48),
                ),
            )  # fmt: skip

    busy = [town.busy]
    slots = [7, 9, 11, 13, 15, 17, 19]  # UTC; two hours less a quarter, so that a buffer fits
    short = timedelta(minutes=105)
    for day in range(DAYS):
        if (YEAR + timedelta(days=day)).weekday() == 0 and number < lines:
            yield from make(busy[0], YEAR + timedelta(days=day, hours=17), short)
    others = [one for one in town.resources if one not in (town.busy, town.quiet)]
    wholes = {one.parent_id for one in others if one.parent_id}
    places = [one for one in others if one.parent_id is None]
    per_place: dict[int, list[tuple[int, int]]] = {}
    while number < lines:
        place = chance.choice(places)
        if place.pk not in per_place:
            taken = [(day, slot) for day in range(DAYS) for slot in slots]
            chance.shuffle(taken)
            per_place[place.pk] = taken
        if not per_place[place.pk]:
            continue
        day, slot = per_place[place.pk].pop()
        start = YEAR + timedelta(days=day, hours=slot)
        if place.name.startswith("Hytte"):
            if day % 7 == 4 and slot == 15 and day + 4 < DAYS:  # a long weekend, over two days
                per_place[place.pk] = [one for one in per_place[place.pk] if not day <= one[0] <= day + 3]
                if not any(day - 1 <= one < day + 4 for one in _used.setdefault(place.pk, set())):
                    _used[place.pk].update(range(day, day + 4))
                    yield from make(place, start, timedelta(days=3))
            elif day not in _used.setdefault(place.pk, set()):
                _used[place.pk].add(day)
                yield from make(place, start, short)
        elif place.kind == "equipment":
            yield from make(place, start, short, quantity=chance.randint(1, 40))
        elif place.pk in wholes and chance.random() < 0.7:
            parts = [one for one in others if one.parent_id == place.pk]
            for part in chance.sample(parts, chance.randint(1, 3)):
                if number < lines:
                    yield from make(part, start, short)
        else:
            yield from make(place, start, short)


_used: dict[int, set[int]] = {}


def _cases(town: Town, rows: list[tuple[int, Occupancy]]) -> None:
    """A case of ten lines for every ten lines, and the line that each row belongs to."""
    first = dict(reversed(rows))
    numbers = sorted(first)
    cases = Case.objects.bulk_create(
        (
            Case(
                reference=f"2025-{index:05d}", organisation=town.organisation, requester=town.coach, title="Trening",
                unit=town.unit, officer=town.officer, state="granted", waiting_on="nobody", received_at=NOW,
                answer_by=date(2026, 1, 19), answered_at=NOW, revised_at=NOW,
            )
            for index in range((len(numbers) + 9) // 10)
        ),
        batch_size=2000,
    )  # fmt: skip
    lines = Line.objects.bulk_create(
        (
            Line(
                case=cases[index // 10], number=index % 10 + 1, resource_id=first[number].resource_id,
                quantity=first[number].quantity, start=first[number].start, end=first[number].end, state="granted",
                created_at=NOW, revised_at=NOW,
            )
            for index, number in enumerate(numbers)
        ),
        batch_size=2000,
    )  # fmt: skip
    of_number = {number: line.pk for number, line in zip(numbers, lines, strict=True)}
    for number, row in rows:
        row.cause_id = of_number[number]
