"""What organisations, people and units read: asked for, granted and cancelled, one identity in every calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from django.db import transaction

from booking.calendars import services
from booking.calendars.models import RenderedEvent
from booking.calendars.rules import window
from booking.calendars.selectors import Audience, calendars
from booking.cases.models import CoHost, LineState
from booking.foundation.signals import send_revised
from booking.occupancy.models import Closure
from tests import factories
from tests.calendars.conftest import NOW, OSLO, change, wall
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)
SPREAD = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def read(calendar, now=NOW, language="en", expand=False, **limits) -> bytes:
    variant = services.Variant(language, expand, calendar.audience)
    return b"".join(services.read(calendar, variant=variant, window=window(now, OSLO), **limits))


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def said(case, *resources) -> None:
    """What every service of cases says in its transaction."""
    scopes = [f"case:{case.pk}", f"unit:{case.unit_id}", *(f"resource:{one.pk}" for one in resources)]
    with transaction.atomic():
        send_revised(cause=f"case:{case.reference}", scopes=scopes)


def organisation_of(book):
    return calendars.of_organisation(book.case.organisation_id, "x")


def test_granted_asked_and_cancelled_times_of_an_organisation(hall, diary):
    book = diary(hall, title="Øving")
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), state=LineState.REQUESTED)
    book.line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"), state=LineState.CANCELLED_BY_MUNICIPALITY)
    book.line(wall("2026-03-12 17:00"), wall("2026-03-12 18:30"), state=LineState.DISPLACED)
    found = [
        (str(one["summary"]), one["status"], one["transp"], one["x-microsoft-cdo-busystatus"])
        for one in events(read(organisation_of(book)))
    ]
    assert found == [
        ("Øving", "CONFIRMED", "OPAQUE", "BUSY"),
        ("Request: Øving", "TENTATIVE", "OPAQUE", "TENTATIVE"),
        ("CANCELLED: Øving", "CANCELLED", "TRANSPARENT", "FREE"),
        ("CANCELLED: Øving", "CANCELLED", "TRANSPARENT", "FREE"),
    ]


@pytest.mark.parametrize("state", [LineState.REFUSED, LineState.WITHDRAWN, LineState.WAITING_LIST])
def test_what_was_never_theirs_is_not_shown(hall, diary, state):
    book = diary(hall)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=state)
    assert events(read(organisation_of(book))) == []


def test_a_draft_is_nobodys_business(hall, diary):
    book = diary(hall)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=LineState.REQUESTED)
    book.case.stored_act = "draft"
    book.case.save()
    assert events(read(organisation_of(book))) == []
    assert events(read(calendars.of_unit(hall.unit_id, "x"))) == []


def test_an_event_leads_to_its_case_and_names_nobody(hall, diary):
    book = diary(hall, title="Øving")
    book.case.responsible_name, book.case.responsible_phone = "Kari Ansvarlig", "99999999"
    book.case.save()
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    body = read(organisation_of(book))
    [event] = events(body)
    assert event["url"] == f"http://localhost:8000/en/cases/{book.case.reference}/"
    assert book.case.reference in event["description"]
    assert event["location"] == "Lillebyhallen, Elvegata 4"
    assert b"Kari" not in body
    assert b"99999999" not in body
    for never in ("organizer", "attendee", "contact", "attach"):
        assert never not in event


def test_asked_granted_cancelled_granted_again_keeps_its_identity(hall, diary):
    book = diary(hall)
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), state=LineState.REQUESTED)
    seen = []
    for state in (None, LineState.GRANTED, LineState.CANCELLED_BY_ORGANISATION, LineState.GRANTED):
        if state:
            change(line, state=state, after=LATER)
            said(book.case, hall)
        [event] = events(read(organisation_of(book)))
        assert str(event["uid"]) == str(line.uid)
        seen.append((event["sequence"], event["status"], event["dtstamp"].dt, event["last-modified"].dt))
    assert seen == [
        (number, status, NOW + number * LATER, NOW + number * LATER)
        for number, status in enumerate(["TENTATIVE", "CONFIRMED", "CANCELLED", "CONFIRMED"])
    ]


def test_the_same_uid_and_sequence_in_every_calendar(hall, diary):
    book = diary(hall, title="Konsert", title_public=True)
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), sequence=2)
    row, _lines = book.series(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), "FREQ=WEEKLY;COUNT=4")
    user = factories.make_user("Rita")
    book.case.requester = user
    book.case.save()
    resource = services.resource_feed(hall, variant=services.Variant("en", False), window=window(NOW, OSLO))
    bodies = [
        b"".join(resource),
        read(organisation_of(book)),
        read(calendars.of_person(user.pk, [], "x")),
        read(calendars.of_unit(hall.unit_id, "x")),
        read(calendars.happenings()),
    ]
    found = [{(str(one["uid"]), one["sequence"]) for one in events(body)} for body in bodies]
    assert found == [{(str(line.uid), 2), (str(row.uid), 0)}] * 5


def test_a_cancelled_date_of_a_series_is_an_override(hall, diary):
    book = diary(hall)
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=4")
    change(lines[1], state=LineState.CANCELLED_BY_MUNICIPALITY)
    change(lines[2], state=LineState.REFUSED)
    master, override = events(read(organisation_of(book)))
    assert master["status"] == "CONFIRMED"
    assert override["status"] == "CANCELLED"
    assert override["recurrence-id"].dt == wall("2026-03-16 17:00")
    assert str(override["summary"]).startswith("CANCELLED: ")
    assert override["sequence"] == 1
    assert b"EXDATE;TZID=Europe/Oslo:20260323T170000" in read(organisation_of(book))


@pytest.mark.parametrize(
    ("states", "master"),
    [
        (["requested", "requested", "requested"], "TENTATIVE"),
        (["requested", "granted", "requested"], "CONFIRMED"),
        (["cancelled_by_organisation", "requested", "refused"], "TENTATIVE"),
        (["cancelled_by_organisation", "cancelled_by_organisation", "cancelled_by_organisation"], "CANCELLED"),
    ],
)
def test_a_series_is_confirmed_if_any_date_is_granted(hall, diary, states, master):
    book = diary(hall)
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=3")
    for line, state in zip(lines, states, strict=True):
        change(line, state=state)
    found = events(read(organisation_of(book)))
    assert [one["status"] for one in found if "rrule" in one] == [master]


@needs_node
@pytest.mark.parametrize("expand", [False, True])
def test_both_parsers_read_what_the_party_has(hall, diary, expand):
    """Over both clock changes, with dates asked for, cancelled, moved in time and to another place."""
    other = factories.make_resource("Gymsalen", slug="gymsalen")
    book = diary(hall, title="Øving")
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=40")
    change(lines[3], state=LineState.CANCELLED_BY_ORGANISATION)
    change(lines[4], state=LineState.REQUESTED)
    change(lines[5], resource=other)
    change(lines[6], start=wall("2026-04-21 12:00"), end=wall("2026-04-21 13:00"))
    change(lines[7], state=LineState.REFUSED)
    book.line(wall("2026-10-25 02:30"), wall("2026-10-25 04:00"))
    prefix = {"granted": "", "requested": "Request: ", "cancelled_by_organisation": "CANCELLED: "}
    wanted = sorted(
        (one.start, one.end, prefix[one.state] + "Øving") for one in book.case.lines.all() if one.state in prefix
    )
    body = read(organisation_of(book), expand=expand)
    assert (b"RRULE" in body) is not expand
    assert by_ical_js(body, *SPREAD) == wanted
    assert by_icalendar(body, *SPREAD) == wanted


def test_a_date_moved_to_another_place_is_an_override_with_that_place(hall, diary):
    other = factories.make_resource("Gymsalen", slug="gymsalen")
    book = diary(hall)
    _row, lines = book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=3")
    change(lines[1], resource=other)
    master, override = events(read(organisation_of(book)))
    assert master["location"].startswith("Lillebyhallen")
    assert override["location"] == "Gymsalen"
    assert override["recurrence-id"].dt == wall("2026-03-16 17:00")


def test_co_hosts_see_it_too_and_a_person_of_both_sees_it_once(hall, diary):
    book = diary(hall, title="Kveld")
    host = factories.make_organisation("Medlaget")
    CoHost.objects.create(case=book.case, organisation=host)
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    theirs = events(read(calendars.of_organisation(host.pk, "x")))
    assert [str(one["uid"]) for one in theirs] == [str(line.uid)]
    both = calendars.of_person(1, [book.case.organisation_id, host.pk], "x")
    assert [str(one["uid"]) for one in events(read(both))] == [str(line.uid)]
    stranger = factories.make_organisation("Andre")
    assert events(read(calendars.of_organisation(stranger.pk, "x"))) == []


def test_a_person_sees_what_they_asked_for_and_answer_for(hall, diary):
    asker, adult, other = (factories.make_user(name) for name in ("Anna", "Bo", "Cato"))
    book = diary(hall)
    book.case.requester, book.case.responsible = asker, adult
    book.case.save()
    line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    for user, wanted in ((asker, [str(line.uid)]), (adult, [str(line.uid)]), (other, [])):
        assert [str(one["uid"]) for one in events(read(calendars.of_person(user.pk, [], "x")))] == wanted


def test_a_unit_sees_whose_it_is_with_closures_and_units_below(hall, diary):
    below = factories.make_unit("Idrett", slug="idrett")
    below.parent = hall.unit
    below.save()
    gym = factories.make_resource("Gymsalen", slug="gymsalen", unit=below, public=False)
    elsewhere = factories.make_resource("Brygga", slug="brygga")
    book = diary(hall, title="Øving")
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), resource=gym, state=LineState.REQUESTED)
    book.line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"), resource=elsewhere)
    Closure.objects.create(
        resource=gym, start=wall("2026-04-01 08:00"), end=wall("2026-04-01 12:00"), reason="Vask", created_at=NOW
    )
    found = [(str(one["summary"]), str(one["location"])) for one in events(read(calendars.of_unit(hall.unit_id, "x")))]
    who = book.case.organisation.name
    assert found == [
        (f"{who}: Øving", "Lillebyhallen, Elvegata 4"),
        (f"Request: {who}: Øving", "Gymsalen"),
        ("Gymsalen: Closed: Vask", "Gymsalen"),
    ]
    assert len(events(read(calendars.of_unit(below.pk, "x")))) == 2


class TestVersions:
    """What a change raises: never too little, and only what shows it."""

    def version(self, calendar) -> int:
        return calendar.version()[0]

    def test_a_case_raises_its_organisations_its_people_and_its_unit(self, hall, diary):
        asker, adult = factories.make_user("Anna"), factories.make_user("Bo")
        book = diary(hall)
        host = factories.make_organisation("Medlaget")
        CoHost.objects.create(case=book.case, organisation=host)
        book.case.requester, book.case.responsible = asker, adult
        book.case.save()
        other = factories.make_organisation("Andre")
        seen = [
            organisation_of(book),
            calendars.of_organisation(host.pk, "x"),
            calendars.of_person(asker.pk, [], "x"),
            calendars.of_person(adult.pk, [], "x"),
            calendars.of_unit(hall.unit_id, "x"),
        ]
        before = [self.version(one) for one in seen]
        said(book.case, hall)
        assert [self.version(one) for one in seen] == [one + 1 for one in before]
        assert self.version(calendars.of_organisation(other.pk, "x")) == 0
        assert self.version(calendars.happenings()) == 0

    def test_who_has_left_the_case_is_told_once_more(self, hall, diary):
        """Else their calendar would say for ever what isn't theirs."""
        book = diary(hall, title="Fest", title_public=True)
        before, after = factories.make_user("Anna"), factories.make_user("Bo")
        book.case.responsible = before
        book.case.save()
        book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        said(book.case, hall)
        theirs = calendars.of_person(before.pk, [], "x")
        assert len(events(read(theirs))) == 1
        assert len(events(read(calendars.happenings()))) == 1
        book.case.responsible, book.case.title_public = after, False
        book.case.save()
        said(book.case, hall)
        assert events(read(theirs)) == []
        assert events(read(calendars.happenings())) == []
        assert len(events(read(calendars.of_person(after.pk, [], "x")))) == 1

    def test_a_place_that_gets_another_name_is_seen_by_all(self, hall, diary):
        book = diary(hall, title="Fest", title_public=True)
        book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        seen = [organisation_of(book), calendars.of_unit(hall.unit_id, "x"), calendars.happenings()]
        for one in seen:
            read(one)
        versions = [self.version(one) for one in seen]
        hall.name, hall.revised_at = "Lilleby arena", NOW + LATER
        hall.save()
        with transaction.atomic():
            send_revised(cause="resource:lillebyhallen", scopes=[f"resource:{hall.pk}"])
        for one, before in zip(seen, versions, strict=True):
            assert self.version(one) > before
            [event] = events(read(one))
            assert event["location"].startswith("Lilleby arena")
            assert event["last-modified"].dt == NOW + LATER

    def test_an_organisation_that_gets_another_name_is_seen_by_its_unit(self, hall, diary):
        book = diary(hall, title="Øving")
        book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        unit = calendars.of_unit(hall.unit_id, "x")
        [before] = events(read(unit))
        one = book.case.organisation
        one.name = "Nytt navn"
        one.save()
        from booking.foundation import clock

        with clock.at(NOW + LATER), transaction.atomic():
            send_revised(cause=f"organisation:{one.slug}", scopes=[f"organisation:{one.pk}"])
        [after] = events(read(unit))
        assert str(after["summary"]) == "Nytt navn: Øving"
        assert after["last-modified"].dt == NOW + LATER > before["last-modified"].dt
        assert after["sequence"] == before["sequence"], "what it is called isn't when it is"

    def test_two_cases_of_one_organisation_have_parts_of_their_own(self, hall, diary):
        from booking.calendars.models import FeedVersion

        first, second = diary(hall), diary(hall)
        second.case.organisation = first.case.organisation
        second.case.save()
        said(first.case)
        said(second.case)
        scope = f"organisation:{first.case.organisation_id}"
        rows = FeedVersion.objects.filter(scope=scope)
        assert set(rows.values_list("part", "version")) == {(first.case.pk, 1), (second.case.pk, 1)}


