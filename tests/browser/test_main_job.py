"""The main job in a real browser: find a hall, ask, get a receipt with a name and a day, be granted, be alone there.

It is played on the demo and on lists of real places as a municipality has just imported them, with and without script.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.utils import translation
from playwright.sync_api import expect

from booking.cases.models import Case, LineState
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.templatetags import booking_ui
from tests.browser import towns
from tests.browser.people import Person, code_for, letters_to

pytestmark = pytest.mark.browser

OSLO = ZoneInfo("Europe/Oslo")
Enter = Callable[..., Person]
LENGTH = timedelta(minutes=90)


@dataclass(frozen=True)
class Stage:
    """Who plays, where, and for which hour."""

    town: towns.Town
    place: Resource
    start: datetime
    coach: str
    rival: str

    @property
    def end(self) -> datetime:
        return self.start + LENGTH

    @property
    def day(self) -> str:
        return self.start.date().isoformat()


def free_hour(url: str, place: Resource, hour: int) -> datetime:
    """The first day from next week on when the place is free at that hour, by the API that everybody may ask."""
    first = clock.now().astimezone(OSLO).date() + timedelta(days=8)
    for ahead in range(40):
        start = datetime.combine(first + timedelta(days=ahead), time(hour), OSLO)
        end = start + LENGTH
        query = urlencode({"q": place.name, "free_from": start.isoformat(), "free_to": end.isoformat()})
        with urllib.request.urlopen(f"{url}/api/booking/v1/resources/?{query}", timeout=30) as answer:  # noqa: S310
            if place.slug in {row["slug"] for row in json.load(answer)["results"]}:
                return start
    raise AssertionError(f"{place.slug} is taken at {hour} for weeks")


@pytest.fixture
def lilleby(demo: towns.Town) -> Stage:
    """Linn of the sports club wants Lillebyhallen; Eirik of the school band would like it, too."""
    place = Resource.objects.get(slug="lillebyhallen")
    start = free_hour(demo.url, place, 17)
    return Stage(demo, place, start, demo.logins["coach"], "eirik.lysnes@example.org")


@pytest.fixture(scope="module")
def real_lists(server: str, tmp_path_factory: pytest.TempPathFactory) -> towns.Template:
    """A municipality with the real lists, where they are."""
    if not towns.REAL.exists():
        pytest.skip("../shared/data/venues is not here")
    return towns.imported(towns.files_of(towns.REAL), tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def invented_lists(server: str, tmp_path_factory: pytest.TempPathFactory) -> towns.Template:
    """The same with invented lists of the same shapes and faults, everywhere."""
    return towns.imported(towns.files_of(towns.INVENTED), tmp_path_factory.mktemp("invented"))


@contextmanager
def imported(lists: towns.Template, server: str, name: str) -> Iterator[Stage]:
    """A volunteer of a neighbourhood club wants the place of that name; a walking group would like it, too."""
    with lists.opened(server) as town:
        place = Resource.objects.get(name=name)
        start = free_hour(town.url, place, 17)
        yield Stage(town, place, start, town.logins["coach"], town.logins["rival"])


# --- the steps -------------------------------------------------------------------------------------------------------


def finds_the_place(one: Person, stage: Stage) -> None:
    """From the front door by "free from–to" to the place, and sees there when it is free."""
    one.go(stage.town.door)
    search = one.page.get_by_role("search")
    search.locator("[name=q]").fill(stage.place.name.split()[0])
    search.locator("[name=day]").fill(stage.day)
    search.locator("[name=time]").fill(f"{stage.start:%H:%M}")
    search.locator("button[type=submit]").first.click()
    card = one.page.locator("#results").get_by_role("link", name=stage.place.name, exact=True)
    expect(card).to_be_visible()
    one.sees(one.say("Free then"))
    card.click()
    expect(one.page.get_by_role("heading", level=1, name=stage.place.name)).to_be_visible()
    row = one.page.locator(f".sk-week tr:has(time[datetime='{stage.day}'])")
    expect(row.locator(".sk-times a").first).to_be_visible()


def fills_in(one: Person, stage: Stage, purpose: str = "Håndballtrening, jenter 13") -> None:
    """The form, from the free time of that day on: how long, what for, how many, who answers for it."""
    row = one.page.locator(f".sk-week tr:has(time[datetime='{stage.day}'])")
    row.locator(".sk-times a").last.click()
    expect(one.page).to_have_url(re.compile(f"/ask/{stage.place.slug}/"))
    assert one.field("Day").input_value() == stage.day, "the free time that was pressed is filled in"
    types_in(one, stage, purpose)


def types_in(one: Person, stage: Stage, purpose: str) -> None:
    one.field("Day").fill(stage.day)
    one.field("From").fill(f"{stage.start:%H:%M}")
    one.field("To").fill(f"{stage.end:%H:%M}")
    one.field("What is it for?").fill(purpose)
    one.field("About how many come?").fill("18")
    adult = one.page.locator("[name=responsible_name]")
    if adult.is_visible():
        adult.fill("Linn Andreassen")
        one.page.locator("[name=responsible_phone]").fill("90 00 02 01")
    rules = one.page.locator("[name=accept_rules]")
    if rules.count():
        rules.check()
    if not one.javascript:
        one.press("Check", exact=True)


def chooses_who_asks(one: Person) -> None:
    """Whoever has several hats says which; whoever has one needn't."""
    hats = one.page.locator("input[name=hat][type=radio]")
    if hats.count():
        hats.first.check()


