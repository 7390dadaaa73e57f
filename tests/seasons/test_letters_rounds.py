"""Every letter about rounds and wishes in every language, against stored snapshots.

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import translation
from django.utils.translation import gettext

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.organisations.models import Organisation
from booking.seasons.models import ProposalState, SeasonRound
from booking.seasons.services import flow, telling, wishing
from tests.factories import NOW
from tests.seasons.test_wishes import spec
from tests.seasons.world import Valley, at

pytestmark = pytest.mark.django_db
SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def season_opens(valley: Valley) -> datetime:
    found = valley.round("open", meeting_at=at(45, 18), meeting_place="Rådhuset <2. etasje>")
    telling.tell_opened(found, now=NOW)
    return NOW


def season_closes_soon(valley: Valley) -> datetime:
    old = valley.round("ended", slug="i-fjor")
    old.adopted = valley.proposal(old, (valley.wish(old), valley.gym, 0, 17, 18), state=ProposalState.PUBLISHED)
    old.save()
    valley.round("open", follows=old)
    flow.run_rounds(at(14, 9))
    return at(14, 9)


def season_closed(valley: Valley) -> datetime:
    found = valley.round("open")
    valley.wish(found, "J13 <i>", sessions_wanted=2, minutes_wanted=90)
    flow.close_wishes(found, by=valley.officer, now=at(22, 9))
    return at(22, 9)


def season_wish_written(valley: Valley) -> datetime:
    found = valley.round("open")
    wishing.enter_wish(found, valley.club, spec(valley), by=valley.officer, staff=True, now=NOW)
    return NOW


SCENES: list[Callable[[Valley], datetime]] = [season_opens, season_closes_soon, season_closed, season_wish_written]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(valley: Valley, scene: Callable[[Valley], datetime], language: str) -> None:
    with translation.override(language):
        if language != "en" and gettext("Enter your wishes") == "Enter your wishes":
            pytest.skip("the translations are not there (tests/house/test_translations.py says so too)")
    Organisation.objects.filter(pk=valley.club.pk).update(slug="lil")
    valley.club.slug = "lil"
    now = scene(valley)
    rows = OutboxMessage.objects.filter(handler=scene.__name__, payload__organisation=valley.club.pk)
    row = rows.earliest("pk")
    handler = registry.handler(row.handler)
    with clock.at(now):
        assert handler.still_valid(row.payload)
        letter = handler.write(row.payload, language)
    text = "\n".join([f"Subject: {letter.subject}", f"Reply-To: {letter.reply_to}", "", letter.text, letter.html or ""])
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    for raw in ("<i>", "<2. etasje>"):
        assert raw not in letter.html
    assert "&lt;" not in letter.text
    assert "\n\n\n" not in letter.text


def test_letters_that_came_too_late_are_not_sent(valley: Valley) -> None:
    now = season_opens(valley)
    row = OutboxMessage.objects.filter(handler="season_opens").earliest("pk")
    handler = registry.handler("season_opens")
    with clock.at(now):
        assert handler.still_valid(row.payload)
    with clock.at(at(22)):
        assert not handler.still_valid(row.payload)
    SeasonRound.objects.update(state="proposals")
    with clock.at(now):
        assert not handler.still_valid(row.payload)


def test_who_wished_meanwhile_is_not_reminded(valley: Valley) -> None:
    now = season_closes_soon(valley)
    row = OutboxMessage.objects.get(handler="season_closes_soon", recipient_user=valley.leader)
    handler = registry.handler("season_closes_soon")
    with clock.at(now):
        assert handler.still_valid(row.payload)
        wishing.same_as_last_year(SeasonRound.objects.get(state="open"), valley.club, by=valley.leader, now=now)
        assert not handler.still_valid(row.payload)
