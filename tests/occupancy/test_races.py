"""32 processes, one slot, again and again: exactly one winner, or exactly the stock, no server error."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from bench.races import ERROR, TAKEN, WON, race
from booking.catalogue import selectors
from booking.catalogue.models import Cell, Resource
from booking.catalogue.rules import EffectiveRules
from booking.foundation import errors
from booking.occupancy import services
from booking.occupancy.models import Occupancy
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.slow,
    pytest.mark.race,
]

CLIENTS = 32
#: docs/developers/house.md tells how to run all 100.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "10"))
MONDAY = datetime(2027, 1, 4, 8, tzinfo=UTC)
Rules = dict[int, EffectiveRules]
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def grab(takes: list[services.Take], effective: Rules) -> str:
    """One client's attempt: its own transaction, and the rules read before it, as a door would have it."""

    def act() -> str:
        with transaction.atomic():
            services.take(takes, now=factories.NOW, effective=effective)
        return WON

    try:
        return services.again_on_collision(act)
    except errors.Taken as refusal:
        if not refusal.items:
            raise AssertionError("the loser is not told what stands in the way") from refusal
        return TAKEN


def rules_of(*resources: Resource) -> Rules:
    return selectors.effective_rules(list(resources))


def cause(number: int, client: int) -> int:
    return number * CLIENTS + client + 1


def stored() -> dict[int, list[Occupancy]]:
    rows: dict[int, list[Occupancy]] = defaultdict(list)
    for row in Occupancy.objects.all():
        rows[row.cause_id].append(row)
    return rows


def nobody_overlaps() -> None:
    """Straight from the table, cell by cell."""
    for cell in Cell.objects.all():
        uses = [(row.block_start, row.block_end, row.quantity) for row in Occupancy.objects.filter(cell=cell)]
        for start, _end, _quantity in uses:
            assert sum(quantity for begins, ends, quantity in uses if begins <= start < ends) <= cell.quantity


def test_one_slot_has_one_winner() -> None:
    hall = factories.make_hall_in_thirds(buffer_after=15)
    offers = [hall.whole, *hall.parts]
    rules = rules_of(*offers)

    def attempt(number: int, client: int) -> str:
        # In every second round some ask for the whole hall and some for its parts.
        offer = hall.whole if number % 2 else offers[0 if client % 4 == 0 else 1]
        start = MONDAY + number * 3 * HOUR + (client % 3) * timedelta(minutes=15)
        return grab([services.Take(offer.pk, start, start + HOUR, cause(number, client))], rules)

    result = race(attempt, clients=CLIENTS, rounds=ROUNDS, patience=300 + 10 * ROUNDS)
    assert result.errors == []
    assert [len(result.winners(number)) for number in range(ROUNDS)] == [1] * ROUNDS
    assert result.count(TAKEN) == ROUNDS * (CLIENTS - 1)
    assert set(stored()) == {cause(number, result.winners(number)[0]) for number in range(ROUNDS)}
    nobody_overlaps()


def test_series_of_eight_that_meet_in_some_weeks_never_get_half() -> None:
    hall = factories.make_hall_in_thirds()
    rules = rules_of(*hall.parts)
    weeks = {client: range((client % 3) * 5, (client % 3) * 5 + 8) for client in range(CLIENTS)}  # 0-7, 5-12, 10-17

    def attempt(number: int, client: int) -> str:
        order = reversed(weeks[client]) if client % 2 else weeks[client]
        takes = []
        for week in order:
            start = MONDAY + week * WEEK + number * HOUR
            takes.append(services.Take(hall.parts[week % 3].pk, start, start + HOUR, cause(number, client)))
        return grab(takes, rules)

    result = race(attempt, clients=CLIENTS, rounds=ROUNDS, patience=300 + 10 * ROUNDS)
    assert result.errors == []
    assert result.count(ERROR) == 0
    rows = stored()
    for number in range(ROUNDS):
        winners = result.winners(number)
        assert {pk for pk in rows if number * CLIENTS < pk <= (number + 1) * CLIENTS} == {
            cause(number, client) for client in winners
        }
        for client in winners:
            assert {row.start for row in rows[cause(number, client)]} == {
                MONDAY + week * WEEK + number * HOUR for week in weeks[client]
            }
        # Whoever lost really met a winner; nobody is turned away for nothing.
        won = {week for client in winners for week in weeks[client]}
        assert sum(len(weeks[client]) for client in winners) == len(won)
        assert all(won & set(weeks[client]) for client in range(CLIENTS))
    nobody_overlaps()


def test_forty_chairs_are_lent_forty_times() -> None:
    chairs = factories.make_stock("Stoler", 40)
    rules = rules_of(chairs)

    def wanted(number: int, client: int) -> int:
        return 5 if number % 2 else 3 + client % 6

    def attempt(number: int, client: int) -> str:
        start = MONDAY + number * 3 * HOUR + (client % 2) * timedelta(minutes=30)
        return grab(
            [services.Take(chairs.pk, start, start + HOUR, cause(number, client), quantity=wanted(number, client))],
            rules,
        )

    result = race(attempt, clients=CLIENTS, rounds=ROUNDS, patience=300 + 10 * ROUNDS)
    assert result.errors == []
    assert result.count(ERROR) == 0
    for number in range(ROUNDS):
        winners = result.winners(number)
        lent = sum(wanted(number, client) for client in winners)
        if number % 2:
            assert lent == 40  # eight times five
        assert 40 - min(wanted(number, client) for client in range(CLIENTS)) < lent + 5 <= 45
        losers = [client for client in range(CLIENTS) if client not in winners]
        assert all(wanted(number, client) > 40 - lent for client in losers)
    assert set(stored()) == {cause(number, client) for number in range(ROUNDS) for client in result.winners(number)}
    nobody_overlaps()
