"""Moving a time on the grid of a proposal: by drag, by keyboard, and at once at the meeting table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.organisations import selectors as organisations
from booking.seasons.models import OfferedHours, Proposal, RoundPlace, SeasonRound, Wish, WishPlace
from booking.seasons.rules.instance import Slot
from booking.seasons.services import editing, proposing
from tests.browser import towns
from tests.browser.people import Person

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(town: towns.Town) -> Iterator[Proposal]:
    """The coach's club has a draft: one time in the gym on Monday, one in the whole hall on Tuesday."""
    from django.contrib.auth import get_user_model

    people = get_user_model()._default_manager
    coach = people.get(email=town.logins["coach"])
    now = clock.now()
    hall = Resource.objects.get(slug="lillebyhallen")
    gym = Resource.objects.get(slug="gymsalen")
    thirds = list(Resource.objects.filter(parent=hall, name__contains="tredel ").order_by("pk")[:3])
    day = now.date()
    found = SeasonRound.objects.create(
        name="Høsten", slug="provehosten", unit=hall.unit, officer=hall.unit.officer, state="proposals",
        season_start=day + timedelta(days=90), season_end=day + timedelta(days=250), opens_on=day, closes_on=day,
        proposals_until=day, hearing_until=day, confirm_by=day, adopt_on=day, created_by=coach, created_at=now,
        revised_at=now, wishes_closed_at=now,
    )  # fmt: skip
    for order, thing in enumerate([hall, *thirds, gym]):
        place = RoundPlace.objects.create(round=found, resource=thing, order=order)
        if thing in (hall, gym):
            for weekday in range(5):
                OfferedHours.objects.create(place=place, weekday=weekday, start=16 * 60, end=22 * 60)
    club = organisations.organisations_of(coach, day).first()
    assert club is not None
    wish = Wish.objects.create(
        round=found, organisation=club, number=1, team="J13", age_from=12, age_to=13, heads=15, sessions_wanted=2,
        entered_by=coach, entered_hat=f"organisation:{club.slug}", received_at=now, revised_at=now,
    )  # fmt: skip
    WishPlace.objects.bulk_create(
        WishPlace(wish=wish, resource=thing, rank=rank) for rank, thing in enumerate([gym, hall, *thirds], 1)
    )
    made = proposing.start_proposal(found, name="Vårt", by=coach, now=now, organisation=club)
    yield editing.change(
        made, before=[], after=[Slot(wish.pk, gym.pk, 0, 1020, 1080), Slot(wish.pk, hall.pk, 1, 1020, 1080)],
        reason="Slik vi vil ha det", by=coach, now=now,
    )  # fmt: skip
    # The next test has the address for a round of its own.
    SeasonRound.objects.filter(pk=found.pk).update(slug=f"brukt-{found.pk}")


@pytest.fixture
def coach(person: Callable[..., Person], town: towns.Town, cookies: Callable[[str], object]) -> Person:
    return person(town, town.logins["coach"], size="desktop", cookies=cookies("coach"))


def open_editor(who: Person, draft: Proposal, hall: str = "gymsalen", page: str = "edit") -> Page:
    who.page.goto(f"{who.town.url}/seasons/provehosten/proposals/{draft.number}/{page}/?hall={hall}")
    expect(who.page.locator("[data-week-edit]")).to_be_visible()
    return who.page


