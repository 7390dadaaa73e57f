"""Kill -9 in the midst of an adoption leaves nothing; two officers at once adopt once."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from booking.cases.models import Line
from booking.correspondence.models import OutboxMessage
from booking.occupancy.models import Occupancy
from booking.seasons import guards
from booking.seasons.models import Adoption, Allocation, SeasonCase, SeasonRound
from tests.databases import database_url
from tests.forked import Forked
from tests.seasons.conftest import make_heard
from tests.seasons.world import Valley, make_valley

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]


@pytest.fixture
def town(transactional_db: None) -> object:
    yield make_valley()
    # An adopted timetable can't be deleted, also not by a test that tidies up; the next test has the guards again.
    guards.remove(connection)
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    guards.install(connection)


def adopt(valley: Valley, ids: tuple[int, int], kill_after: int = 0) -> Forked:
    args = [str(one) for one in (*ids, valley.officer.pk, kill_after)]
    return Forked("tests.seasons.adoption_process:main", *args, url=database_url())


def counts() -> tuple[int, ...]:
    return (
        Adoption.objects.count(), Allocation.objects.count(), SeasonCase.objects.count(), Line.objects.count(),
        Occupancy.objects.filter(cause_kind="line").count(),
        OutboxMessage.objects.filter(handler="season_adopted").count(),
    )  # fmt: skip


def test_killed_in_the_midst_it_leaves_nothing_and_then_everything(town: Valley) -> None:
    round, proposal = make_heard(town)
    ids = (round.pk, proposal.pk)
    for after in (1, 2):
        process = adopt(town, ids, kill_after=after)
        process.communicate(timeout=90)
        assert process.returncode == -9
        assert counts() == (0, 0, 0, 0, 0, 0)
        assert SeasonRound.objects.get().state == "hearing"
    process = adopt(town, ids)
    _out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err.decode()
    assert counts()[:3] == (1, 2, 3)
    assert counts()[3] == 66


def test_two_at_once_adopt_once(town: Valley) -> None:
    round, proposal = make_heard(town)
    both = [adopt(town, (round.pk, proposal.pk)) for _one in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert counts()[:4] == (1, 2, 3, 66)
