"""N18: no regular meeting points between the municipality and the organisations.

A dialogue meeting is prepared once and planned anew in one press; anyone who is invited says in their own words what is
talked about; it stands in everybody's calendar under one identity; it ends in promises with a side and a day; what is
not done by then is called late, and opens the next agenda by itself until it is kept or dropped with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.calendars import services as calendars
from booking.calendars.selectors import subscriptions
from booking.foundation import clock
from booking.meetings.models import AgendaPoint, Commitment, Meeting
from tests import factories as f
from tests.scenarios.conftest import Stage


@pytest.fixture(autouse=True)
def _by_day() -> Iterator[None]:
    """At ten in the morning: letters that aren't urgent wait for it."""
    with clock.at(clock.now().replace(hour=9, minute=0)):
        yield


@pytest.fixture
def band(stage: Stage) -> Any:
    return f.make_organisation("Lilleby skolekorps", leader=f.make_user("Berit Korpsleder"), slug="korps")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def form(stage: Stage, band: Any, day: Callable[[int], str], ahead: int = 30, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Dialogmøte om hallen", "about": "Hvordan går det i hallen?", "unit": str(stage.unit.pk),
        "day": day(ahead), "begins": "18:00", "ends": "19:30", "resource": str(stage.hall.pk), "place": "",
        "agenda_day": "", "organisations": [str(stage.club.pk), str(band.pk)], "months_between": "6", "key": "abc",
    } | fields  # fmt: skip


def feed_of(user: Any, kind: str, thing: Any) -> str:
    """The address that somebody has put into their phone."""
    feed = calendars.subscribe(user=user, kind=kind, language="nb", now=clock.now(), **{kind: thing})
    return "/feeds/" + subscriptions.url_of(subscriptions.feeds_of(user).get(pk=feed.pk)).partition("/feeds/")[2]


def events(path: str, **headers: str) -> dict[str, Any]:
    """UID → event."""
    body = Client().get(path, headers=headers).getvalue()
    return {str(one["uid"]): one for one in icalendar.Calendar.from_ical(body).walk("VEVENT")}


def etag(path: str) -> str:
    return str(Client().get(path)["ETag"])


