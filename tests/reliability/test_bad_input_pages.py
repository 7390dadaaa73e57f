"""Nothing that somebody types into a page is answered with a server error, and what was typed is still there.

The sweep fetches each page, reads its forms as a browser does, and sends them back with one field at a time replaced by
everything in `nasty`. A form that is added to a page is swept without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.contrib.messages import WARNING, get_messages
from django.db import transaction
from django.forms import BaseForm, BaseFormSet
from django.test import Client
from django.urls import reverse
from wagtail.admin.menu import Menu

from booking.cases.models import Case, Line, Message
from booking.foundation import clock
from booking.foundation.models import RateWindow
from booking.occupancy.models import Occupancy
from municipality.accounts import codes
from tests.cases.conftest import NOW, Town, at, body, make_town
from tests.factories import make_kit
from tests.reliability import nasty
from tests.reliability.together import Answer, Sweep
from tests.second import SECOND_DATABASE
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
sweeping = pytest.mark.slow
#: What it is called, and what is sent.
Text = tuple[str, str]


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@dataclass
class Form:
    """A form of a page: where it goes, how, and what it holds."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.named: dict[str, Form] = {}
        self.open: Form | None = None
        self.text_of: tuple[Form, str] | None = None
        self.select: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
            self.named[given.get("id", "")] = self.open
        form = self.named.get(given["form"]) if given.get("form") else self.open
        name = given.get("name", "")
        if form is None:
            return
        if tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name:
            held = form.fields.setdefault(name, [])
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                held.append(given.get("value", "on" if given.get("type") == "checkbox" else ""))
        elif tag == "textarea" and name:
            form.fields[name] = [""]
            self.text_of = form, name
        elif tag == "select" and name:
            form.fields[name] = []
            self.select = form, name
        elif tag == "option" and self.select and "selected" in given:
            self.select[0].fields[self.select[1]].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea":
            self.text_of = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.text_of:
            self.text_of[0].fields[self.text_of[1]][0] += data


def forms_of(answer: Any) -> list[Form]:
    reader = _Reader()
    reader.feed(answer.content.decode())
    return reader.forms


#: No field of ours.
OTHERS = {"csrfmiddlewaretoken", "next", "language"}


def sweep(
    client: Client,
    address: str,
    *,
    fill: dict[str, str] | None = None,
    texts: dict[str, str] | None = None,
    fraction: int = 1,
) -> tuple[int, list[str]]:
    """Send every form of the page with every field made nasty. How many values were tried, and what was answered badly.

    What is stored is undone after each; `fraction` as in `nasty.taken_in_turn`, and several fields at once, as in
    `together`. `fill` is typed into the fields first, so that only what is tried is wrong. By default the few texts
    that matter most: a page takes longer to make than an answer of the API.
    """
    client.raise_request_exception = False
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code)
    tries, wrong = 0, []
    for form in forms_of(page):
        target = form.action or address
        if form.method != "post" or "logout" in target or "/search" in target:
            continue
        good = dict(form.fields)
        good |= {name: [value] for name, value in (fill or {}).items() if name in good or name == "action"}
        names = [*sorted(set(good) - OTHERS), "unheard_of"]
        values = [list(nasty.taken_in_turn(texts or nasty.FEW, turn, fraction).items()) for turn in range(len(names))]
        tries += sum(len(one) for one in values)
        buttons, swept = form.buttons or [("", "")], Sweep[str]()
        if SECOND_DATABASE:
            buttons = buttons[:1]  # what is typed goes into the same columns, whatever is pressed
        # Each value goes with another button than the one before: what is pressed decides who reads the form.
        for turn, pressed in enumerate(buttons):
            tried = {
                name: [value for at, value in enumerate(mine) if (place + at) % len(buttons) == turn]
                for place, (name, mine) in enumerate(zip(names, values, strict=True))
            }
            data = good | ({pressed[0]: [pressed[1]]} if pressed[0] else {})
            wrong += [
                f"post {target} {name} = {value and value[0]} ({'='.join(pressed)}): {fault}"
                for name, value, fault in swept.faults(tried, partial(submitted, client, target, data))
            ]
    return tries, wrong