@pytest.mark.parametrize("many", [1, 60])
def test_queries_do_not_grow(hall, diary, django_assert_max_num_queries, many):
    book = diary(hall)
    for number in range(many):
        start = wall("2026-03-09 08:00") + timedelta(hours=number)
        book.line(start, start + timedelta(minutes=45))
    person = calendars.of_person(1, [book.case.organisation_id], "x")
    seen = [organisation_of(book), person, calendars.of_unit(hall.unit_id, "x")]
    for one in seen:
        # Each floor that puts something into calendars is asked once: works, calendars of others, meetings.
        with django_assert_max_num_queries(21):
            read(one)
        with django_assert_max_num_queries(5):
            read(one)


def test_too_much_narrows_a_private_calendar_too(hall, diary):
    book = diary(hall)
    for day in range(1, 21):
        book.line(wall(f"2026-03-{day:02d} 10:00"), wall(f"2026-03-{day:02d} 11:00"))
    one = organisation_of(book)
    body = read(one, most_events=5)
    assert len(events(body)) == 5
    assert b"it shows what begins before" in body.replace(b"\r\n ", b"")


def test_kept_bytes_are_those_rendered_afresh(hall, diary):
    book = diary(hall, title="Øving")
    book.series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=40")
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), state=LineState.REQUESTED)
    one = calendars.of_person(7, [book.case.organisation_id], "x")
    first = read(one)
    fresh = services.rendered_now(one.scopes(), services.Variant("en", False, Audience.PARTY), window(NOW, OSLO))
    assert b"".join(fresh) in first
    RenderedEvent.objects.all().delete()
    from booking.calendars.models import RenderedScope

    RenderedScope.objects.all().delete()
    assert read(one, now=NOW + timedelta(days=2)) == first


def test_colours_tell_calendars_apart(hall, diary):
    book = diary(hall)
    seen = [organisation_of(book), calendars.of_person(1, [], "x"), calendars.of_unit(hall.unit_id, "x")]
    bodies = [read(one).decode() for one in seen]
    colours = {line for body in bodies for line in body.split("\r\n") if line.startswith("COLOR:")}
    assert len(colours) == 3
    assert all("X-APPLE-CALENDAR-COLOR:#" in body for body in bodies)
    assert all("SOURCE" not in body for body in bodies), "it would repeat a secret"


def test_the_window_reaches_thirty_days_back_for_cancelled_ones(hall, diary):
    book = diary(hall)
    book.line(wall("2026-02-02 10:00"), wall("2026-02-02 11:00"), state=LineState.CANCELLED_BY_ORGANISATION)
    book.line(wall("2026-01-02 10:00"), wall("2026-01-02 11:00"), state=LineState.CANCELLED_BY_ORGANISATION)
    found = events(read(organisation_of(book)))
    assert [one["dtstart"].dt.date() for one in found] == [date(2026, 2, 2)]