def test_a_meeting_from_the_invitation_to_the_promise_that_opens_the_next_one(
    stage: Stage, band: Any, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    desk, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
    berit = band.memberships.get().user
    phone = feed_of(stage.coach, "organisation", stage.club)
    office = feed_of(stage.unit.officer, "unit", stage.unit)
    # Prepared: only the unit knows of it.
    desk.post(reverse("booking_meetings:add"), form(stage, band, day))
    meeting = Meeting.objects.get()
    page, admin = f"/meetings/{meeting.reference}/", reverse("booking_meetings:inspect", args=[meeting.pk])
    assert kari.get(page).status_code == 404
    assert events(phone) == {}
    assert str(events(office)[str(meeting.uid)]["status"]) == "TENTATIVE"
    # Called: letters with the date as a file, and the same identity in every calendar.
    before = etag(phone)
    desk.post(reverse("booking_meetings:call", args=[meeting.pk]), {"version": meeting.version})
    letters = stage.post_goes_out()
    assert {one.to[0] for one in letters} == {stage.coach.email, berit.email}
    name, content, kind = letters[0].attachments[0]
    [file] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert name.endswith(".ics")
    assert "method=PUBLISH" in kind
    assert etag(phone) != before
    seen = events(phone)[str(meeting.uid)]
    assert str(file["uid"]) == str(seen["uid"]) == str(events(office)[str(meeting.uid)]["uid"])
    assert int(file["sequence"]) == int(seen["sequence"]) == 1
    assert (str(seen["status"]), str(seen["location"])) == ("CONFIRMED", "Lillebyhallen")
    assert seen["dtstart"].dt == moment(30, 18)
    # Nobody else sees it: it isn't open.
    assert Client().get(page).status_code == 404
    assert meeting.title not in text(Client().get("/meetings/"))
    # The link of the letter leads to where one answers and says what one wants to talk about.
    link = re.search(r"http://[^/]+(/meetings/\S+)", letters[0].body)
    assert link is not None
    assert kari.get(link[1]).status_code == 200
    prefix = f"a{stage.club.pk}"
    kari.post(f"{page}answer/", {"organisation": stage.club.slug, f"{prefix}-answer": "yes", f"{prefix}-heads": "2"})
    kari.post(f"{page}points/", {"point-title": "Nøklene til boden", "point-text": "Vi står ute hver tirsdag."})
    assert "Vi står ute hver tirsdag." in text(stage.browser(berit).get(page))
    assert "Nøklene til boden" in str(events(phone)[str(meeting.uid)]["description"])
    assert "Nøklene til boden" in text(desk.get(admin))
    # A week before the agenda closes, who hasn't answered is asked once; when it closes, everybody gets it once.
    mail.outbox.clear()
    for _twice in range(2):
        call_command("tick", "--now", moment(21, 12).isoformat())
    assert [one.to[0] for one in mail.outbox if meeting.title in one.subject] == [berit.email]
    mail.outbox.clear()
    for _twice in range(2):
        call_command("tick", "--now", moment(28, 8).isoformat())
    agendas = [one for one in mail.outbox if meeting.title in one.subject]
    assert sorted(one.to[0] for one in agendas) == sorted([stage.coach.email, berit.email])
    assert all("Nøklene til boden (Lilleby IL)" in one.body for one in agendas)
    with clock.at(moment(28, 9)):
        kari.post(f"{page}points/", {"point-title": "For sent"})
    assert not AgendaPoint.objects.filter(title="For sent").exists()
    # The meeting is held, and ends in promises of both sides.
    due, at_54, at_55, at_62, at_63 = day(60), moment(54, 12), moment(55, 12), moment(62, 12), moment(63, 12)
    with clock.at(moment(30, 20)):
        for what, side, who in (
            ("Nøkkelboks ved boden", f"unit:{stage.unit.pk}", "vaktmesteren"),
            ("Liste over hvem som trenger nøkkel", f"organisation:{stage.club.pk}", ""),
        ):
            answer = desk.post(
                reverse("booking_meetings:commit", args=[meeting.pk]),
                {"commit-what": what, "commit-side": side, "commit-who": who, "commit-due_on": due},
            )
            assert answer.status_code == 302
        meeting.refresh_from_db()
        point = AgendaPoint.objects.get()
        desk.post(
            reverse("booking_meetings:minutes", args=[meeting.pk]),
            {
                "version": meeting.version, "minutes": "Godt møte.", f"outcome_{point.pk}": "Vi får en boks.",
                "publish": "yes",
            },
        )  # fmt: skip
        minutes = stage.post_goes_out()
        assert {one.to[0] for one in minutes} == {stage.coach.email, berit.email}
        assert all("Nøkkelboks ved boden" in one.body and "vaktmesteren" in one.body for one in minutes)
        for door in (kari.get(page), kari.get(f"{page}paper/"), desk.get(admin)):
            assert "Vi får en boks." in text(door)
        # The next one is planned in one press: twice pressed, it is one.
        for _twice in range(2):
            desk.post(reverse("booking_meetings:next", args=[meeting.pk]))
    following = Meeting.objects.get(follows=meeting)
    assert (following.start - meeting.start).days in range(170, 200)
    assert (following.start.astimezone(meeting.start.tzinfo).weekday(), following.state) == (
        meeting.start.weekday(), "draft",
    )  # fmt: skip
    assert {row.organisation_id for row in following.parties.all()} == {stage.club.pk, band.pk}
    ours = Commitment.objects.get(unit=stage.unit)
    theirs = Commitment.objects.get(organisation=stage.club)
    mail.outbox.clear()
    # A week before, each owner is reminded once; the club does its part.
    for _twice in range(2):
        call_command("tick", "--now", at_54.isoformat())
    assert [one.to[0] for one in mail.outbox if "Nøkkelboks" in one.subject] == [stage.unit.officer.email]
    assert [one.to[0] for one in mail.outbox if "hvem som trenger" in one.subject] == [stage.coach.email]
    with clock.at(at_55):
        kari = stage.browser(stage.coach)
        kari.post(f"{page}promised/{theirs.pk}/done/")
        # Nobody reports for the other side.
        assert kari.post(f"{page}promised/{ours.pk}/done/").status_code == 404
    # The municipality's own is late: it is told so, and everybody who was there sees it.
    mail.outbox.clear()
    for _twice in range(2):
        call_command("tick", "--now", at_62.isoformat())
    assert [one.to[0] for one in mail.outbox if "Nøkkelboks" in one.subject] == [stage.unit.officer.email]
    with clock.at(at_63):
        desk, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
        shown = text(kari.get(page))
        assert 'data-color="danger"' in shown
        # It opens the next agenda by itself, beside what was kept since.
        desk.post(reverse("booking_meetings:call", args=[following.pk]), {"version": following.version})
        agenda = text(kari.get(f"/meetings/{following.reference}/"))
        assert "Nøkkelboks ved boden" in agenda
        assert "Liste over hvem som trenger nøkkel" in agenda
    with clock.at(following.start + timedelta(hours=2)):
        desk, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
        desk.post(
            reverse("booking_meetings:drop", args=[following.pk, ours.pk]), {"reason": "Boden rives, det blir ny."}
        )
        following.refresh_from_db()
        desk.post(
            reverse("booking_meetings:minutes", args=[following.pk]),
            {"version": following.version, "minutes": "Boden rives.", "publish": "yes"},
        )
        desk.post(reverse("booking_meetings:next", args=[following.pk]))
        third = Meeting.objects.get(follows=following)
        desk.post(reverse("booking_meetings:call", args=[third.pk]), {"version": third.version})
        last = text(kari.get(f"/meetings/{third.reference}/"))
        # What became of it stands there once, with the reason; what was kept before the last one doesn't come again.
        assert "Boden rives, det blir ny." in last
        assert "Liste over hvem som trenger nøkkel" not in last


def test_an_open_meeting_is_everybodys_and_a_cancelled_one_says_so_everywhere(
    stage: Stage, band: Any, day: Callable[[int], str]
) -> None:
    desk, kari, visitor = stage.browser(stage.unit.officer), stage.browser(stage.coach), Client()
    desk.post(
        reverse("booking_meetings:add"),
        form(stage, band, day, ahead=5, public="on", organisations=[], title="Åpent møte om parken"),
    )
    meeting = Meeting.objects.get()
    page = f"/meetings/{meeting.reference}/"
    town = "/feeds/happenings.ics"
    empty = etag(town)
    desk.post(reverse("booking_meetings:call", args=[meeting.pk]), {"version": meeting.version})
    assert etag(town) != empty
    assert str(events(town)[str(meeting.uid)]["summary"]) == "Åpent møte om parken"
    for door in ("/meetings/", page, "/whats-on/", f"{page}paper/"):
        assert "Åpent møte om parken" in text(visitor.get(door))
    assert visitor.get("/api/booking/v1/meetings/").json()["results"][0]["ref"] == meeting.reference
    # An organisation comes without having been invited, and then has a say.
    phone = feed_of(stage.coach, "organisation", stage.club)
    assert events(phone) == {}
    prefix = f"a{stage.club.pk}"
    kari.post(f"{page}answer/", {"organisation": stage.club.slug, f"{prefix}-answer": "yes"})
    assert str(meeting.uid) in events(phone)
    kari.post(f"{page}points/", {"point-title": "Lys i parken"})
    assert "Lys i parken" in text(visitor.get(page))
    assert visitor.get(f"/api/booking/v1/meetings/{meeting.reference}/").json()["agenda"][0]["organisation"] == (
        stage.club.slug
    )
    # Moved, then called off: who comes is told both times, under the same identity and a higher number.
    stage.post_goes_out()
    desk.post(
        reverse("booking_meetings:change", args=[meeting.pk]),
        form(stage, band, day, ahead=6, public="on", organisations=[str(stage.club.pk)], title="Åpent møte om parken"),
    )
    [moved] = stage.post_goes_out()
    [event] = icalendar.Calendar.from_ical(moved.attachments[0][1]).walk("VEVENT")
    assert (str(event["uid"]), int(event["sequence"])) == (str(meeting.uid), 2)
    meeting.refresh_from_db()
    desk.post(
        reverse("booking_meetings:cancel", args=[meeting.pk]),
        {"version": meeting.version, "cancel-reason": "Ordføreren er syk."},
    )
    [letter] = stage.post_goes_out()
    assert "Ordføreren er syk." in letter.body
    assert "method=CANCEL" in letter.attachments[0][2]
    gone = events(phone)[str(meeting.uid)]
    assert (str(gone["status"]), int(gone["sequence"])) == ("CANCELLED", 3)
    assert str(meeting.uid) not in events(town)
    assert "Ordføreren er syk." in text(visitor.get(page))
