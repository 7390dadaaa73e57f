"""N8, N14, N17, the calendars' part: who subscribes once sees every change under the same identity, without asking.

A coach and a member's parent have their club's calendar on the phone, a young person without an account has the hall's
and the town's. Time that is taken back is called off in all of them at the next fetch; what comes instead stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import icalendar
import pytest
from django.test import Client

from booking.cases.models import Case
from tests import factories as f
from tests.scenarios.conftest import Stage
from tests.scenarios.test_n08_taken_back import free_value, granted


class Phone:
    """A calendar program: it fetches an address with what it was told last time, and knows nobody."""

    def __init__(self, address: str) -> None:
        self.path = "/feeds/" + address.partition("/feeds/")[2]
        self.tag = ""
        self.events: dict[str, Any] = {}

    def fetch(self) -> int:
        answer = Client().get(self.path, headers={"If-None-Match": self.tag} if self.tag else {})
        if answer.status_code == 200:
            self.tag = answer["ETag"]
            found = icalendar.Calendar.from_ical(answer.getvalue()).walk("VEVENT")
            self.events = {str(one["uid"]): one for one in found}
        return int(answer.status_code)

    def only(self) -> Any:
        [one] = self.events.values()
        return one


def subscribe(stage: Stage, user: Any, key: str = "lilleby-il") -> Phone:
    """On the page "My calendars", by pressing the button; the address is read off the page."""
    browser = stage.browser(user)
    browser.post("/my/calendars/", {"kind": "organisation", "key": key, "lang": "nb"})
    page = browser.get("/my/calendars/").content.decode()
    address = next(part.partition('"')[0] for part in page.split('value="') if "/feeds/" in part.partition('"')[0])
    return Phone(address)


@pytest.fixture
def parent(stage: Stage) -> Any:
    """A member of the club who books nothing: they only want to know when to drive."""
    someone = f.make_user("Pål Forelder")
    f.give_membership(someone, stage.club, "member")
    stage.club.slug = "lilleby-il"
    stage.club.save()
    return someone


def test_what_is_taken_back_is_called_off_on_every_phone_and_what_comes_instead_stands_there(
    stage: Stage, parent: Any, day: Callable[[int], str]
) -> None:
    case = granted(stage, day, 9)
    phones = [subscribe(stage, stage.coach), subscribe(stage, parent)]
    hall = Phone("/feeds/resource-lillebyhallen.ics")
    for phone in (*phones, hall):
        assert phone.fetch() == 200
        assert str(phone.only()["status"]) == "CONFIRMED"
        assert phone.fetch() == 304, "nothing new, nothing sent"
    [identity] = phones[0].events
    number = int(phones[0].only()["sequence"])
    assert list(hall.events) == [identity], "the same line has the same name in every calendar"
    assert str(hall.only()["summary"]) == "Opptatt"
    ola, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
    form = ola.get(f"/admin/booking/cases/inspect/{case.pk}/?take=1").content.decode()
    place = free_value(form)
    typed = {"version": case.version, "line": "1", "reason": "Kommunestyret møtes i hallen.", "instead-1": place}
    assert ola.post(f"/admin/booking/cases/move/{case.pk}/take-back/", typed).status_code == 302
    for phone in phones:
        assert phone.fetch() == 200
        gone = phone.events[identity]
        assert (str(gone["status"]), str(gone["transp"])) == ("CANCELLED", "TRANSPARENT")
        assert str(gone["summary"]).startswith("AVLYST: ")
        assert int(gone["sequence"]) > number
    # Outsiders see that it is closed, and nothing of whose it was.
    assert hall.fetch() == 200
    assert identity not in hall.events
    assert all(str(one["summary"]) != "Opptatt" for one in hall.events.values())
    # The other time is hers: on both phones it stands as going ahead.
    kari.post(f"/cases/{case.reference}/lines/1/", {"act": "alternative", "alternative": place})
    line = case.lines.get(state="granted")
    for phone in phones:
        assert phone.fetch() == 200
        assert any(
            one["dtstart"].dt == line.start and str(one["status"]) == "CONFIRMED" for one in phone.events.values()
        )
    # Who leaves the club reads no more: the address is dead, and says so.
    stage.club.memberships.filter(user=parent).delete()
    assert (phones[1].fetch(), phones[0].fetch()) == (410, 304)


def test_a_young_person_without_an_account_follows_the_town_s_calendar_and_nobody_is_named(
    stage: Stage, day: Callable[[int], str]
) -> None:
    """N14 and N17: the address stands on an open page; it shows what has a public title, moved and called off too."""
    stranger = Client()
    assert "/feeds/happenings.ics" in stranger.get("/calendars/").content.decode()
    town, hall = Phone("/feeds/happenings.ics"), Phone("/feeds/resource-lillebyhallen.ics")
    assert (town.fetch(), town.events) == (200, {})
    typed = {
        "action": "send", "day": day(9), "start": "18:00", "end": "20:00", "purpose": "Spillkveld", "about": "20",
        "title": "Åpen spillkveld", "title_public": "on",
    }  # fmt: skip
    stage.browser(stage.coach).post("/ask/lillebyhallen/", typed)
    case = Case.objects.latest("pk")
    town.fetch()
    assert town.events == {}, "what is only asked for is nobody's news"
    stage.browser(stage.unit.officer).post(
        f"/admin/booking/cases/decide/{case.pk}/", {"version": case.version, "act": "grant_all"}
    )
    case.refresh_from_db()
    for phone in (town, hall):
        assert phone.fetch() == 200
        one = phone.only()
        assert str(one["summary"]) == "Åpen spillkveld"
        said = one.to_ical().decode()
        for name in ("Kari", "Ola", "@", case.reference):
            assert name not in said
    identity = str(town.only()["uid"])
    # On the page of what happens the same stands for who has no calendar program.
    assert "Åpen spillkveld" in stranger.get("/whats-on/", {"from": day(7)}).content.decode()
    # Withdrawn by the club: public calendars just have it no more.
    stage.browser(stage.coach).post(f"/cases/{case.reference}/withdraw/", {"version": case.version, "reason": "Syk"})
    case.refresh_from_db()
    assert not case.lines.filter(state="granted").exists()
    for phone in (town, hall):
        assert phone.fetch() == 200
        assert identity not in phone.events