def asks(one: Person, stage: Stage, purpose: str = "Håndballtrening, jenter 13") -> Case:
    """Sends it by way of signing in, and holds the receipt."""
    fills_in(one, stage, purpose)
    expect(one.page.locator("#check [data-state=free]")).to_be_visible()
    one.press("Log in and send")
    one.signs_in()
    one.sees(one.say("What you wrote is still here. Look it over, and send it."))
    assert one.field("What is it for?").input_value() == purpose
    chooses_who_asks(one)
    one.press("Send the request")
    expect(one.page).to_have_url(re.compile(r"/cases/\d{4}-\d+/$"))
    return Case.objects.get(reference=one.page.url.rstrip("/").rsplit("/", 1)[1])


def day_words(one: Person, day: date) -> str:
    with translation.override(one.lang):
        return str(booking_ui.day(day))


def reads_the_receipt(one: Person, case: Case) -> None:
    """Who answers, by when, what was asked for: on the page, and in a letter."""
    one.sees(one.say("Your request has been sent. This is the receipt."))
    move = one.page.locator(".sk-move")
    officer = case.officer.get_full_name()
    assert officer
    expect(move).to_contain_text(one.say("The municipality answers you by %(day)s", day=day_words(one, case.answer_by)))
    expect(move).to_contain_text(one.say("%(who)s has the case.", who=officer))
    one.sees(case.reference)
    letters = letters_to(one.email, case.reference)
    assert len(letters) == 1, "one receipt"
    assert officer in letters[0].body
    # In the letter with the year instead of the weekday.
    assert day_words(one, case.answer_by).split(" ", 1)[1] in letters[0].body


def grants(officer: Person, case: Case) -> None:
    """From the admin's front door by the menu to the case, and one press."""
    officer.go("/admin/")
    officer.signs_in()
    if officer.javascript:
        officer.button("Booking").click()
        officer.entry("Cases").click()
    else:
        # Wagtail draws its menu by script; the panel on the front page leads there, too.
        officer.link("To the cases").click()
    officer.page.get_by_role("link", name=case.reference).click()
    officer.press("Grant", exact=True)
    officer.sees(re.compile(re.escape(officer.say("Granted"))))
    case.refresh_from_db()
    assert [line.state for line in case.lines.all()] == [LineState.GRANTED]


def feed_hours(stage: Stage) -> list[tuple[datetime, datetime]]:
    """What the public calendar of the place holds that is really taken, read with a library that isn't ours."""
    with urllib.request.urlopen(f"{stage.town.url}/feeds/resource-{stage.place.slug}.ics", timeout=30) as answer:  # noqa: S310
        calendar = icalendar.Calendar.from_ical(answer.read())
    return [
        (event.start, event.end)
        for event in calendar.walk("VEVENT")
        if str(event.get("STATUS", "CONFIRMED")) == "CONFIRMED" and isinstance(event.start, datetime)
    ]


def is_told_that_it_is_taken(other: Person, stage: Stage) -> None:
    """Somebody else types the same hour: it is taken, sending it makes no case, and what is free instead is offered."""
    before = Case.objects.count()
    other.go(f"/account/login/?next=/ask/{stage.place.slug}/")
    other.signs_in()
    types_in(other, stage, "Korpsøvelse")
    chooses_who_asks(other)
    check = other.page.locator("#check")
    expect(check.locator("[data-state=taken]")).to_be_visible()
    other.press("Send the request")
    expect(other.page.locator(".ds-error-summary")).to_be_visible()
    assert Case.objects.count() == before
    instead = check.locator("button[name=use]")
    expect(instead.first).to_be_visible()
    instead.first.click()
    expect(check.locator("[data-state=free]")).to_be_visible()
    assert other.field("What is it for?").input_value() == "Korpsøvelse", "nothing that was typed is lost"
    chooses_who_asks(other)
    if other.page.locator("[name=accept_rules]:not(:checked)").count():
        other.page.locator("[name=accept_rules]").check()
    other.press("Send the request")
    expect(other.page).to_have_url(re.compile(r"/cases/\d{4}-\d+/$"))
    assert Case.objects.count() == before + 1


