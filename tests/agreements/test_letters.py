"""Every letter about an agreement in every language, against stored snapshots.

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from booking.agreements import services
from booking.agreements.models import Agreement
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.services import close_resource
from tests.agreements.test_hours import YEAR, tuesday
from tests.agreements.world import TODAY, World, make_world, task
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def agreement_to_confirm(world: World) -> datetime:
    world.written(world.with_hours(form="oral", title="Tirsdager <i> hallen"))
    return NOW


def agreement_reminder(world: World) -> datetime:
    world.written()
    services.run_agreements(NOW + timedelta(days=14))
    return NOW + timedelta(days=14)


def agreement_agreed(world: World) -> datetime:
    world.agreed(world.with_hours(end=TODAY + timedelta(days=8)))
    OutboxMessage.objects.all().delete()
    world.agreed(world.with_hours(), leave_out=True)
    return NOW


def agreement_declined(world: World) -> datetime:
    services.decline(world.written(), by=world.officer, reason="Ikke kommunens <grunn>.", now=NOW)
    return NOW


def agreement_expiring(world: World) -> datetime:
    world.agreed(world.draft(end=TODAY + timedelta(days=120)))
    services.run_agreements(NOW + timedelta(days=30))
    return NOW + timedelta(days=30)


def agreement_notice(world: World) -> datetime:
    made = world.agreed(world.with_hours())
    services.give_notice(made, by=world.officer, reason="Hallen bygges om.", now=NOW)
    return NOW


def agreement_dates(world: World) -> datetime:
    world.agreed(world.with_hours())
    start = tuesday(YEAR + 1)
    close_resource(world.hall, start=start, end=start + timedelta(hours=1), reason="Gulv", now=NOW)
    services.run_agreements(NOW + timedelta(weeks=4))
    return NOW + timedelta(weeks=4)


def agreement_tasks(world: World) -> datetime:
    world.agreed(world.draft(tasks=[task(), task(what="Male <benken>", every="once")]))
    services.run_agreements(NOW + timedelta(days=4))
    return NOW + timedelta(days=4)


SCENES: list[Callable[[World], datetime]] = [
    agreement_to_confirm, agreement_reminder, agreement_agreed, agreement_declined, agreement_expiring,
    agreement_notice, agreement_dates, agreement_tasks,
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(scene: Callable[[World], datetime], language: str) -> None:
    world = make_world()
    now = scene(world)
    row = OutboxMessage.objects.filter(handler=scene.__name__).latest("pk")
    handler = registry.handler(row.handler)
    with clock.at(now):
        assert handler.still_valid(row.payload)
        letter = handler.write(row.payload, language)
    text = "\n".join([f"Subject: {letter.subject}", f"Reply-To: {letter.reply_to}", "", letter.text, letter.html or ""])
    for one in Agreement.objects.all():
        text = text.replace(reverse("booking_agreements:inspect", args=[one.pk]), "/[the agreement for staff]")
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    for raw in ("<i>", "<grunn>", "<benken>"):
        assert raw not in letter.html
    assert "&lt;" not in letter.text
    assert "<span" not in letter.text
    assert "\n\n\n" not in letter.text


def test_every_letter_about_agreements_has_a_scene() -> None:
    assert {name for name in registry.handler_names() if name.startswith("agreement_")} == {
        scene.__name__ for scene in SCENES
    }


def test_parties_and_staff_get_a_link_of_their_own(world: World) -> None:
    made = world.agreed()
    for row in OutboxMessage.objects.filter(handler="agreement_agreed"):
        letter = registry.handler(row.handler).write(row.payload, "nb")
        ours = f"/my/organisations/jff/agreements/{made.reference}/"
        theirs = reverse("booking_agreements:inspect", args=[made.pk])
        assert ((ours in letter.text), (theirs in letter.text)) == (
            (True, False) if row.recipient == world.leader.email else (False, True)
        )
