"""What two foreign parsers read out of a feed is what stands in the database, date by date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from booking.calendars import services
from booking.calendars.rules import window
from booking.cases.models import Line, LineState
from booking.occupancy.models import Closure
from tests.calendars.conftest import NOW, OSLO, change, wall
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node

pytestmark = pytest.mark.django_db

#: (what, first start, first end, rule): the cases in which parsers are known to go wrong.
SERIES = [
    ("weekly over both clock changes", "2026-03-09 17:00", "2026-03-09 18:30", "FREQ=WEEKLY;COUNT=40"),
    ("until the last date exactly", "2026-03-09 17:00", "2026-03-09 18:30", "FREQ=WEEKLY;UNTIL=20260330T150000Z"),
    ("every second week", "2026-03-10 17:00", "2026-03-10 18:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=12"),
    ("rule begins after the first time", "2026-03-10 17:00", "2026-03-10 18:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=6"),
    ("over midnight, both nights", "2026-03-27 22:00", "2026-03-28 06:00", "FREQ=DAILY;COUNT=4"),
    ("over midnight in autumn", "2026-10-23 22:00", "2026-10-24 06:00", "FREQ=DAILY;COUNT=4"),
    ("start in the missing hour", "2026-03-28 02:30", "2026-03-28 03:30", "FREQ=DAILY;COUNT=3"),
    ("start in the doubled hour", "2026-10-24 02:30", "2026-10-24 03:30", "FREQ=DAILY;COUNT=3"),
    ("ends in the missing hour", "2026-03-28 01:00", "2026-03-28 02:30", "FREQ=DAILY;COUNT=3"),
    ("ends in the doubled hour", "2026-10-24 01:00", "2026-10-24 02:30", "FREQ=DAILY;COUNT=3"),
    ("last date in the missing hour", "2026-03-28 02:30", "2026-03-28 03:00", "FREQ=DAILY;COUNT=2"),
    ("last date in the doubled hour", "2026-10-24 02:30", "2026-10-24 03:00", "FREQ=DAILY;COUNT=2"),
    ("first date in the missing hour", "2026-03-29 02:30", "2026-03-29 04:00", "FREQ=DAILY;COUNT=3"),
    ("first Tuesday of the month", "2026-04-07 19:00", "2026-04-07 21:00", "FREQ=MONTHLY;BYDAY=1TU;COUNT=10"),
    ("the 31st", "2026-03-31 19:00", "2026-03-31 21:00", "FREQ=MONTHLY;COUNT=6"),
    ("last weekday", "2026-03-31 08:00", "2026-03-31 09:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=8"),
    ("daily until a local date", "2026-12-28 23:00", "2026-12-29 01:00", "FREQ=DAILY;UNTIL=20270103"),
    ("weeks from Sunday", "2026-03-08 10:00", "2026-03-08 12:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU;COUNT=8"),
    ("29 February", "2028-02-28 10:00", "2028-02-28 12:00", "FREQ=DAILY;COUNT=3"),
]  # fmt: skip


def read(resource, now=NOW, **variant):
    variant = services.Variant(**({"language": "en", "expand": False} | variant))
    shown = window(now, OSLO)
    return b"".join(services.resource_feed(resource, variant=variant, window=shown)), shown


def expected(resource) -> list:
    return sorted(
        (line.start, line.end, "Taken")
        for line in Line.objects.filter(resource=resource, state__in=("granted", "completed", "handed_out", "returned"))
    )


def check(resource, now=NOW):
    body, _shown = read(resource, now)
    spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    assert by_icalendar(body, *spread) == expected(resource)
    assert by_ical_js(body, *spread) == expected(resource)
    single, _shown = read(resource, now, expand=True)
    assert b"RRULE" not in single
    assert b"VTIMEZONE" not in single
    assert by_ical_js(single, *spread) == expected(resource)
    return body


@needs_node
@pytest.mark.parametrize(("start", "end", "rrule"), [row[1:] for row in SERIES], ids=[row[0] for row in SERIES])
def test_series_are_read_as_stored(hall, diary, start, end, rrule):
    first = wall(start)
    _row, lines = diary(hall).series(first, wall(end), rrule)
    body = check(hall, now=first)
    assert len(lines) >= 2
    assert b"RRULE:" in body
    assert body.count(b"BEGIN:VTIMEZONE") == 1


@needs_node
def test_single_times_are_read_as_stored(hall, diary):
    book = diary(hall)
    for start, end in [
        ("2026-03-28 22:00", "2026-03-29 06:00"),
        ("2026-03-29 01:30", "2026-03-29 03:30"),
        ("2026-10-25 01:00", "2026-10-25 05:00"),
        ("2026-12-31 20:00", "2027-01-01 03:00"),
        ("2026-06-01 10:00", "2026-06-04 11:15"),
    ]:
        book.line(wall(start), wall(end))
    check(hall)


@needs_node
def test_from_half_past_two_to_half_past_two_in_the_doubled_hour(hall, diary):
    """An hour long. (recurring-ical-events reads it as empty, because it counts on the wall clock of X-WR-TIMEZONE.)"""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=OSLO)
    diary(hall).line(first, first.replace(fold=1))
    body, _shown = read(hall)
    [event] = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=1)
    spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    assert by_ical_js(body, *spread) == expected(hall)


@needs_node
def test_whole_days_are_dates_with_an_end(hall, diary):
    book = diary(hall)
    book.line(wall("2026-03-28 00:00"), wall("2026-03-30 00:00"))
    book.line(wall("2026-12-31 00:00"), wall("2027-01-02 00:00"))
    body = check(hall)
    assert b"DTSTART;VALUE=DATE:20260328\r\nDTEND;VALUE=DATE:20260330" in body
    assert b"DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270102" in body


@needs_node
@pytest.mark.parametrize("gone", [[0], [9], [0, 1, 2], [0, 9], [4], range(1, 10), range(9)])
def test_dates_that_were_not_granted_are_left_out(hall, diary, gone):
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=10")
    for index in gone:
        change(lines[index], state=LineState.REFUSED)
    body = check(hall)
    assert body.count(b"EXDATE;TZID=Europe/Oslo:") == len(list(gone))
    assert body.count(b"DTSTART;TZID=Europe/Oslo:20260309T170000") == 1


@needs_node
def test_a_series_without_a_granted_date_is_no_event(hall, diary):
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=3")
    for line in lines:
        change(line, state=LineState.REFUSED)
    body = check(hall)
    assert b"VEVENT" not in body
    assert b"VTIMEZONE" not in body


@needs_node
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-18 12:00", "2026-03-18 13:00"),  # another day
        ("2026-03-23 17:00", "2026-03-23 18:30"),  # onto the time of another date
        ("2026-03-02 17:00", "2026-03-02 18:30"),  # before the first date
        ("2026-03-16 17:00", "2026-03-16 20:00"),  # only longer
        ("2026-03-29 02:30", "2026-03-29 04:00"),  # into the clock change
    ],
)
def test_a_moved_date_says_its_own_time(hall, diary, start, end):
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    change(lines[1], start=wall(start), end=wall(end))
    body = check(hall)
    assert body.count(b"RECURRENCE-ID;TZID=Europe/Oslo:20260316T170000") == 1


@needs_node
def test_a_moved_date_that_was_refused_after_all_is_left_out(hall, diary):
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    change(lines[1], start=wall("2026-03-18 12:00"), end=wall("2026-03-18 13:00"))
    change(lines[1], state=LineState.CANCELLED_BY_MUNICIPALITY)
    body = check(hall)
    assert b"RECURRENCE-ID" not in body
    assert b"EXDATE;TZID=Europe/Oslo:20260316T170000" in body


@needs_node
def test_a_date_moved_to_another_place_stands_there_on_its_own(hall, diary):
    from tests import factories

    other = factories.make_resource("Gymsalen", slug="gymsalen")
    _row, lines = diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=4")
    change(lines[2], resource=other)
    assert b"EXDATE;TZID=Europe/Oslo:20260323T170000" in check(hall)
    there = check(other)
    assert f"UID:{lines[2].uid}".encode() in there
    assert b"RECURRENCE-ID" not in there


@needs_node
def test_a_series_split_from_now_on(hall, diary):
    """The old rule ends earlier, the rest is a new series with a new UID: no date twice, none lost."""
    book = diary(hall)
    row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    tail, _moved = book.series(wall("2026-03-30 18:00"), wall("2026-03-30 19:30"), "FREQ=WEEKLY;COUNT=3")
    for line in lines[3:]:
        change(line, state=LineState.WITHDRAWN)
    change(row, rrule="FREQ=WEEKLY;UNTIL=20260323T160000Z")
    body = check(hall)
    assert b"UNTIL=20260323T160000Z" in body
    assert f"UID:{tail.uid}".encode() in body


@needs_node
def test_set_up_and_tear_down_are_part_of_the_time(hall, diary):
    _row, lines = diary(hall).series(
        wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6", setup_minutes=30, teardown_minutes=15
    )
    body, _shown = read(hall)
    spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    wanted = [(line.start - timedelta(minutes=30), line.end + timedelta(minutes=15), "Taken") for line in lines]
    assert by_icalendar(body, *spread) == wanted
    assert by_ical_js(body, *spread) == wanted
    assert b"RECURRENCE-ID" not in body


@needs_node
def test_set_up_over_midnight_is_written_date_by_date(hall, diary):
    """BYDAY would name the wrong day: the rule is given up, the times stay right."""
    _row, lines = diary(hall).series(
        wall("2026-03-09 00:15"), wall("2026-03-09 03:00"), "FREQ=WEEKLY;BYDAY=MO;COUNT=3", setup_minutes=60
    )
    body, _shown = read(hall)
    spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    wanted = [(line.start - timedelta(minutes=60), line.end, "Taken") for line in lines]
    assert by_ical_js(body, *spread) == wanted
    assert by_icalendar(body, *spread) == wanted
    assert b"RRULE" not in body


@needs_node
def test_closures_are_shown_with_their_reason(hall, diary):
    Closure.objects.create(
        resource=hall,
        start=wall("2026-07-01 00:00"),
        end=wall("2026-08-01 00:00"),
        reason="Gulvet slipes",
        created_at=NOW,
    )
    Closure.objects.create(
        resource=hall,
        start=wall("2026-04-01 08:00"),
        end=wall("2026-04-01 12:00"),
        reason="Service",
        maintenance=True,
        created_at=NOW,
    )
    Closure.objects.create(
        resource=hall,
        start=wall("2026-05-01 08:00"),
        end=wall("2026-05-01 12:00"),
        reason="Opphevet",
        cancelled_at=NOW,
        created_at=NOW,
    )
    body, _shown = read(hall)
    spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    wanted = [
        (wall("2026-04-01 08:00"), wall("2026-04-01 12:00"), "Maintenance: Service"),
        (wall("2026-07-01 00:00"), wall("2026-08-01 00:00"), "Closed: Gulvet slipes"),
    ]
    assert by_ical_js(body, *spread) == wanted
    assert by_icalendar(body, *spread) == wanted
