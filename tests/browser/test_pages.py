"""Every kind of page, public and staff: axe finds nothing, nothing sticks out at 320 px, the console is silent.

Looked at on a phone and on a desktop, light and dark, on the demo.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from booking.cases.models import Case
from booking.catalogue.models import Resource, Unit
from booking.correspondence import selectors as correspondence
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations.models import Organisation
from tests.browser import towns
from tests.browser.conftest import COLOURS, SIZES, Visit
from tests.browser.people import code_for

pytestmark = pytest.mark.browser

LIMIT = 120_000
#: Faults of Wagtail's own frame around our content, which we can't mend from here; each with its reason.
WAGTAILS_OWN = [
    # The side bar: drawn by Wagtail's script, outside of <main>.
    ["#wagtail-sidebar"],
    # It gives the number of hits the role of an alert, which a heading must not have.
    ["#listing-results h2[role=alert]"],
]
#: Wagtail's panel of an editing page, which slides in when it is asked for.
ASIDE = ".form-side"


# --- which pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of page: where it is, who looks, and what has to be done until it stands there."""

    name: str
    path: Callable[[], str]
    who: str = ""
    then: Callable[[Page], None] | None = None
    #: What the browser reports of the answer itself, for pages that are no 200.
    status: str = ""
    #: Something that must be there, so that an empty or wrong page doesn't pass.
    holds: str = "main h1"


def day(ahead: int) -> str:
    return (clock.today(booking_settings().tz) + timedelta(days=ahead)).isoformat()


def case_of(**wanted: Any) -> Case:
    """A case of the demo's sports club, for whose booker the pages are looked at."""
    return Case.objects.filter(organisation__slug="lilleby-idrettslag", **wanted).order_by("pk").first() or pytest.fail(
        f"the demo has no case with {wanted}"
    )


def waiting() -> Case:
    """One whose dates are to be decided; others wait for an answer about a change."""
    cases = Case.objects.filter(unit__slug="kultur-og-idrett", waiting_on="municipality", lines__state="requested")
    return cases.order_by("pk")[0]


def several() -> str:
    found = Case.objects.filter(unit__slug="kultur-og-idrett", waiting_on="municipality").order_by("pk")[:5]
    return "&".join(f"id={case.pk}" for case in found)


def fill(start: str, end: str, ahead: int = 10) -> Callable[[Page], None]:
    """Type a time into the request form, and see what the check says."""

    def act(page: Page) -> None:
        page.locator("[name=day]").fill(day(ahead))
        page.locator("[name=start]").fill(start)
        page.locator("[name=end]").fill(end)
        page.locator("[name=purpose]").fill("Trening")
        expect(page.locator("#check").locator(".sk-chip, .sk-verdict").first).to_be_visible()

    return act


def weekly(page: Page) -> None:
    """A series, some of which is taken."""
    page.locator("details:has([name=repeat]) summary").click()
    page.locator("[name=repeat]").check()
    page.locator("[name=until]").fill(day(60))
    fill("17:00", "18:30")(page)


def send_nothing(page: Page) -> None:
    page.locator("[name=action][value=send]").click()
    expect(page.locator(".ds-error-summary")).to_be_visible()


def ask_for_a_code(page: Page) -> None:
    page.locator("input[name=email]").fill("ny.person@example.org")
    page.locator("main button[type=submit]").click()
    expect(page.locator("input[name=code]")).to_be_visible()


def come_in_new(page: Page) -> None:
    """As far as to the question about name and age, which is then left empty."""
    ask_for_a_code(page)
    page.locator("input[name=code]").fill(code_for("ny.person@example.org"))
    page.locator("main button[type=submit]").first.click()
    expect(page.locator("input[name=of_age]")).to_be_visible()
    page.locator("main button[type=submit]").first.click()
    expect(page.locator(".ds-error-summary")).to_be_visible()


def send_an_enquiry(page: Page) -> None:
    page.locator("[name=message]").fill("Kan vi låne et telt?")
    page.locator("[name=email]").fill("ung@example.org")
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(re.compile("/enquiry/sent/$"))


