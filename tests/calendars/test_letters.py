"""The file that goes with a letter: the same identity as in the feeds, in a form that programs take in at once."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import icalendar
import pytest
from django.core import mail

from booking.calendars import letters, services
from booking.calendars.rules import window
from booking.calendars.selectors import calendars
from booking.cases.models import LineState
from booking.correspondence import registry
from booking.correspondence.letters import Letter
from booking.correspondence.transport import Transport
from tests.calendars.conftest import NOW, OSLO, change, wall
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node

pytestmark = pytest.mark.django_db


def file_of(book, numbers, language="en") -> icalendar.Calendar | None:
    found = letters.calendar_file(book.case, numbers, language)
    return None if found is None else icalendar.Calendar.from_ical(found.content)


def events(calendar) -> list[icalendar.Event]:
    return list(calendar.walk("VEVENT"))


def test_a_granted_time_is_published(hall, diary):
    book = diary(hall, title="Øving")
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), sequence=1)
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), state=LineState.REFUSED)
    hall.unit.email = "kultur@lilleby.example"
    hall.unit.save()
    found = letters.calendar_file(book.case, [1, 2], "nb")
    assert found.name == f"{book.case.reference}.ics"
    assert found.mimetype == "text/calendar; method=PUBLISH"
    calendar = icalendar.Calendar.from_ical(found.content)
    assert calendar["method"] == "PUBLISH"
    for name in ("x-wr-calname", "refresh-interval", "x-published-ttl"):
        assert name not in calendar, "nobody subscribes to a file"
    [event] = events(calendar)
    assert (str(event["uid"]), event["sequence"], event["status"]) == (str(line.uid), 1, "CONFIRMED")
    assert str(event["organizer"]) == "mailto:kultur@lilleby.example"
    assert event["organizer"].params["CN"] == hall.unit.name
    assert "attendee" not in event, "nobody is asked to answer a machine"


def test_a_series_goes_whole_with_its_exceptions(hall, diary):
    book = diary(hall)
    row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    change(lines[2], state=LineState.CANCELLED_BY_MUNICIPALITY)
    calendar = file_of(book, [lines[0].number])
    master, override = events(calendar)
    assert str(master["uid"]) == str(override["uid"]) == str(row.uid)
    assert override["status"] == "CANCELLED"
    assert len(calendar.walk("VTIMEZONE")) == 1


@needs_node
def test_both_parsers_read_the_file(hall, diary):
    book = diary(hall, title="Øving")
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=40")
    change(lines[3], state=LineState.REFUSED)
    content = letters.calendar_file(book.case, [one.number for one in lines], "en").content
    wanted = [(one.start, one.end, "Øving") for one in lines if one.state == "granted"]
    spread = (NOW - timedelta(days=9), NOW + timedelta(days=900))
    assert by_icalendar(content, *spread) == by_ical_js(content, *spread) == wanted


def test_what_is_taken_away_is_cancelled(hall, diary):
    book = diary(hall)
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    change(line, state=LineState.CANCELLED_BY_ORGANISATION)
    calendar = file_of(book, [1])
    assert calendar["method"] == "CANCEL"
    [event] = events(calendar)
    assert (str(event["uid"]), event["sequence"], event["status"]) == (str(line.uid), 1, "CANCELLED")


def test_one_date_of_a_series_is_cancelled_by_its_place_in_it(hall, diary):
    book = diary(hall)
    row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    change(lines[1], state=LineState.DISPLACED)
    change(lines[4], state=LineState.CANCELLED_BY_ORGANISATION)
    calendar = file_of(book, [lines[1].number])
    [event] = events(calendar)
    assert str(event["uid"]) == str(row.uid)
    assert event["recurrence-id"].dt == wall("2026-03-16 17:00")
    assert "rrule" not in event
    assert calendar["method"] == "CANCEL"
    assert len(calendar.walk("VTIMEZONE")) == 1, "RECURRENCE-ID names its zone"


def test_a_whole_series_is_cancelled_at_once(hall, diary):
    book = diary(hall)
    row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    for line in lines:
        change(line, state=LineState.CANCELLED_BY_ORGANISATION)
    [event] = events(file_of(book, [line.number for line in lines]))
    assert (str(event["uid"]), event["status"]) == (str(row.uid), "CANCELLED")
    assert "rrule" in event


@pytest.mark.parametrize("state", ["requested", "refused", "waiting_list", "withdrawn"])
def test_there_is_no_file_about_time_that_was_never_theirs(hall, diary, state):
    book = diary(hall)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=state)
    assert file_of(book, [1]) is None


def test_the_same_as_in_the_feed(hall, diary):
    """Who has both sees one event, not two: the same UID and SEQUENCE, times and words."""
    book = diary(hall, title="Øving")
    book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), sequence=3)
    organisation = calendars.of_organisation(book.case.organisation_id, "x")
    variant = services.Variant("en", False, organisation.audience)
    feed = icalendar.Calendar.from_ical(
        b"".join(services.read(organisation, variant=variant, window=window(NOW, OSLO)))
    )

    def said(calendar):
        found = []
        for one in events(calendar):
            one.pop("organizer", None)
            found.append(one.to_ical())
        return sorted(found)

    assert said(file_of(book, range(1, 8))) == said(feed)


@pytest.mark.parametrize("name", sorted(letters.LETTERS))
def test_the_letters_carry_it(hall, diary, name, monkeypatch):
    """Each of those letters exists, and gets the file when it is written."""
    book = diary(hall)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    if name == "case_change_decided":
        from booking.cases.models import LineChange

        line = book.case.lines.get()
        change_row = LineChange.objects.create(
            line=line, resource=hall, start=line.start, end=line.end, by=hall.unit.officer, hat="x", at=NOW,
            state="granted",
        )  # fmt: skip
        payload = {"case": book.case.pk, "batch": str(change_row.batch)}
    else:
        payload = {"case": book.case.pk, "lines": [1]}
    found = [one for attach in registry._attachers[name].values() for one in attach(payload, "nb")]
    assert [one.name for one in found] == [f"{book.case.reference}.ics"]
    assert registry.handler(name) is not None
    assert registry._attachers[name]["calendar"]({"case": 0, "lines": [1], "batch": payload.get("batch")}, "nb") == []


def test_it_arrives_as_it_was_written(hall, diary):
    """Through the mail program's own packing: type, method, name, and every byte."""
    book = diary(hall, title="Øving på æøå, " * 10)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    found = letters.calendar_file(book.case, [1], "nb")
    letter = Letter("Svar", "Hei\n", None, attachments=(found,))
    with Transport() as transport:
        transport.send(letter, recipient="a@example.org", message_id="<x@example.org>", language="nb")
    message = message_from_bytes(mail.outbox[0].message().as_bytes())
    [part] = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "PUBLISH"
    assert part.get_filename() == f"{book.case.reference}.ics"
    arrived = part.get_payload(decode=True).replace(b"\r\n", b"\n")
    assert arrived == found.content.replace(b"\r\n", b"\n")
    assert part.get_content_charset() == "utf-8"
