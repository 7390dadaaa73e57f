"""Nothing that somebody types into a page of season rounds or dialogue meetings is answered with a server error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from booking.foundation import clock
from booking.seasons.services.adopting import adopt
from tests.factories import NOW
from tests.meetings.world import HELD
from tests.meetings.world import make_world as make_meetings
from tests.reliability import nasty
from tests.reliability.test_bad_input_pages import NASTIEST, sweep
from tests.seasons.conftest import make_heard
from tests.seasons.test_pages import open_round
from tests.seasons.world import Valley, make_valley
from tests.staff.conftest import browser

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Page = tuple[Any, str]


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


def adopted_round(valley: Valley) -> Any:
    """A round that runs: one weekly hour of the club's in the gym."""
    today = NOW.date()
    found = valley.round(
        "proposals", slug="vedtatt", name="Vedtatt", opens_on=today - timedelta(60), closes_on=today - timedelta(40),
        proposals_until=today - timedelta(20), hearing_until=today - timedelta(1),
        confirm_by=today - timedelta(1),
    )  # fmt: skip
    made = valley.proposal(found, (valley.wish(found, "J9"), valley.gym, 4, 17, 18), state="published")
    found.heard, found.state = made, "hearing"
    found.save()
    adopt(found, made, grounds="Etter høringen.", by=valley.officer, now=NOW)
    return found


def pages_of_rounds(valley: Valley) -> list[Page]:
    """Every page of season rounds that has a form, with who may use it."""
    coach, officer = browser(valley.coach), browser(valley.officer)
    found, made = make_heard(valley)
    found.hearing_until = NOW.date() + timedelta(3)
    found.save()
    draft = valley.proposal(found, (made.slots.get(wish__team="J13").wish, valley.gym, 0, 17, 18), author_kind="table")
    preparing = valley.round("preparing", slug="ny", name="Ny")
    opened = open_round(valley, slug="apen", name="Åpen")
    wish = valley.wish(opened)
    adopted_round(valley)
    whose, one = [opened.slug, valley.club.slug], [found.slug, draft.number]
    clubs: dict[str, list[Any]] = {
        "season_wishes_of": whose, "season_wish_new": whose, "season_wish": [*whose, wish.number],
        "season_hearing": [found.slug], "season_say_about": [found.slug, made.number], "my_hours": [valley.club.slug],
    }  # fmt: skip
    units: dict[str, list[Any]] = {
        "season_proposal_edit": one, "season_slot_add": one,
        "season_slot": [*one, draft.slots.get().pk], "season_meeting": one,
        "season_hearing": [found.slug],
    }  # fmt: skip
    admin: dict[str, list[Any]] = {
        "add": [], "setup": [preparing.pk], "places": [preparing.pk], "own_use": [preparing.pk],
        "breaks": [preparing.pk], "rules": [preparing.pk], "inspect": [opened.pk], "wishes": [opened.pk],
        "wish": [opened.pk, wish.number], "proposals": [found.pk], "hearing": [found.pk],
        "adopt": [found.pk],
    }  # fmt: skip
    return [
        *((coach, reverse(f"booking:{name}", args=args)) for name, args in clubs.items()),
        *((officer, reverse(f"booking:{name}", args=args)) for name, args in units.items()),
        *((officer, reverse(f"booking_seasons:{name}", args=args)) for name, args in admin.items()),
        (officer, f"{reverse('booking_seasons:wish_new', args=[opened.pk])}?organisation={valley.club.slug}"),
    ]


def swept(pages: list[Page]) -> int:
    """How many were sent; fails with everything that was answered badly."""
    total, wrong, formless = 0, [], []
    for who, address in pages:
        sent, found = sweep(who, address, texts=nasty.tried_here(NASTIEST), fraction=3)
        total, wrong = total + sent, wrong + found
        if not sent:
            formless.append(address)
    assert not wrong, "\n".join(wrong)
    assert not formless
    return total


def test_every_field_of_season_rounds(db: None) -> None:
    assert swept(pages_of_rounds(make_valley())) > 180 * nasty.met(NASTIEST, 3)


def test_every_field_of_dialogue_meetings(db: None) -> None:
    world = make_meetings()
    leader, officer = browser(world.leader), browser(world.officer)
    called, held = world.called(), world.held(title="Holdt")
    world.promise(held, organisation=world.club)
    world.promise(held)

    def pages(meeting: Any) -> list[Page]:
        return [
            (leader, reverse("booking:meeting", args=[meeting.reference])),
            (officer, reverse("booking_meetings:inspect", args=[meeting.pk])),
        ]

    before = [
        (officer, reverse("booking_meetings:add")),
        (officer, reverse("booking_meetings:change", args=[called.pk])),
    ]
    assert swept([*before, *pages(called)]) > 30 * nasty.met(NASTIEST, 3)
    with clock.at(HELD):
        assert swept(pages(held)) > 12 * nasty.met(NASTIEST, 3)
