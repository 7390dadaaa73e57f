"""A fault is told by the code on the wall, and everybody sees what becomes of it (needs N15)."""

from __future__ import annotations

import io
import random
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from booking.days.services import make_link
from booking.faults import pictures, rules, selectors, services
from booking.faults.models import Fault, FaultPhoto, WallCode
from booking.foundation import clock
from booking.foundation.errors import DomainError, Forbidden, Invalid, TooLarge, WrongState
from tests import factories as f
from tests.cases.conftest import NOW


def jpeg(size=(40, 30), **options):
    kept = io.BytesIO()
    Image.new("RGB", size, "red").save(kept, "JPEG", **options)
    return kept.getvalue()


# --- pure ------------------------------------------------------------------------------------------------------------


@given(st.randoms(use_true_random=False))
def test_a_code_is_short_and_nothing_in_it_looks_like_something_else(chance: random.Random):
    code = rules.new_code(chance.choice)
    assert len(code) == 6
    assert not set(code) & set("0O1IL2Z5S8B")
    assert rules.tidy_code(f" {code[:3].lower()}-{code[3:]} ") == code


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_none(typed):
    tidy = rules.tidy_code(typed)
    assert tidy.isascii()
    assert len(tidy) <= 20


def test_a_photo_is_drawn_anew_and_keeps_nothing_of_where_it_was_taken():
    exif = Image.Exif()
    exif[0x010E] = "Kari Nordmann, Storgata 1"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[2] = (60.0, 10.0, 0.0)
    sent = jpeg((40, 30), exif=exif)
    assert b"Storgata" in sent
    kept = pictures.redrawn(sent)
    assert b"Storgata" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as found:
        assert not dict(found.getexif())
        assert found.size == (kept.width, kept.height) == (30, 40)


def test_a_large_photo_is_made_small_and_one_with_holes_is_filled():
    assert max(pictures.redrawn(jpeg((3000, 1000))).width, 0) == 1600
    kept = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(kept, "PNG")
    with Image.open(io.BytesIO(pictures.redrawn(kept.getvalue()).content)) as found:
        assert found.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 500, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", jpeg()[:200], b"GIF89a" + b"\0" * 80],
)
def test_what_is_no_photo_is_refused(content):
    with pytest.raises(Invalid) as refused:
        pictures.redrawn(content)
    assert refused.value.errors[0].loc == ("photo",)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded():
    kept = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(kept, "PNG")
    assert len(kept.getvalue()) < 100_000
    with pytest.raises(Invalid):
        pictures.redrawn(kept.getvalue())
    with pytest.raises(TooLarge):
        pictures.redrawn(b"x" * (pictures.LARGEST + 1))


# --- the services ----------------------------------------------------------------------------------------------------


def report(town, **fields):
    return services.report_fault(town.room, **({"kind": "light", "words": "Lampa blinker", "now": NOW} | fields))


@pytest.mark.django_db
def test_it_becomes_an_enquiry_to_the_things_unit_with_the_same_promise(town):
    fault = report(town)
    case = fault.case
    assert (case.kind, case.unit, case.waiting_on, case.message) == (
        "enquiry",
        town.unit,
        "municipality",
        "Lampa blinker",
    )
    assert case.answer_by is not None
    assert case.officer == town.officer
    assert (case.requester, case.contact_email) == (None, "")
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_who_leaves_an_address_has_a_receipt_and_is_told(town):
    fault = report(town, email="visitor@example.org")
    assert OutboxMessage.objects.get().handler == "case_receipt"
    services.mend(fault, by=town.officer, now=NOW)
    assert OutboxMessage.objects.get(handler="fault_settled").recipient == "visitor@example.org"


@pytest.mark.django_db
def test_the_same_form_twice_is_one_fault(town):
    one = report(town, email="visitor@example.org", submission_key="k1")
    two = report(town, email="visitor@example.org", submission_key="k1")
    assert one == two


@pytest.mark.django_db
def test_mended_closes_the_case_and_is_not_mended_again(town):
    fault = services.look_at(report(town), by=town.officer, now=NOW)
    assert fault.state == "looked_at"
    done = services.mend(fault, by=town.officer, now=NOW + timedelta(hours=1))
    case = Case.objects.get(pk=fault.case_id)
    assert (done.state, done.settled_by, case.state, case.waiting_on) == ("mended", town.officer, "closed", "nobody")
    assert services.mend(fault, by=town.officer, now=NOW + timedelta(hours=2)).settled_at == done.settled_at
    with pytest.raises(WrongState):
        services.look_at(fault, by=town.officer, now=NOW)


