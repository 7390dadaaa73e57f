"""People in front of the pages: they read words, press buttons by their names, and fetch codes from their mail.

Words are given in English as in the source, and looked for in the language of the page.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from booking.correspondence import services as correspondence
from booking.correspondence.rules import not_at_night
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests.browser.towns import Town


def letters_to(email: str, reference: str) -> list[Any]:
    """The letters about a case that somebody has got, after the worker has sent what waits, too."""
    correspondence.send_due(now=not_at_night(clock.now() + timedelta(minutes=5), booking_settings().tz))
    return [one for one in mail.outbox if email in one.to and reference in f"{one.subject} {one.body}"]


def code_for(email: str) -> str:
    """The code in the newest letter to ``email``, as its reader finds it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for letter in reversed(mail.outbox):
            found = re.search(r"^\s+(\d{4} \d{4})\s*$", letter.body, re.MULTILINE)
            if email in letter.to and found:
                return found[1]
        time.sleep(0.05)
    raise AssertionError(f"no code came for {email}")


class Person:
    """Somebody with a browser."""

    def __init__(self, heard: Any, town: Town, email: str, *, lang: str, javascript: bool) -> None:
        self.heard, self.town, self.email, self.lang, self.javascript = heard, town, email, lang, javascript
        self.page: Page = heard.page

    def say(self, message: str, **values: Any) -> str:
        """A text of the source in the language of the page."""
        with translation.override(self.lang):
            return gettext(message) % values if values else gettext(message)

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(f"{self.town.url}{path}", wait_until="load")

    def link(self, message: str, **options: Any) -> Locator:
        """A link by its words."""
        return self.page.get_by_role("link", name=self.say(message), **options)

    def entry(self, message: str) -> Locator:
        """An entry of the CMS menu, whether or not a number of what waits stands after it."""
        words = re.escape(self.say(message))
        return self.page.get_by_role("link", name=re.compile(rf"^{words}( \(\d+\))?$")).first

    def button(self, message: str, **options: Any) -> Locator:
        """A button by its words."""
        return self.page.get_by_role("button", name=self.say(message), **options)

    def field(self, message: str) -> Locator:
        """A field by its label, whether or not it says "(optional)" after it."""
        words = re.escape(self.say(message))
        optional = re.escape(self.say("optional"))
        return self.page.get_by_label(re.compile(rf"^{words}( \({optional}\))?$"))

    def press(self, message: str, **options: Any) -> None:
        """Press a button and wait for the page that comes."""
        self.button(message, **options).first.click()
        self.page.wait_for_load_state("load")

    def sees(self, text: str | re.Pattern[str]) -> None:
        """It stands on the page, to be read."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def code_arrives(self) -> None:
        """On the page that asks for the code: fetch it from the mail and go on."""
        expect(self.field("Code")).to_be_visible()
        self.field("Code").fill(code_for(self.email))
        self.press("Log in", exact=True)

    def signs_in(self) -> None:
        """With the address and the code that comes by e-mail; on the page that asks for it."""
        mail.outbox.clear()
        self.page.locator("input[name=email]").fill(self.email)
        self.press("Send me a code")
        self.code_arrives()

    # --- without a mouse --------------------------------------------------------------------------------------------

    def tabs_to(self, target: Locator, most: int = 150) -> None:
        """Tab until it has the focus, and see that it has."""
        for _press in range(most):
            self.page.keyboard.press("Tab")
            if target.evaluate("node => node === document.activeElement"):
                # A card's link draws the ring around the whole card, a box to tick around it and its words.
                ring = """node => [[node, null], [node, "::after"], [node.parentElement, null]].some(([at, part]) => {
                    const style = getComputedStyle(at, part);
                    return style.outlineStyle !== "none" || style.boxShadow !== "none";
                })"""
                assert target.evaluate(ring), f"no ring around {target}"
                return
        raise AssertionError(f"{target} can't be reached by Tab")

    def types_date(self, moment: datetime) -> None:
        """Into a date field, in the browser's order."""
        self.page.keyboard.type(f"{moment:%m%d%Y}")

    def types_time(self, moment: datetime) -> None:
        """Into a time field, in the browser's way of telling time."""
        self.page.keyboard.type(f"{moment:%I%M%p}")
