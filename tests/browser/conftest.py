"""A real Chromium (Debian's) against a real server.

What the page does is listened to: a foreign host, an error on the console or a broken content policy fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

# Playwright's loop runs in the main thread; Django would take its presence for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 900), "narrow": (320, 640)}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run."""
    if not CHROMIUM:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page, and what was heard while it was open."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def bytes_before_pictures(self) -> int:
        """What was sent for everything but pictures, compressed as it travelled."""
        return sum(one.sizes()["responseBodySize"] for one in self.requests if one.resource_type != "image")

    def axe(self) -> list[str]:
        """What axe finds wrong, one line each."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{item['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for item in found
            for node in item["nodes"]
        ]

    def overflows(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """``visit(url, size="phone", scheme="light", javascript=True)`` opens a page in a fresh session."""
    opened: list[tuple[Any, Visit]] = []

    def open_page(
        url: str, *, size: str = "phone", scheme: str = "light", javascript: bool = True, lang: str = "nb-NO"
    ) -> Visit:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=javascript,
            locale=lang,
            timezone_id="Europe/Oslo",
            reduced_motion="reduce",
        )
        page = context.new_page()
        heard = Visit(page)
        host = urlsplit(url).netloc

        def request(one: Any) -> None:
            if urlsplit(one.url).scheme in ("http", "https") and urlsplit(one.url).netloc != host:
                heard.foreign.append(one.url)

        page.on("request", request)
        page.on("requestfinished", lambda one: heard.requests.append(one))
        page.on("console", lambda said: heard.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.faults.append(str(error)))
        # "load" first: on a busy machine the network can be idle before the style sheets have been asked for.
        page.goto(url, wait_until="load")
        page.wait_for_load_state("networkidle")
        opened.append((context, heard))
        return heard

    yield open_page
    for context, heard in opened:
        context.close()
        assert heard.foreign == [], "pages fetch nothing from foreign hosts"
        assert heard.faults == [], "the console is silent: no error, no broken content policy"
