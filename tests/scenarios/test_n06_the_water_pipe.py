"""N6: "a water pipe was laid, and an area that an organisation used was seized without warning".

The works planner writes down the pipe across Elvesletta; the software finds who is affected; notice rules say how long
before; works can't start inside the notice period. Played from sketch to restored grass through the doors that people
use: the API, the mail, `tick`. The public record tells the story afterwards.
"""

from __future__ import annotations

from typing import Any

import pytest

from booking.foundation import clock
from booking.works import services
from booking.works.models import Works, WorksDispatch
from booking.works.services import PeriodSpec
from booking.works.services.running import run_works
from tests.api.conftest import Caller
from tests.works.world import World, at, fresh, make_world, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def act(world: World, works: Works, to: str, now: Any, **details: Any) -> Any:
    with clock.at(now):
        return Caller(world.planner).post(f"works/{works.reference}/transitions/", {"to": to, **details})


def public(works: Works, now: Any) -> dict[str, Any]:
    with clock.at(now):
        answer = Caller().get(f"works/{works.reference}/")
    assert answer.status_code == 200
    return answer.json()["properties"]


def test_from_sketch_to_restored_grass(world: World) -> None:
    training = world.lend(43)
    cup = world.lend(47, 10, 16, title="Elvecupen", title_public=True)
    song = world.lend(50, 12, 14, who=world.choir)
    # Per draws it up: the pipe, then the grass.
    with clock.at(at(-20, 9)):
        made = Caller(world.planner).post(
            "works/",
            {
                "title": "Ny vannledning over Elvesletta", "reason": "Den gamle ledningen lekker.",
                "why_here": "Ledningen går under sletta.", "start": at(42, 7).isoformat(),
                "end": at(51, 15).isoformat(), "targets": ["elvesletta"],
                "periods": [
                    {"start": at(42, 7).isoformat(), "end": at(49, 15).isoformat(), "kind": "work"},
                    {"start": at(49, 15).isoformat(), "end": at(51, 15).isoformat(), "kind": "restoring"},
                ],
            },
        )  # fmt: skip
    assert made.status_code == 201, made.content
    works = Works.objects.get(reference=made.json()["id"])
    assert made.json()["properties"]["category"] == "standard"
    assert act(world, works, "planned", at(-20, 9)).status_code == 200
    services.confirm_affected(works, by=world.planner, now=at(-20, 10))
    assert act(world, works, "consulting", at(-20, 11)).status_code == 200
    # The works can't be set to start: those affected have not been heard, nor told.
    too_soon = act(world, works, "noticed", at(-19, 9))
    assert (too_soon.status_code, [one["code"] for one in too_soon.json()["unmet"]]) == (422, ["consultation_open"])
    assert {one.to[0] for one in world.post_goes_out(at(-20, 11))} >= {world.coach.email, world.singer.email}
    assert act(world, works, "noticed", at(0, 9)).status_code == 200
    notices = world.post_goes_out(at(0, 9))
    (mine,) = [one for one in notices if one.to == [world.coach.email] and works.current.title in one.subject]
    assert "Elvesletta" in mine.body
    assert "kl." in mine.body or ":" in mine.body
    # Inside of the notice period nobody can start them, whoever asks.
    inside = act(world, works, "ready", at(1, 9), at=at(43, 7).isoformat())
    assert inside.status_code == 422
    # The club reads and confirms by its own link; the choir never does.
    club = works.parties.get(organisation=world.club)
    services.acknowledge(club, by=world.coach, now=at(1, 18))
    # The tournament is moved to the hall; the training keeps its place and waits.
    conflicts = {one.line_id: one for one in works.conflicts.all()}
    assert set(conflicts) == {training.pk, cup.pk, song.pk}
    offer = services.offer_alternative(
        conflicts[cup.pk], resource=world.hall, start=at(47, 10), end=at(47, 16), by=world.planner, now=at(1, 9)
    )
    services.accept_alternative(offer, by=world.coach, now=at(1, 19))
    cup.refresh_from_db()
    assert (cup.resource, cup.state) == (world.hall, "granted")
    for line in (training, song):
        services.settle_conflict(conflicts[line.pk], state="suspended", by=world.planner, now=at(2, 9))
        line.refresh_from_db()
        assert line.state == "displaced"
    # Mid-way the pipe is later: two days, inside of what was announced. What was read stays read.
    moved = services.revise_works(
        works,
        spec=world.spec(
            window_start=at(44, 7), window_end=at(51, 15), why_here="Ledningen går under sletta.",
            periods=[PeriodSpec(at(44, 7), at(49, 15)), PeriodSpec(at(49, 15), at(51, 15), "restoring")],
        ),
        by=world.planner, now=at(3, 9), why="Rørene kommer to dager senere.",
    )  # fmt: skip
    assert moved.current.changes[0] == "start_later"
    training.refresh_from_db()
    assert training.state == "granted"
    assert club.receipts.filter(void_at=None).count() == 1
    # The choir is silent: every rung of the ladder is climbed and logged, until it counts as told.
    for day in range(4, 43):
        with clock.at(at(day, 9)):
            run_works(at(day, 9))
        world.post_goes_out(at(day, 9))
        for task in WorksDispatch.objects.filter(channel__in=["phone", "poster"], state="queued", tries=0):
            if task.channel == "poster":
                services.log_task(task, outcome="put_up", photo=photo(), by=world.planner, now=at(day, 10))
            else:
                services.log_task(task, outcome="not_reached", by=world.planner, now=at(day, 10))
    choir = works.parties.get(organisation=world.choir)
    assert choir.served_at is not None
    assert not choir.receipts.exists()
    assert act(world, works, "ready", at(43, 9), at=at(44, 7).isoformat()).status_code == 200
    # An emergency elsewhere holds nothing up and is held up by nothing.
    burst = services.declare_emergency(
        unit=world.technical, cause="water", resources=[world.hall], by=world.mate, now=at(44, 2)
    )
    assert burst.state == "active_emergency"
    services.write_report(
        burst.overrides.get(), reason="Rør sprakk.", report="Tettet på fire timer.", by=world.mate, now=at(45, 9)
    )
    assert act(world, works, "active", at(44, 7)).status_code == 200
    assert act(world, works, "completed", at(49, 14)).status_code == 200
    song.refresh_from_db()
    assert song.state == "displaced"  # the grass is not back yet
    refused = act(world, works, "closed", at(49, 15))
    assert [one["code"] for one in refused.json()["unmet"]] == ["not_restored"]
    services.restore(works, by=world.planner, now=at(50, 16))
    assert act(world, works, "closed", at(51, 9)).status_code == 200
    # The public record tells the story; no organisation stands in it.
    story = public(works, at(51, 14))
    types = [one["type"] for one in story["events"]]
    expected = ["planned", "consultation_opened", "noticed", "changed", "set_ready", "started", "completed", "restored",
                "ground_free", "closed"]  # fmt: skip
    assert types == expected
    assert all(one["text"] for one in story["events"])
    assert [one["version"] for one in story["versions"]] == [1, 2]
    assert story["versions"][1]["why_changed"] == "Rørene kommer to dager senere."
    assert "Lilleby" not in str(story["events"])
    with clock.at(at(51, 14)):
        numbers = [one["n"] for one in Caller().get("works/events/").json()["events"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_can_be_set_to_start_without_warning(world: World) -> None:
    """What happened in Lilleby: tomorrow, and nobody knows. The refusal says what is missing, by party and date."""
    world.lend(2)
    works = world.planned(window_start=at(1, 7), window_end=at(8, 15))
    services.confirm_affected(works, by=world.planner, now=at(0, 9))
    refused = act(world, works, "noticed", at(0, 10))
    assert [one["code"] for one in refused.json()["unmet"]] == ["not_consulted"]
    assert act(world, works, "active", at(1, 7)).json()["code"] == "wrong_state"
    assert fresh(works).state == "planned"
    assert world.lend(3).state == "granted"
