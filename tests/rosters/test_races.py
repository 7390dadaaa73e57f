"""One place, and thirty-two who want it at the same moment: exactly one has it, nobody sees a server error."""

from __future__ import annotations

import pytest

from booking.foundation import clock
from booking.foundation.errors import Taken
from booking.rosters import services
from booking.rosters.models import Duty, SignUp
from tests.cases.test_races import together
from tests.factories import NOW, give_membership, make_user
from tests.rosters.world import make_world

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.race]


def test_one_place_and_thirty_two() -> None:
    with clock.at(NOW):
        world = make_world()
        world.needs()
        case = world.ask()
    people = [make_user(f"Frivillig {number}") for number in range(32)]
    for one in people:
        give_membership(one, world.club, "member")
    answers = together(
        [lambda one=one: services.sign_up(case, 1, by=one, now=NOW) for one in people]  # type: ignore[misc]
    )
    assert sum(isinstance(answer, SignUp) for answer in answers) == 1
    assert sum(isinstance(answer, Taken) for answer in answers) == 31
    assert (Duty.objects.get(number=1).filled, SignUp.objects.filter(state="on").count()) == (1, 1)


def test_the_same_press_sixteen_times_is_one_place() -> None:
    with clock.at(NOW):
        world = make_world()
        world.needs()
        case = world.ask()
    answers = together([lambda: services.sign_up(case, 3, by=world.member, now=NOW)] * 16)
    assert len({answer.pk for answer in answers}) == 1
    assert Duty.objects.get(number=3).filled == 1
