"""N7: "they inform afterwards; they don't take us into counsel".

A notice opens a consultation: the affected confirm, object, propose another time, or ask for a replacement; each reply
is answered before the works can be set to start. An objection moves the works a week.
"""

from __future__ import annotations

from typing import Any

import pytest

from booking.foundation import clock
from booking.works import services
from tests.api.conftest import Caller
from tests.works.world import World, at, fresh, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def say(user: Any, works: Any, now: Any, **body: Any) -> Any:
    with clock.at(now):
        return Caller(user).post(f"works/{works.reference}/replies/", body)


def test_an_objection_moves_the_works_a_week(world: World) -> None:
    cup = world.lend(47, 10, 16)
    world.lend(45, who=world.choir)
    world.lend(56, 18, 20, who=world.choir)
    works = world.consulting(now=at(0, 9))
    (letter,) = [one for one in world.post_goes_out(at(0, 9)) if one.to == [world.singer.email]
                 and works.current.title in one.subject]  # fmt: skip
    assert letter.subject
    # The club objects and proposes; the choir only confirms; the neighbour says that they are affected too.
    objection = say(world.coach, works, at(1, 20), kind="object", message="Elvecupen er i år 40 år.")
    assert objection.status_code == 201, objection.content
    start, end = at(49, 7), at(57, 15)
    proposal = say(
        world.coach, works, at(1, 20), kind="propose", message="Ta det en uke senere.",
        proposed=[{"start": start.isoformat(), "end": end.isoformat()}],
    )  # fmt: skip
    assert proposal.json()["checked"][0]["lines"] == 1  # the choir's evening, told at once
    assert say(world.singer, works, at(2, 20), kind="confirm").status_code == 201
    services.report_affected(works, name="Elveveien velforening", how="Vi går over sletta.", now=at(3, 9))
    # Nobody can go on without an answer, however long they wait.
    with clock.at(at(20, 9)):
        refused = Caller(world.planner).post(f"works/{works.reference}/transitions/", {"to": "noticed"})
    unmet = refused.json()["unmet"]
    assert [(one["code"], one["party"]) for one in unmet] == [("reply_unanswered", "Lilleby idrettslag")] * 2
    # Per moves the works a week and answers both together; in public, nobody is named.
    services.revise_works(
        works, spec=world.spec(window_start=start, window_end=end), by=world.planner, now=at(4, 9),
        why="Elvecupen skal gå som planlagt.",
    )  # fmt: skip
    assert works.current != fresh(works).current
    cup.refresh_from_db()
    assert cup.state == "granted"
    replies = list(fresh(works).replies.exclude(kind="confirm"))
    services.answer_replies(
        works, replies=replies, said="Cupen må gå som planlagt.", did="Vi flytter arbeidet en uke.", outcome="done",
        by=world.planner, now=at(4, 10),
    )  # fmt: skip
    told = world.post_goes_out(at(4, 10))
    assert any("Vi flytter arbeidet en uke." in one.body for one in told if one.to == [world.coach.email])
    services.confirm_affected(works, by=world.planner, now=at(4, 11))
    with clock.at(at(20, 9)):
        moved = Caller(world.planner).post(f"works/{works.reference}/transitions/", {"to": "noticed"})
    assert moved.status_code == 200, moved.content
    with clock.at(at(20, 10)):
        shown = Caller().get(f"works/{works.reference}/").json()["properties"]
    assert [(one["said"], one["outcome"]) for one in shown["you_said_we_did"]] == [
        ("Cupen må gå som planlagt.", "done")
    ]
    assert "Lilleby idrettslag" not in str(shown)
    assert "Elveveien" not in str(shown)


def test_a_planner_who_leads_the_club_can_t_answer_it(world: World) -> None:
    from tests.factories import give_membership

    world.lend(47, 10, 16)
    works = world.consulting(now=at(0, 9))
    say(world.coach, works, at(1, 20), kind="object", message="Nei.")
    give_membership(world.planner, world.club, "board")
    with pytest.raises(Exception, match="disqualified"):
        services.answer_replies(
            works, replies=list(works.replies.all()), said="Nei.", did="Jo.", outcome="not_done", by=world.planner,
            now=at(1, 21),
        )  # fmt: skip
