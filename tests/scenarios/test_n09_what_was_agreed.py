"""N9: old oral agreements, unclear ownership, high turnover; much can't be documented.

An oral agreement is written down by either side and holds when both have confirmed it; until then every door says that
only one side does. It gives hours in everybody's calendars, is kept when people leave, and its end surprises nobody.
(The hand-over of what an employee carries is played in ``test_n09_hand_over.py``.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.agreements.models import Agreement
from booking.foundation import clock
from tests import factories as f
from tests.calendars.reading import by_icalendar
from tests.scenarios.conftest import Stage

HOME = "/my/organisations/jff/agreements/"
API = "/api/booking/v1/organisations/jff/agreements/"
ONE_SIDE = "Bekreftet av bare én part"


@pytest.fixture
def anglers(stage: Stage) -> Any:
    return f.make_organisation("Lilleby jeger- og fiskerlag", leader=f.make_user("Helge Sørmo"), slug="jff")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def in_the_feed() -> list[Any]:
    """What a phone sees in the hall's calendar for the next ten weeks."""
    body = Client().get("/feeds/resource-lillebyhallen.ics").getvalue()
    return by_icalendar(body, clock.now(), clock.now() + timedelta(weeks=10))


def entry(stage: Stage, day: Callable[[int], str], **fields: str) -> dict[str, str]:
    """What Helge types: Tuesdays 17 to 19 in the hall, as it has been for years."""
    return {
        "title": "Kastetrening for barn", "form": "oral", "background": "Avtalt med Reidar rundt 2009.",
        "terms": "Laget bruker hallen tirsdager. Vi feier etter oss.", "thing_1": str(stage.hall.pk), "start": day(0),
        "notice_months": "3", "key": "abc",
        "hours-TOTAL_FORMS": "1", "hours-INITIAL_FORMS": "0", "hours-0-weekday": "1", "hours-0-begins": "17:00",
        "hours-0-ends": "19:00",
        "tasks-TOTAL_FORMS": "1", "tasks-INITIAL_FORMS": "0", "tasks-0-what": "Feie gulvet",
        "tasks-0-side": "organisation", "tasks-0-every": "week", "tasks-0-first_on": day(3),
    } | fields  # fmt: skip


