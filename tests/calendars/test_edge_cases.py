"""Edge cases of feeds.md that have no better home; and that the list of all of them (docs/integrators/feeds.md) is
true: every test that it names exists."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from booking.cases.models import Line, LineState
from booking.foundation import clock
from tests import factories
from tests.calendars.conftest import NOW, OSLO, change, tell, wall
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node
from tests.calendars.test_http import URL, body_of
from tests.calendars.test_party import said
from tests.calendars.test_private import path_of, subscribe

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SPREAD = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


def test_every_edge_case_of_the_documentation_names_a_test_that_exists():
    text = (ROOT / "docs/integrators/feeds.md").read_text()
    table = text[text.index("## Edge cases") :]
    named = re.findall(r"`(test_\w+)(?:\.py)?::(\w+)`", table)
    there = {
        (path.stem, name)
        for path in (ROOT / "tests/calendars").rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 40
    assert not set(named) - there, sorted(set(named) - there)


@needs_node
def test_more_than_a_thousand_events_end_earlier_and_both_parsers_read_the_same(client, hall, diary):
    """1,150 single times: Google would lose the rest without a word."""
    book = diary(hall)
    lines = []
    for day in range(230):
        for turn in range(5):
            start = NOW + timedelta(days=day, hours=2 * turn)
            number = book.number = book.number + 1
            lines.append(
                Line(
                    case=book.case, resource=hall, number=number, state=LineState.GRANTED, created_at=NOW,
                    revised_at=NOW, start=start, end=start + timedelta(minutes=90),
                )
            )  # fmt: skip
    Line.objects.bulk_create(lines)
    tell(hall)
    answer = client.get(URL)
    body = body_of(answer)
    shown = [(line.start, line.end, "Opptatt") for line in lines][:1000]
    assert body.count(b"BEGIN:VEVENT") == 1000
    assert len(body) <= 1_000_000
    assert by_icalendar(body, *SPREAD) == shown
    assert by_ical_js(body, *SPREAD) == shown
    # It says where it ends, in words and to the day.
    described = str(icalendar.Calendar.from_ical(body)["x-wr-caldesc"])
    assert f"{lines[1000].start.astimezone(OSLO).day}." in described
    assert client.get(URL, headers={"If-None-Match": answer["ETag"]}).status_code == 304


@needs_node
@pytest.mark.parametrize("fold", [0, 1])
def test_half_past_two_in_either_hour_of_the_autumn_night(client, hall, diary, fold):
    start = datetime(2026, 10, 25, 2, 30, tzinfo=OSLO, fold=fold)
    line = diary(hall).line(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=2))
    tell(hall)
    body = body_of(client.get(URL))
    assert f"DTSTART:20261025T0{fold}3000Z".encode() in body
    [event] = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (line.start, line.end)
    wanted = [(line.start, line.end, "Opptatt")]
    assert by_ical_js(body, *SPREAD) == wanted
    if not fold:
        # recurring-ical-events counts on the wall clock of X-WR-TIMEZONE, where the second hour can't be said.
        assert by_icalendar(body, *SPREAD) == wanted


@needs_node
def test_half_past_two_in_the_night_without_it(client, hall, diary):
    """The hour that doesn't exist is moved forward by the gap (RFC 5545 3.3.5)."""
    line = diary(hall).line(wall("2026-03-29 02:30"), wall("2026-03-29 04:00"))
    tell(hall)
    body = body_of(client.get(URL))
    assert b"DTSTART:20260329T013000Z" in body
    assert by_icalendar(body, *SPREAD) == by_ical_js(body, *SPREAD) == [(line.start, line.end, "Opptatt")]


TITLES = [
    'komma, semikolon; "anførsel" \\ skråstrek',
    "en tastet \\N og \\n står",
    "&amp; <b>fet</b>",
    "æøå ÆØÅ " * 12 + "slutt",
    "familie 👨‍👩‍👧‍👦🏳️‍🌈 " * 6 + "slutt",
    "e\u0301a\u030a" * 30,
]


