"""Works in a real browser: every page by axe on a phone and a desktop, and the area drawn on a map and saved."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.works import addresses, services
from booking.works.models import Works
from tests.browser.conftest import Visit
from tests.browser.test_pages import ADMIN, ASIDE, WAGTAILS_OWN, Kind, looked_at, open_everything, opened
from tests.browser.towns import Town

__all__ = ["opened"]  # a fixture

pytestmark = pytest.mark.browser


def pipe() -> Works:
    """The works across Elvesletta: the ones that somebody is asked about."""
    return Works.objects.filter(state="consulting").order_by("pk")[0]


def party_path() -> str:
    """The page of one that is affected, by its link."""
    party = pipe().parties.filter(organisation__isnull=False).order_by("pk")[0]
    url = addresses.party_url(party, "nb")
    return "/" + url.split("/", 3)[3]


def open_the_map(page: Page) -> None:
    page.locator("[data-map] > button").first.click()
    expect(page.locator("[data-map] .leaflet-container path").first).to_be_visible()
    expect(page.locator("figure.sk-map svg").first).to_be_hidden()


def show_the_editor(page: Page) -> None:
    open_everything(page)
    page.locator("[data-map-editor]").scroll_into_view_if_needed()
    expect(page.locator("[data-map-editor] .leaflet-control-zoom")).to_be_visible()


def ask_beside_works(page: Page) -> None:
    """Time at which the power is off: the box is there, and not ticked."""
    version = Works.objects.get(state="noticed").current
    assert version is not None
    start = version.window_start.astimezone(booking_settings().tz)
    page.locator("[name=day]").fill(f"{start:%Y-%m-%d}")
    page.locator("[name=start]").fill("10:00")
    page.locator("[name=end]").fill("12:00")
    page.locator("[name=purpose]").fill("Lesesirkel")
    page.locator("[name=action][value=check]").last.click()
    expect(page.locator("#id_ticked_0")).to_be_visible()
    expect(page.locator("#id_ticked_0")).not_to_be_checked()


PAGES = [
    Kind("ask beside works", lambda: "/ask/gamle-biblioteket/", "coach", then=ask_beside_works),
    Kind("list", lambda: "/works/"),
    Kind("list as a map", lambda: "/works/", then=open_the_map),
    Kind("one", lambda: f"/works/{pipe().reference}/", then=open_everything),
    Kind("one as a map", lambda: f"/works/{pipe().reference}/", then=open_the_map),
    Kind("a party's page", party_path, then=open_everything),
]
STAFF = [
    Kind("planner's list", lambda: f"{ADMIN}/works/", "planner", holds="table.listing"),
    Kind(
        "readiness", lambda: f"{ADMIN}/works/inspect/{pipe().pk}/", "planner", holds="#affected", then=open_everything
    ),
    Kind("new", lambda: f"{ADMIN}/works/new/", "planner", holds="[name=title]", then=show_the_editor),
    Kind("editor", lambda: f"{ADMIN}/works/change/{pipe().pk}/", "planner", holds="[name=title]", then=show_the_editor),
    Kind("emergency", lambda: f"{ADMIN}/works/emergency/", "planner", holds="[name=cause]"),
]


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.name)
def test_public_page_of_works(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    assert looked_at(seen) == ""
    assert seen.page.locator("h1").count() == 1


@pytest.mark.parametrize("kind", STAFF, ids=lambda kind: kind.name)
def test_staff_page_of_works(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    assert looked_at(seen, others=WAGTAILS_OWN, aside=ASIDE).splitlines() == []


# --- drawing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def drafted(demo: Town) -> Works:
    """A draft that has no outline yet."""
    works = pipe()
    version = works.current
    assert version is not None
    spec = services.WorksSpec(
        title="Ny lyktestolpe", reason="Den gamle lyser ikke.", window_start=version.window_start,
        window_end=version.window_end, targets=[services.TargetSpec(version.targets.all()[0].resource)],
    )  # fmt: skip
    return services.draft_works(unit=works.unit, spec=spec, by=works.owner, now=clock.now())


@pytest.fixture
def planner(demo: Town, drafted: Works, person: Callable[..., object]) -> Page:
    somebody = person(demo, demo.logins["planner"], size="desktop")
    path = f"{ADMIN}/works/change/{drafted.pk}/"
    somebody.go(f"/account/login/?next={path}")  # type: ignore[attr-defined]
    somebody.signs_in()  # type: ignore[attr-defined]
    page: Page = somebody.page  # type: ignore[attr-defined]
    expect(page.locator("[name=title]")).to_be_visible()
    show_the_editor(page)
    return page


def save(page: Page) -> None:
    page.locator(".sk-staff-acts button[type=submit]").first.click()
    expect(page.locator("#affected")).to_be_visible()


def test_an_area_is_drawn_with_the_mouse_and_saved(drafted: Works, planner: Page) -> None:
    planner.locator("[data-map-editor] button").first.click()
    ground = planner.locator("[data-map-editor] .leaflet-container")
    for x, y in ((80, 80), (240, 80), (240, 220), (80, 220)):
        ground.click(position={"x": x, "y": y})
    ground.click(position={"x": 80, "y": 80})  # the first corner closes it
    drawn = json.loads(planner.locator("[name=footprint]").input_value())
    assert drawn["type"] == "Polygon"
    assert len(drawn["coordinates"][0]) == 5
    assert drawn["coordinates"][0][0] == drawn["coordinates"][0][-1]
    assert planner.locator(".sk-handle").count() == 4
    save(planner)
    drafted.refresh_from_db()
    assert drafted.current is not None
    assert drafted.current.footprint == drawn


def test_the_area_that_feels_it_is_drawn_with_the_keyboard_alone(drafted: Works, planner: Page) -> None:
    planner.locator("[data-map-editor] button").nth(1).focus()
    planner.keyboard.press("Enter")
    ground = planner.locator("[data-map-editor] .leaflet-container")
    expect(ground).to_be_focused()
    planner.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        planner.keyboard.press(key)
        planner.wait_for_timeout(400)  # the map glides
        planner.keyboard.press("Enter")
    planner.keyboard.press("Backspace")
    planner.get_by_role("button", name=planner.locator("[data-map-editor] button").nth(4).inner_text()).press("Enter")
    drawn = json.loads(planner.locator("[name=notify_area]").input_value())
    assert len(drawn["coordinates"][0]) == 4
    save(planner)
    drafted.refresh_from_db()
    assert drafted.current is not None
    assert drafted.current.notify_area == drawn


def test_a_press_on_a_place_ticks_it_and_a_pasted_area_is_shown(drafted: Works, planner: Page) -> None:
    boxes = planner.locator("[name=places]:checked")
    before = boxes.count()
    other = planner.locator("[data-map-editor] path.sk-outline:not(.is-ticked)").first
    other.dispatch_event("click")
    expect(boxes).to_have_count(before + 1)
    line = '{"type": "LineString", "coordinates": [[17.9, 69.2], [17.91, 69.21]]}'
    planner.locator("[name=footprint]").fill(line)
    planner.locator("[name=footprint]").blur()
    expect(planner.locator("[data-map-editor] path.is-works")).to_have_count(1)
    planner.locator("[name=footprint]").fill("{nothing")
    planner.locator("[name=footprint]").blur()
    expect(planner.locator("[data-map-editor] path.is-works")).to_have_count(0)
    expect(planner.locator("[data-map-editor] [role=status]")).not_to_be_empty()


def test_without_javascript_the_picture_and_the_fields_are_there(town: Town, window: Callable[..., Visit]) -> None:
    seen = window(javascript=False)
    seen.go(f"{town.url}/works/")
    expect(seen.page.locator("figure.sk-map svg").first).to_be_visible()
    expect(seen.page.locator("[data-map]").first).to_be_hidden()
