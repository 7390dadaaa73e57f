"""Meetings in every calendar, read back by foreign parsers; and how many queries the pages take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client, override_settings
from django.urls import reverse

from booking.calendars import services as calendars
from booking.calendars.selectors import subscriptions
from booking.foundation import clock
from booking.meetings import services
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node
from tests.factories import NOW
from tests.meetings.world import HELD, START, World


def address(user: Any, kind: str, **thing: Any) -> str:
    feed = calendars.subscribe(user=user, kind=kind, language="nb", now=NOW, **thing)
    return "/feeds/" + subscriptions.url_of(subscriptions.feeds_of(user).get(pk=feed.pk)).partition("/feeds/")[2]


def read(path: str) -> dict[str, Any]:
    body = Client().get(path).getvalue()
    return {str(one["uid"]): one for one in icalendar.Calendar.from_ical(body).walk("VEVENT")}


def test_one_identity_in_all_calendars_and_a_304_until_something_changes(world: World) -> None:
    made = world.called()
    member = world.club.memberships.get(role="member").user
    paths = [
        address(world.leader, "organisation", organisation=world.club),
        address(member, "person"),  # through the club
        address(world.officer, "unit", unit=world.unit),
        address(world.technical.officer, "unit", unit=world.technical),
    ]
    stranger = address(world.stranger.memberships.get().user, "organisation", organisation=world.stranger)
    assert read(stranger) == {}
    marks = {}
    for path in paths:
        event = read(path)[str(made.uid)]
        assert (str(event["status"]), int(event["sequence"])) == ("CONFIRMED", 1)
        assert "organizer" not in event
        marks[path] = Client().get(path)["ETag"]
    theirs = Client().get(stranger)["ETag"]
    later = NOW + timedelta(days=1)
    for path, mark in marks.items():
        assert Client().get(path, headers={"If-None-Match": mark}).status_code == 304
    services.add_point(made, by=world.leader, organisation=world.club, title="Nøkler", now=later)
    for path, mark in marks.items():
        again = Client().get(path, headers={"If-None-Match": mark})
        assert again.status_code == 200
        event = read(path)[str(made.uid)]
        assert "Nøkler" in str(event["description"])
        # Its stamp rises with what it shows, its number only with time, place and state.
        assert event["last-modified"].dt == later
        assert int(event["sequence"]) == 1
    assert Client().get(stranger, headers={"If-None-Match": theirs}).status_code == 304


def test_a_304_of_a_unit_takes_as_many_queries_as_before(world: World, django_assert_max_num_queries: Any) -> None:
    world.called()
    path = address(world.officer, "unit", unit=world.unit)
    mark = Client().get(path)["ETag"]
    with django_assert_max_num_queries(3):
        assert Client().get(path, headers={"If-None-Match": mark}).status_code == 304


@needs_node
def test_both_parsers_read_the_same(world: World) -> None:
    world.called(public=True, title='Møte; "Æ", 100 % \\N')
    body = Client().get("/feeds/happenings.ics").getvalue()
    window = (NOW, NOW + timedelta(days=60))
    assert by_icalendar(body, *window) == by_ical_js(body, *window)
    assert [one[:2] for one in by_icalendar(body, *window)] == [(START, START + timedelta(hours=2))]


def test_asked_told_called_off(world: World) -> None:
    """SEQUENCE rises with each state, the UID stays."""
    made = world.prepared(public=True)
    phone = address(world.leader, "organisation", organisation=world.club)
    office = address(world.officer, "unit", unit=world.unit)
    assert (read(phone), str(read(office)[str(made.uid)]["status"])) == ({}, "TENTATIVE")
    services.call_meeting(made, by=world.officer, now=NOW)
    services.cancel_meeting(made, by=world.officer, reason="Storm", now=NOW + timedelta(hours=1))
    gone = read(phone)[str(made.uid)]
    assert (str(gone["status"]), int(gone["sequence"]), str(gone["transp"])) == ("CANCELLED", 2, "TRANSPARENT")
    assert "Storm" in str(gone["description"])
    assert str(made.uid) not in read("/feeds/happenings.ics")


def test_a_draft_that_is_dropped_never_reaches_anybody(world: World) -> None:
    made = world.prepared(public=True)
    services.cancel_meeting(made, by=world.officer, reason="Feil", now=NOW)
    assert read(address(world.leader, "organisation", organisation=world.club)) == {}
    assert Client().get(f"/meetings/{made.reference}/").status_code == 404


def test_lists_take_the_same_number_of_queries_however_many_meetings(
    world: World, django_assert_max_num_queries: Any
) -> None:
    leader, desk = Client(), Client()
    leader.force_login(world.leader, backend="django.contrib.auth.backends.ModelBackend")
    desk.force_login(world.officer, backend="django.contrib.auth.backends.ModelBackend")
    counts = []
    for number in range(2):
        for turn in range(1 + 4 * number):
            start = START + timedelta(days=turn, hours=number)
            world.called(
                title=f"Møte {number} {turn}", start=start, end=start + timedelta(hours=1), public=bool(turn % 2)
            )
        for path in ("/meetings/", reverse("booking_meetings:index"), "/whats-on/"):
            who = desk if "admin" in path else leader
            who.get(path)
            with django_assert_max_num_queries(60) as seen:
                assert who.get(path).status_code == 200
            counts.append(len(seen))
    half = len(counts) // 2
    assert counts[half:] == counts[:half]


def test_what_was_typed_stays_when_it_is_refused(world: World) -> None:
    made = world.called()
    leader = Client()
    leader.force_login(world.leader, backend="django.contrib.auth.backends.ModelBackend")
    answer = leader.post(f"/meetings/{made.reference}/points/", {"point-title": "x" * 151, "point-text": "Mine ord"})
    assert answer.status_code == 400
    assert "Mine ord" in answer.content.decode()
    refused = leader.post(f"/meetings/{made.reference}/answer/", {f"a{world.club.pk}-answer": "yes",
                                                                  f"a{world.club.pk}-heads": "0"})  # fmt: skip
    assert refused.status_code == 400
    with clock.at(HELD):
        row = world.promise(made, organisation=world.club)
        services.write_minutes(made, by=world.officer, words="Bra", publish=True, now=HELD)
        empty = leader.post(f"/meetings/{made.reference}/promised/{row.pk}/drop/", {"drop-reason": ""})
    assert empty.status_code == 400
    assert 'aria-invalid="true"' in empty.content.decode()


def test_switched_off_it_leaves_no_trace(world: World, settings: Any) -> None:
    made = world.called(public=True)
    off = settings.BOOKING | {"switches": {"meetings": False}}
    with override_settings(BOOKING=off):
        for path in ("/meetings/", f"/meetings/{made.reference}/", "/api/booking/v1/meetings/",
                     f"/api/booking/v1/meetings/{made.reference}/"):  # fmt: skip
            assert Client().get(path).status_code == 404, path
        assert "Dialogmøte" not in Client().get("/whats-on/").content.decode()
        assert services.run_meetings(START) == 0


@pytest.mark.parametrize("state", ["invited", "nonsense"])
def test_the_api_narrows_by_state(world: World, state: str) -> None:
    world.called(public=True)
    answer = Client().get("/api/booking/v1/meetings/", {"state": state})
    assert answer.status_code == (200 if state == "invited" else 400)


def test_an_open_meeting_stands_in_the_screens_calendars_of_its_place_and_of_who_comes(world: World) -> None:
    made = world.called(public=True, title="Åpent møte")
    closed = world.called(title="Lukket møte", start=START + timedelta(hours=3), end=START + timedelta(hours=4))
    day = START.date().isoformat()
    place = f"/things/{world.hall.slug}/calendar/?view=week&day={day}"
    door = f"/things/{world.hall.slug}/door/?day={day}"
    club = f"/organisations/{world.club.slug}/calendar/?day={day}"
    for path in (place, door):
        shown = Client().get(path).content.decode()
        assert "Åpent møte" in shown
        assert "Lukket møte" not in shown
    world.club.listed, world.club.state = True, "verified"
    world.club.save()
    assert "Åpent møte" not in Client().get(club).content.decode()
    for one in (made, closed):
        services.answer_invitation(one, by=world.leader, organisation=world.club, answer="yes", now=NOW)
    shown = Client().get(club).content.decode()
    assert "Åpent møte" in shown
    assert "Lukket møte" not in shown
    services.cancel_meeting(made, by=world.officer, reason="Storm", now=NOW)
    assert "<s>Åpent møte</s>" in Client().get(place).content.decode()
