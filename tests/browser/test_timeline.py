"""The timeline in use: a bar is dragged, a row of the table is chosen by the keyboard; both just open the form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from booking.cases.models import Line, LineChange
from booking.foundation import clock
from tests.browser import towns
from tests.browser.people import Person

pytestmark = pytest.mark.browser

OSLO = ZoneInfo("Europe/Oslo")
ADDRESS = "/admin/booking/timeline/"
MOVE = re.compile(r"/admin/booking/timeline/move/\d+/\?")


@pytest.fixture
def officer(person: Callable[..., Person], town: towns.Town, cookies: Callable[[str], object]) -> Person:
    """The officer at her desk."""
    return person(town, town.logins["officer"], size="desktop", cookies=cookies("officer"))


def next_week(span: int = 7) -> str:
    day = clock.now().astimezone(OSLO).date() + timedelta(days=7)
    return f"{ADDRESS}?span={span}&day={day.isoformat()}"


def granted(page: Page) -> Locator:
    """The first bar that can be dragged and lies within the window, clear of the names."""
    box = page.locator(".sk-tl-scroll")
    expect(box).to_be_visible()
    names = page.locator(".sk-tl tbody th").first.bounding_box()
    assert names is not None
    for bar in page.locator("a.sk-tl-item--granted[data-move]").all():
        bar.scroll_into_view_if_needed()
        at = bar.bounding_box()
        if at is not None and at["x"] > names["x"] + names["width"] + 2:
            return bar
    raise AssertionError("nothing is granted next week")


def line_of(bar: Locator) -> Line:
    found = re.search(r"/(\d+)/$", bar.get_attribute("data-move") or "")
    assert found
    return Line.objects.get(pk=int(found[1]))


def day_width(page: Page) -> float:
    row = page.locator("svg.sk-tl-row").first.bounding_box()
    assert row is not None
    return row["width"] / int(page.locator("[data-timeline]").get_attribute("data-days") or 0)


def drag(page: Page, bar: Locator, dx: float, dy: float = 0, *, let_go: bool = True) -> None:
    at = bar.bounding_box()
    assert at is not None
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2, steps=3)
    page.mouse.move(x + dx, y + dy, steps=3)
    if let_go:
        page.mouse.up()


def asked_for(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_bar_dragged_to_another_hour_opens_the_form_with_that_hour(officer):
    officer.go(next_week())
    bar = granted(officer.page)
    line, hours = line_of(bar), 24 - int(officer.page.locator("[data-timeline]").get_attribute("data-opens") or 0)
    before = LineChange.objects.count()
    drag(officer.page, bar, -day_width(officer.page) / hours * 2)
    expect(officer.page).to_have_url(MOVE)
    local = line.start.astimezone(OSLO)
    assert asked_for(officer.page) == {
        "day": local.date().isoformat(),
        "start": f"{local - timedelta(hours=2):%H:%M}",
        "resource": str(line.resource_id),
    }
    assert officer.page.locator("[name=start]").input_value() == f"{local - timedelta(hours=2):%H:%M}"
    length = line.end - line.start
    assert officer.page.locator("[name=end]").input_value() == f"{local - timedelta(hours=2) + length:%H:%M}"
    expect(officer.page.get_by_role("heading", level=2, name=officer.say("How the new time fits"))).to_be_visible()
    assert LineChange.objects.count() == before, "nothing is moved or proposed before the form is sent"
    assert officer.heard.axe() == []


@pytest.mark.parametrize("span", [7, 28])
def test_a_bar_dragged_to_the_next_day_keeps_its_hour(officer, span):
    officer.go(next_week(span))
    bar = granted(officer.page)
    line = line_of(bar)
    # Towards the middle of the window, where there is room.
    at = bar.bounding_box()
    days = 1 if at["x"] < 800 else -1
    drag(officer.page, bar, days * day_width(officer.page))
    expect(officer.page).to_have_url(MOVE)
    local = line.start.astimezone(OSLO)
    asked = asked_for(officer.page)
    assert (asked["day"], asked["start"]) == ((local.date() + timedelta(days=days)).isoformat(), f"{local:%H:%M}")


def test_a_bar_dragged_to_another_row_names_that_thing(officer):
    officer.go(next_week())
    bar = granted(officer.page)
    row = bar.locator("xpath=ancestor::tr")
    other = row.locator("xpath=(following-sibling::tr | preceding-sibling::tr)[last()]")
    near = row.locator("xpath=following-sibling::tr[1]")
    target = near if near.count() else other
    to, at = target.bounding_box(), bar.bounding_box()
    thing = target.get_attribute("data-resource")
    dy = to["y"] + to["height"] / 2 - at["y"] - at["height"] / 2
    drag(officer.page, bar, 0, dy, let_go=False)
    expect(target).to_have_class(re.compile("sk-tl-target"))
    officer.page.mouse.up()
    expect(officer.page).to_have_url(MOVE)
    assert asked_for(officer.page)["resource"] == thing


def test_a_click_opens_the_case_and_escape_lets_go(officer):
    officer.go(next_week())
    bar = granted(officer.page)
    drag(officer.page, bar, 60, let_go=False)
    expect(bar).to_have_class(re.compile("sk-tl-dragged"))
    officer.page.keyboard.press("Escape")
    expect(bar).not_to_have_class(re.compile("sk-tl-dragged"))
    officer.page.mouse.move(5, 5)
    officer.page.mouse.up()
    assert ADDRESS in officer.page.url
    assert "/move/" not in officer.page.url
    granted(officer.page).click()
    expect(officer.page).to_have_url(re.compile(r"/admin/booking/cases/inspect/\d+/"))


def test_the_week_begins_where_something_can_still_be_changed(officer):
    today = clock.now().astimezone(OSLO).date()
    officer.go(f"{ADDRESS}?span=28")
    if today.weekday() == 0:
        pytest.skip("on a Monday no day has passed")
    assert officer.page.locator(".sk-tl-scroll").evaluate("node => node.scrollLeft") > 0


def test_with_the_keyboard_the_table_leads_to_the_same_form(officer):
    officer.go(next_week())
    labels = set(
        officer.page.locator("a.sk-tl-item[data-move]").evaluate_all("all => all.map(one => one.dataset.move)")
    )
    officer.tabs_to(officer.link("As a table"))
    officer.page.keyboard.press("Enter")
    expect(officer.link("As a timeline")).to_be_visible()
    rows = officer.page.locator("main a[href*='/timeline/move/']")
    assert labels <= set(rows.evaluate_all("all => all.map(one => one.getAttribute('href'))"))
    rows.first.focus()
    officer.page.keyboard.press("Enter")
    expect(officer.page).to_have_url(re.compile(r"/timeline/move/\d+/$"))
    expect(officer.page.locator("[name=day]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_table_fits_a_phone_and_can_be_read(officer, scheme):
    officer.go(next_week() + "&as=table")
    officer.heard.show_at("phone", scheme)
    assert officer.heard.overflows() <= 0
    assert officer.heard.cut_off() == []
    assert officer.heard.axe() == []
