"""All components in all states, in a real browser: accessible, inside the window and the budget, without script too."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def address(server: str) -> str:
    """The page on the empty database: nothing here writes, so no test has to pay for a fresh one."""
    return f"{server}/_styleguide/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_axe_finds_nothing(address: str, visit: Visit, size: str, scheme: str) -> None:
    seen = visit(f"{address}?messages", size=size, scheme=scheme)
    assert seen.axe() == []


@pytest.mark.parametrize("size", ["narrow", "phone", "desktop"])
def test_nothing_sticks_out_of_the_window(address: str, visit: Visit, size: str) -> None:
    assert visit(address, size=size).overflows() <= 0


def test_four_hundred_per_cent_zoom_is_a_window_of_320_by_256(address: str, visit: Visit) -> None:
    seen = visit(address, size="narrow")
    seen.page.set_viewport_size({"width": 320, "height": 256})
    assert seen.overflows() <= 0
    bar = seen.page.locator(".sk-actionbar").first
    # In so low a window nothing may stand in the way of reading.
    assert bar.evaluate("node => getComputedStyle(node).position") == "static"


def test_without_script_the_list_says_it_all_and_there_is_no_dead_button(address: str, visit: Visit) -> None:
    seen = visit(address, javascript=False)
    assert seen.page.locator(".sk-week").first.is_visible()
    assert seen.page.locator("[data-calendar]:visible").count() == 0


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
def test_the_calendar_says_the_same_as_the_list(address: str, visit: Visit, size: str, scheme: str) -> None:
    seen = visit(address, size=size, scheme=scheme)
    page = seen.page
    first = page.locator("[data-calendar]").first
    listed = page.locator(".sk-week tbody tr").first.locator(".sk-times a").all_inner_texts()
    assert listed
    first.get_by_role("button", name="Calendar").or_(first.get_by_role("button", name="Kalender")).click()
    expect(first.locator(".ec-event.is-free").first).to_be_visible()
    assert not page.locator("#days-table").is_visible()
    drawn = [text.split(" ")[0] for text in first.locator(".is-free .sk-event__body").all_inner_texts()]
    assert [text.split()[-1] for text in listed] == drawn[: len(listed)]
    assert seen.axe() == []
    # Arrow keys go from one free time to the next; the link leads to the form with that time.
    links = first.locator("a.sk-event__link")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.href") == links.nth(1).get_attribute("href")
    assert "free_from=" in (links.nth(1).get_attribute("href") or "")


def test_a_calendar_that_cannot_be_fetched_says_so_and_offers_another_try(address: str, visit: Visit) -> None:
    seen = visit(address)
    broken = seen.page.locator("[data-calendar]").nth(1)
    broken.locator(".sk-segment button").nth(1).click()
    expect(broken.get_by_role("status").get_by_role("button")).to_be_visible()
    # The browser itself reports the 503 that was asked for.
    seen.faults[:] = [fault for fault in seen.faults if "503" not in fault]


def test_keyboard_reaches_the_content_by_the_skip_link(address: str, visit: Visit) -> None:
    page = visit(address, size="desktop").page
    skip = page.locator(".sk-skip")
    # The error summary has taken the focus; the skip link is the first stop of the page, so it is reached backwards.
    for _press in range(300):
        page.keyboard.press("Shift+Tab")
        if skip.evaluate("node => node === document.activeElement"):
            break
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(address: str, visit: Visit) -> None:
    page = visit(address).page
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    link = page.locator(".ds-error-summary a").nth(1)
    target = (link.get_attribute("href") or "").removeprefix("#")
    link.click()
    assert page.evaluate("document.activeElement.id || location.hash.slice(1)") == target


def test_a_form_is_sent_once_however_often_the_button_is_pressed(address: str, visit: Visit) -> None:
    page = visit(address).page
    sent: list[str] = []

    def answer(route: Any) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        sent.append(route.request.method)
        route.fulfill(status=204)  # the page stays, as it does while an answer is on its way

    page.route("**/_styleguide/", answer)
    button = page.locator("form.sk-form button[type=submit]")
    button.click(no_wait_after=True)
    expect(button).to_have_attribute("aria-busy", "true")
    button.click(no_wait_after=True)
    button.press("Enter")
    assert sent == ["POST"]


def test_a_page_stays_within_the_budget(address: str, visit: Visit) -> None:
    """120 kB before pictures, as they were sent; and room for htmx, which this page doesn't carry."""
    seen = visit(address)
    assert seen.page.evaluate("document.fonts.check('16px \"Schibsted Grotesk\"')"), "the font counts too"
    htmx = finders.find("django_htmx/htmx-2.min.js")
    assert htmx
    assert 50_000 < seen.bytes_before_pictures + len(gzip.compress(Path(htmx).read_bytes())) < 120_000
