"""Every letter about duties and co-hosts in every language, against stored snapshots.

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from booking.cases import services as cases
from booking.cases.models import Case
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.rosters import secrets, services
from booking.rosters.models import Helper
from tests.factories import NOW
from tests.rosters.world import START, World

SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
EVE = START - timedelta(days=1)


def hosted(world: World) -> Case:
    world.needs()
    return world.hosted(title="Møteplassen <i>")


def duty_signed_up(world: World) -> datetime:
    case = hosted(world)
    for number in (1, 3):
        services.sign_up(case, number, by=world.member, now=NOW)
    return NOW


def duty_signed_up_link(world: World) -> datetime:
    case = hosted(world)
    helper, _token = services.make_personal_link(
        case, by=world.leader, name="Olav", email="olav@example.org", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    return NOW


def duty_personal_link(world: World) -> datetime:
    return duty_signed_up_link(world)


def duty_reminder(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 3, by=world.young, now=NOW)
    services.sign_up(case, 3, by=world.member, named=True, now=NOW)
    services.run_rosters(EVE)
    return EVE


def duty_removed(world: World) -> datetime:
    case = hosted(world)
    row = services.sign_up(case, 1, by=world.member, now=NOW)
    services.take_off(case, row.pk, by=world.leader, now=NOW)
    return NOW


def duty_news(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 1, by=world.member, now=NOW)
    cases.withdraw_line(case, 1, by=world.leader, now=NOW)
    return NOW


def duty_swap_asked(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 1, by=world.member, named=True, now=NOW)
    hers = services.sign_up(case, 2, by=world.young, named=True, now=NOW)
    services.ask_swap(case, 1, by=world.member, to=hers.pk, now=NOW)
    return NOW


def duty_swapped(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 1, by=world.member, now=NOW)
    swap = services.ask_swap(case, 1, by=world.member, now=NOW)
    services.accept_swap(case, swap.pk, by=world.young, named=True, now=NOW)
    return NOW


def duty_swap_declined(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 1, by=world.member, named=True, now=NOW)
    hers = services.sign_up(case, 2, by=world.young, named=True, now=NOW)
    swap = services.ask_swap(case, 1, by=world.member, to=hers.pk, now=NOW)
    services.decline_swap(case, swap.pk, by=world.young, now=NOW)
    return NOW


def duty_free(world: World) -> datetime:
    case = hosted(world)
    services.sign_up(case, 1, by=world.member, now=NOW)
    services.withdraw(case, 1, by=world.member, now=EVE)
    return EVE


def duty_unfilled(world: World) -> datetime:
    hosted(world)
    moment = START - timedelta(days=5)
    services.run_rosters(moment)
    return moment


def cohost_asked(world: World) -> datetime:
    world.ask(co_hosts=[world.co_host.slug], title="Møteplassen <i>")
    return NOW


def cohost_answered(world: World) -> datetime:
    hosted(world)
    return NOW


def cohost_ended(world: World) -> datetime:
    cases.end_co_host(hosted(world), world.co_host, by=world.leader, now=NOW)
    return NOW


SCENES: list[Callable[[World], datetime]] = [
    duty_signed_up, duty_signed_up_link, duty_personal_link, duty_reminder, duty_removed, duty_news, duty_swap_asked,
    duty_swapped, duty_swap_declined, duty_free, duty_unfilled, cohost_asked, cohost_answered,
    cohost_ended,
]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(scene: Callable[[World], datetime], world: World) -> None:
    now = scene(world)
    row = OutboxMessage.objects.filter(handler=scene.__name__).latest("pk")
    handler = registry.handler(row.handler)
    for language in LANGUAGES:
        with clock.at(now):
            assert handler.still_valid(row.payload)
            letter = handler.write(row.payload, language)
        text = "\n".join(
            [f"Subject: {letter.subject}", f"Reply-To: {letter.reply_to}", "", letter.text, letter.html or ""]
        )
        for helper in Helper.objects.all():
            text = text.replace(secrets.opened(helper.token_sealed), "[secret]")
        stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            stored.write_text(text)
        assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
        assert text == stored.read_text()
        assert letter.html is not None
        assert letter.html.count('class="action"') == 1
        assert "<i>" not in letter.html
        assert "&lt;" not in letter.text
        assert "\n\n\n" not in letter.text


def test_every_letter_about_duties_has_a_scene() -> None:
    """What is there twice, for people without an account, is the same letter with another link."""
    names = {name.removesuffix("_link") for name in registry.handler_names() if name.startswith("duty_")}
    assert names == {scene.__name__.removesuffix("_link") for scene in SCENES if scene.__name__.startswith("duty_")}


@pytest.mark.parametrize("what", ["back", "moved"])
def test_the_other_news_are_written_too(world: World, what: str) -> None:
    duty_news(world)
    row = OutboxMessage.objects.filter(handler="duty_news").latest("pk")
    subjects = {
        registry.handler("duty_news").write({**row.payload, "what": what}, language).subject for language in LANGUAGES
    }
    assert len(subjects) == len(LANGUAGES)


def test_the_confirmation_has_the_duties_for_the_calendar(world: World) -> None:
    duty_signed_up(world)
    row = OutboxMessage.objects.get(handler="duty_signed_up")
    letter = registry.handler("duty_signed_up").write(row.payload, "nb")
    [file] = letter.attachments
    assert file.content.count(b"BEGIN:VEVENT") == 2
    # Opening is the half hour before; 11.30 in Oslo is 10.30 in UTC.
    assert b"DTSTART:20260314T103000Z" in file.content
    again = registry.handler("duty_signed_up").write(row.payload, "nb")
    assert again.attachments == letter.attachments