@needs_node
@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_a_title_is_read_back_by_both_parsers_as_it_was_typed(client, hall, diary, title):
    book = diary(hall, title=title, title_public=True)
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    body = body_of(client.get(URL))
    wanted = [(line.start, line.end, title)]
    assert by_icalendar(body, *SPREAD) == wanted
    assert by_ical_js(body, *SPREAD) == wanted


@needs_node
def test_a_cancelled_date_stays_in_its_party_s_calendar_for_both_parsers(client, hall, diary):
    book = diary(hall, title="Øving")
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=6")
    change(lines[2], state=LineState.CANCELLED_BY_MUNICIPALITY)
    said(book.case, hall)
    coach = factories.make_user("Linn")
    factories.give_membership(coach, book.case.organisation, "member")
    body = body_of(client.get(path_of(subscribe(coach, "organisation", book.case.organisation))))
    wanted = [(line.start, line.end, "AVLYST: Øving" if index == 2 else "Øving") for index, line in enumerate(lines)]
    assert by_icalendar(body, *SPREAD) == wanted
    assert by_ical_js(body, *SPREAD) == wanted


def test_a_private_calendar_s_window_rolls_on_mondays_too(client, hall, diary):
    book = diary(hall, title="Øving")
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    said(book.case, hall)
    coach = factories.make_user("Linn")
    factories.give_membership(coach, book.case.organisation, "member")
    path = path_of(subscribe(coach, "organisation", book.case.organisation))
    # The window is thirty days back, from a Monday: it rolls on the day on which that Monday changes.
    with clock.at(wall("2026-03-04 12:00")):
        etag = client.get(path)["ETag"]
    for day in range(5, 11):
        with clock.at(wall(f"2026-03-{day:02d} 12:00")):
            assert client.get(path, headers={"If-None-Match": etag}).status_code == 304, day
    with clock.at(wall("2026-03-11 00:00")):
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


@needs_node
def test_who_changes_organisation_reads_the_new_one_and_nothing_of_the_old(client, hall, diary):
    """Both parsers, over one address: the old organisation's own address is dead at once."""
    old, new = diary(hall, title="Gammelt"), diary(hall, title="Nytt")
    old.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    line = new.line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"))
    for book in (old, new):
        said(book.case, hall)
    coach = factories.make_user("Linn")
    factories.give_membership(coach, old.case.organisation, "leader")
    own = path_of(subscribe(coach, "person"))
    club = path_of(subscribe(coach, "organisation", old.case.organisation))
    assert [one[2] for one in by_icalendar(body_of(client.get(own)), *SPREAD)] == ["Gammelt"]
    coach.memberships.all().delete()
    factories.give_membership(coach, new.case.organisation, "leader")
    body = body_of(client.get(own))
    assert by_icalendar(body, *SPREAD) == by_ical_js(body, *SPREAD) == [(line.start, line.end, "Nytt")]
    assert client.get(club).status_code == 410


def test_a_renamed_venue_is_renamed_under_the_same_identity(client, hall, diary):
    from django.db import transaction

    from booking.foundation.signals import send_revised

    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    first = client.get(URL)
    [before] = icalendar.Calendar.from_ical(body_of(first)).walk("VEVENT")
    hall.name, hall.revised_at = "Nye Lillebyhallen", NOW + timedelta(hours=1)
    hall.save()
    with transaction.atomic():
        send_revised(cause=f"resource:{hall.slug}", scopes=[f"resource:{hall.pk}"])
    second = client.get(URL, headers={"If-None-Match": first["ETag"]})
    [after] = icalendar.Calendar.from_ical(body_of(second)).walk("VEVENT")
    assert second.status_code == 200
    assert str(after["location"]).startswith("Nye Lillebyhallen")
    assert (str(after["uid"]), int(after["sequence"])) == (str(before["uid"]), int(before["sequence"]))
    assert after["last-modified"].dt > before["last-modified"].dt