def play(stage: Stage, person: Enter, *, javascript: bool) -> None:
    """The whole job."""
    coach = person(stage.town, stage.coach, javascript=javascript)
    finds_the_place(coach, stage)
    case = asks(coach, stage)
    reads_the_receipt(coach, case)
    assert (stage.start, stage.end) not in feed_hours(stage)

    officer = person(stage.town, case.officer.email, size="desktop", javascript=javascript)
    grants(officer, case)

    coach.go("/my/cases/")
    card = coach.page.locator(".sk-row").filter(has_text=case.reference)
    expect(card.locator("[data-state=granted]")).to_be_visible()
    assert (stage.start, stage.end) in feed_hours(stage)
    assert letters_to(coach.email, case.reference), "and a letter says so"

    is_told_that_it_is_taken(person(stage.town, stage.rival, javascript=javascript), stage)


# --- the job ---------------------------------------------------------------------------------------------------------

SCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])


@SCRIPT
def test_on_the_demo(lilleby: Stage, person: Enter, javascript: bool) -> None:
    play(lilleby, person, javascript=javascript)


@pytest.mark.parametrize(
    ("name", "javascript"),
    [("Kampen skole", True), ("Bønesparken", False), ("Kolmisoppisen uimaranta", True)],
    ids=["school", "playground without script", "bathing place"],
)
def test_on_real_places(real_lists: towns.Template, server: str, person: Enter, name: str, javascript: bool) -> None:
    with imported(real_lists, server, name) as stage:
        play(stage, person, javascript=javascript)


@pytest.mark.parametrize(
    ("name", "javascript"),
    [("Grendehuset på Øya", True), ("Järvenpään uimaranta", False)],
    ids=["village hall", "bathing place without script"],
)
def test_on_invented_places(
    invented_lists: towns.Template, server: str, person: Enter, name: str, javascript: bool
) -> None:
    with imported(invented_lists, server, name) as stage:
        play(stage, person, javascript=javascript)


def test_with_the_keyboard_alone(lilleby: Stage, person: Enter) -> None:
    """No mouse from the front page to the receipt; where the focus is can be seen at every stop."""
    coach = person(lilleby.town, lilleby.coach, size="desktop")
    page, keys = coach.page, coach.page.keyboard
    coach.go("/")
    keys.press("Tab")
    expect(page.locator(".sk-skip")).to_be_focused()
    expect(page.locator(".sk-skip")).to_be_in_viewport()
    keys.press("Enter")
    search = page.get_by_role("search")
    coach.tabs_to(search.locator("[name=q]"))
    keys.type("lillebyhallen")
    coach.tabs_to(search.locator("[name=day]"))
    coach.types_date(lilleby.start)
    coach.tabs_to(search.locator("[name=time]"))
    coach.types_time(lilleby.start)
    keys.press("Enter")
    card = page.locator("#results").get_by_role("link", name="Lillebyhallen", exact=True)
    expect(card).to_be_visible()
    coach.tabs_to(card)
    keys.press("Enter")
    free = page.locator(f".sk-week tr:has(time[datetime='{lilleby.day}']) .sk-times a").last
    expect(free).to_be_visible()
    coach.tabs_to(free)
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/ask/"))
    coach.tabs_to(coach.field("From"))
    coach.types_time(lilleby.start)
    coach.tabs_to(coach.field("To"))
    coach.types_time(lilleby.end)
    coach.tabs_to(coach.field("What is it for?"))
    keys.type("Bare tastatur")
    coach.tabs_to(page.locator("[name=responsible_name]"))
    keys.type("Linn Andreassen")
    coach.tabs_to(page.locator("[name=responsible_phone]"))
    keys.type("90 00 02 01")
    coach.tabs_to(page.locator("[name=accept_rules]"))
    keys.press("Space")
    expect(page.locator("#check [data-state=free]")).to_be_visible()
    coach.tabs_to(page.locator("[name=action][value=send]"))
    keys.press("Enter")
    mail.outbox.clear()
    expect(page.locator("input[name=email]")).to_be_visible()
    coach.tabs_to(page.locator("input[name=email]"))
    keys.type(coach.email)
    keys.press("Enter")
    code = page.locator("input[name=code]")
    expect(code).to_be_visible()
    coach.tabs_to(code)
    keys.type(code_for(coach.email))
    keys.press("Enter")
    coach.sees(coach.say("What you wrote is still here. Look it over, and send it."))
    coach.tabs_to(page.locator("input[name=hat]").first)
    keys.press("Space")
    coach.tabs_to(page.locator("[name=action][value=send]"))
    keys.press("Enter")
    coach.sees(coach.say("Your request has been sent. This is the receipt."))
    line = Case.objects.get(purpose="Bare tastatur").lines.get()
    assert (line.start, line.end) == (lilleby.start, lilleby.end)


