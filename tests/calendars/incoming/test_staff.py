"""Calendars of others in the CMS admin: adding, trying, the report in words, what waits, units apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.calendars.incoming import services
from booking.calendars.incoming.models import CalendarSource, ImportedBlock
from booking.cases.models import Case
from booking.foundation import clock
from tests.calendars.incoming.servers import Served
from tests.calendars.incoming.texts import calendar, event
from tests.calendars.incoming.world import desk_of, granted, subscribed
from tests.factories import make_officer, make_organisation, make_resource, make_unit

pytestmark = pytest.mark.django_db

YEAR = clock.now().year + 1
SOON = (f"{YEAR}0310T090000Z", f"{YEAR}0310T110000Z")


def url(name: str, *args: Any) -> str:
    return reverse(f"booking_calendars_in:{name}", args=args)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def form(room: Any, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Skolens kalender", "unit": str(room.unit_id), "url": "", "mode": "block", "resources": [str(room.pk)],
    } | fields  # fmt: skip


def test_an_officer_tries_an_address_and_reads_what_would_come_before_anything_is_stored(server: Served):
    room = make_resource()
    desk = desk_of(room.unit.officer)
    raw = calendar(event("a", *SOON), event("b", SOON[0], SOON[0], "SUMMARY:Ingen tid"))
    answer = desk.post(url("add"), form(room, url=server.give(raw), **{"try": "yes"}))
    assert "The calendar can be read." in text(answer)
    assert "1 time within the next year and a half." in text(answer)
    assert "Ingen tid: it ends before it begins, or at the same moment" in text(answer)
    assert 'value="Skolens kalender"' in text(answer)  # what was typed stays
    server.give(b"<html>Sign in</html>")
    answer = desk.post(url("add"), form(room, url=server.url(), **{"try": "yes"}))
    assert "This is a web page, not a calendar." in text(answer)
    assert not CalendarSource.objects.exists()


def test_an_officer_adds_one_looks_at_it_now_and_reads_the_report(server: Served):
    room = make_resource()
    desk = desk_of(room.unit.officer)
    answer = desk.post(url("add"), form(room, url=server.give(calendar(event("a", *SOON)))), follow=True)
    source = CalendarSource.objects.get()
    assert answer.redirect_chain[-1][0] == url("inspect", source.pk)
    assert "Not looked at yet" in text(answer)
    answer = desk.post(url("look", source.pk), follow=True)
    assert "1 time is taken." in text(answer)
    assert "In order" in text(answer)
    server.give(b"no", status=503)
    answer = desk.post(url("look", source.pk), follow=True)
    assert "The server answered with an error (503)." in text(answer)
    assert "It holds until a new one can be read." in text(answer)


def test_a_file_instead_of_an_address_and_a_new_one_later():
    room = make_resource()
    desk = desk_of(room.unit.officer)
    answer = desk.post(url("add"), form(room), follow=True)
    assert answer.status_code == 400
    assert "Give an address or a file." in text(answer)
    file = SimpleUploadedFile("skole.ics", calendar(event("a", *SOON)))
    answer = desk.post(url("add"), form(room, file=file), follow=True)
    assert "1 time is taken." in text(answer)
    source = CalendarSource.objects.get()
    # Its words can be changed without giving the file again.
    assert desk.post(url("change", source.pk), form(room, name="Barneskolen")).status_code == 302
    again = SimpleUploadedFile("skole.ics", b"<html>")
    answer = desk.post(url("change", source.pk), form(room, name="Barneskolen", file=again), follow=True)
    assert "This is a web page" in text(answer)
    source.refresh_from_db()
    assert (source.name, ImportedBlock.objects.count()) == ("Barneskolen", 1)


def test_what_meets_granted_time_stands_on_the_page_and_the_front_page_until_it_is_settled(server: Served):
    room = make_resource()
    now = clock.now()
    begins = now.replace(minute=0, second=0, microsecond=0) + services.timedelta(days=30)
    line = granted(room, begins, begins + services.timedelta(hours=1))
    stamps = [f"{moment:%Y%m%dT%H%M%SZ}" for moment in (begins, begins + services.timedelta(hours=3))]
    source = subscribed(room, server.give(calendar(event("a", *stamps))))
    services.look(source, now=now)
    desk = desk_of(room.unit.officer)
    page = text(desk.get(url("inspect", source.pk)))
    assert page.count("1 time meets granted time") == 2  # how it stands, and the list
    assert line.case.reference in page
    assert "1 time meets granted time" in text(desk.get(reverse("wagtailadmin_home")))
    block = ImportedBlock.objects.get()
    assert "It is settled: the granted time stays." in text(desk.post(url("settle", source.pk, block.pk), follow=True))
    assert "Calendars of others</h2>" not in text(desk.get(reverse("wagtailadmin_home")))


def test_a_copy_that_waits_is_taken_or_refused_with_a_button(server: Served):
    room = make_resource()
    days = [event(f"n{day}", f"{YEAR}04{day:02}T080000Z", f"{YEAR}04{day:02}T090000Z") for day in range(1, 7)]
    source = subscribed(room, server.give(calendar(*days)))
    services.look(source, now=clock.now())
    server.give(calendar(days[0]))
    desk = desk_of(room.unit.officer)
    page = text(desk.post(url("look", source.pk), follow=True))
    assert "A new copy has come with 1 coming times instead of 6." in page
    assert "It waits for your yes." in page
    assert "What stood there stays." in text(desk.post(url("refuse", source.pk), follow=True))
    server.give(calendar(days[1]))
    desk.post(url("look", source.pk))
    desk.post(url("take", source.pk))
    assert ImportedBlock.objects.count() == 1
    assert "No copy waits." in text(desk.post(url("take", source.pk), follow=True))


def test_an_officer_can_name_neither_things_nor_units_of_others_and_keeps_what_they_can_t_see():
    room, theirs = make_resource("Vårt"), make_resource("Deres")
    desk = desk_of(room.unit.officer)
    answer = desk.post(url("add"), form(room, url="https://example.org/a.ics", resources=[str(theirs.pk)]))
    assert answer.status_code == 400
    answer = desk.post(url("add"), form(room, url="https://example.org/a.ics", unit=str(theirs.unit_id)))
    assert answer.status_code == 400
    source = subscribed(room, resources=[room, theirs])
    assert desk.post(url("change", source.pk), form(room, url=source.url, name="Ny")).status_code == 302
    assert set(source.resources.all()) == {room, theirs}


def test_stopping_and_starting_and_a_calendar_without_an_address():
    room = make_resource()
    source = subscribed(room, "")
    desk = desk_of(room.unit.officer)
    assert "It has no address." in text(desk.post(url("look", source.pk), follow=True))
    assert "Stopped" in text(desk.post(url("stop", source.pk), follow=True))
    assert "It is looked at again." in text(desk.post(url("start", source.pk), follow=True))


def test_a_caretaker_sees_the_page_and_gets_no_buttons():
    unit = make_unit()
    room = make_resource(unit=unit)
    source = subscribed(room)
    desk = desk_of(make_officer(unit, "Vidar", role="caretaker"))
    page = text(desk.get(url("inspect", source.pk)))
    assert "Look at it now" not in page
    assert desk.post(url("stop", source.pk)).status_code in (302, 403)
    source.refresh_from_db()
    assert source.active


def test_the_list_tells_how_each_stands_with_a_constant_number_of_queries():
    unit = make_unit()
    desk = desk_of(unit.officer)
    assert "Your units take in no calendars yet" in text(desk.get(url("index")))
    counts = []
    for number in (1, 6):
        for _time in range(number):
            subscribed(make_resource(unit=unit))
        subscribed(make_resource())  # another unit's
        with CaptureQueriesContext(connection) as queries:
            page = text(desk.get(url("index")))
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1
    assert page.count("Not looked at yet") == 7


# --- a list of hours --------------------------------------------------------------------------------------------------


def test_a_list_of_hours_is_previewed_row_by_row_and_then_taken_in_without_giving_the_file_again():
    room = make_resource("Storsalen", slug="storsalen")
    theirs = make_resource("Nabosalen", slug="nabosalen")
    club = make_organisation("Korpset", slug="korps")
    rows = f"Ressurs;Lag;Dato;Fra;Til\nstorsalen;korps;24.4.{YEAR};17;18\nnabosalen;korps;24.4.{YEAR};17;18\n"
    desk = desk_of(room.unit.officer)
    answer = desk.post(url("lines"), {"file": SimpleUploadedFile("timer.csv", rows.encode())})
    page = text(answer)
    assert "This is what would happen; nothing is stored yet" in page
    assert "1 row fits." in page
    # Another unit's place is as if it weren't there.
    assert "there is no place “nabosalen”" in page
    assert not Case.objects.exists()
    form = answer.context["form"]
    kept = {"name": form["name"].value(), "content": form["content"].value()}
    page = text(desk.post(url("lines"), kept | {"take": "yes"}))
    assert "1 row is taken in. 1 row is not." in page
    case = Case.objects.get()
    assert (case.organisation, case.lines.get().resource) == (club, room)
    assert reverse("booking_cases:inspect", args=[case.pk]) in page
    assert not theirs.covers.get().cell.covers.filter(resource=room).exists()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "Give a file."),
        ({"file": SimpleUploadedFile("a.pdf", b"%PDF")}, "Give a file that ends in"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * 1_000_001)}, "The file is too big"),
        ({"file": SimpleUploadedFile("a.ics", b"<html>")}, "This is a web page"),
        ({"name": "a.csv", "content": "not base64!"}, "Give a file."),
    ],
)
def test_a_file_of_hours_that_can_t_be_read_is_told_at_its_field(data, why):
    desk = desk_of(make_resource().unit.officer)
    answer = desk.post(url("lines"), data)
    assert answer.status_code == 400
    assert why in text(answer)