def test_an_oral_agreement_from_memory_to_calendar_and_to_its_end(
    stage: Stage, anglers: Any, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    helge = anglers.memberships.get().user
    club, desk = stage.browser(helge), stage.browser(stage.unit.officer)
    # The organisation writes down what it remembers.
    club.post(f"{HOME}new/", entry(stage, day))
    made = Agreement.objects.get()
    page, admin = f"{HOME}{made.reference}/", reverse("booking_agreements:inspect", args=[made.pk])
    # One side has said so, and every door tells exactly that: page, letter, list, admin, API, the hall's own page.
    for door in (club.get(page), club.get(f"{page}letter/"), club.get(HOME), club.get("/things/lillebyhallen/")):
        assert ONE_SIDE in text(door)
    for door in (desk.get(admin), desk.get(reverse("booking_agreements:index")), desk.get("/things/lillebyhallen/")):
        assert ONE_SIDE in text(door)
    assert club.get(API).json()["results"][0]["status"] == "one_side"
    assert made.title not in text(Client().get("/things/lillebyhallen/"))
    # Nothing of it holds yet: the hall is as free as before.
    assert in_the_feed() == []
    [asked] = stage.post_goes_out()
    assert asked.to == [stage.unit.officer.email]
    assert admin in asked.body
    # The officer is busy. After two weeks a reminder comes, once.
    for _twice in range(2):
        call_command("tick", "--now", moment(15, 12).isoformat())
    from django.core import mail

    reminders = [one for one in mail.outbox if "AVT-" in one.body and "bekreftet den ennå" in one.body]
    assert [one.to for one in reminders] == [[stage.unit.officer.email]]
    # Confirmed: the hours are in the case list, in availability and in the feed, as confirmed.
    made.refresh_from_db()
    desk.post(reverse("booking_agreements:confirm", args=[made.pk]), {"version": made.version})
    made.refresh_from_db()
    assert (made.state, made.case is not None) == ("agreed", True)
    assert {one.to[0] for one in stage.post_goes_out()} == {helge.email, stage.unit.officer.email}
    assert made.case is not None
    assert made.case.reference in text(club.get("/my/cases/"))
    first = made.case.lines.order_by("start").first()
    assert first is not None
    window = {"from": first.start.date().isoformat(), "to": (first.start + timedelta(days=1)).date().isoformat()}
    busy = Client().get("/api/booking/v1/resources/lillebyhallen/availability/", window).json()["busy"]
    assert [one["status"] for one in busy] == ["confirmed"]
    assert len(in_the_feed()) == 10
    # What the club promised in return is seen until somebody has done it.
    due = made.tasks.get().dates.first()
    assert due is not None
    club.post(f"{page}done/{due.pk}/")
    assert "Helge Sørmo" in text(desk.get(admin))
    # The one who knew leaves; the agreement doesn't.
    stage.unit.officer.is_active = False
    stage.unit.officer.save()
    made.refresh_from_db()
    assert made.officer is not None
    assert made.officer.is_active
    # It ends with the notice agreed on, and the hours after that are free again.
    club.post(f"{page}notice/", {"reason": "Vi har fått eget hus."})
    made.refresh_from_db()
    assert made.last_day is not None
    assert not made.case.lines.filter(state="granted", start__date__gt=made.last_day).exists()
    told = stage.post_goes_out()
    assert {made.officer.email, helge.email} <= {one.to[0] for one in told}
    assert all("Vi har fått eget hus." in one.body for one in told)


def test_the_municipality_may_write_it_down_and_the_club_may_say_that_it_is_wrong(
    stage: Stage, anglers: Any, day: Callable[[int], str]
) -> None:
    helge = anglers.memberships.get().user
    club, desk = stage.browser(helge), stage.browser(stage.unit.officer)
    data = entry(stage, day, unit=str(stage.unit.pk), party_1=str(anglers.pk), title="Nøkler til hallen")
    assert desk.post(reverse("booking_agreements:add"), data)["Location"].startswith("/admin/booking/agreements/")
    made = Agreement.objects.get()
    page = f"{HOME}{made.reference}/"
    [letter] = stage.post_goes_out()
    assert letter.to == [helge.email]
    link = re.search(r"http://[^/]+(/\S+)", letter.body)
    assert link is not None
    assert club.get(link[1]).status_code == 200
    club.post(f"{page}decline/", {"decline-reason": "Vi har aldri fått nøkler."})
    made.refresh_from_db()
    assert made.state == "declined"
    assert "Vi har aldri fått nøkler." in text(desk.get(reverse("booking_agreements:inspect", args=[made.pk])))
    assert not made.hours.filter(series__isnull=False).exists()


def test_nobody_signs_for_both_sides(stage: Stage, anglers: Any, day: Callable[[int], str]) -> None:
    """Who leads the club and works in the unit sees it, and a colleague answers (N10)."""
    officer = stage.unit.officer
    f.give_membership(officer, anglers, "board")
    stage.browser(officer).post(f"{HOME}new/", entry(stage, day))
    made = Agreement.objects.get()
    confirm = reverse("booking_agreements:confirm", args=[made.pk])
    assert stage.browser(officer).post(confirm, {"version": made.version}).status_code == 403
    made.refresh_from_db()
    assert made.state == "proposed"
    stage.browser(stage.unit.deputy).post(confirm, {"version": made.version})
    made.refresh_from_db()
    assert (made.state, made.confirmed_by) == ("agreed", stage.unit.deputy)


def test_the_end_of_a_period_surprises_nobody(
    stage: Stage, anglers: Any, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    helge = anglers.memberships.get().user
    club = stage.browser(helge)
    club.post(f"{HOME}new/", entry(stage, day, end=day(120)))
    made = Agreement.objects.get()
    stage.browser(stage.unit.officer).post(
        reverse("booking_agreements:confirm", args=[made.pk]), {"version": made.version}
    )
    stage.post_goes_out()
    from django.core import mail

    mail.outbox.clear()
    for _twice in range(2):
        call_command("tick", "--now", moment(31, 12).isoformat())
    warned = [one for one in mail.outbox if "går ut" in one.body and made.reference in one.body]
    assert sorted(one.to[0] for one in warned) == sorted([helge.email, stage.unit.officer.email])
    # From there to the next one is a link away.
    page = stage.browser(helge).get(f"{HOME}new/", {"from": made.reference})
    assert (page.status_code, made.title in text(page)) == (200, True)
