"""Other public calendars: a building with its rooms, what happens, an organisation, free/busy, what others register."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import icalendar
import pytest
from django.db import transaction

from booking.calendars import registry, services
from booking.calendars.models import FeedVersion
from booking.calendars.rules import OneOff, Place, Wording, window
from booking.calendars.selectors import Audience, Item, calendars
from booking.calendars.selectors.busy import busy_times
from booking.cases.models import CoHost, LineState
from booking.foundation import clock
from booking.foundation.signals import send_revised
from booking.occupancy.services import close_resource
from tests import factories
from tests.calendars.conftest import NOW, OSLO, tell, wall
from tests.calendars.reading import by_ical_js, by_icalendar, needs_node
from tests.calendars.test_http import body_of
from tests.calendars.test_party import said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


def events(answer) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body_of(answer)).walk("VEVENT"))


class TestTree:
    """`?parts=1`: a building with all its rooms."""

    URL = "/feeds/resource-skolen.ics?parts=1&lang=en"

    @pytest.fixture
    def school(self, db):
        school = factories.make_resource("Skolen", slug="skolen")
        unit = school.unit
        rooms = [factories.make_resource(name, slug=name.lower(), unit=unit, parent=school) for name in ("Aula", "Gym")]
        hidden = factories.make_resource("Arkiv", slug="arkiv", unit=unit, parent=school, public=False)
        return school, *rooms, hidden

    def test_each_room_s_time_is_named_by_its_room(self, client, school, diary):
        _school, aula, gym, hidden = school
        diary(aula, title="Konsert", title_public=True).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        diary(gym).line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
        diary(hidden).line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"))
        tell(aula, gym, hidden)
        answer = client.get(self.URL)
        found = [str(one["summary"]) for one in events(answer)]
        assert found == ["Aula: Konsert", "Gym: Taken"]
        assert b"X-WR-CALNAME:Skolen\\, all rooms" in body_of(client.get(self.URL))
        alone = client.get("/feeds/resource-skolen.ics")
        assert events(alone) == []
        assert alone["ETag"] != answer["ETag"]

    def test_a_change_in_a_room_is_seen(self, client, school, diary):
        _school, aula, _gym, _hidden = school
        etag = client.get(self.URL)["ETag"]
        assert client.get(self.URL, headers={"If-None-Match": etag}).status_code == 304
        diary(aula).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        tell(aula)
        assert client.get(self.URL, headers={"If-None-Match": etag}).status_code == 200

    def test_a_room_that_moves_out_is_gone(self, client, school, diary):
        _school, aula, _gym, _hidden = school
        diary(aula).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        tell(aula)
        etag = client.get(self.URL)["ETag"]
        aula.parent = None
        aula.save()
        with transaction.atomic():
            send_revised(cause="resource:aula", scopes=[f"resource:{aula.pk}"])
        answer = client.get(self.URL, headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert events(answer) == []


class TestHappenings:
    URL = "/feeds/happenings.ics?lang=en"

    def test_only_what_has_a_public_title_in_a_public_place(self, client, hall, diary):
        hidden = factories.make_resource("Lager", slug="lager", public=False)
        shown = diary(hall, title="Julekonsert", title_public=True)
        shown.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        shown.line(wall("2026-03-09 19:00"), wall("2026-03-09 20:30"), resource=hidden)
        shown.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), state=LineState.REQUESTED)
        diary(hall, title="Hemmelig").line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"))
        diary(hall, title=" ", title_public=True).line(wall("2026-03-12 17:00"), wall("2026-03-12 18:30"))
        answer = client.get(self.URL)
        assert [str(one["summary"]) for one in events(answer)] == ["Julekonsert"]
        body = body_of(client.get(self.URL))
        assert shown.case.organisation.name.encode() not in body
        assert b"SOURCE;VALUE=URI:http://localhost:8000/feeds/happenings.ics" in body.replace(b"\r\n ", b"")
        assert answer["Cache-Control"] == "public, max-age=300"

    def test_a_change_is_seen_and_nothing_new_costs_few_queries(
        self, client, hall, diary, django_assert_max_num_queries
    ):
        book = diary(hall, title="Julekonsert", title_public=True)
        etag = client.get(self.URL)["ETag"]
        book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        said(book.case, hall)
        answer = client.get(self.URL, headers={"If-None-Match": etag})
        assert len(events(answer)) == 1
        with django_assert_max_num_queries(1):
            assert client.get(self.URL, headers={"If-None-Match": answer["ETag"]}).status_code == 304

    def test_higher_floors_add_theirs(self, client, hall, monkeypatch):
        monkeypatch.setattr(registry, "_happenings", {})
        place = Place("Rådhuset", "", None, "http://localhost/x", "Europe/Oslo", NOW)

        def meetings(shown, language):
            words = Wording("Dialogue meeting" if language == "en" else "Dialogmøte", "", "Meeting")
            start = wall("2026-04-01 18:00")
            return [("1", OneOff(UUID(int=7), start, start + timedelta(hours=2), 0, NOW, NOW, words, place))]

        etag = client.get(self.URL)["ETag"]
        registry.register_happenings("meetings", meetings)
        with transaction.atomic():
            send_revised(cause="meeting:1", scopes=["happenings"])
        answer = client.get(self.URL, headers={"If-None-Match": etag})
        assert [str(one["summary"]) for one in events(answer)] == ["Dialogue meeting"]


class TestOrganisation:
    def test_the_register_s_organisations_show_what_they_invite_to(self, client, hall, diary):
        book = diary(hall, title="Åpen dag", title_public=True)
        line = book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        private = diary(hall, title="Styremøte")
        private.case.organisation = book.case.organisation
        private.case.save()
        private.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
        other = diary(hall, title="Sammen", title_public=True)
        CoHost.objects.create(case=other.case, organisation=book.case.organisation)
        hosted = other.line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"))
        one = book.case.organisation
        one.listed, one.state = True, "verified"
        one.save()
        url = f"/feeds/organisation-{one.slug}.ics"
        answer = client.get(url)
        assert [str(event["uid"]) for event in events(answer)] == [str(line.uid), str(hosted.uid)]
        body = body_of(client.get(url))
        assert "Styremøte".encode() not in body
        assert book.case.reference.encode() not in body

    @pytest.mark.parametrize(("listed", "state"), [(False, "verified"), (True, "unverified"), (True, "inactive")])
    def test_others_have_no_public_calendar(self, client, db, listed, state):
        factories.make_organisation("Laget", slug="laget", listed=listed, state=state)
        assert client.get("/feeds/organisation-laget.ics").status_code == 404


class TestFreeBusy:
    URL = "/feeds/resource-lillebyhallen.ifb"

    def take(self, hall, start, end):
        from booking.occupancy.models import Klass, Occupancy

        cell = hall.covers.get().cell
        return Occupancy.objects.create(
            cell=cell, resource=hall, exclusive=True, start=start, end=end, block_start=start, block_end=end,
            klass=Klass.CLAIM, status="confirmed", cause_kind="line", cause_id=Occupancy.objects.count() + 1,
            label="Hemmelig",
        )  # fmt: skip

    def test_what_is_taken_closed_and_outside_of_opening_hours(self, client, hall):
        self.take(hall, wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
        close_resource(hall, start=wall("2026-03-10 10:00"), end=wall("2026-03-10 12:00"), reason="Vask", now=NOW)
        found = busy_times(hall, window(NOW, OSLO))
        assert (wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "BUSY") in found
        assert (wall("2026-03-10 10:00"), wall("2026-03-10 12:00"), "BUSY-UNAVAILABLE") in found
        assert (wall("2026-03-09 22:00"), wall("2026-03-10 08:00"), "BUSY-UNAVAILABLE") in found
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
        answer = client.get(self.URL)
        body = body_of(answer)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"] == 'inline; filename="lillebyhallen.ifb"'
        [part] = icalendar.Calendar.from_ical(body).walk("VFREEBUSY")
        assert part["dtstart"].dt == window(NOW, OSLO).start
        assert b"FREEBUSY;FBTYPE=BUSY:20260309T160000Z/20260309T173000Z\r\n" in body
        assert b"Hemmelig" not in body
        assert b"Vask" not in body
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))

    def test_validators_and_absences(self, client, hall):
        answer = client.get(self.URL)
        assert client.get(self.URL, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert answer["ETag"] != client.get("/feeds/resource-lillebyhallen.ics")["ETag"]
        assert body_of(client.get(self.URL)) == body_of(client.get(self.URL))
        assert client.get("/feeds/resource-nope.ifb").status_code == 404
        factories.make_resource("Gammel", slug="gammel", state="retired")
        assert client.get("/feeds/resource-gammel.ifb").status_code == 410

    def test_a_counted_thing_is_busy_when_none_is_left(self, client, db):
        from booking.occupancy.models import Klass, Occupancy

        chairs = factories.make_stock("Stoler", 40, slug="stoler")
        cell = chairs.covers.get().cell
        for number, quantity in enumerate((30, 10)):
            start = wall("2026-03-09 12:00") + timedelta(hours=number)
            Occupancy.objects.create(
                cell=cell, resource=chairs, exclusive=False, start=start, end=start + timedelta(hours=2),
                block_start=start, block_end=start + timedelta(hours=2), quantity=quantity, klass=Klass.CLAIM,
                status="confirmed", cause_kind="line", cause_id=number + 1,
            )  # fmt: skip
        lent = [(start, end) for start, end, kind in busy_times(chairs, window(NOW, OSLO)) if kind == "BUSY"]
        assert lent == [(wall("2026-03-09 13:00"), wall("2026-03-09 14:00"))]


class TestRegistered:
    """Works, areas and seasons come from their own floors."""

    @pytest.fixture(autouse=True)
    def _empty(self, monkeypatch):
        monkeypatch.setattr(registry, "_scopes", {})
        monkeypatch.setattr(registry, "_calendars", {})

    def test_what_nobody_has_registered_is_not_found(self, client, db):
        for name in ("works", "area-parken", "season-2026"):
            assert client.get(f"/feeds/{name}.ics").status_code == 404

    @needs_node
    def test_a_calendar_of_another_floor(self, client, db, monkeypatch, django_assert_max_num_queries):
        for kept in ("_scopes", "_calendars"):  # the real seasons come back afterwards
            monkeypatch.setattr(registry, kept, dict(getattr(registry, kept)))
        place = Place("Hallen", "", None, "http://localhost/x", "Europe/Oslo", NOW)
        start = wall("2026-03-09 17:00")
        rows = {"tide:1": [Item("tide:1", "slot:1", OneOff(
            UUID(int=9), start, start + timedelta(hours=1), 0, NOW, NOW, Wording("Håndball", "", "Season"), place
        ))]}  # fmt: skip

        def find(slug):
            def words(language):
                return "Høsten 2026", "Halltidsplan"

            made = calendars.made_of("season", "host", ["tide:1"], words, audience=Audience.HAPPENING)
            return made if slug == "host" else None

        registry.register_scope("tide", lambda scopes, shown, language: [i for s in scopes for i in rows[s]])
        registry.register_calendar("season", find, ended=lambda slug: slug == "var")
        answer = client.get("/feeds/season-host.ics")
        body = body_of(answer)
        spread = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
        wanted = [(start, start + timedelta(hours=1), "Håndball")]
        assert by_icalendar(body, *spread) == by_ical_js(body, *spread) == wanted
        assert client.get("/feeds/season-var.ics").status_code == 410
        assert client.get("/feeds/season-x.ics").status_code == 404
        with django_assert_max_num_queries(1):
            assert client.get("/feeds/season-host.ics", headers={"If-None-Match": answer["ETag"]}).status_code == 304
        with transaction.atomic():
            send_revised(cause="tide:1", scopes=["tide:1", "unheard-of:4"])
        rows["tide:1"] = []
        later = client.get("/feeds/season-host.ics", headers={"If-None-Match": answer["ETag"]})
        assert events(later) == []
        assert set(FeedVersion.objects.values_list("scope", flat=True)) == {"tide:1"}


def test_rendered_ahead_for_public_ones(client, hall, diary):
    book = diary(hall, title="Julekonsert", title_public=True)
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    said(book.case)
    body_of(client.get("/feeds/happenings.ics"))
    assert services.render_ahead(NOW) == 0
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"))
    said(book.case)
    assert services.render_ahead(NOW) == 1
    assert services.render_ahead(NOW) == 0
