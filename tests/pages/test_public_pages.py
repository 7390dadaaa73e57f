"""What visitors see of what can be lent: search, lists, one thing and its week. Without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.catalogue import models as catalogue
from booking.foundation import clock
from pages import services
from pages.models import EquipmentPage, VenuePage
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


def queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def present(tree, resource, **fields):
    page_type, parent = (
        (VenuePage, tree.venues) if resource.kind in ("venue", "area") else (EquipmentPage, tree.equipment)
    )
    return services.create_page(
        page_type,
        parent=parent,
        resource=resource,
        texts={"nb": {"title": resource.name, "slug": resource.slug} | fields},
    )


class TestOneThing:
    def test_without_a_page_of_its_own(self, client, db):
        place = factories.make_resource("Badeplassen", slug="badeplassen", address="Strandveien", capacity=80)
        text = client.get("/en/things/badeplassen/").content.decode()
        assert '<h1><span lang="nb">Badeplassen</span></h1>' in text
        assert "Ola Saksbehandler" in text
        assert "Sigrid Stedfortreder" in text
        assert "within 10 working days" in text
        assert "Free of charge" in text
        assert "Strandveien" in text
        assert "/feeds/resource-badeplassen.ics" in text
        assert "webcal://" in text
        assert place.name in text

    def test_with_a_page_it_leads_there(self, client, tree):
        present(tree, tree.place)
        answer = client.get("/things/lillebyhallen/?week=2026-03-09")
        assert answer.status_code == 302
        assert answer["Location"] == "/lokaler/lillebyhallen/?week=2026-03-09"
        assert client.get(answer["Location"]).status_code == 200

    def test_the_page_shows_its_words_and_the_resources_facts(self, client, tree):
        present(tree, tree.place, lead="Den store.", body=[("text", "<p>Ved elva.</p>")])
        text = client.get("/lokaler/lillebyhallen/").content.decode()
        assert "Den store." in text
        assert "<p>Ved elva.</p>" in text
        assert "Ola Saksbehandler" in text

    def test_what_nobody_translated_is_marked(self, client, tree):
        present(tree, tree.place, lead="Den store.")
        text = client.get("/nn/lokaler/lillebyhallen/").content.decode()
        assert '<html lang="nn"' in text
        assert '<span lang="nb">Den store.</span>' in text
        assert "sk-shownin" in text
        assert "sk-shownin" not in client.get("/lokaler/lillebyhallen/").content.decode()

    @pytest.mark.parametrize(
        ("fields", "status"), [({"state": "draft"}, 404), ({"public": False}, 404), ({"state": "retired"}, 410)]
    )
    def test_what_is_not_lent(self, client, db, fields, status):
        factories.make_resource("Kladd", slug="kladd", **fields)
        assert client.get("/things/kladd/").status_code == status
        assert client.get("/things/finnes-ikke/").status_code == 404

    def test_the_page_of_a_hidden_resource_is_not_found(self, client, tree):
        present(tree, tree.place)
        tree.place.public = False
        tree.place.save()
        assert client.get("/lokaler/lillebyhallen/").status_code == 404

    def test_an_absent_officer_is_told_with_who_answers(self, client, db):
        place = factories.make_resource("Salen", slug="salen")
        today = clock.local_date(NOW, clock.zone("Europe/Oslo"))
        catalogue.Absence.objects.create(user=place.unit.officer, start=today, end=today)
        text = client.get("/en/things/salen/").content.decode()
        assert "Ola Saksbehandler is away. Sigrid Stedfortreder answers in the meantime." in text

    def test_names_may_be_hidden(self, client, db, settings):
        settings.BOOKING = settings.BOOKING | {"show_officer_names": False}
        factories.make_resource("Salen", slug="salen")
        text = client.get("/en/things/salen/").content.decode()
        assert "Ola" not in text
        assert "Sigrid" not in text
        assert "Kultur og idrett" in text

    def test_price_rules_are_told_before_asking(self, client, db):
        place = factories.make_resource("Salen", slug="salen")
        catalogue.PriceRule.objects.create(resource=place, audience="children_youth", amount=0, per="hour")
        catalogue.PriceRule.objects.create(resource=place, audience="commercial", amount="450.50", per="hour")
        text = client.get("/en/things/salen/").content.decode()
        assert "Children and youth: free" in text
        assert "450.50 kr per hour" in text

    def test_slow_weeks_are_told_beforehand(self, client, db):
        place = factories.make_resource("Salen", slug="salen")
        catalogue.SlowWeeks.objects.create(
            unit=place.unit, start="2026-03-01", end="2026-03-20", promise_days=18, reason="Ferie hos oss."
        )
        text = client.get("/en/things/salen/").content.decode()
        assert "within 18 working days" in text
        assert "Ferie hos oss." in text

    def test_a_part_shares_its_wholes_doors(self, client, db):
        hall = factories.make_hall_in_thirds("Hallen", step_free="yes", door_width_cm=95)
        text = client.get(f"/en/things/{hall.parts[0].slug}/").content.decode()
        assert "Step-free access: <strong>yes</strong>" in text
        assert "95 cm" in text
        assert f"/en/things/{hall.whole.slug}/" in text
        whole = client.get(f"/en/things/{hall.whole.slug}/").content.decode()
        for part in hall.parts:
            assert f"/en/things/{part.slug}/" in whole


class TestWeek:
    def test_the_week_is_turned_by_links(self, client, db):
        factories.make_resource("Salen", slug="salen")
        text = client.get("/en/things/salen/").content.decode()
        assert "Week 10" in text
        assert "?week=2026-03-09#when" in text
        assert "?week=2026-02-23" not in text
        later = client.get("/en/things/salen/?week=2026-03-11").content.decode()
        assert "Week 11" in later
        assert "?week=2026-03-02#when" in later

    @pytest.mark.parametrize(
        "week", ["rubbish", "9999-12-31", "0001-01-01", "2026-13-45", "%00", "2026-03-09T00:00", "-1"]
    )
    def test_any_week_is_answered(self, client, db, week):
        factories.make_resource("Salen", slug="salen")
        assert client.get(f"/things/salen/?week={week}").status_code == 200

    def test_free_times_stand_in_the_table(self, client, db):
        factories.make_resource("Salen", slug="salen", open=(8, 22))
        text = client.get("/en/things/salen/?week=2026-03-09").content.decode()
        assert text.count("08:00–22:00") >= 7

    def test_the_clock_change_week_is_shown(self, client, db):
        factories.make_resource("Sletta", slug="sletta", kind="area", open=None)
        assert client.get("/things/sletta/?week=2026-03-29").status_code == 200
        assert client.get("/things/sletta/?week=2026-10-25").status_code == 200


class TestSearch:
    @pytest.fixture
    def town(self, db):
        unit = factories.make_unit()
        projector = factories.make_feature("Projektor", name_en="Projector")
        hall = factories.make_hall_in_thirds("Storhallen", unit=unit, capacity=600, step_free="yes")
        room = factories.make_resource("Møterom Fossen", slug="fossen", unit=unit, capacity=12, open=(8, 16))
        room.features.add(projector)
        chairs = factories.make_stock("Stoler", 40, unit=unit)
        factories.make_resource("Kladd", unit=unit, state="draft")
        return {"hall": hall, "room": room, "chairs": chairs, "feature": projector.slug}

    def found(self, client, query: str, path="/en/find/") -> set[str]:
        text = client.get(f"{path}?{query}").content.decode()
        names = ("Storhallen, del A", "Storhallen", "Fossen", "Stoler", "Kladd")
        return {name for name in names if f">{name}" in text or f" {name}<" in text}

    def test_everything_public_is_listed_and_parts_with_their_whole(self, client, town):
        assert self.found(client, "") == {"Storhallen", "Fossen", "Stoler"}

    def test_words(self, client, town):
        assert self.found(client, "q=foss") == {"Fossen"}
        assert self.found(client, "q=moterom") == {"Fossen"}
        assert "Storhallen, del A" in self.found(client, "q=storhallen")

    def test_filters(self, client, town):
        assert self.found(client, "capacity=100&q=stor&access=step_free") == {"Storhallen"}
        assert self.found(client, f"feature={town['feature']}") == {"Fossen"}
        assert self.found(client, "kind=equipment") == {"Stoler"}
        assert self.found(client, "quantity=30") == {"Stoler"}
        assert self.found(client, "quantity=41") == set()

    def test_free_from_to(self, client, town):
        assert "Fossen" in self.found(client, "day=2026-03-09&time=14:00&minutes=120")
        assert "Fossen" not in self.found(client, "day=2026-03-09&time=15:00&minutes=120")
        assert "Storhallen" in self.found(client, "day=2026-03-09&time=15:00&minutes=120")

    def test_free_some_time_of_the_day(self, client, town):
        assert "Fossen" in self.found(client, "day=2026-03-09&minutes=480")
        assert "Fossen" not in self.found(client, "day=2026-03-02&minutes=480")  # only what is left of today counts

    def test_taken_time_is_not_offered(self, client, town):
        from booking.occupancy.models import Occupancy

        cell = town["room"].covers.get().cell
        start, end = clock.wall(*_at("2026-03-09", 10)), clock.wall(*_at("2026-03-09", 12))
        Occupancy.objects.create(
            cell=cell, resource=town["room"], exclusive=True, start=start, end=end, block_start=start, block_end=end,
            klass="claim", status="confirmed", cause_kind="line", cause_id=1,
        )  # fmt: skip
        assert "Fossen" not in self.found(client, "day=2026-03-09&time=11:00&minutes=60")
        assert "Fossen" in self.found(client, "day=2026-03-09&time=12:00&minutes=60")

    @pytest.mark.parametrize(
        "query",
        [
            "day=rubbish", "day=2026-02-30", "day=9999-12-31&time=23:00&minutes=480", "day=0001-01-01", "time=25:99",
            "time=10:00", "minutes=7", "quantity=1000000000000", "quantity=-1", "capacity=x", "kind=castle",
            "feature=nope", "access=door_width_cm", "near=1,2", "near=91,0,5", "near=59.1,10.2,5", "page=0", "page=99",
            "page=x", "q=%00", "q=" + "x" * 5000, "q=%F0%9F%8E%BB", "day=2150-01-01&time=10:00",
            "day=2026-03-29&time=02:30", "day=2026-03-02&time=08:00", "page=99999999999999999999",
        ],
    )  # fmt: skip
    def test_any_question_is_answered(self, client, town, query):
        answer = client.get(f"/en/find/?{query}")
        assert answer.status_code == 200
        assert b"<h1>" in answer.content
        assert b'id="results"' in answer.content

    def test_what_could_not_be_read_is_told_and_kept(self, client, town):
        text = client.get("/en/find/?time=17:00&q=hall").content.decode()
        assert "Which day? Without it we can&#x27;t look for a time." in text
        assert 'value="hall"' in text
        assert "17:00" in text

    def test_nothing_found_says_what_to_do(self, client, town):
        text = client.get("/en/find/?q=ubåt").content.decode()
        assert "Nothing fits all of that" in text
        assert "Start over" in text

    def test_an_empty_catalogue(self, client, db):
        assert "Nothing is listed here yet" in client.get("/en/find/").content.decode()

    def test_the_sites_own_list_is_the_list(self, client, tree):
        answer = client.get("/find/venues/?q=hall")
        assert answer.status_code == 302
        assert answer["Location"] == "/lokaler/?q=hall"
        text = client.get("/lokaler/").content.decode()
        assert "Lillebyhallen" in text
        assert client.get("/find/equipment/").status_code == 302

    def test_only_get(self, client, db):
        factories.make_resource("Salen", slug="salen")
        for url in ("/find/", "/find/venues/", "/find/equipment/", "/things/salen/"):
            assert client.post(url).status_code == 405


def _at(day: str, hour: int):
    from datetime import date, time

    return date.fromisoformat(day), time(hour), clock.zone("Europe/Oslo")


class TestFrontPage:
    def test_what_is_free_soon(self, client, tree):
        text = client.get("/en/").content.decode()
        assert "What do you need?" in text
        assert "Free now, until 22:00" in text
        assert 'action="/en/find/"' in text

    def test_nothing_free(self, client, tree):
        tree.place.opening_hours.all().delete()
        catalogue.OpeningException.objects.create(
            resource=tree.place, start=NOW.date(), end=NOW.date() + timedelta(days=3), reason="Ferie"
        )
        assert "Nothing is free today or tomorrow" in client.get("/en/").content.decode()


class TestQueries:
    """The number of queries doesn't grow with what is listed."""

    def many(self, count: int, tree=None):
        unit = factories.make_unit()
        for number in range(count):
            place = factories.make_resource(f"Rom {number:02d}", slug=f"rom-{number}", unit=unit, capacity=number)
            if tree is not None and number % 2:
                present(tree, place)

    @pytest.mark.parametrize(
        "url", ["/lokaler/", "/lokaler/?day=2026-03-09&time=10:00", "/lokaler/?day=2026-03-09", "/find/?q=rom"]
    )
    def test_lists(self, client, tree, url):
        self.many(3, tree)
        few = queries(client, url)
        unit = factories.make_unit()
        for number in range(10, 25):
            factories.make_resource(f"Rom {number}", slug=f"rom-{number}", unit=unit)
        assert queries(client, url) <= few + 1  # a further unit's officer
        assert few <= 40

    def test_one_thing(self, client, tree):
        present(tree, tree.place)
        assert queries(client, "/lokaler/lillebyhallen/") <= 45

    def test_front_page(self, client, tree):
        self.many(3)
        few = queries(client, "/")
        for number in range(10, 25):
            factories.make_resource(f"Rom {number}", slug=f"rom-{number}", unit=tree.place.unit)
        assert queries(client, "/") == few
        assert few <= 35
