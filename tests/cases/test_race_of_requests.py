"""32 clients ask for the same time at the same moment: one gets it, no case is lost or half made."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.races import ERROR, TAKEN, WON, race
from booking.cases import drafts, services
from booking.cases.models import Case, Event, Line
from booking.catalogue.models import Cell
from booking.correspondence.models import OutboxMessage
from booking.foundation import errors
from booking.occupancy.models import Occupancy
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.slow,
    pytest.mark.race,
]

CLIENTS = 32
#: The race for the time itself runs 100 times (tests/occupancy); this one is for what is made around it.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "40"))
#: After the clock change, so that the two series stand at the same hour in all their weeks.
MONDAY = datetime(2026, 4, 6, 8, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
SINGLE, SERIES, STOCK = "single", "series", "stock"


def shape(number: int) -> str:
    return [SINGLE, SERIES, SINGLE, STOCK][number % 4]


def moment(number: int) -> datetime:
    """A time of its own for every round: two-hour steps, all days of ten weeks, so that series don't meet others."""
    return MONDAY + timedelta(days=number % 5, hours=(number // 5) % 7 * 2, minutes=number // 35 * 40)


def test_one_gets_the_time_and_nobody_is_lost() -> None:
    unit = factories.make_unit()
    fields = {"unit": unit, "approval": "automatic", "horizon_days": 700, "open": None, "step_minutes": 5}
    hall = factories.make_hall_in_thirds(**fields)
    chairs = factories.make_stock("Stoler", 40, **fields)
    coaches = [factories.make_user(f"Trener {number}") for number in range(CLIENTS)]
    clubs = [factories.make_organisation(f"Lag {number}", leader=coach) for number, coach in enumerate(coaches)]

    def body(number: int, client: int) -> dict[str, Any]:
        start = moment(number)
        end = start + timedelta(minutes=30)
        one = {"resource": hall.whole.slug, "start": start.isoformat(), "end": end.isoformat()}
        data: dict[str, Any] = {"organisation": clubs[client].slug, "title": f"{number}/{client}"}
        if shape(number) == SERIES:
            # Some ask for the weeks 1-8 and some for 5-12, so that they meet in four.
            first = (client % 2) * 4 * WEEK
            one |= {"start": (start + first).isoformat(), "end": (end + first).isoformat()}
            return data | {"series": [one | {"rrule": "FREQ=WEEKLY;COUNT=8"}]}
        if shape(number) == STOCK:
            return data | {"lines": [one | {"resource": chairs.slug, "quantity": 5}]}
        part = hall.parts[client % 3].slug if client % 4 == 1 else hall.whole.slug
        return data | {"lines": [one | {"resource": part}]}

    def attempt(number: int, client: int) -> str:
        user = coaches[client]
        draft = drafts.parse(body(number, client), user=user)
        try:
            case = services.submit_request(draft, user=user, now=factories.NOW)
        except errors.Taken as refusal:
            if not any(line.conflicts for line in refusal.items):
                raise AssertionError("the loser is not told what stands in the way") from refusal
            return TAKEN
        return WON if case.state == "granted" else f"unexpected {case.state}"

    result = race(attempt, clients=CLIENTS, rounds=ROUNDS, patience=900)
    assert result.errors == []
    assert result.count(ERROR) == 0
    assert result.count(WON) + result.count(TAKEN) == CLIENTS * ROUNDS

    for number in range(ROUNDS):
        winners = result.winners(number)
        if shape(number) == STOCK:
            assert len(winners) == 8
        elif shape(number) == SERIES:
            assert len(winners) == 1
        else:  # the whole hall, or up to all three parts of it
            assert 1 <= len(winners) <= 3
            wholes = [client for client in winners if client % 4 != 1]
            assert len(winners) == 1 if wholes else len({client % 3 for client in winners}) == len(winners)

    # Who was told "yes" has a whole case, and nobody else has anything.
    told = {f"{number}/{client}" for number in range(ROUNDS) for client in result.winners(number)}
    cases = list(Case.objects.all())
    assert Counter(case.title for case in cases) == Counter(told)
    assert len({case.reference for case in cases}) == len(cases)
    for case in cases:
        number = int(case.title.split("/")[0])
        lines = list(case.lines.all())
        assert [line.state for line in lines] == ["granted"] * (8 if shape(number) == SERIES else 1)
        assert set(Event.objects.filter(case=case).values_list("type", flat=True)) >= {"received", "automatic_approval"}
        assert OutboxMessage.objects.filter(key__contains=f":{case.pk}").exists()
    assert set(Occupancy.objects.values_list("cause_id", flat=True)) == set(Line.objects.values_list("pk", flat=True))
    for cell in Cell.objects.all():
        uses = [(row.block_start, row.block_end, row.quantity) for row in Occupancy.objects.filter(cell=cell)]
        for start, _end, _quantity in uses:
            assert sum(quantity for begins, ends, quantity in uses if begins <= start < ends) <= cell.quantity
