"""32 clients ask for the same time at the same moment: one gets it, no case is lost or half made.

Once through the use case itself, once through the HTTP API with all that stands before it: token, limits on tries,
idempotency key.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from wagtail.models import APIToken

from bench.races import ERROR, TAKEN, WON, race
from booking.cases import drafts, services
from booking.cases.models import Case, Event, Line
from booking.catalogue.models import Cell
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock, errors
from booking.occupancy.models import Occupancy
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.slow,
    pytest.mark.race,
]

CLIENTS = 32
#: Every shape once. docs/developers/house.md tells how to run all 100.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))
#: After the clock change, so that the two series stand at the same hour in all their weeks.
MONDAY = datetime(2026, 4, 6, 8, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
SINGLE, SERIES, STOCK = "single", "series", "stock"


def shape(number: int) -> str:
    return [SINGLE, SERIES, SINGLE, STOCK][number % 4]


def moment(number: int) -> datetime:
    """A time of its own for every round: two-hour steps, all days of ten weeks, so that series don't meet others."""
    return MONDAY + timedelta(days=number % 5, hours=(number // 5) % 7 * 2, minutes=number // 35 * 40)


#: Sends a client's request in a round; answers WON or TAKEN, raises for anything else.
Door = Callable[[int, int, Any, dict[str, Any]], str]


def use_case(number: int, client: int, user: Any, data: dict[str, Any]) -> str:
    draft = drafts.parse(data, user=user)
    try:
        case = services.submit_request(draft, user=user, now=factories.NOW)
    except errors.Taken as refusal:
        if not any(line.conflicts for line in refusal.items):
            raise AssertionError("the loser is not told what stands in the way") from refusal
        return TAKEN
    return WON if case.state == "granted" else f"unexpected {case.state}"


def http_api(coaches: list[Any]) -> Door:
    """Every client has an address and a token of its own, and two minutes between its rounds: limits are for others."""
    tokens = [APIToken.create_token(user=coach, name="race")[1] for coach in coaches]

    def send(number: int, client: int, user: Any, data: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {tokens[client]}", "Idempotency-Key": f"{number}-{client}"}
        with clock.at(factories.NOW + number * timedelta(minutes=2)):
            answer = Client(REMOTE_ADDR=f"10.0.0.{client}").post(
                "/api/booking/v1/requests/", json.dumps(data), content_type="application/json", headers=headers
            )
        told = answer.json()
        if answer.status_code == 409 and any(line["conflicts"] for line in told["lines"]):
            return TAKEN
        if answer.status_code != 201:
            raise AssertionError(f"{answer.status_code} {answer.content[:500]!r}")
        return WON if told["state"] == "granted" else f"unexpected {told['state']}"

    return send


@pytest.mark.parametrize("through", ["the use case", "the HTTP API"])
def test_one_gets_the_time_and_nobody_is_lost(through: str) -> None:
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

    door = use_case if through == "the use case" else http_api(coaches)

    def attempt(number: int, client: int) -> str:
        return door(number, client, coaches[client], body(number, client))

    result = race(attempt, clients=CLIENTS, rounds=ROUNDS, patience=300 + 30 * ROUNDS)
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
