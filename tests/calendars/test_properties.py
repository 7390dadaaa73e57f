"""The contract property by property (feeds.md), on the bytes themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from booking.calendars import selectors, services
from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.calendars.rules import Text, window
from booking.cases.models import LineState
from booking.occupancy.models import Closure
from tests import factories
from tests.calendars.conftest import NOW, OSLO, change, tell, wall

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


def read(resource, now=NOW, language="en", expand=False) -> bytes:
    variant = services.Variant(language=language, expand=expand)
    return b"".join(services.resource_feed(resource, variant=variant, window=window(now, OSLO)))


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def unfold(body: bytes) -> str:
    return body.decode().replace("\r\n ", "")


def test_the_calendar_itself(hall, diary):
    body = unfold(read(hall))
    assert body.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    for line in [
        "CALSCALE:GREGORIAN",
        "NAME:Lillebyhallen",
        "X-WR-CALNAME:Lillebyhallen",
        "X-WR-TIMEZONE:Europe/Oslo",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "SOURCE;VALUE=URI:http://localhost:8000/feeds/resource-lillebyhallen.ics",
    ]:
        assert f"\r\n{line}\r\n" in body
    assert "X-WR-CALDESC:" in body
    assert "METHOD" not in body
    assert "\r\nUID:" not in body
    assert body.endswith("END:VCALENDAR\r\n")


def test_an_empty_feed_is_a_valid_calendar(hall):
    body = read(hall)
    assert events(body) == []
    assert b"VTIMEZONE" not in body
    assert read(hall) == body


def test_a_granted_time(hall, diary):
    line = diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    [event] = events(read(hall))
    assert str(event["uid"]) == str(line.uid)
    assert event["dtstamp"].dt == event["last-modified"].dt == NOW
    assert event["created"].dt == NOW
    assert event["sequence"] == 0
    assert (event["status"], event["transp"], event["x-microsoft-cdo-busystatus"]) == ("CONFIRMED", "OPAQUE", "BUSY")
    assert event["summary"] == "Taken"
    assert event["location"] == "Lillebyhallen, Elvegata 4"
    assert event["url"] == "http://localhost:8000/en/things/lillebyhallen/"
    assert event["dtstart"].dt == wall("2026-03-09 17:00")
    assert b"DTSTART:20260309T160000Z\r\nDTEND:20260309T173000Z\r\n" in read(hall)
    for never in ("organizer", "attendee", "contact", "attach", "duration"):
        assert never not in event
    assert b"VALARM" not in read(hall)


def test_a_public_title_is_told_and_a_private_one_is_not(hall, diary):
    diary(hall, title="Julekonsert", title_public=True).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    diary(hall, title="Hemmelig", title_public=False).line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
    assert [str(event["summary"]) for event in events(read(hall))] == ["Julekonsert", "Taken"]
    assert b"Hemmelig" not in read(hall)


@pytest.mark.parametrize("state", [state for state in LineState if state not in selectors.CONFIRMED])
def test_what_is_not_granted_is_not_in_a_public_feed(hall, diary, state):
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=state)
    assert events(read(hall)) == []


def test_nobody_is_named(hall, diary):
    book = diary(hall)
    book.case.responsible_name, book.case.purpose = "Kari Ansvarlig", "Bursdag"
    book.case.save()
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    body = read(hall).decode()
    for word in ("Kari", "Bursdag", book.case.organisation.name, book.case.reference):
        assert word not in body


def test_counted_things_say_how_many(diary, db):
    chairs = factories.make_stock("Stoler", 40, slug="stoler")
    diary(chairs).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), quantity=12)
    [event] = events(read(chairs))
    assert event["summary"] == "Taken (12 of 40)"


def test_part_and_whole_show_each_other(diary, db):
    hall = factories.make_hall_in_thirds("Hallen")
    line = diary(hall.parts[0]).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    whole = diary(hall.whole).line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
    assert {str(event["uid"]) for event in events(read(hall.whole))} == {str(line.uid), str(whole.uid)}
    assert {str(event["uid"]) for event in events(read(hall.parts[0]))} == {str(line.uid), str(whole.uid)}
    assert {str(event["uid"]) for event in events(read(hall.parts[1]))} == {str(whole.uid)}


def test_a_hidden_place_that_shares_rooms_is_not_named(diary, db):
    kitchen = factories.make_cell("kitchen")
    cafe = factories.make_resource("Kafeen", slug="kafeen", cells=[kitchen])
    depot = factories.make_resource("Hemmelig lager", slug="lager", cells=[kitchen], public=False, address="Bakgata 1")
    diary(depot).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    [event] = events(read(cafe))
    assert "location" not in event
    assert "url" not in event
    assert b"lager" not in read(cafe).lower()


def test_asked_granted_cancelled_granted_again_is_one_event(hall, diary):
    line = diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=LineState.REQUESTED)
    seen = []
    for state in (LineState.GRANTED, LineState.CANCELLED_BY_ORGANISATION, LineState.GRANTED):
        change(line, state=state, after=LATER)
        tell(hall)
        seen.append([(str(event["uid"]), event["sequence"], event["dtstamp"].dt) for event in events(read(hall))])
    first, second, third = seen
    assert first == [(str(line.uid), 1, NOW + LATER)]
    assert second == []
    assert third == [(str(line.uid), 3, NOW + 3 * LATER)]


def test_stamps_rise_with_anything_that_shows(hall, diary):
    """ICSx5 takes a change only when LAST-MODIFIED has risen."""
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    [before] = events(read(hall))
    hall.name, hall.revised_at = "Lilleby arena", NOW + LATER
    hall.save()
    tell(hall)
    [after] = events(read(hall))
    assert after["location"] == "Lilleby arena, Elvegata 4"
    assert after["last-modified"].dt == after["dtstamp"].dt == NOW + LATER
    assert after["uid"] == before["uid"]
    assert b"X-WR-CALNAME:Lilleby arena" in read(hall)


def test_when_an_override_goes_the_master_changes(hall, diary):
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=4")
    usual = lines[1].start, lines[1].end
    change(lines[1], start=wall("2026-03-17 17:00"), end=wall("2026-03-17 18:30"), after=LATER)
    tell(hall)
    master, override = events(read(hall))
    assert override["sequence"] == 1
    assert override["uid"] == master["uid"]
    change(lines[1], start=usual[0], end=usual[1], after=LATER)
    tell(hall)
    [again] = events(read(hall))
    assert again["last-modified"].dt == NOW + 2 * LATER
    assert again["sequence"] > master["sequence"]


def test_a_series_says_its_end_in_utc_and_its_zone_once(hall, diary):
    row, _lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=4")
    body = unfold(read(hall))
    assert "DTSTART;TZID=Europe/Oslo:20260309T170000\r\nDTEND;TZID=Europe/Oslo:20260309T183000\r\n" in body
    assert "RRULE:FREQ=WEEKLY;UNTIL=20260330T150000Z\r\n" in body
    assert f"UID:{row.uid}\r\n" in body
    assert body.count("BEGIN:VTIMEZONE") == 1
    zone = body[body.index("BEGIN:VTIMEZONE") : body.index("END:VTIMEZONE")]
    assert "DTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n" in zone
    assert "DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n" in zone
    assert "RDATE" not in zone


def test_a_zone_without_a_lasting_rule_gets_single_events(diary, db):
    place = factories.make_resource("Utekontoret", slug="ute", timezone="America/New_York")
    diary(place).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=3")
    body = read(place)
    assert len(events(body)) == 3
    assert b"RRULE" not in body
    assert b"TZID" not in body


NASTY = [
    ("comma, semicolon; \"quote\" \\ backslash", None),
    ("line\nbreak", None),
    ("a typed \\N and \\n stay", None),
    ("tab\there", None),
    ("&amp; <b>bold</b>", None),
    ("nul\x00 vt\x0b\x1f del\x7f", "nul vt\n del"),
    ("separators\u2028one\u2029two", "separators\none\ntwo"),
    ("\ufeffbom", "bom"),
    ("half a pair \ud83d.", "half a pair ."),
    ("æøå ÆØÅ " * 12, ("æøå ÆØÅ " * 12).strip()),
    ("👨‍👩‍👧‍👦🏳️‍🌈" * 12, None),
    ("e\u0301a\u030a" * 60, None),
    ("x" * 4000, None),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "read_back"), NASTY, ids=[f"{row[0][:12]!r}" for row in NASTY])
def test_text_survives(typed, read_back):
    from booking.calendars.rules import OneOff, Place, Wording, render

    event = OneOff(
        uid=__import__("uuid").UUID(int=1),
        start=NOW,
        end=NOW + LATER,
        sequence=0,
        created_at=NOW,
        revised_at=NOW,
        wording=Wording(typed, typed, typed),
        place=Place(typed, typed, (59.1, 10.2), "http://localhost/x", "Europe/Oslo", NOW),
    )
    body = render(event)
    wanted = typed if read_back is None else read_back
    [line] = [line for line in unfold(body).split("\r\n") if line.startswith("DESCRIPTION:")]
    assert _unescape(line.removeprefix("DESCRIPTION:")) == wanted
    body.decode("utf-8")
    for physical in body.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(physical) <= 75
        assert b"\n" not in physical
        assert b"\r" not in physical
        physical.decode("utf-8")


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def test_the_name_of_the_calendar_is_escaped(diary, db):
    place = factories.make_resource("Sal, stor; øvre", slug="sal")
    body = unfold(read(place))
    assert "\r\nNAME:Sal\\, stor\\; øvre\r\n" in body
    assert "\r\nX-WR-CALNAME:Sal\\, stor\\; øvre\r\n" in body
    assert str(Text("a,b")) == "a,b"


def test_the_window_is_thirty_days_back_and_four_hundred_ahead(hall, diary):
    book = diary(hall)
    inside = [
        book.line(wall("2026-02-01 10:00"), wall("2026-02-01 11:00")),
        book.line(wall("2027-04-05 10:00"), wall("2027-04-05 11:00")),
    ]
    book.line(wall("2026-01-20 10:00"), wall("2026-01-20 11:00"))
    book.line(wall("2027-04-20 10:00"), wall("2027-04-20 11:00"))
    assert {str(event["uid"]) for event in events(read(hall))} == {str(line.uid) for line in inside}
    shown = window(NOW, OSLO)
    assert shown.start <= NOW - timedelta(days=30)
    assert shown.start.astimezone(OSLO).weekday() == 0
    assert shown.end >= NOW + timedelta(days=400)


def test_the_window_stands_still_for_a_week():
    codes = {window(wall(f"2026-03-{day:02d} 12:00"), OSLO).code for day in range(4, 11)}
    assert len(codes) == 1
    assert window(wall("2026-03-11 00:00"), OSLO).code not in codes


def test_too_much_narrows_the_window_and_says_so(hall, diary):
    book = diary(hall)
    for day in range(1, 21):
        book.line(wall(f"2026-03-{day:02d} 10:00"), wall(f"2026-03-{day:02d} 11:00"))
    variant = services.Variant(language="en", expand=False)
    feed = services.resource_feed(hall, variant=variant, window=window(NOW, OSLO), most_events=5)
    assert len(feed.bodies) == 5
    assert feed.narrowed_to == wall("2026-03-06 10:00").date()
    assert "it shows what begins before" in unfold(b"".join(feed))
    small = services.resource_feed(
        hall, variant=variant, window=window(NOW, OSLO), most_bytes=len(feed.bodies[0]) * 3 + 10
    )
    assert len(small.bodies) == 3


def test_bytes_are_the_same_whoever_renders_and_whenever(hall, diary):
    book = diary(hall)
    book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=40")
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
    Closure.objects.create(
        resource=hall, start=wall("2026-07-01 00:00"), end=wall("2026-08-01 00:00"), reason="x", created_at=NOW
    )
    first = read(hall)
    RenderedEvent.objects.all().delete()
    RenderedScope.objects.all().delete()
    assert read(hall, now=NOW + timedelta(days=1, hours=3)) == first
    found = selectors.items([hall.pk], window(NOW, OSLO), language="en", expand=False)
    fresh = services.rendered_now([selectors.scope_of(hall.pk)], services.Variant("en", False), window(NOW, OSLO))
    assert len(found) == len(fresh) == 3
    assert b"".join(fresh) in first


def test_only_what_changed_is_rendered_again(hall, diary):
    book = diary(hall)
    lines = [book.line(wall(f"2026-03-{day:02d} 10:00"), wall(f"2026-03-{day:02d} 11:00")) for day in range(10, 15)]
    read(hall)
    before = dict(RenderedEvent.objects.values_list("key", "pk"))
    revisions = dict(RenderedEvent.objects.values_list("key", "revision"))
    change(lines[2], start=wall("2026-03-12 12:00"), end=wall("2026-03-12 13:00"))
    change(lines[4], state=LineState.REFUSED)
    tell(hall)
    read(hall)
    after = dict(RenderedEvent.objects.values_list("key", "revision"))
    assert set(before) - set(after) == {f"line:{lines[4].pk}"}
    assert {key for key in after if after[key] != revisions[key]} == {f"line:{lines[2].pk}"}


def test_a_change_on_a_part_raises_the_version_of_the_whole(diary, db):
    hall = factories.make_hall_in_thirds("Hallen")
    other = factories.make_resource("Annet sted")
    tell(hall.parts[0])
    versions = dict(FeedVersion.objects.values_list("scope", "version"))
    assert versions == {f"resource:{hall.parts[0].pk}": 1, f"resource:{hall.whole.pk}": 1}
    tell(hall.whole, other)
    versions = dict(FeedVersion.objects.values_list("scope", "version"))
    assert versions[f"resource:{hall.whole.pk}"] == 2
    assert versions[f"resource:{hall.parts[2].pk}"] == 1
    assert versions[f"resource:{other.pk}"] == 1


def test_a_change_that_is_undone_leaves_the_version(hall):
    from django.db import transaction

    with transaction.atomic():
        services.bump(resource_ids=[hall.pk], now=NOW)
        assert FeedVersion.objects.exists()
        transaction.set_rollback(True)
    assert not FeedVersion.objects.exists()


def test_unknown_scopes_are_no_trouble(hall):
    from django.db import transaction

    from booking.foundation.signals import send_revised

    with transaction.atomic():
        send_revised(cause="x", scopes=["case:1", "organisation:x", "resource:", "resource:abc", "resource:999999999"])
    assert list(FeedVersion.objects.values_list("scope", flat=True)) == ["resource:999999999"]


def test_languages_have_their_own_bytes(hall, diary):
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    hall.name_en = "The Lilleby arena"
    hall.save()
    assert b"LOCATION:The Lilleby arena" in read(hall, language="en")
    assert b"LOCATION:Lillebyhallen" in read(hall, language="nb")
    assert b"PRODID:-//Samskap//Samskap//NB" in read(hall, language="nb")


@pytest.mark.parametrize("events_there", [0, 1, 300])
def test_queries_do_not_grow_with_the_events(hall, diary, django_assert_max_num_queries, events_there):
    book = diary(hall)
    for number in range(events_there):
        start = wall("2026-03-09 08:00") + timedelta(hours=number)
        book.line(start, start + timedelta(minutes=45))
    read(hall)
    with django_assert_max_num_queries(10):
        read(hall)


def test_year_ends_and_stamps_are_utc(hall, diary):
    diary(hall).line(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
    assert b"DTSTART:20261231T233000Z" in read(hall)


class TestAhead:
    """`tick` and `work` render what readers will ask for."""

    def test_what_was_read_and_has_changed_is_rendered_before_the_next_reader(self, hall, diary):
        line = diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        tell(hall)
        assert services.render_ahead(NOW) == 0  # nobody has asked for it yet
        read(hall)
        assert services.render_ahead(NOW) == 0
        change(line, start=wall("2026-03-09 18:00"), end=wall("2026-03-09 19:00"))
        tell(hall)
        assert services.render_ahead(NOW) == 1
        assert services.render_ahead(NOW) == 0
        body = bytes(RenderedEvent.objects.get().body)
        assert b"DTSTART:20260309T170000Z" in body
        assert body in read(hall)

    def test_a_new_week_is_rendered_ahead(self, hall, diary):
        diary(hall).line(wall("2027-04-11 10:00"), wall("2027-04-11 11:00"))
        assert events(read(hall)) == []
        assert services.render_ahead(NOW + timedelta(days=7)) == 1
        assert len(events(read(hall, now=NOW + timedelta(days=7)))) == 1

    def test_older_schemas_are_cleared_away(self, hall, diary):
        diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        read(hall)
        RenderedEvent.objects.update(variant="public-en-0")
        RenderedScope.objects.update(variant="public-en-0", window="old")
        services.render_ahead(NOW)
        assert not RenderedEvent.objects.exists()

    def test_tick_does_it(self, hall, diary, capsys):
        from django.core.management import call_command

        call_command("tick")
        assert "calendars: 0" in capsys.readouterr().out


def test_identities_and_times_are_written_as_the_library_writes_them():
    """The part of an event that we write ourselves, line for line against icalendar."""
    from uuid import uuid4

    from booking.calendars.rules import OneOff, Place, Wording, render

    place = Place("Hallen", "Elvegata 4", (59.12345, 10.5), "http://localhost/things/x/", "Europe/Oslo", NOW)
    for start, end in [
        ("2026-03-29 01:30", "2026-03-29 03:30"),
        ("2026-12-31 23:00", "2027-01-01 01:00"),
        ("2026-03-28 00:00", "2026-03-30 00:00"),
    ]:
        facts = OneOff(
            uid=uuid4(),
            start=wall(start),
            end=wall(end),
            sequence=3,
            created_at=NOW + timedelta(microseconds=7),
            revised_at=NOW + timedelta(hours=2, microseconds=5),
            wording=Wording("Opptatt", "", "Utlån"),
            place=place,
        )
        theirs = icalendar.Event()
        theirs.add("uid", str(facts.uid))
        theirs.add("dtstamp", NOW + timedelta(hours=2))
        theirs.add("last-modified", NOW + timedelta(hours=2))
        theirs.add("created", NOW)
        theirs.add("sequence", 3)
        whole = start.endswith("00:00") and end.endswith("00:00")
        for name, moment in (("dtstart", facts.start), ("dtend", facts.end)):
            theirs.add(name, moment.astimezone(OSLO).date() if whole else moment)
        assert set(theirs.to_ical().splitlines()) <= set(render(facts).splitlines())
