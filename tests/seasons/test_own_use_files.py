"""The municipality's own hours out of files, and out of what stands in the calendars without any organisation."""

from __future__ import annotations

import io
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from openpyxl import Workbook

from booking.cases.models import Case, Line, LineState
from booking.catalogue.imports.reading import FileRefused
from booking.foundation import clock
from booking.occupancy.services import Take, take
from booking.seasons import own_use_files
from booking.seasons.models import OwnUse
from booking.seasons.own_use_files import FoundUse
from booking.seasons.selectors.offering import own_use_suggestions
from tests.factories import NOW
from tests.seasons.test_staff import browser, url
from tests.seasons.world import TODAY, Valley, at

OSLO = ZoneInfo("Europe/Oslo")
PLACES = {1: "Lillebyhallen", 2: "Gymsalen, Lilleby skole"}


def read(name: str, raw: bytes | str, usual: int | None = None) -> own_use_files.OwnUseFile:
    return own_use_files.read(
        name, raw.encode() if isinstance(raw, str) else raw, places=PLACES, usual=usual,
        season_start=date(2026, 8, 31), today=date(2026, 3, 2), tz=OSLO,
    )  # fmt: skip


def test_a_table_is_read_by_its_columns_in_any_order_and_language() -> None:
    found = read(
        "egen.csv",
        "Hva;Ukedag;Fra;Til;Sted\nKulturskolen;tirsdag;16:00;17.30;lillebyhallen\nSkolen;Fri;8;14;\n", usual=2
    )  # fmt: skip
    assert found.uses == [
        FoundUse(1, 1, 960, 1050, "Kulturskolen"), FoundUse(2, 4, 480, 840, "Skolen"),
    ]  # fmt: skip
    assert found.faults == []


def test_each_row_that_cant_be_read_is_told_with_its_line_and_the_others_come() -> None:
    found = read(
        "egen.csv",
        "place,weekday,hours,for what\nLillebyhallen,fredag,16-18,SFO\nLillebyhallen,helg,16-18,\n"
        "Lillebyhallen,mandag,18-16,\nSvømmehallen,onsdag,kl. 9-10,Svømming\nLillebyhallen,mandag\n",
    )
    assert [(one.place, one.weekday) for one in found.uses] == [(1, 4), (None, 2)]
    assert [line for line, _why in found.faults] == [3, 4, 5, 6]
    assert "helg" in found.faults[0][1]
    assert "Svømmehallen" in found.faults[2][1]


