"""Every letter about permits in every language, against stored snapshots.

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

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.permits import services
from booking.permits.models import Permit
from tests.factories import NOW
from tests.permits.world import World, make_world

pytestmark = pytest.mark.django_db
SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def permit_decided(world: World) -> datetime:
    noise = world.permit(world.asked(uses=["amplified-sound"], title="Sommerfest <i>"), world.noise)
    services.decide(
        noise, state="granted", valid_to=NOW.date() + timedelta(days=90), note="Til kl. 23 <b>",
        by=world.technical.officer, now=NOW,
    )  # fmt: skip
    return NOW


def permit_asked(world: World) -> datetime:
    noise = world.permit(world.asked(uses=["amplified-sound"], title="Sommerfest <i>"), world.noise)
    services.say_applied(noise, applied_on=NOW.date(), note="Sak <12>", by=world.coach, now=NOW)
    return NOW


def permit_left(world: World) -> datetime:
    world.asked(uses=["amplified-sound"], title="Sommerfest <i>", days=7)
    services.run_permits(NOW)
    return NOW


SCENES: list[Callable[[World], datetime]] = [permit_decided, permit_asked, permit_left]


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
    for one in Permit.objects.all():
        text = text.replace(reverse("booking_permits:inspect", args=[one.pk]), "/[the permit for staff]")
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    for raw in ("<i>", "<b>", "<12>"):
        assert raw not in letter.html
    assert "&lt;" not in letter.text
    assert "\n\n\n" not in letter.text


def test_every_letter_about_permits_has_a_scene() -> None:
    names = {name for name in registry.handler_names() if name.startswith("permit_")}
    assert names == {scene.__name__ for scene in SCENES}