# --- what goes wrong in real life ------------------------------------------------------------------------------------


def is_ready_to_send(one: Person, stage: Stage, purpose: str) -> None:
    """Signed in, with the form filled in."""
    one.go(f"/account/login/?next=/ask/{stage.place.slug}/")
    one.signs_in()
    types_in(one, stage, purpose)
    chooses_who_asks(one)


@SCRIPT
def test_a_double_click_on_send_makes_one_case(lilleby: Stage, person: Enter, javascript: bool) -> None:
    coach = person(lilleby.town, lilleby.coach, javascript=javascript)
    is_ready_to_send(coach, lilleby, "Dobbeltklikk")
    coach.button("Send the request").dblclick()
    coach.sees(coach.say("Your request has been sent. This is the receipt."))
    case = Case.objects.get(purpose="Dobbeltklikk")
    assert len(letters_to(coach.email, case.reference)) == 1


@SCRIPT
def test_the_same_form_sent_twice_is_one_case(lilleby: Stage, person: Enter, javascript: bool) -> None:
    """Back, and send again; and the very same answers once more, as a browser does that "reloads" a sent form."""
    coach = person(lilleby.town, lilleby.coach, javascript=javascript)
    is_ready_to_send(coach, lilleby, "To ganger")
    with coach.page.expect_request(lambda request: request.method == "POST" and "/ask/" in request.url) as sent:
        coach.press("Send the request")
    expect(coach.page).to_have_url(re.compile(r"/cases/\d{4}-\d+/$"))
    receipt = coach.page.url
    again = coach.page.request.post(
        sent.value.url,
        data=sent.value.post_data or "",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": sent.value.url},
    )
    assert (again.status, again.url) == (200, receipt), "the same receipt"
    coach.page.go_back()
    coach.page.wait_for_load_state("load")
    if coach.field("What is it for?").input_value() == "To ganger":
        coach.press("Send the request")
        expect(coach.page).to_have_url(receipt)
    assert Case.objects.filter(purpose="To ganger").count() == 1


@SCRIPT
def test_a_session_that_runs_out_in_the_middle_loses_nothing(lilleby: Stage, person: Enter, javascript: bool) -> None:
    coach = person(lilleby.town, lilleby.coach, javascript=javascript)
    is_ready_to_send(coach, lilleby, "Lang kaffepause")
    Session.objects.all().delete()
    coach.press("Send the request")
    coach.signs_in()
    coach.sees(coach.say("What you wrote is still here. Look it over, and send it."))
    assert coach.field("What is it for?").input_value() == "Lang kaffepause"
    assert coach.field("To").input_value() == f"{lilleby.end:%H:%M}"
    chooses_who_asks(coach)
    coach.press("Send the request")
    coach.sees(coach.say("Your request has been sent. This is the receipt."))
    assert Case.objects.filter(purpose="Lang kaffepause").count() == 1


def test_the_second_of_two_officers_is_told_and_loses_nothing(lilleby: Stage, person: Enter) -> None:
    """Both have the page open; one grants. The other's refusal changes nothing, says why, and keeps what was typed."""
    coach = person(lilleby.town, lilleby.coach)
    is_ready_to_send(coach, lilleby, "To saksbehandlere")
    coach.press("Send the request")
    coach.sees(coach.say("Your request has been sent. This is the receipt."))
    case = Case.objects.get(purpose="To saksbehandlere")
    page_of_case = f"/admin/booking/cases/inspect/{case.pk}/"
    first = person(lilleby.town, lilleby.town.logins["officer"], size="desktop")
    second = person(lilleby.town, lilleby.town.logins["unit_leader"], size="desktop")
    for one in (first, second):
        one.go(f"/account/login/?next={page_of_case}")
        one.signs_in()
        expect(one.button("Grant", exact=True).first).to_be_visible()
    second.page.locator("#grounds").fill("Hallen skal males den uka.")
    first.press("Grant", exact=True)
    expect(first.page.locator(".messages .success")).to_be_visible()

    second.press("Refuse", exact=True)
    second.heard.forgive("412")
    expect(second.page.get_by_role("alert").first).to_contain_text(
        second.say("Somebody changed this case in the meantime. Look at it again.")
    )
    second.sees(second.say("Below is the case as it stands now. What you had typed is still there."))
    second.sees("Hallen skal males den uka.")
    case.refresh_from_db()
    assert [line.state for line in case.lines.all()] == [LineState.GRANTED], "the first decision stands"
