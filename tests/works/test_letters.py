"""Every letter about works in every language, against stored snapshots.

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.works import services
from booking.works.models import NoticeKind
from booking.works.services import running, telling
from tests.factories import NOW
from tests.works.world import World, at, fresh, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
DAY = timedelta(days=1)
Made = tuple[str, datetime]


def newest(**found: Any) -> OutboxMessage:
    return OutboxMessage.objects.filter(**found).latest("pk")


def consultation(world: World) -> Made:
    world.lend(44)
    world.consulting()
    return telling.LETTER, NOW


def notice(world: World) -> Made:
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    services.move(works, to="noticed", by=world.planner, now=NOW)
    return telling.LETTER, NOW


def reminder(world: World) -> Made:
    world.lend(44)
    world.noticed()
    for day in range(1, 20):
        running.run_works(at(day, 9))
    return telling.LETTER, at(19, 9)


def change(world: World) -> Made:
    world.lend(44)
    works = world.noticed()
    services.revise_works(
        works, spec=world.spec(window_start=at(41, 7)), by=world.planner, now=NOW + DAY, why="Rørene kom <før>."
    )
    return telling.LETTER, NOW + DAY


def cancelled(world: World) -> Made:
    works = fresh(_noticed(world))
    services.move(works, to="cancelled", by=world.planner, now=NOW + DAY, why="Ingen penger.")
    return telling.LETTER, NOW + DAY


def _noticed(world: World) -> Any:
    world.lend(44)
    return world.noticed()


def answer(world: World) -> Made:
    world.lend(44)
    works = world.consulting()
    row = services.reply(works, kind="object", message="Cup!", party=works.parties.get(), by=world.coach, now=NOW)
    services.answer_replies(
        works, replies=[row], said="Cupen må gå.", did="Vi flytter.", outcome="done", by=world.planner, now=NOW
    )
    return telling.LETTER, NOW


def offer(world: World) -> Made:
    works = _noticed(world)
    services.offer_alternative(
        works.conflicts.get(), resource=world.hall, start=at(44, 18), end=at(44, 20), by=world.planner, now=NOW
    )
    return telling.LETTER, NOW


def emergency(world: World) -> Made:
    world.lend(0, place=world.hall)
    services.declare_emergency(
        unit=world.technical, cause="water", resources=[world.hall], by=world.planner, now=at(0, 2)
    )
    return telling.LETTER, at(0, 2)


def staff_reply(world: World) -> Made:
    world.lend(44)
    works = world.consulting()
    services.reply(works, kind="object", message="Cup <her>!", party=works.parties.get(), by=world.coach, now=NOW)
    return "works_staff", NOW


def task(world: World) -> Made:
    world.lend(44)
    world.noticed()
    for day in range(1, 34):
        running.run_works(at(day, 9))
    return "works_task", at(33, 9)


SCENES: dict[str, Callable[[World], Made]] = {
    f"works_{scene.__name__}": scene
    for scene in (consultation, notice, reminder, change, cancelled, answer, offer, emergency, staff_reply, task)
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(SCENES))
def test_letter(db: None, name: str, language: str) -> None:
    world = make_world()
    handler, now = SCENES[name](world)
    row = newest(handler=handler)
    with clock.at(now):
        letter = registry.handler(handler).write(row.payload, language)
    # The secret of a link is another one each time.
    text, html = (re.sub(r"/[\w-]{43}/", "/‹link›/", part or "") for part in (letter.text, letter.html))
    assert "<her>" not in html
    assert "<før>" not in html
    said = f"Subject: {letter.subject}\nReply-To: {letter.reply_to}\n\n{text}"
    stored = SNAPSHOTS / f"{name}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(said)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert said == stored.read_text()


#: An answer has scenes of its own: it tells of what was answered, or of what is offered.
@pytest.mark.parametrize("kind", [one for one in NoticeKind.values if one != NoticeKind.ANSWER])
def test_every_kind_of_notice_can_be_written(db: None, kind: str) -> None:
    world = make_world()
    works = _noticed(world)
    data = {"until": NOW.isoformat(), "changes": ["start_earlier"], "why": "Derfor."}
    made = telling.say(works, kind, telling.everybody_told(works), key=f"x:{kind}", now=NOW, data=data)
    assert made.text.splitlines()[0]
    assert "%(" not in made.text
