from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from booking.cases.models import Case, Line, LineState
from booking.catalogue.models import Resource
from booking.occupancy.services import Take, take
from booking.organisations.models import Organisation
from booking.seasons.models import Proposal, ProposalState, RoundBreak, RoundState, SeasonRound
from booking.seasons.selectors import whys
from tests.factories import NOW
from tests.seasons.world import TODAY, Valley, make_valley

Heard = tuple[SeasonRound, Proposal]


@pytest.fixture(autouse=True)
def no_reasons_of_other_tests() -> None:
    """Rows get the same numbers again in the next test, and reasons are kept by them."""
    whys._kept.clear()


@pytest.fixture
def valley(db: object) -> Valley:
    return make_valley()


def make_heard(valley: Valley) -> Heard:
    """Heard until yesterday: J13 on Mondays in the hall, the handball team on Tuesdays; the choir gets nothing."""
    found = valley.round(
        RoundState.PROPOSALS, opens_on=TODAY - timedelta(days=60), closes_on=TODAY - timedelta(days=40),
        proposals_until=TODAY - timedelta(days=20), hearing_until=TODAY - timedelta(days=1),
        confirm_by=TODAY - timedelta(days=1), adopt_on=TODAY + timedelta(days=9),
    )  # fmt: skip
    ours = valley.wish(found)
    theirs = valley.wish(found, "G14", valley.handball)
    valley.wish(found, "Koret", valley.choir, places=(valley.gym,))
    RoundBreak.objects.create(round=found, start=date(2026, 12, 21), end=date(2027, 1, 3), why="Jul")
    made = valley.proposal(
        found, (ours, valley.hall.whole, 0, 17, 18), (theirs, valley.hall.whole, 1, 18, 19.5),
        state=ProposalState.PUBLISHED,
    )  # fmt: skip
    found.heard, found.state = made, RoundState.HEARING
    found.save()
    return found, made


@pytest.fixture
def heard(valley: Valley) -> Heard:
    return make_heard(valley)


def make_line(
    valley: Valley, resource: Resource, start: datetime, end: datetime, *, state: str, organisation: Organisation
) -> Line:
    """A date of somebody's request; taken where it is granted."""
    case = Case.objects.create(
        reference=f"2026-9{Case.objects.count():03d}", unit=valley.unit, officer=valley.officer,
        organisation=organisation, requester=valley.singer, requester_hat=f"organisation:{organisation.slug}",
        title="Øving", received_at=NOW, revised_at=NOW,
    )  # fmt: skip
    line = Line.objects.create(
        case=case, number=1, resource=resource, start=start, end=end, state=state, created_at=NOW, revised_at=NOW
    )
    if state == LineState.GRANTED:
        with transaction.atomic():
            take([Take(resource.pk, start, end, line.pk)], now=NOW)
    return line