def cell(page: Page, weekday: int, start: int, place: str = "gymsalen") -> Locator:
    return page.locator(f'td[data-weekday="{weekday}"][data-start="{start}"][data-place="{place}"]')


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def drag(page: Page, one: Locator, other: Locator) -> None:
    one.scroll_into_view_if_needed()
    at, to = one.bounding_box(), other.bounding_box()
    assert at is not None
    assert to is not None
    page.mouse.move(at["x"] + 20, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(to["x"] + 25, to["y"] + 12, steps=6)
    page.mouse.up()


def test_a_dragged_time_opens_the_form_and_is_saved_with_a_reason(coach: Person, draft: Proposal) -> None:
    page = open_editor(coach, draft)
    drag(page, page.locator("[data-slot]"), cell(page, 3, 1080))
    page.wait_for_url("**/edit/*/?*weekday=3*")
    assert asked(page) | {"hall": ""} == {"weekday": "3", "start": "1080", "place": "gymsalen", "hall": ""}
    assert draft.slots.get(resource__slug="gymsalen").weekday == 0, "nothing is saved by letting go"
    page.locator('[name="reason"]').fill("Treneren jobber mandag")
    page.locator('button[name="act"][value="save"]').click()
    page.wait_for_url("**/edit/?hall=gymsalen")
    row = draft.slots.get(resource__slug="gymsalen")
    assert (row.weekday, row.start, row.reason) == (3, 1080, "Treneren jobber mandag")


def test_the_keyboard_moves_it_too(coach: Person, draft: Proposal) -> None:
    page = open_editor(coach, draft)
    page.locator("[data-slot]").focus()
    page.keyboard.press(" ")
    expect(page.locator("[data-week-say]")).to_contain_text("J13")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator("td.is-target")).to_have_attribute("data-weekday", "1")
    page.keyboard.press("Escape")
    expect(page.locator("td.is-target")).to_have_count(0)
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/*/?*weekday=2*")
    assert asked(page)["start"] == "1020"


def test_a_time_over_the_whole_hall_keeps_the_whole_hall(coach: Person, draft: Proposal) -> None:
    page = open_editor(coach, draft, hall="lillebyhallen")
    target = page.locator('td[data-weekday="1"][data-start="1140"]').first
    drag(page, page.locator("[data-slot]"), target)
    page.wait_for_url("**/edit/*/?*weekday=1*")
    assert asked(page)["place"] == "lillebyhallen"


def sideways(page: Page) -> int:
    return int(page.locator(".sk-tt-wrap").evaluate("one => one.scrollLeft"))


def test_a_drag_to_the_edge_scrolls_the_week(coach: Person, draft: Proposal) -> None:
    """The whole hall in thirds is wider than the window: what is dragged to its edge gets to the days beyond."""
    page = open_editor(coach, draft, hall="lillebyhallen")
    slot = page.locator("[data-slot]").first
    slot.scroll_into_view_if_needed()
    wrap = page.locator(".sk-tt-wrap")
    assert wrap.evaluate("one => one.scrollWidth - one.clientWidth") > 100
    before = sideways(page)
    at, box = slot.bounding_box(), wrap.bounding_box()
    assert at is not None
    assert box is not None
    page.mouse.move(at["x"] + 20, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, at["y"] + 12, steps=4)
    page.wait_for_function("was => document.querySelector('.sk-tt-wrap').scrollLeft > was + 200", arg=before)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".is-held, .is-target")).to_have_count(0)
    assert "/edit/?" in page.url, "Escape puts it back"


class Finger:
    """One finger on the glass, as the browser itself is told of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wire = page.context.new_cdp_session(page)
        self.wire.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def tell(self, kind: str, *points: tuple[float, float]) -> None:
        self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def on_glass(coach: Person, draft: Proposal) -> tuple[Page, Finger, tuple[float, float]]:
    page = open_editor(coach, draft)
    coach.heard.show_at("phone", "light")
    slot = page.locator("[data-slot]")
    slot.evaluate("one => one.scrollIntoView({block: 'center', inline: 'center'})")
    at = slot.bounding_box()
    assert at is not None
    return page, Finger(page), (at["x"] + 20, at["y"] + 12)


def test_a_finger_that_stays_lifts_a_time_and_moves_it(coach: Person, draft: Proposal) -> None:
    page, finger, (x, y) = on_glass(coach, draft)
    finger.tell("touchStart", (x, y))
    expect(page.locator("[data-slot].is-held")).to_have_count(1)
    scrolled = page.evaluate("window.scrollY")
    height = int(page.locator("[data-slot]").evaluate("one => one.closest('td').offsetHeight"))
    for step in range(1, 5):
        finger.tell("touchMove", (x, y + step * (height + 20) / 4))
    expect(page.locator("td.is-target")).not_to_have_attribute("data-start", "1020")
    assert page.evaluate("window.scrollY") == scrolled, "the page stays while a time is moved"
    finger.tell("touchEnd")
    page.wait_for_url("**/edit/*/?*start=*")
    assert asked(page)["start"] != "1020"


def test_a_finger_that_moves_at_once_scrolls_and_lifts_nothing(coach: Person, draft: Proposal) -> None:
    page, finger, (x, y) = on_glass(coach, draft)
    scrolled = page.evaluate("window.scrollY")
    finger.tell("touchStart", (x, y))
    for step in range(1, 12):
        finger.tell("touchMove", (x, y - step * 20))
    finger.tell("touchEnd")
    page.wait_for_function("was => window.scrollY > was", arg=scrolled)
    expect(page.locator(".is-held")).to_have_count(0)
    assert "/edit/?" in page.url


def test_the_editor_is_accessible_and_fits(coach: Person, draft: Proposal) -> None:
    open_editor(coach, draft)
    for size, scheme in (("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("narrow", "dark")):
        coach.heard.show_at(size, scheme)
        assert coach.heard.axe() == [], (size, scheme)
        assert coach.heard.overflows() <= 0, size
    # Three courts a day are wider than any phone: the week scrolls in its own box, the page doesn't.
    open_editor(coach, draft, hall="lillebyhallen")
    for size in ("phone", "narrow"):
        coach.heard.show_at(size, "light")
        assert coach.heard.overflows() <= 0, size


def test_at_the_table_a_move_holds_at_once(
    person: Callable[..., Person], town: towns.Town, cookies: Callable[[str], object], draft: Proposal
) -> None:
    proposing.publish(draft, by=draft.written_by, now=clock.now())
    officer: Any = draft.round.officer
    draft.refresh_from_db()
    made = editing.begin_meeting(draft, name="Møtet", by=officer, now=clock.now())
    chair = person(town, town.logins["officer"], size="desktop", cookies=cookies("officer"))
    page = open_editor(chair, made, page="meeting")
    drag(page, page.locator("[data-slot]"), cell(page, 2, 1200))
    expect(page.locator("#did")).to_be_visible()
    expect(page.locator("main")).to_contain_text("20.00–21.00")
    assert made.slots.get(resource__slug="gymsalen").weekday == 2
