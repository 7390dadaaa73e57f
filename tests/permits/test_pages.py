"""The pages of parties and of staff, the API, and who is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from booking.catalogue.models import PermitRequirement, PriceRule, UseKind
from booking.foundation import clock
from booking.permits import services
from booking.permits.models import Permit, PermitDocument
from tests import factories as f
from tests.factories import NOW
from tests.permits.world import PDF, World

pytestmark = pytest.mark.django_db
API = "/api/booking/v1/requests/"


@pytest.fixture(autouse=True)
def at_now() -> Iterator[None]:
    """The day of these tests."""
    with clock.at(NOW):
        yield


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def act(client: Client, case: Any, permit: Permit, **data: Any) -> Any:
    return client.post(f"/en/cases/{case.reference}/permits/{permit.pk}/", data)


class TestParty:
    def test_sees_what_is_left_and_does_it_without_a_script(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        client = browser(world.coach)
        text = client.get(f"/en/cases/{case.reference}/").content.decode()
        assert "3 things are left before the loan." in text
        assert "Noise permit &lt;b&gt;" in text
        assert "Teknisk" in text
        noise = world.permit(case, world.noise)
        page = client.get(f"/en/cases/{case.reference}/permits/{noise.pk}/").content.decode()
        assert page.count("<h1") == 1
        assert act(client, case, noise, act="apply", applied_on="2026-03-01", note="Sak 12").status_code == 302
        tidy = world.permit(case, world.tidy)
        assert act(client, case, tidy, act="confirm", version="1").status_code == 302
        insurance = world.permit(case, world.insurance)
        file = SimpleUploadedFile("bevis.pdf", PDF)
        assert act(client, case, insurance, act="upload", file=file).status_code == 302
        text = client.get(f"/en/cases/{case.reference}/").content.decode()
        assert "2 things are left before the loan." in text
        document = PermitDocument.objects.get()
        answer = client.get(f"/en/cases/{case.reference}/permits/documents/{document.pk}/")
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer.content == PDF

    @pytest.mark.parametrize(
        ("name", "data", "words"),
        [
            ("noise", {"act": "apply", "applied_on": "", "note": "Sak"}, "Write the day on which you applied."),
            ("noise", {"act": "apply", "applied_on": "2099-01-01", "note": "Sak"}, "This day has not come yet."),
            ("insurance", {"act": "upload"}, "Choose a file."),
        ],
    )
    def test_a_fault_is_told_at_its_field_and_keeps_what_was_typed(
        self, world: World, name: str, data: dict[str, str], words: str
    ) -> None:
        case = world.asked(uses=["amplified-sound"])
        answer = act(browser(world.coach), case, world.permit(case, getattr(world, name)), **data)
        assert answer.status_code == 400
        assert words in answer.content.decode()
        if "note" in data:
            assert 'value="Sak"' in answer.content.decode()

    def test_others_find_nothing(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        row = services.add_document(noise, name="x.pdf", content=PDF, by=world.coach, now=NOW)
        stranger = browser(f.make_user("Frida Fremmed"))
        assert act(stranger, case, noise, act="apply", applied_on="2026-03-01").status_code == 404
        assert stranger.get(f"/en/cases/{case.reference}/permits/documents/{row.pk}/").status_code == 404
        # Of another case, by the same party.
        other = world.asked(days=30)
        assert browser(world.coach).get(f"/en/cases/{other.reference}/permits/{noise.pk}/").status_code == 404
        assert browser(world.coach).get(f"/en/cases/{other.reference}/permits/documents/{row.pk}/").status_code == 404

    def test_the_page_of_a_case_asks_the_same_number_of_queries_for_many_permits(self, world: World) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def queries(case: Any) -> int:
            client = browser(world.coach)
            client.get(f"/en/cases/{case.reference}/")
            with CaptureQueriesContext(connection) as found:
                client.get(f"/en/cases/{case.reference}/")
            return len(found)

        few = queries(world.asked())
        for number in range(8):
            PermitRequirement.objects.create(resource=world.beach, what=f"Krav {number}", granted_by="Havna")
        assert queries(world.asked(days=40)) == few


class TestAskPage:
    def test_ticks_are_offered_and_what_is_ticked_is_told_before_sending(self, world: World) -> None:
        client = browser(world.coach)
        assert "Loudspeakers outdoors" in client.get("/en/ask/stranda/").content.decode()
        form = {
            "action": "check", "day": "2026-06-01", "start": "17:00", "end": "19:00", "purpose": "Fest",
            "uses": ["amplified-sound"], "hat": "organisation:jff",
        }  # fmt: skip
        text = client.post("/en/ask/stranda/", form).content.decode()
        assert "Noise permit &lt;b&gt;" in text
        assert 'value="amplified-sound" checked' in text.replace("  ", " ") or "amplified-sound" in text

    def test_the_page_of_the_thing_names_them_too(self, world: World) -> None:
        text = Client().get("/en/things/stranda/").content.decode()
        assert "Vi rydder etter oss" in text
        assert "Noise permit &lt;b&gt;" in text

    def test_nobody_is_asked_about_fire_in_a_projector(self, world: World) -> None:
        f.make_resource("Projektor", slug="projektor", unit=world.unit, kind="equipment")
        assert "Loudspeakers" not in browser(world.coach).get("/en/ask/projektor/").content.decode()


class TestStaff:
    def test_who_grants_it_finds_it_and_says_so_without_seeing_the_case(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        client = browser(world.technical.officer)
        assert "ydispensasjon" in client.get("/admin/booking/permits/").content.decode()
        text = client.get(f"/admin/booking/permits/inspect/{noise.pk}/").content.decode()
        assert "Sommerfest" in text
        assert world.coach.email not in text
        assert f"/admin/booking/cases/inspect/{case.pk}/" not in text
        answer = client.post(f"/admin/booking/permits/grant/{noise.pk}/", {"state": "granted", "note": ""})
        assert answer.status_code == 302
        assert world.permit(case, world.noise).state == "granted"

    def test_a_refusal_needs_words_and_keeps_what_was_chosen(self, world: World) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        client = browser(world.technical.officer)
        answer = client.post(f"/admin/booking/permits/grant/{noise.pk}/", {"state": "refused", "note": ""})
        assert answer.status_code == 400
        assert 'value="refused" selected' in answer.content.decode()

    def test_another_unit_finds_nothing_and_the_cases_unit_only_looks(self, world: World) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        outsider = browser(f.make_officer(f.make_unit("Helse")))
        assert outsider.get(f"/admin/booking/permits/inspect/{noise.pk}/").status_code == 404
        assert outsider.post(f"/admin/booking/permits/grant/{noise.pk}/", {"state": "granted"}).status_code == 404
        officer = browser(world.unit.officer)
        text = officer.get(f"/admin/booking/permits/inspect/{noise.pk}/").content.decode()
        assert 'name="state"' not in text
        officer.post(f"/admin/booking/permits/grant/{noise.pk}/", {"state": "granted"})
        assert world.permit(noise.case, world.noise).state == "needed"

    def test_a_requirement_is_written_down_and_changed(self, world: World) -> None:
        client = browser(world.unit.officer)
        new = {
            "resource": world.beach.pk, "kind": "permit", "what": "Båltillatelse", "granted_by": "Brannvesenet",
            "severity": "needs_officer", "blocking": "on", "days_before": "3", "active": "on",
        }  # fmt: skip
        assert client.post("/admin/booking/requirements/new/", new | {"granted_by": ""}).status_code == 200
        assert client.post("/admin/booking/requirements/new/", new | {"blocking": ""}).status_code == 200
        assert client.post("/admin/booking/requirements/new/", new).status_code == 302
        row = PermitRequirement.objects.get(what="Båltillatelse")
        edit = f"/admin/booking/requirements/edit/{row.pk}/"
        client.post(edit, new | {"what": "Bålløyve"})
        row.refresh_from_db()
        assert (row.what, row.version) == ("Bålløyve", 2)
        other = browser(f.make_officer(f.make_unit("Helse")))
        assert other.get(edit).status_code == 404

    def test_kinds_of_use_are_the_leaders(self, world: World) -> None:
        new = {"name": "Fyrverkeri", "heads_over": "", "active": "on"}
        assert browser(f.make_leader(world.unit)).post("/admin/booking/uses/new/", new).status_code == 302
        assert UseKind.objects.get(name="Fyrverkeri").slug == "fyrverkeri"
        browser(world.unit.officer).post("/admin/booking/uses/new/", new | {"name": "Ballong"})
        assert not UseKind.objects.filter(name="Ballong").exists()


class TestApi:
    def test_the_field_says_all_and_the_act_is_the_same_for_both_sides(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        coach, officer = browser(world.coach), browser(world.technical.officer)
        found = coach.get(f"{API}{case.reference}/", headers={"Accept-Language": "nb"}).json()
        assert found["uses"] == ["amplified-sound"]
        row = next(one for one in found["permits"] if one["id"] == noise.pk)
        assert row["what"] == "Støydispensasjon <b>"
        assert (row["granted_by"], row["blocking"], row["state"], row["date"]) == ("Teknisk", True, "needed", None)
        assert (row["due"], row["lines"], row["document"]) == ("2026-03-15", [1], [])
        url = f"{API}{case.reference}/permits/{noise.pk}/"
        sent = {"state": "applied", "date": "2026-03-01", "note": "Sak 12"}
        answer = coach.post(url, sent, content_type="application/json")
        assert answer.status_code == 200
        assert next(one for one in answer.json()["permits"] if one["id"] == noise.pk)["date"] == "2026-03-01"
        kinds = [one["type"] for one in answer.json()["events"]]
        assert kinds.count("permit_changed") == 1
        # A party can't grant; a unit that only grants doesn't know the case.
        assert coach.post(url, {"state": "granted"}, content_type="application/json").status_code == 403
        assert officer.post(url, {"state": "granted"}, content_type="application/json").status_code == 404

    @pytest.mark.parametrize(
        "body",
        [{}, {"state": "lost"}, {"state": "applied", "date": 5}, {"state": "applied", "note": []}, [], {"state": []}],
    )
    def test_what_cant_be_read_is_refused(self, world: World, body: Any) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        url = f"{API}{case.reference}/permits/{noise.pk}/"
        assert browser(world.coach).post(url, body, content_type="application/json").status_code == 400

    def test_the_resource_tells_what_it_takes_and_which_uses_there_are(self, world: World) -> None:
        found = Client().get("/api/booking/v1/resources/stranda/", headers={"Accept-Language": "en"}).json()
        assert [one["what"] for one in found["permits"]] == ["Vi rydder etter oss", "Forsikringsbevis"]
        uses = {one["slug"]: one for one in found["uses"]}
        assert uses["amplified-sound"]["permits"][0]["what"] == "Noise permit <b>"
        assert uses["large-crowd"]["heads_over"] == 500


class TestPrices:
    def form(self, *rows: dict[str, str], **more: str) -> dict[str, str]:
        data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": "0"} | more
        for index, row in enumerate(rows):
            data |= {f"form-{index}-{name}": value for name, value in ({"kind": "", "per": "hour"} | row).items()}
        return data

    def test_they_are_set_and_tried_out_first(self, world: World) -> None:
        client = browser(world.unit.officer)
        url = f"/admin/booking/resources/prices/{world.beach.pk}/"
        rows = [{"audience": "children_youth", "amount": "0"}, {"audience": "commercial", "amount": "450,50"}]
        rows[1]["amount"] = "450.50"
        text = client.post(url, self.form(*rows, act="try")).content.decode()
        assert "901" in text
        assert not PriceRule.objects.exists()
        assert client.post(url, self.form(*rows)).status_code == 302
        assert {(one.audience, str(one.amount)) for one in world.beach.prices.all()} == {
            ("children_youth", "0.00"), ("commercial", "450.50"),
        }  # fmt: skip
        twice = client.post(url, self.form(rows[0], rows[0]))
        assert twice.status_code == 200
        assert world.beach.prices.count() == 2
        client.post(url, self.form({"audience": "", "amount": ""}))
        assert not world.beach.prices.exists()

    def test_a_units_prices_hold_for_its_things(self, world: World) -> None:
        client = browser(world.unit.officer)
        url = f"/admin/booking/units/prices/{world.unit.pk}/"
        assert client.post(url, self.form({"audience": "commercial", "amount": "100"})).status_code == 302
        text = client.get(f"/admin/booking/resources/prices/{world.beach.pk}/").content.decode()
        assert "100" in text
        other = browser(f.make_officer(f.make_unit("Helse")))
        assert other.get(url).status_code == 404
        assert other.get(f"/admin/booking/resources/prices/{world.beach.pk}/").status_code == 404