@pytest.mark.django_db
def test_not_mended_needs_a_reason_and_can_be_taken_up_again(town):
    fault = report(town)
    with pytest.raises(Invalid):
        services.leave_unmended(fault, why=" ", by=town.officer, now=NOW)
    services.leave_unmended(fault, why="Salen rives i mai", by=town.officer, now=NOW)
    again = services.look_at(fault, by=town.officer, now=NOW)
    assert (again.state, again.why, again.settled_at) == ("looked_at", "", None)
    assert Case.objects.get(pk=fault.case_id).stored_act == ""


@pytest.mark.django_db
def test_only_people_of_the_unit_settle_it(town):
    fault = report(town)
    for somebody in (
        f.make_officer(f.make_unit("Teknisk")),
        f.make_officer(town.unit, "Pia", role="planner"),
        town.coach,
    ):
        with pytest.raises(Forbidden):
            services.mend(fault, by=somebody, now=NOW)
    with pytest.raises(Forbidden):
        services.mend(fault, now=NOW)
    caretaker = f.make_officer(town.unit, "Vidar", role="caretaker")
    assert services.mend(fault, by=caretaker, now=NOW).state == "mended"


@pytest.mark.django_db
def test_something_else_needs_words_and_an_unknown_kind_is_refused(town):
    for fields in ({"kind": "other", "words": ""}, {"kind": "x"}, {"photo": b"nothing"}):
        with pytest.raises(DomainError):
            report(town, **fields)
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_the_database_wants_a_reason_and_a_moment(town):
    fault = report(town)
    for values in ({"state": "mended"}, {"state": "not_mended", "settled_at": NOW}, {"settled_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Fault.objects.filter(pk=fault.pk).update(**values)


@pytest.mark.django_db
def test_a_thing_keeps_its_code(town):
    one = services.make_code(town.room, by=town.officer, now=NOW)
    assert services.make_code(town.room, by=town.officer, now=NOW) == one
    assert selectors.thing_at(one.code.lower()) == town.room
    with pytest.raises(Forbidden):
        services.make_code(town.room, by=f.make_officer(f.make_unit("Teknisk")), now=NOW)
    town.room.state = "retired"
    town.room.save()
    assert selectors.thing_at(one.code) is None


@pytest.mark.django_db
def test_words_and_photo_go_after_a_year(town):
    from booking.privacy.services import run_retention

    fault = report(town, photo=jpeg())
    services.mend(fault, by=town.officer, now=NOW)
    run_retention(NOW + timedelta(days=300))
    assert FaultPhoto.objects.exists()
    run_retention(NOW + timedelta(days=366))
    fault.refresh_from_db()
    assert (fault.words, FaultPhoto.objects.exists(), fault.state) == ("", False, "mended")


# --- the doors -------------------------------------------------------------------------------------------------------


def browser(user=None):
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def code(town):
    return services.make_code(town.room, by=town.officer, now=NOW).code


@pytest.mark.django_db
def test_by_the_code_anybody_reports_with_a_photo_and_sees_what_becomes_of_it(town, code):
    client = browser()
    assert town.room.name in client.get(f"/f/{code.lower()}/").content.decode()
    photo = SimpleUploadedFile("x.jpg", jpeg(), "image/jpeg")
    answer = client.post(f"/f/{code}/", {"kind": "broken", "words": "Kari har knust ruta", "photo": photo})
    fault = Fault.objects.get()
    assert answer["Location"].endswith(f"/faults/{fault.case.reference}/")
    assert fault.photo.width == 40
    page = browser().get(f"/faults/{fault.case.reference}/").content.decode()
    assert fault.case.reference in page
    assert town.unit.name in page
    # Neither what was written nor who it was is anybody's business.
    assert "Kari har knust" not in page
    assert "Kari har knust" not in browser().get(f"/f/{code}/").content.decode()


@pytest.mark.django_db
def test_what_is_known_is_shown_first_and_counted_once_a_day(town, code):
    fault = report(town)
    client = browser()
    assert f'value="{fault.pk}"' in client.get(f"/f/{code}/").content.decode()
    for _press in range(3):
        assert client.post(f"/f/{code}/", {"act": "too", "fault": fault.pk}).status_code == 302
    fault.refresh_from_db()
    assert fault.too == 1
    assert client.post(f"/f/{code}/", {"act": "too", "fault": "999999"}).status_code == 404


@pytest.mark.django_db
def test_robots_and_rubbish_report_nothing(town, code):
    client = browser()
    for typed in (
        {"kind": "broken", "website": "http://x"}, {}, {"kind": "x"}, {"kind": "other"},
        {"kind": "broken", "email": "x"},
        {"kind": "broken", "words": "a\x00b"},
        {"kind": "broken", "photo": SimpleUploadedFile("x.jpg", b"<script>", "image/jpeg")},
    ):  # fmt: skip
        assert client.post(f"/f/{code}/", typed).status_code == 400
    assert not Fault.objects.exists()


@pytest.mark.django_db
def test_reports_and_wrong_codes_are_limited(town, code):
    client = browser()
    for number in range(41):
        last = client.post(f"/f/{code}/", {"kind": "broken", "words": f"Nr. {number}"})
    assert (last.status_code, Fault.objects.count()) == (429, 40)
    for _try in range(61):
        wrong = client.get("/f/XXXXXX/")
    assert wrong.status_code == 429


@pytest.mark.django_db
def test_an_ordinary_enquiry_is_no_fault(town):
    from booking.cases.services import submit_enquiry

    case = submit_enquiry(message="Hei", contact_email="x@example.org", unit=town.unit, now=NOW)
    assert browser().get(f"/faults/{case.reference}/").status_code == 404


@pytest.mark.django_db
def test_staff_settle_it_from_the_list_and_from_its_case(town):
    fault, other = report(town, photo=jpeg()), report(town)
    client = browser(town.officer)
    assert fault.case.reference in client.get("/admin/booking/faults/").content.decode()
    page = client.get(f"/admin/booking/cases/inspect/{fault.case_id}/").content.decode()
    assert f"/admin/booking/faults/act/{fault.pk}/mended/" in page
    assert f"/admin/booking/closures/new/?resource={town.room.pk}" in page
    photo = client.get(f"/admin/booking/faults/photo/{fault.pk}/")
    assert photo["Content-Disposition"].startswith("attachment")
    assert photo["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/admin/booking/faults/photo/{other.pk}/").status_code == 404
    client.post(f"/admin/booking/faults/act/{fault.pk}/look/")
    client.post(f"/admin/booking/faults/act/{fault.pk}/mended/", {"back": "list"})
    client.post(f"/admin/booking/faults/act/{other.pk}/not-mended/", {"why": "Rives"})
    assert set(Fault.objects.values_list("state", flat=True)) == {"mended", "not_mended"}
    assert client.post(f"/admin/booking/faults/act/{other.pk}/x/").status_code == 404


@pytest.mark.django_db
def test_another_units_faults_dont_exist(town):
    fault = report(town, photo=jpeg())
    outsider = browser(f.make_officer(f.make_unit("Teknisk")))
    assert fault.case.reference not in outsider.get("/admin/booking/faults/").content.decode()
    assert outsider.post(f"/admin/booking/faults/act/{fault.pk}/mended/").status_code == 404
    assert outsider.get(f"/admin/booking/faults/photo/{fault.pk}/").status_code == 404
    assert outsider.get(f"/admin/booking/resources/wall/{town.room.pk}/").status_code == 404


@pytest.mark.django_db
def test_the_sign_has_a_code_to_scan_and_a_short_address(town):
    client = browser(town.officer)
    address = f"/admin/booking/resources/wall/{town.room.pk}/"
    assert client.get(address).status_code == 200
    assert not WallCode.objects.exists()
    assert client.post(address).status_code == 302
    page = client.get(address).content.decode()
    assert f"/f/{WallCode.objects.get().code}/" in page
    assert "<path" in page


@pytest.mark.django_db
def test_the_caretaker_sees_it_and_marks_it_as_mended_by_the_link(town):
    fault, theirs = report(town), services.report_fault(f.make_resource("Fremmed"), kind="light", now=NOW)
    made = make_link(unit=town.unit, building=None, label="Vidar", by=f.make_leader(town.unit), now=NOW)
    client, address = browser(), f"/caretaker/{made.token}/"
    with clock.at(NOW):
        assert "Lampa blinker" in client.get(address).content.decode()
        assert client.post(address, {"mended": theirs.pk}).status_code == 404
        assert client.post(address, {"mended": "x"}).status_code == 404
        assert client.post(address, {"mended": fault.pk}).status_code == 302
        assert client.post(address, {"mended": fault.pk}).status_code == 302
    fault.refresh_from_db()
    theirs.refresh_from_db()
    assert (fault.state, fault.settled_by, theirs.state) == ("mended", None, "received")


@pytest.mark.django_db
def test_the_list_takes_as_many_queries_for_many_as_for_one(town):
    client = browser(town.officer)
    report(town)
    client.get("/admin/booking/faults/")
    with CaptureQueriesContext(connection) as one:
        client.get("/admin/booking/faults/")
    for number in range(12):
        report(town, words=f"Nr. {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/booking/faults/")
    assert len(many) == len(one)
