"""A real Chromium (Debian's) against a real server on a real database.

What the page does is listened to: a foreign host, an error on the console or a broken content policy fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from booking.correspondence import services as letters
from booking.correspondence.rules import not_at_night
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests.browser import towns
from tests.browser.people import Person

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
# On a busy machine an answer may take long; what never comes still fails.
expect.set_options(timeout=20_000)
#: The documentation's pictures are made when somebody asks for new ones, so that a test run leaves the tree as it was.
collect_ignore = [] if os.environ.get("UPDATE_IMAGES") == "1" else ["test_images.py"]
#: What a change of the colour scheme can break.
COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run. Its own language decides how date and time fields are typed into: always American."""
    if not CHROMIUM:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "en_US"}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, env=env)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A browser window of its own, and what was heard while it was open."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def bytes_before_pictures(self) -> int:
        """What was sent for everything but pictures, compressed as it travelled."""
        return sum(one.sizes()["responseBodySize"] for one in self.requests if one.resource_type != "image")

    def go(self, url: str) -> None:
        """Open an address and wait for all that belongs to it."""
        # "load" first: on a busy machine the network can be idle before the style sheets have been asked for.
        self.page.goto(url, wait_until="load")
        self.page.wait_for_load_state("networkidle")

    def axe(self, context: dict[str, Any] | None = None, *, rules: list[str] | None = None) -> list[str]:
        """What axe finds wrong, one line each. ``rules``: only these."""
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = {"type": "rule", "values": rules}
        found = Axe().run(self.page, context, options).response["violations"]
        return [
            " ".join(f"{item['id']}: {node['html'][:200]} {node['failureSummary'][:300]}".split())
            for item in found
            for node in item["nodes"]
        ]

    def overflows(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def cut_off(self, aside: str = "") -> list[str]:
        """The innermost elements that stick out of the window and can't be reached by scrolling their own box.

        ``aside``: a selector of what is meant to lie outside until it is called for.
        """
        script = """aside => {
            const boxed = node => {
                for (let up = node.parentElement; up && up.localName !== "main"; up = up.parentElement)
                    if (getComputedStyle(up).overflowX !== "visible") return true;
                return false;
            };
            const out = [...document.querySelectorAll("main *")].filter(node => {
                const at = node.getBoundingClientRect();
                if (!at.width || at.right <= window.innerWidth + 0.5 || (aside && node.closest(aside))) return false;
                return !boxed(node);
            });
            return out.filter(node => !out.some(other => other !== node && node.contains(other)))
                .slice(0, 5).map(node => node.outerHTML.replace(/\\s+/g, " ").slice(0, 200));
        }"""
        return list(self.page.evaluate(script, aside))

    def show_at(self, size: str, scheme: str) -> None:
        """The same page in another window size and colour scheme."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        # Colours that glide from one scheme to the other are neither of both until they are there.
        # What is folded away may never get there (Chromium holds its animations), so there is an end to waiting.
        self.page.evaluate(
            "Promise.race([Promise.allSettled(document.getAnimations().map(one => one.finished)),"
            " new Promise(done => setTimeout(done, 5000))])"
        )

    def forgive(self, words: str) -> None:
        """The browser itself reports answers such as 404 and 409; those that the test asked for are no fault."""
        self.faults[:] = [fault for fault in self.faults if words not in fault]


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """``window(size="phone", scheme="light", javascript=True, cookies=None)`` opens an empty window."""
    opened: list[tuple[Any, Visit]] = []

    def open_window(
        *,
        size: str = "phone",
        scheme: str = "light",
        javascript: bool = True,
        lang: str = "nb-NO",
        cookies: Any = None,
        sharp: bool = False,
    ) -> Visit:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=javascript,
            locale=lang,
            timezone_id="Europe/Oslo",
            reduced_motion="reduce",
            storage_state=cookies,
            device_scale_factor=2 if sharp else 1,
        )
        page = context.new_page()
        heard = Visit(page)

        def request(one: Request) -> None:
            at = urlsplit(one.url)
            if at.scheme in ("http", "https") and at.hostname != "localhost":
                heard.foreign.append(one.url)

        page.on("request", request)
        page.on("requestfinished", lambda one: heard.requests.append(one))
        page.on("console", lambda said: heard.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.faults.append(str(error)))
        opened.append((context, heard))
        return heard

    yield open_window
    for context, heard in opened:
        context.close()
        assert heard.foreign == [], "pages fetch nothing from foreign hosts"
        assert heard.faults == [], "the console is silent: no error, no broken content policy"


@pytest.fixture
def visit(window: Callable[..., Visit]) -> Callable[..., Visit]:
    """``visit(url, size="phone", scheme="light", javascript=True)`` opens a page in a window of its own."""

    def open_page(url: str, **options: Any) -> Visit:
        heard = window(**options)
        heard.go(url)
        return heard

    return open_page


# --- the server, and what it serves ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The product's own handler on a free port, as a demo; it answers from the database that Django is connected to.

    Django's handler for tests would serve static files past WhiteNoise and compression.
    """
    with override_settings(BOOKING=settings.BOOKING | {"demo": True}), django_db_blocker.unblock():
        thread = LiveServerThread("localhost", static_handler=lambda _: WSGIHandler())
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        assert thread.error is None, thread.error
        url = f"http://{thread.host}:{thread.port}"
        with override_settings(BOOKING=settings.BOOKING | {"public_base_url": url}):
            yield url
        thread.terminate()


@pytest.fixture(scope="session")
def demo_template(django_db_setup: None, django_db_blocker: Any) -> towns.Template:
    """Lilleby, built once for the whole run; tests get copies."""
    with django_db_blocker.unblock():
        return towns.lilleby()


@pytest.fixture
def demo(server: str, demo_template: towns.Template) -> Iterator[towns.Town]:
    """A fresh Lilleby behind the server, for one test."""
    with demo_template.opened(server) as town:
        yield town


@pytest.fixture
def person(window: Callable[..., Visit]) -> Callable[..., Person]:
    """``person(town, email, **window)``: somebody with a browser of their own, in front of that town."""

    def enter(town: towns.Town, email: str = "", **options: Any) -> Person:
        lang = options.pop("lang", "nb")
        javascript = options.get("javascript", True)
        return Person(window(lang=lang, **options), town, email, lang=lang, javascript=javascript)

    return enter


# --- for tests that only look -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town(server: str, demo_template: towns.Template) -> Iterator[towns.Town]:
    """One Lilleby for all tests here: they look, and what they write disturbs nobody."""
    with demo_template.opened(server) as opened:
        letters.send_due(now=not_at_night(clock.now() + timedelta(minutes=5), booking_settings().tz))
        yield opened


@pytest.fixture(scope="module")
def cookies(town: towns.Town, chromium: Browser) -> Callable[[str], Any]:
    """What a browser keeps of somebody who has signed in; each signs in once."""
    kept: dict[str, Any] = {"": None}

    def of(role: str) -> Any:
        if role not in kept:
            context = chromium.new_context(locale="nb-NO")
            heard = Visit(context.new_page())
            somebody = Person(heard, town, town.logins[role], lang="nb", javascript=True)
            somebody.go("/account/login/?next=/my/cases/")
            somebody.signs_in()
            expect(somebody.page).to_have_url(f"{town.url}/my/cases/")
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return of
