"""Season rounds, calendars and agreements in a browser: every page by axe, nothing sticks out, short on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from booking.agreements.models import Agreement
from booking.meetings.models import Meeting
from booking.seasons.models import SeasonRound
from tests.browser.conftest import Visit
from tests.browser.people import Person
from tests.browser.test_pages import ADMIN, ASIDE, WAGTAILS_OWN, Kind, looked_at, open_everything, opened
from tests.browser.towns import Town

__all__ = ["opened"]  # a fixture

pytestmark = pytest.mark.browser

SEASON = "/seasons/halltid-2027"
CLUB = "lilleby-idrettslag"
#: How long these pages may be on a phone as they open, in windows of 844 points: the answer, and then what is folded.
LONGEST = 4


def the_round() -> int:
    return int(SeasonRound.objects.get(slug="halltid-2027").pk)


def running() -> int:
    return int(SeasonRound.objects.get(slug="sondager-2026").pk)


def agreement() -> int:
    return int(Agreement.objects.filter(unit__slug="kultur-og-idrett").order_by("pk")[0].pk)


def meeting() -> int:
    return int(Meeting.objects.filter(unit__slug="kultur-og-idrett").order_by("pk")[0].pk)


def tap_a_day(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".sk-cal__tap").nth(9).click()
    expect(page.locator("#day")).to_be_visible()


PUBLIC = [
    Kind("rounds", lambda: "/seasons/"),
    Kind("round", lambda: f"{SEASON}/", "coach", then=open_everything),
    Kind("wishes", lambda: f"{SEASON}/wishes/", "coach", then=open_everything),
    Kind("demand", lambda: f"{SEASON}/demand/"),
    Kind("proposals", lambda: f"{SEASON}/proposals/", "coach"),
    Kind("a proposal", lambda: f"{SEASON}/proposals/1/", "coach", then=open_everything),
    Kind("a proposal, by organisation", lambda: f"{SEASON}/proposals/1/?as=organisations", "coach"),
    Kind("a proposal, as a table", lambda: f"{SEASON}/proposals/1/?as=list", "coach"),
    Kind("say something about a proposal", lambda: f"{SEASON}/proposals/2/say/", "coach"),
    Kind("two proposals", lambda: f"{SEASON}/proposals/1/compare/?against=2", then=open_everything),
    Kind("hearing", lambda: f"{SEASON}/hearing/", "coach", then=open_everything),
    Kind("our hours", lambda: f"/my/organisations/{CLUB}/hours/", "leader", then=open_everything),
    Kind("an organisation's month", lambda: f"/organisations/{CLUB}/calendar/?view=month", then=tap_a_day),
    Kind("an organisation's list", lambda: f"/organisations/{CLUB}/calendar/", then=open_everything),
    Kind("a place's month", lambda: "/things/lillebyhallen/calendar/"),
    Kind("a place's day, part by part", lambda: "/things/lillebyhallen/calendar/?view=places"),
]
STAFF = [
    Kind("rounds", lambda: f"{ADMIN}/seasons/", "officer", holds="table.listing"),
    Kind("new round", lambda: f"{ADMIN}/seasons/new/", "officer", holds="[name=season_start]", then=open_everything),
    Kind("round", lambda: f"{ADMIN}/seasons/inspect/{the_round()}/", "officer", holds="#next"),
    Kind("set-up", lambda: f"{ADMIN}/seasons/setup/{the_round()}/", "officer", then=open_everything),
    Kind("places", lambda: f"{ADMIN}/seasons/places/{the_round()}/", "officer"),
    Kind("own use", lambda: f"{ADMIN}/seasons/own-use/{the_round()}/", "officer"),
    Kind("breaks", lambda: f"{ADMIN}/seasons/breaks/{the_round()}/", "officer"),
    Kind("rules", lambda: f"{ADMIN}/seasons/rules/{the_round()}/", "officer", then=open_everything),
    Kind("wishes", lambda: f"{ADMIN}/seasons/wishes/{the_round()}/", "officer", holds="table.listing"),
    Kind("proposals", lambda: f"{ADMIN}/seasons/proposals/{the_round()}/", "officer"),
    Kind("hearing", lambda: f"{ADMIN}/seasons/hearing/{the_round()}/", "officer"),
    Kind("adopt", lambda: f"{ADMIN}/seasons/adopt/{the_round()}/", "officer", then=open_everything),
    Kind("agreement", lambda: f"{ADMIN}/agreements/inspect/{agreement()}/", "officer", then=open_everything),
    Kind("write down an agreement", lambda: f"{ADMIN}/agreements/new/", "officer"),
    Kind("meeting", lambda: f"{ADMIN}/meetings/inspect/{meeting()}/", "officer", then=open_everything),
]


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.name)
def test_public_page(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    assert looked_at(seen) == ""
    assert seen.page.locator("h1").count() == 1


@pytest.mark.parametrize("kind", STAFF, ids=lambda kind: kind.name)
def test_staff_page(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    assert looked_at(seen, others=WAGTAILS_OWN, aside=ASIDE).splitlines() == []
    tall = "[...document.querySelectorAll('main .help-block svg')].map(one => one.getBoundingClientRect().height)"
    assert all(height < 40 for height in seen.page.evaluate(tall)), "an icon is as large as a letter"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("", f"/organisations/{CLUB}/calendar/?view=month"),
        ("", f"/organisations/{CLUB}/calendar/"),
        ("leader", f"/my/organisations/{CLUB}/hours/"),
        ("coach", f"{SEASON}/wishes/"),
    ],
    ids=["month", "list", "our hours", "wishes"],
)
def test_on_a_phone_the_answer_comes_first_and_the_rest_is_folded(
    town: Town, cookies: Callable[[str], Any], window: Callable[..., Visit], who: str, path: str
) -> None:
    seen = window(cookies=cookies(who))
    seen.go(town.url + path)
    assert seen.page.evaluate("document.querySelector('main').offsetHeight") <= LONGEST * 844


def test_a_day_of_the_month_is_tapped_without_a_script(town: Town, window: Callable[..., Visit]) -> None:
    seen = window(javascript=False)
    seen.go(f"{town.url}/things/lillebyhallen/calendar/?view=month")
    full = seen.page.locator("td:not(.sk-cal__outside):not(.sk-cal__empty) .sk-cal__tap").last
    number = full.locator("> span").first.inner_text().split(".")[0].strip()
    full.click()
    expect(seen.page.locator("#day dt")).to_contain_text(f" {number}. ")
    expect(seen.page.locator("#day dd").first).to_be_visible()


@pytest.mark.parametrize("who", ["", "coach", "officer_two_hats", "unit_leader"])
def test_nothing_in_the_header_breaks_in_the_middle(
    town: Town, cookies: Callable[[str], Any], window: Callable[..., Visit], who: str
) -> None:
    """In no width, also as at 400 % (320 points): words of the menu and of the tools each stand on one line."""
    seen = window(cookies=cookies(who), size="desktop")
    seen.go(town.url + "/seasons/")
    for width in (320, 390, 640, 768, 960, 1024, 1280, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.overflows() <= 0, width
        broken = """[...document.querySelectorAll('.sk-nav a, .sk-header__tools :is(a, button)')]
            .filter(one => one.getClientRects().length && one.offsetHeight > 80).map(one => one.textContent.trim())"""
        assert seen.page.evaluate(broken) == [], width
        rows = """new Set([...document.querySelectorAll('.sk-header__tools > *')].filter(one => one.offsetParent)
            .map(one => one.getBoundingClientRect()).map(at => Math.round((at.top + at.bottom) / 24))).size"""
        assert seen.page.evaluate(rows) <= 1, width


def test_a_long_name_of_a_role_gives_way(
    town: Town, cookies: Callable[[str], Any], window: Callable[..., Visit]
) -> None:
    seen = window(cookies=cookies("coach"))
    seen.go(town.url + "/seasons/")
    name = seen.page.locator(".sk-hat__name")
    name.evaluate("one => { one.textContent = 'Samarbeidsrådet for idrett og friluftsliv i indre Lilleby og omegn' }")
    for width in (320, 390, 1024, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.overflows() <= 0, width
        assert seen.page.locator(".sk-hat").evaluate("one => one.offsetHeight") < 60, width


def test_our_hours_are_opened_by_the_keyboard(
    person: Callable[..., Person], town: Town, cookies: Callable[[str], Any]
) -> None:
    leader = person(town, town.logins["leader"], cookies=cookies("leader"))
    leader.go(f"/my/organisations/{CLUB}/hours/")
    fold = leader.page.locator("details[id^=hour-]").first
    leader.tabs_to(fold.locator("summary").first)
    leader.page.keyboard.press("Enter")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator("a").first).to_be_visible()
