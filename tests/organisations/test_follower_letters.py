"""The letters to followers in every language, against stored snapshots (tests/correspondence/snapshots).

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from booking.cases import services as cases
from booking.cases.models import Case
from booking.correspondence import registry
from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.organisations.followers import links, services
from booking.organisations.followers.models import Follower, PendingFollow
from tests.organisations.test_follower_news import IN_A_WEEK, NOON, TOMORROW, Town, close, follower

pytestmark = pytest.mark.django_db

SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def follow_confirm(town: Town) -> None:
    services.ask_by_email(target=town.hall, address="elin@example.org", language="nb", now=NOON)


def follow_known(town: Town) -> None:
    follower(town.hall)
    follow_confirm(town)


def follow_news_one(town: Town) -> None:
    follower(town.hall, town.club)
    close(town.hall, IN_A_WEEK, reason="Lekkasje <i taket>")
    services.send_news(NOON + timedelta(minutes=2))


def follow_news_many(town: Town) -> None:
    follower(town.hall, town.club, happening="at_once")
    town.grant(town.a, TOMORROW, IN_A_WEEK, IN_A_WEEK + timedelta(days=7), title="Møteplass & kafé")
    close(town.hall, TOMORROW)
    services.send_news(NOON + timedelta(minutes=2))


def follow_week(town: Town) -> None:
    follower(town.hall, happening="weekly")
    town.grant(town.a, IN_A_WEEK, title="Møteplass & kafé")
    close(town.b, IN_A_WEEK + timedelta(days=2))
    services.send_weeks(SUNDAY)


def follow_reply(town: Town) -> None:
    made = follower(town.hall)
    with clock.at(NOON):
        services.propose(follower=made, follow_id=made.follows.get().pk, message="Flere kurver!", token="t", now=NOON)
        cases.add_message(Case.objects.latest("pk"), by=town.hall.unit.officer, body="God <idé>.\nNår?", now=NOON)
    services.send_news(NOON + timedelta(minutes=2))


SUNDAY = NOON + timedelta(days=6, hours=6)
SCENES: list[Callable[[Town], None]] = [
    follow_confirm,
    follow_known,
    follow_news_one,
    follow_news_many,
    follow_week,
    follow_reply,
]
READ_AT = {"follow_week": SUNDAY}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(scene: Callable[[Town], None], language: str) -> None:
    town = Town()
    town.hall.name_en, town.a.name_en, town.b.name_en = "Lilleby hall", "Lilleby hall, part A", "Lilleby hall, part B"
    for one in (town.hall, town.a, town.b):
        one.slug = one.slug.rpartition("-")[0]
        one.save()
    scene(town)
    with clock.at(READ_AT.get(scene.__name__, NOON + timedelta(minutes=2))):
        row = OutboxMessage.objects.filter(handler__startswith="follow_").latest("pk")
        handler = registry.handler(row.handler)
        assert handler.still_valid(row.payload)
        assert handler.recipient_of is not None
        assert handler.recipient_of(row.payload) == "elin@example.org"
        letter = handler.write(row.payload, language)
    parts = [f"Subject: {letter.subject}", *(f"{name}: {value}" for name, value in letter.headers), "", letter.text]
    text = "\n".join([*parts, letter.html or ""])
    for one in Follower.objects.all():
        text = text.replace(links.open_link(one.page_sealed), "[page]").replace(
            links.open_link(one.stop_sealed), "[stop]"
        )
    for pending in PendingFollow.objects.all():
        text = text.replace(links.open_link(pending.token_sealed), "[confirm]")
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    assert "<i taket>" not in letter.html
    assert "&lt;" not in letter.text
    assert "&amp;" not in letter.text
    assert "\n\n\n" not in letter.text


def test_every_letter_to_followers_has_a_scene_and_hides_its_reader() -> None:
    ours = {name for name in registry.handler_names() if name.startswith("follow_")}
    covered = set()
    for scene in SCENES:
        scene(Town())
        covered |= set(OutboxMessage.objects.values_list("handler", flat=True))
        OutboxMessage.objects.all().delete()
        Follower.objects.all().delete()
        PendingFollow.objects.all().delete()
    assert covered >= ours
    assert all(registry.handler(name).secret for name in ours)
    assert all(registry.handler(name).recipient_of for name in ours)


def test_a_letter_that_waited_longer_than_its_news_is_good_for_is_erased() -> None:
    follow_news_one(Town())
    late = NOON + timedelta(days=15)
    assert correspondence.forget_secrets(late) >= 1
    assert set(OutboxMessage.objects.filter(handler="follow_news").values_list("state", flat=True)) == {"dropped"}