def submitted(client: Client, target: str, good: dict[str, list[str]], changed: Mapping[str, Text]) -> Answer[str]:
    """As a browser sends it: UTF-8 with what can't be encoded left broken. Nothing of it stays."""
    data = good | {name: [value] for name, (_what, value) in changed.items()}
    raw = urlencode(data, doseq=True, encoding="utf-8", errors="surrogatepass")
    RateWindow.objects.all().delete()
    # The menu of the admin is a quarter of its pages, and isn't about what was typed; the page itself was asked for it.
    with mock.patch.object(Menu, "render_component", return_value=[]), transaction.atomic():
        answer = client.post(target, raw, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    if answer.status_code >= 500:
        return Answer(fault=str(answer.status_code))
    if answer.status_code in (302, 303):
        told = get_messages(answer.wsgi_request)
        return Answer(taken=not any(one.level >= WARNING for one in told._queued_messages))
    return Answer(refused=frozenset(refused_in(answer, changed)))


def refused_in(answer: Any, changed: Collection[str]) -> Iterator[str]:
    """The fields that the page names as wrong, as its forms call them; of a field in several parts, the parts."""
    seen: set[int] = set()
    # A page of one template has a context, one of several a list of them.
    layers = answer.context if isinstance(answer.context, list) else [answer.context] if answer.context else []
    for layer in layers:
        for part in layer.dicts:
            for form in _forms(list(part.values()), seen):
                for name in form.errors:
                    called = form.add_prefix(name)
                    yield called
                    yield from (one for one in changed if one.startswith(f"{called}_"))


def _forms(value: Any, seen: set[int], depth: int = 3) -> Iterator[BaseForm]:
    """The forms that were filled in: in a context, in its lists and groups, and beside what they are about."""
    if isinstance(value, BaseForm):
        if value.is_bound and id(value) not in seen:
            seen.add(id(value))
            yield value
    elif depth and isinstance(value, BaseFormSet | list | tuple):
        for one in value:
            yield from _forms(one, seen, depth - 1)
    elif depth and isinstance(value, dict):
        yield from _forms(list(value.values()), seen, depth - 1)
    elif depth and (form := getattr(value, "__dict__", {}).get("form")) is not None:
        yield from _forms(form, seen, 1)


ASKED = {
    "day": "2026-03-05",
    "start": "18:00",
    "end": "20:00",
    "purpose": "Trening, jenter 12",
    "about": "20",
    "until": "2026-04-30",
    "title": "Vårcup",
}


@sweeping
@pytest.mark.parametrize("repeat", [False, True], ids=["once", "weekly"])
def test_every_field_of_the_request_form(client: Client, town: Town, repeat: bool) -> None:
    client.force_login(town.coach)
    fill = ASKED | ({"repeat": "on"} if repeat else {})
    texts = nasty.tried_here(nasty.FEW if repeat else nasty.TEXTS)
    sent, wrong = sweep(client, reverse("booking:ask", args=[town.room.slug]), fill=fill, texts=texts, fraction=4)
    assert not wrong, "\n".join(wrong)
    assert sent > 16 * nasty.met(texts, 4)
    assert (Case.objects.count(), Line.objects.count(), Occupancy.objects.count()) == (0, 0, 0)


@sweeping
def test_every_field_of_the_other_public_forms(client: Client, town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    coach = Client()
    coach.force_login(town.coach)
    pages = [
        (client, reverse("booking:enquiry"), {"message": "Har dere en scene?", "email": "kari@example.org"}),
        (coach, reverse("booking:enquiry"), {"message": "Har dere en scene?"}),
        (coach, reverse("booking:case", args=[case.reference]), {"message": "Hei"}),
        (coach, reverse("booking:case_withdraw", args=[case.reference]), {}),
        (coach, reverse("booking:case_withdraw_line", args=[case.reference, 1]), {}),
        (client, reverse("account_login"), {"email": "kari@example.org"}),
        (coach, reverse("account_name"), {"name": "Kari"}),
    ]
    total, wrong = 0, []
    for who, address, fill in pages:
        sent, found = sweep(who, address, fill=fill)
        assert sent, address
        total, wrong = total + sent, wrong + found
    visitor = Client()
    visitor.post(reverse("account_login"), {"email": "kari@example.org"})
    sent, found = sweep(visitor, reverse("account_confirm_login_code"), fill={"code": "1234 5678"})
    assert sent
    wrong += found
    # Somebody new, who is asked for name and age before anything opens; somebody who changes the ways in.
    new = Client()
    new.post(reverse("account_login"), {"email": "ny@example.org"})
    state = new.session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    new.post(reverse("account_confirm_login_code"), {"code": codes.code_for(state["nonce"], "ny@example.org")})
    session = new.session.session_key
    sent, found = sweep(new, reverse("account_name"), fill={"name": "Ny", "of_age": "on"})
    assert sent
    wrong += found
    new.cookies["sessionid"] = session  # the last form was "I am younger than 13", which ends it
    new.post(reverse("account_name"), {"name": "Ny", "of_age": "on"})
    for name in ("account_address", "account_prove", "account_add_app", "account_add_passkey", "account_security"):
        sent, found = sweep(new, reverse(name), fill={"email": "nyere@example.org", "code": "123456"})
        assert sent or name == "account_security", name
        wrong += found
    assert not wrong, "\n".join(wrong)
    assert Message.objects.count() == 0
    assert list(case.lines.values_list("state", flat=True)) == ["requested"]


#: Public addresses with what they read from their query string.
READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "booking:find": ((), ("q", "day", "time", "minutes", "quantity", "kind", "capacity", "feature", "access", "near",
                          "page")),
    "booking:venues": ((), ("q", "day", "time", "minutes", "quantity", "near", "page")),
    "booking:equipment": ((), ("q", "day", "time", "minutes", "quantity", "near", "page")),
    "booking:kit": (("KIT",), ("day", "start", "end", "without")),
    "booking:resource": (("ROOM",), ("week", "free_from", "page")),
    "booking:ask": (("ROOM",), ("free_from", "free_to")),
    "booking:my_cases": ((), ("for", "page")),
    "booking:case": (("CASE",), ("page",)),
    "booking:enquiry": ((), ("page",)),
    "booking:figures": ((), ("period",)),
    "booking:meetings": ((), ("page",)),
    "booking:whats_on": ((), ("age", "day", "place", "q", "from")),
    "booking:sent_mail": ((), ("page",)),
    "account_login": ((), ("next",)),
}  # fmt: skip


#: Those that read times: everything is tried on them.
FULLY = ("booking:find", "booking:resource", "booking:ask")


@sweeping
def test_every_query_string(client: Client, town: Town, settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"demo": True}
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    known = {"ROOM": town.room.slug, "CASE": case.reference, "KIT": make_kit(town.room).slug}
    client.raise_request_exception = False
    coach = Client(raise_request_exception=False)
    coach.force_login(town.coach)
    together = {"day": "2026-03-05", "time": "18:00", "minutes": "60", "free_to": "2026-03-05T20:00:00+01:00"}
    wrong = []
    for name, (arguments, parameters) in READERS.items():
        path = reverse(name, args=[known[one] for one in arguments])
        who = client if name == "account_login" else coach
        for turn, parameter in enumerate(parameters):
            texts = nasty.tried_here(nasty.TEXTS if name in FULLY else nasty.FEW)
            for what, value in nasty.taken_in_turn(texts, turn, 4).items():
                raw = urlencode(
                    {key: text for key, text in together.items() if key in parameters} | {parameter: value[:6000]},
                    encoding="utf-8",
                    errors="surrogatepass",
                )
                answer = who.get(f"{path}?{raw}")
                if answer.status_code not in (200, 302, 400):
                    wrong.append(f"{name}?{parameter} = {what}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("tail", ["%00", "%ED%A0%80", "%F0%9F%92%A9", "²", "x" * 3000, "idrettshall-ø"])
@pytest.mark.parametrize("path", ["/things/{}/", "/ask/{}/", "/cases/{}/", "/{}/", "/nn/{}/", "/feeds/resource-{}.ics",
                                  "/media/{}", "/documents/1/{}", "/admin/booking/cases/inspect/{}/"])  # fmt: skip
def test_names_in_addresses(client: Client, town: Town, path: str, tail: str) -> None:
    client.raise_request_exception = False
    client.force_login(town.officer)
    assert client.get(path.format(tail)).status_code in (400, 404, 410), path


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": "9999-12-31"}, "day", "9999"),
        ({"day": "0001-01-01"}, "day", "0001-01-01"),
        ({"start": "18:00", "end": "17:00"}, "end", "17:00"),
        ({"repeat": "on", "until": "9999-12-31"}, "until", "9999"),
        ({"purpose": "x" * 500_000}, "purpose", "xxx"),
        ({"about": str(10**12)}, "about", str(10**12)),
        ({"about": "1e3"}, "about", "1e3"),
        ({"title": "nul\0byte"}, "title", "byte"),
        ({"repeat": "on", "until": "2026-04-30", "skip": "2026-03-12 ²"}, "skip", "2026-03-12"),
    ],
)
def test_the_field_is_named_and_everything_that_was_typed_stays(
    client: Client, town: Town, changes: dict[str, str], field: str, words: str
) -> None:
    client.force_login(town.coach)
    data = ASKED | {"action": "send", "message": "Vi trenger nøkkel", "submission_key": "k"} | changes
    raw = urlencode(data, encoding="utf-8", errors="surrogatepass")
    answer = client.post(
        reverse("booking:ask", args=[town.room.slug]), raw, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert field in answer.context["form"].errors, answer.context["form"].errors
    assert not Case.objects.exists()
    text = answer.content.decode()
    for typed in (words, "Vårcup" if field != "title" else words, "Vi trenger nøkkel"):
        assert typed in text, typed


def staff_pages(town: Town, case: Case) -> list[tuple[Any, str]]:
    """Every page of the "Booking" menu that has a form, with who may use it."""
    from booking.catalogue.models import UnitRoleName
    from tests import factories

    leader = browser(factories.make_officer(town.unit, "Lise Leder", role=UnitRoleName.LEADER))
    chairs = factories.make_stock("Stoler", 40, unit=town.unit)
    feature = factories.make_feature()
    things = {
        "booking_cases:inspect": [case.pk],
        "booking_cases:index": [],
        "booking_organisations:add": [],
        "booking_organisations:edit": [town.club.pk],
        "booking_organisations:add_member": [town.club.pk],
        "booking_resources:add": [],
        "booking_resources:edit": [town.room.pk],
        "booking_resources:hours": [town.room.pk],
        "booking_resources:exception": [town.room.pk],
        "booking_resources:cover": [town.room.pk],
        "booking_resources:stock": [chairs.pk],
        "booking_resources:prices": [town.room.pk],
        "booking_resources:close": [town.room.pk],
        "booking_resources:retire": [town.room.pk],
        "booking_units:edit": [town.unit.pk],
        "booking_units:role": [town.unit.pk],
        "booking_units:absence": [town.unit.pk],
        "booking_units:slow_weeks": [town.unit.pk],
        "booking_units:hours": [town.unit.pk],
        "booking_units:exception": [town.unit.pk],
        "booking_units:rules": [town.unit.pk, "venue"],
        "booking_meetings:add": [],
        "booking_requirements:add": [],
        "booking_uses:add": [],
        "booking_features:add": [],
        "booking_features:edit": [feature.pk],
    }
    return [(leader, reverse(name, args=arguments)) for name, arguments in things.items()]


#: The admin's pages take longest.
NASTIEST = {name: nasty.FEW[name] for name in ("nul", "superscript digit", "5000 digits", "year 9999", "unicode slug")}


@sweeping
def test_every_field_of_every_form_of_staff(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    total, wrong = 0, []
    for who, address in staff_pages(town, case):
        sent, found = sweep(who, address, texts=NASTIEST, fraction=5)
        total, wrong = total + sent, wrong + found
    assert not wrong, "\n".join(wrong)
    assert total > 130


@sweeping
def test_every_query_string_of_staff(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    officer, wrong = browser(town.officer), []
    officer.raise_request_exception = False
    case.refresh_from_db()
    lists = {
        "/admin/booking/cases/": ("q", "p", "state", "waiting_on", "unit", "mine", "overdue", "ordering"),
        "/admin/booking/resources/": ("q", "p", "kind", "state", "unit", "ordering"),
        "/admin/booking/organisations/": ("q", "p", "kind", "state", "ordering"),
        "/admin/booking/units/": ("q", "p", "ordering"),
        "/admin/booking/features/": ("q", "p", "ordering"),
        "/admin/booking/outbox/": ("q", "p", "ordering"),
        reverse("booking_cases:bulk"): ("id", "outcome", "grounds", "version"),
    }
    for path, parameters in lists.items():
        for turn, parameter in enumerate(parameters):
            for what, value in nasty.taken_in_turn(nasty.FEW, turn, 4).items():
                raw = urlencode({parameter: value[:6000]}, encoding="utf-8", errors="surrogatepass")
                status = officer.get(f"{path}?{raw}").status_code
                if status >= 500:
                    wrong.append(f"{path}?{parameter} = {what}: {status}")
    assert not wrong, "\n".join(wrong)


def test_a_page_that_was_opened_before_somebody_elses_act_decides_nothing(town: Town) -> None:
    """Stale versions: told so, with what was typed still there."""
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    officer = browser(town.officer)
    address = reverse("booking_cases:decide", args=[case.pk])
    for version in (str(case.version - 1), str(case.version + 7), "", "²", "-1", "9" * 40, "x"):
        data = {"version": version, "act": "refuse_all", "grounds": "Hallen er stengt"}
        answer = officer.post(address, data)
        assert answer.status_code == 412, version
        assert "Hallen er stengt" in answer.content.decode()
    assert list(case.lines.values_list("state", flat=True)) == ["requested"]