def test_a_workbook_with_times_and_a_formula() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    head = ["Sted", "Dag", "Fra", "Til", "Hva"]
    good = ["Gymsalen, Lilleby skole", 3, time(8), time(9, 45), "Kroppsøving"]
    for row in (head, good, ["Lillebyhallen", 1, 0.5, "=A1", "x"]):
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    found = read("egen.xlsx", kept.getvalue())
    assert found.uses == [FoundUse(2, 2, 480, 585, "Kroppsøving")]
    assert [line for line, _why in found.faults] == [3]


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//skolen//NO
BEGIN:VEVENT
UID:1
SUMMARY:Kroppsøving
LOCATION:Lillebyhallen
DTSTART;TZID=Europe/Oslo:20260819T083000
DTEND;TZID=Europe/Oslo:20260819T100000
RRULE:FREQ=WEEKLY;BYDAY=WE,TH
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Juleball
DTSTART:20260910T160000Z
DTEND:20260910T200000Z
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Planleggingsdag
DTSTART;VALUE=DATE:20260831
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
"""


def test_of_a_calendar_what_comes_every_week_is_read_on_the_wall_clock() -> None:
    found = read("skole.ics", CALENDAR.replace("\n", "\r\n"))
    assert found.uses == [
        FoundUse(1, 2, 510, 600, "Kroppsøving"), FoundUse(1, 3, 510, 600, "Kroppsøving"),
    ]  # fmt: skip
    assert len(found.faults) == 1
    assert "Juleball" in found.faults[0][1]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("tom.csv", b""),
        ("uten.csv", b"navn,alder\nPer,12\n"),
        ("bilde.png", b"\x89PNG"),
        ("ikke.xlsx", b"PK\x03\x04 nei"),
        ("ikke.ics", b"hei"),
        ("tom.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
        ("bombe.ics", CALENDAR.replace("FREQ=WEEKLY;BYDAY=WE,TH", "FREQ=SECONDLY").encode()),
        ("stor.csv", b"a" * (own_use_files.MAX_BYTES + 1)),
        ("rad.csv", b"sted,dag,tid\n" + b"x,man,8-9\n" * (own_use_files.MAX_ROWS + 1)),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(name: str, raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read(name, raw)


def form(**fields: Any) -> dict[str, Any]:
    return {"own-TOTAL_FORMS": "0", "own-INITIAL_FORMS": "0"} | fields


@pytest.mark.django_db
def test_rows_of_a_file_are_looked_at_before_they_are_saved(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    text = "sted,ukedag,fra,til,hva\nLillebyhallen,mandag,16,17,SFO\nStadion,tirsdag,16,17,Friidrett\nx,helg,1,2,\n"
    file = SimpleUploadedFile("egen.csv", text.encode())
    typed = {
        "own-TOTAL_FORMS": "1", "own-0-place": str(valley.gym.pk), "own-0-weekday": "2", "own-0-hours": "10-12",
        "own-0-what": "Skolen",
    }  # fmt: skip
    page = desk.post(url("own_use", made.pk), form(**typed, act="read", file=file))
    assert page.status_code == 200
    assert not OwnUse.objects.exists()
    count, faults = page.context["from_file"]
    assert count == 2
    assert [line for line, _why in faults] == [3, 4]
    rows = page.context["rows"]
    assert [row["what"].value() for row in rows] == ["Skolen", "SFO", "Friidrett"]
    assert rows[2].non_field_errors()  # its place has to be chosen
    data = {
        row.add_prefix(name): row[name].value() or "" for row in rows for name in ("place", "weekday", "hours", "what")
    }
    refused = desk.post(url("own_use", made.pk), form(**data | {"own-TOTAL_FORMS": "3"}))
    assert refused.status_code == 400
    data["own-2-place"] = str(valley.gym.pk)
    assert desk.post(url("own_use", made.pk), form(**data | {"own-TOTAL_FORMS": "3"})).status_code == 302
    assert sorted(OwnUse.objects.values_list("what", flat=True)) == ["Friidrett", "SFO", "Skolen"]


@pytest.mark.django_db
def test_a_file_that_cant_be_read_keeps_what_was_typed(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    typed = {"own-TOTAL_FORMS": "1", "own-0-what": "Skolen", "own-0-hours": "10-12"}
    for file in (None, SimpleUploadedFile("x.csv", b""), SimpleUploadedFile("x.exe", b"MZ")):
        page = desk.post(url("own_use", made.pk), form(**typed, act="read", **({"file": file} if file else {})))
        assert page.status_code == 400
        assert 'value="Skolen"' in page.content.decode()
        assert page.context["from_file"][1]


@pytest.mark.django_db
def test_what_a_unit_has_for_itself_is_suggested_without_an_organisation(valley: Valley) -> None:
    made = valley.round("preparing")
    case = Case.objects.create(
        reference="2026-8001", unit=valley.unit, officer=valley.officer, requester=valley.officer,
        requester_hat=f"unit:{valley.unit.slug}", title="Åpen hall", received_at=NOW, revised_at=NOW,
    )  # fmt: skip
    for number in range(5):
        start = at(3 + 7 * number, 16)
        line = Line.objects.create(
            case=case, number=number + 1, resource=valley.gym, start=start, end=start + timedelta(hours=2),
            state=LineState.GRANTED, created_at=NOW, revised_at=NOW,
        )  # fmt: skip
        with transaction.atomic():
            take([Take(valley.gym.pk, line.start, line.end, line.pk)], now=NOW)
    with clock.at(NOW):
        found = own_use_suggestions(made, TODAY)
    assert [(one.resource, one.weekday, one.start, one.end, one.what) for one in found] == [
        (valley.gym.pk, 3, 960, 1080, "Åpen hall")
    ]