def open_everything(page: Page) -> None:
    """What is folded in counts, too."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")


def show_calendar(page: Page) -> None:
    page.locator("[data-calendar] .sk-segment button").nth(1).click()
    expect(page.locator(".ec-event").first).to_be_visible()


PUBLIC = [
    Kind("home", lambda: "/"),
    Kind("search", lambda: f"/find/?q=hall&day={day(9)}&time=18:00&minutes=90", then=open_everything),
    Kind("nothing found", lambda: "/find/?q=romskip"),
    Kind("venues", lambda: f"/lokaler/?day={day(9)}"),
    Kind("equipment", lambda: "/utstyr/"),
    Kind("venue", lambda: f"/lokaler/lillebyhallen/?week={day(9)}", then=open_everything),
    Kind("venue as a calendar", lambda: f"/lokaler/lillebyhallen/?week={day(9)}", then=show_calendar),
    Kind("thing", lambda: "/utstyr/stoler/", then=open_everything),
    Kind("text", lambda: "/tilgjengelighet/"),
    Kind("ask", lambda: "/ask/lillebyhallen/", then=open_everything),
    Kind("ask: checked", lambda: "/ask/lillebyhallen/", then=fill("06:00", "07:00")),
    Kind("ask: a series", lambda: "/ask/lillebyhallen/", "coach", then=weekly),
    Kind("ask: something missing", lambda: "/ask/lillebyhallen/", "coach", then=send_nothing),
    Kind("receipt", lambda: f"/cases/{case_of(waiting_on='municipality').reference}/", "coach"),
    Kind("granted", lambda: f"/cases/{case_of(state='granted').reference}/", "coach"),
    Kind("withdraw", lambda: f"/cases/{case_of(waiting_on='municipality').reference}/withdraw/", "coach"),
    Kind("my cases", lambda: "/my/cases/", "coach"),
    Kind("sign in", lambda: "/account/login/"),
    Kind("code", lambda: "/account/login/", then=ask_for_a_code),
    Kind("name", lambda: "/account/name/", "coach"),
    Kind("name and age", lambda: "/account/login/", then=come_in_new),
    Kind("my account", lambda: "/account/security/", "coach"),
    Kind("my account: an app", lambda: "/account/security/app/", "coach"),
    Kind("my account: a passkey", lambda: "/account/security/passkey/", "coach"),
    Kind("my account: another address", lambda: "/account/address/", "coach"),
    Kind("my account: is it you", lambda: "/account/prove/", "coach"),
    Kind("undo: the link has run out", lambda: "/account/address/undo/x:y/", status="404"),
    Kind("enquiry", lambda: "/enquiry/"),
    Kind("enquiry sent", lambda: "/enquiry/", then=send_an_enquiry),
    Kind("sent mail", lambda: "/sent-mail/"),
    Kind("letter", lambda: f"/sent-mail/{correspondence.sent_mail().exclude(subject='')[0].pk}/"),
    Kind("404", lambda: "/finnes-ikke/", status="404"),
    Kind("nynorsk", lambda: "/nn/"),
    Kind("English", lambda: "/en/"),
]

ADMIN = "/admin/booking"


def hall() -> int:
    return int(Resource.objects.get(slug="lillebyhallen").pk)


def club() -> int:
    return int(Organisation.objects.get(slug="lilleby-idrettslag").pk)


STAFF = [
    Kind("dashboard", lambda: "/admin/", "officer"),
    Kind("queue", lambda: f"{ADMIN}/cases/", "officer", holds="table.listing"),
    Kind("all cases", lambda: f"{ADMIN}/cases/?waiting_on=all", "officer", holds="table.listing"),
    Kind("case", lambda: f"{ADMIN}/cases/inspect/{waiting().pk}/", "officer", holds="#decide-case"),
    Kind("bulk grant", lambda: f"{ADMIN}/cases/bulk/?outcome=grant&{several()}", "officer", holds="table.listing"),
    Kind("bulk refuse", lambda: f"{ADMIN}/cases/bulk/?outcome=refuse&{several()}", "officer", holds="#grounds"),
    Kind("outbox", lambda: f"{ADMIN}/outbox/", "officer"),
    Kind("resources", lambda: f"{ADMIN}/resources/", "unit_leader", holds="table.listing"),
    Kind("resource", lambda: f"{ADMIN}/resources/inspect/{hall()}/", "unit_leader"),
    Kind("resource: edit", lambda: f"{ADMIN}/resources/edit/{hall()}/", "unit_leader", holds="form [name=name]"),
    Kind("resource: hours", lambda: f"{ADMIN}/resources/hours/{hall()}/", "unit_leader"),
    Kind("resource: close", lambda: f"{ADMIN}/resources/close/{hall()}/", "unit_leader"),
    Kind("resource: retire", lambda: f"{ADMIN}/resources/retire/{hall()}/", "unit_leader"),
    Kind("organisations", lambda: f"{ADMIN}/organisations/", "officer", holds="table.listing"),
    Kind("organisation", lambda: f"{ADMIN}/organisations/inspect/{club()}/", "officer"),
    Kind("organisation: edit", lambda: f"{ADMIN}/organisations/edit/{club()}/", "officer"),
    Kind("units", lambda: f"{ADMIN}/units/", "unit_leader"),
    Kind("unit", lambda: f"{ADMIN}/units/inspect/{Unit.objects.get(slug='kultur-og-idrett').pk}/", "unit_leader"),
]


# --- what must hold --------------------------------------------------------------------------------------------------


def looked_at(seen: Visit, *, others: list[list[str]] | None = None, aside: str = "") -> str:
    """What is wrong with the page, in every size and both schemes. In the dark only colours are another matter.

    ``others``: parts that are not ours to judge. ``aside``: what lies outside of the window until it is called for.
    """
    wrong: list[str] = []
    where = {"exclude": others} if others else None
    for size in ("phone", "desktop"):
        for scheme, rules in (("light", None), ("dark", COLOURS)):
            seen.show_at(size, scheme)
            wrong += [f"{size}, {scheme}: {one}" for one in seen.axe(where, rules=rules)]
    for size in SIZES:
        seen.show_at(size, "light")
        if (pixels := seen.overflows()) > 0:
            wrong.append(f"{size}: {pixels} pixels too wide")
        wrong += [f"{size}, cut off: {one}" for one in seen.cut_off(aside)]
    return "\n".join(wrong)


@pytest.fixture
def opened(town: towns.Town, cookies: Callable[[str], Any], window: Callable[..., Visit]) -> Callable[[Kind], Visit]:
    def open_kind(kind: Kind) -> Visit:
        seen = window(cookies=cookies(kind.who))
        seen.go(town.url + kind.path())
        if kind.then:
            kind.then(seen.page)
        if kind.status:
            seen.forgive(kind.status)
        expect(seen.page.locator(kind.holds).first).to_be_visible()
        return seen

    return open_kind


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.name)
def test_public_page(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    sent = 0 if kind.then else seen.bytes_before_pictures
    assert looked_at(seen) == ""
    assert sent < LIMIT, "before pictures"
    assert seen.page.locator("h1").count() == 1


@pytest.mark.parametrize("kind", STAFF, ids=lambda kind: kind.name)
def test_staff_page(opened: Callable[[Kind], Visit], kind: Kind) -> None:
    seen = opened(kind)
    assert looked_at(seen, others=WAGTAILS_OWN, aside=ASIDE) == ""
