from __future__ import annotations

from datetime import timedelta

import pytest

from booking.foundation.errors import Unmet, WrongState
from booking.works import services
from tests.factories import NOW
from tests.works.world import World, at, fresh

DAY = timedelta(days=1)


def codes(error: pytest.ExceptionInfo[Unmet]) -> list[str]:
    return [one.code for one in error.value.items]


def test_the_water_pipe_from_sketch_to_restored_grass(world: World) -> None:
    line = world.lend(44)
    works = world.drafted()
    assert works.reference == "ARB-2026-001"
    assert works.current.category == "standard"
    works = services.move(works, to="planned", by=world.planner, now=NOW)
    with pytest.raises(Unmet) as error:
        services.move(works, to="consulting", by=world.planner, now=NOW)
    assert codes(error) == ["affected_not_confirmed"]
    services.confirm_affected(works, by=world.planner, now=NOW)
    works = services.move(works, to="consulting", by=world.planner, now=NOW)
    with pytest.raises(Unmet) as error:
        services.move(works, to="noticed", by=world.planner, now=NOW + DAY)
    assert codes(error) == ["consultation_open"]
    later = NOW + 15 * DAY
    works = services.move(works, to="noticed", by=world.planner, now=later)
    sent = world.post_goes_out(later)
    assert {one.to[0] for one in sent} >= {world.coach.email, world.leader.email}
    with pytest.raises(Unmet) as error:
        services.move(works, to="ready", by=world.planner, now=later + DAY)
    assert codes(error) == ["not_acknowledged", "conflict_open"]
    line.refresh_from_db()
    assert line.state == "granted"
    party = works.parties.get(organisation=world.club)
    services.acknowledge(party, by=world.coach, now=later + DAY)
    conflict = works.conflicts.get()
    services.settle_conflict(conflict, state="suspended", by=world.planner, now=later + DAY)
    line.refresh_from_db()
    assert line.state == "displaced"
    works = services.move(works, to="ready", by=world.planner, now=later + 2 * DAY)
    works = services.move(works, to="active", by=world.planner, now=at(42, 8))
    works = services.move(works, to="completed", by=world.planner, now=at(43, 8))
    line.refresh_from_db()
    assert line.state == "granted"
    works = services.move(works, to="closed", by=world.planner, now=at(43, 9))
    assert fresh(works).state == "closed"
    with pytest.raises(WrongState):
        services.move(works, to="active", by=world.planner, now=at(43, 9))
