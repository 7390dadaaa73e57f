"""The pictures in the documentation, drawn by the product itself: UPDATE_IMAGES=1 make test, or pytest on this file."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from PIL import Image
from playwright.sync_api import Page
from wagtail.users.models import UserProfile

from tests.browser import towns
from tests.browser.conftest import Visit
from tests.browser.test_pages import case_of, day, fill

pytestmark = pytest.mark.browser

FOLDER = towns.ROOT / "docs" / "images"
MOST_BYTES = 250_000


def checked(page: Page) -> None:
    """A request that the rules have looked at."""
    fill("17:00", "18:30", ahead=11)(page)
    page.locator("[name=about]").fill("18")
    page.keyboard.press("Tab")
    page.locator(".sk-title").evaluate("node => window.scrollTo(0, node.offsetTop - 16)")


PICTURES = {
    "home": (lambda: "/en/", "", "desktop", None),
    "venue": (lambda: f"/en/venues/lillebyhallen/?week={day(9)}", "", "desktop", None),
    "ask": (lambda: "/en/ask/lillebyhallen/", "coach", "phone", checked),
    "case": (lambda: f"/en/cases/{case_of(waiting_on='municipality').reference}/", "coach", "phone", None),
    "queue": (lambda: "/admin/booking/cases/", "officer", "desktop", None),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, town: towns.Town, cookies: Callable[[str], Any], window: Callable[..., Visit]) -> None:
    path, who, size, then = PICTURES[name]
    UserProfile.objects.update_or_create(
        user=get_user_model().objects.get(email=town.logins["officer"]), defaults={"preferred_language": "en"}
    )
    seen = window(size=size, lang="en-GB", cookies=cookies(who), sharp=size == "phone")
    seen.go(town.url + path())
    if then:
        then(seen.page)
        seen.page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(seen.page.screenshot())).convert("RGB")
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Drawings and letters need few colours; a palette makes a quarter of it.
    few = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)
    assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES
