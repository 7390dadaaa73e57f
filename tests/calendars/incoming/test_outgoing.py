"""What calendars of others put into our own feeds: closed time and information, titles only where they were chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.test import Client

from booking.calendars.incoming import services
from booking.calendars.incoming.models import SourceMode
from booking.foundation import clock
from tests.calendars.incoming.servers import Served
from tests.calendars.incoming.test_services import at, granted, look
from tests.calendars.incoming.texts import calendar, event
from tests.calendars.incoming.world import subscribed
from tests.calendars.reading import NODE, by_ical_js, by_icalendar
from tests.factories import NOW, make_hall_in_thirds, make_resource

pytestmark = pytest.mark.django_db
SPREAD = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
PARENTS = event("a", "20260310T090000Z", "20260310T110000Z", "SUMMARY:Foreldremøte 3B")


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


def read(resource, *, tag: str = "", **asked):
    answer = Client().get(f"/feeds/resource-{resource.slug}.ics", asked, headers={"If-None-Match": tag} if tag else {})
    body = b"" if answer.status_code == 304 else answer.getvalue()
    return answer.status_code, answer["ETag"], body


def events(body):
    return icalendar.Calendar.from_ical(body).walk("VEVENT")


def content(room, source, **fields):
    given = {"name": "Skolen", "url": source.url, "mode": SourceMode.BLOCK, "resources": [room], "titles": False}
    return services.Content(**(given | fields))


def test_a_block_is_closed_time_without_its_title(server: Served):
    room = make_resource(slug="salen")
    _status, empty, body = read(room)
    assert events(body) == []
    look(subscribed(room, server.give(calendar(PARENTS))))
    status, tag, body = read(room, tag=empty)
    [one] = events(body)
    assert (status, str(one["summary"]), str(one["status"]), str(one["transp"])) == (
        200, "Stengt", "CONFIRMED", "OPAQUE",
    )  # fmt: skip
    assert b"Foreldrem" not in body
    assert by_icalendar(body, *SPREAD) == [(at(9), at(11), "Stengt")]
    if NODE:
        assert by_ical_js(body, *SPREAD) == by_icalendar(body, *SPREAD)
    assert read(room, tag=tag)[0] == 304


def test_titles_that_were_chosen_are_told_and_taken_back(server: Served):
    room = make_resource(slug="salen")
    source = subscribed(room, server.give(calendar(PARENTS)), titles=True)
    look(source)
    _status, tag, body = read(room)
    assert str(events(body)[0]["summary"]) == "Stengt: Foreldremøte 3B"
    # Taken back: gone at once from every calendar, whatever the stored copy says.
    services.change_source(source, content(room, source), by=room.unit.officer, now=NOW)
    status, _tag, body = read(room, tag=tag)
    assert (status, str(events(body)[0]["summary"])) == (200, "Stengt")


def test_information_stands_there_and_leaves_the_time_free(server: Served):
    room = make_resource(slug="salen")
    source = subscribed(
        room, server.give(calendar(event("f", "20260310", "20260311", "SUMMARY:Vinterferie"))),
        mode=SourceMode.INFORMATION, titles=True, whole_unit=True, resources=[],
    )  # fmt: skip
    look(source)
    _status, tag, body = read(room)
    [one] = events(body)
    assert (str(one["summary"]), str(one["transp"]), str(one["x-microsoft-cdo-busystatus"])) == (
        "Vinterferie", "TRANSPARENT", "FREE",
    )  # fmt: skip
    assert b"DTSTART;VALUE=DATE:20260310\r\nDTEND;VALUE=DATE:20260311" in body
    services.change_source(
        source, content(room, source, mode=SourceMode.INFORMATION, whole_unit=True, resources=[]),
        by=room.unit.officer, now=NOW,
    )  # fmt: skip
    # Without titles only the calendar's own name is told.
    assert str(events(read(room)[2])[0]["summary"]) == "Skolen"
    services.stop_source(source, by=room.unit.officer, now=NOW)
    status, _tag, body = read(room, tag=tag)
    assert (status, events(body)) == (200, [])


def test_a_moved_time_is_another_event_and_the_same_one_keeps_its_identity(server: Served):
    room = make_resource(slug="salen")
    source = subscribed(room, server.give(calendar(PARENTS)))
    look(source)
    first = events(read(room)[2])[0]["uid"]
    look(source, NOW + timedelta(hours=1))
    assert events(read(room)[2])[0]["uid"] == first
    server.give(calendar(event("a", "20260310T120000Z", "20260310T130000Z")))
    look(source, NOW + timedelta(hours=2))
    [moved] = events(read(room)[2])
    assert (moved["dtstart"].dt, moved["uid"] != first) == (at(12), True)


def test_around_granted_time_only_what_is_left_is_closed(server: Served):
    room = make_resource(slug="salen")
    granted(room, at(9.5), at(10))
    look(subscribed(room, server.give(calendar(PARENTS))))
    closed = [one[:2] for one in by_icalendar(read(room)[2], *SPREAD) if one[2] == "Stengt"]
    assert closed == [(at(9), at(9.5)), (at(10), at(11))]


def test_parts_read_what_closes_the_whole(server: Served):
    hall = make_hall_in_thirds(slug="hallen")
    look(subscribed(hall.whole, server.give(calendar(PARENTS))))
    for thing in (hall.whole, *hall.parts):
        assert [str(one["summary"]) for one in events(read(thing)[2])] == ["Stengt"]


def test_queries_do_not_grow_with_the_times(server: Served, django_assert_max_num_queries):
    room = make_resource(slug="salen")
    counts = []
    for number in (1, 30):
        many = [
            event(f"n{turn}", f"202604{turn:02d}T090000Z", f"202604{turn:02d}T100000Z") for turn in range(1, number + 1)
        ]
        source = subscribed(room, server.give(calendar(*many), f"/{number}.ics"))
        look(source)
        with django_assert_max_num_queries(40) as seen:
            read(room)
        counts.append(len(seen))
    assert counts[0] == counts[1]
