"""A list of hours taken in once (`import_lines`): lists, timetables, calendars; each row whole or not at all, the
second time nothing (api.md "Commands", feeds.md "Calendars in", needs N1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import Workbook

from booking.calendars.incoming.models import ImportedLine
from booking.cases.models import Case, CaseKind, CaseState, Decision, Line
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.models import Occupancy
from tests.calendars.incoming.texts import calendar, event
from tests.calendars.incoming.world import granted
from tests.factories import NOW, make_organisation, make_resource, make_stock, make_unit

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "calendars"
OWN = Path(__file__).resolve().parents[2] / "data" / "calendars"


@pytest.fixture
def town():
    unit = make_unit("Kultur")
    hall = make_resource("Storsalen", unit=unit, slug="storsalen")
    club = make_organisation("Lilleby korps", slug="korps", leader=True)
    return unit, hall, club


def run(path: Path, *options: str) -> str:
    """What the command says; ends with "REFUSED" when its exit status is not 0."""
    out = StringIO()
    with clock.at(NOW), translation.override("en"):
        try:
            call_command("import_lines", str(path), *options, stdout=out, no_color=True)
        except CommandError as error:
            out.write(f"{error} REFUSED")
    return out.getvalue()


def write(folder: Path, text: str, name: str = "timer.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def walls() -> list[tuple[str, str]]:
    tz = clock.zone("Europe/Oslo")
    return [
        (f"{clock.local(one.start, tz):%Y-%m-%d %H:%M}", f"{clock.local(one.end, tz):%H:%M}")
        for one in Line.objects.order_by("start", "pk")
    ]


LIST = """id;Ressurs;Lag;Tittel;Ukedag;Dato;Fra;Til;Fra dato;Til dato;Antall
1;Storsalen;Lilleby korps;Øving;Tirsdag;;17.00;18:30;01.03.2026;2026-04-14;
2;storsalen;KORPS;Konsert;;24.4.2026;kl. 18;2100;;;
"""


def test_a_list_of_weekly_times_and_dates_becomes_granted_lines_of_a_case(town, tmp_path):
    _unit, hall, club = town
    said = run(write(tmp_path, LIST, encoding="cp1252"))
    assert "REFUSED" not in said
    assert "2 taken in, 0 unchanged, 0 passed already, 0 not taken in" in said
    # Across the switch to summer time it stays at five.
    assert walls() == [
        *((f"2026-{day}", "18:30") for day in ("03-03 17:00", "03-10 17:00", "03-17 17:00", "03-24 17:00",
                                               "03-31 17:00", "04-07 17:00", "04-14 17:00")),
        ("2026-04-24 18:00", "21:00"),
    ]  # fmt: skip
    weekly, concert = Case.objects.order_by("pk")
    assert {weekly.kind, concert.kind} == {CaseKind.IMPORT}
    assert (weekly.state, weekly.organisation, weekly.title) == (CaseState.GRANTED, club, "Øving")
    assert weekly.series.get().rrule == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260414"
    assert weekly.requester == club.memberships.get().user
    assert set(Decision.objects.values_list("legal_basis", flat=True)) == {"import"}
    assert Occupancy.objects.filter(resource=hall, klass="claim", label="").count() == 8
    assert not OutboxMessage.objects.exists()  # nobody asked, so nobody is answered


def test_the_second_time_nothing_changes_and_a_row_that_says_something_else_is_told(town, tmp_path):
    path = write(tmp_path, LIST)
    run(path)
    assert "0 taken in, 2 unchanged" in run(path)
    assert Line.objects.count() == 8
    said = run(write(tmp_path, LIST.replace("kl. 18", "19:00")))
    assert "it was taken in before and says something else now: change it in case" in said
    assert "REFUSED" in said
    assert Line.objects.count() == 8


def test_a_dry_run_tells_the_same_and_stores_nothing(town, tmp_path):
    said = run(write(tmp_path, LIST), "--dry-run")
    assert "2 taken in" in said
    assert "A dry run: nothing was stored." in said
    assert not Case.objects.exists()
    assert not Occupancy.objects.exists()


def test_a_row_whose_time_somebody_else_has_is_refused_whole_and_names_the_dates(town, tmp_path):
    _unit, hall, _club = town
    granted(hall, datetime(2026, 3, 17, 16, tzinfo=UTC), datetime(2026, 3, 17, 17, tzinfo=UTC))
    said = run(write(tmp_path, LIST))
    assert "line 2: not taken in" in said
    assert "somebody else has it then: Tue 17 Mar" in said or "somebody else has it then" in said
    assert "1 taken in, 0 unchanged, 0 passed already, 1 not taken in" in said
    assert "REFUSED" in said
    assert Case.objects.filter(title="Øving").count() == 0
    assert ImportedLine.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1;Nordsalen;korps;;Tirsdag;;17:00;18:00;2026-03-01;2026-04-01;", "there is no place “Nordsalen”"),
        ("1;;korps;;Tirsdag;;17:00;18:00;2026-03-01;2026-04-01;", "no place is named"),
        ("1;Storsalen;Ukjent;;Tirsdag;;17:00;18:00;2026-03-01;2026-04-01;", "there is no organisation “Ukjent”"),
        ("1;Storsalen;;;Tirsdag;;17:00;18:00;2026-03-01;2026-04-01;", "no organisation is named"),
        ("1;Storsalen;korps;;Tirsdag;;;18:00;2026-03-01;2026-04-01;", "from: “” is not a time"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;25:00;2026-03-01;2026-04-01;", "to: “25:00” is not a time"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;17:00;2026-03-01;2026-04-01;", "it ends before it begins"),
        ("1;Storsalen;korps;;Bursdag;;17:00;18:00;2026-03-01;2026-04-01;", "“Bursdag” is not a weekday"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;18:00;;;", "a weekly time needs its first and last day"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;18:00;2026-04-01;2026-03-01;", "the last day comes before the first"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;18:00;2026-03-01;2046-03-01;", "too many dates"),
        ("1;Storsalen;korps;;Tirsdag;;17:00;18:00;2026-03-04;2026-03-05;", "there is no such weekday"),
        ("1;Storsalen;korps;;;31.02.2026;17:00;18:00;;;", "“31.02.2026” is not a date"),
        ("1;Storsalen;korps;;;24.4.2026;17:00;18:00;;;mange", "“mange” is not a number of things"),
        ("1;Storsalen;korps;;;24.4.2026;17:00;18:00;;;2", "somebody else has it then"),
        ("1;Storsalen;korps;" + "x" * 151 + ";;24.4.2026;17:00;18:00;;;", "a text is too long"),
        ("1;Storsalen;korps;;24.4.2026;17:00", "cells where the header has"),
    ],
)
def test_a_row_that_can_t_be_is_refused_with_its_line_and_nothing_of_it_is_stored(town, tmp_path, row, why):
    said = run(write(tmp_path, LIST.splitlines()[0] + "\n" + row + "\n"))
    assert "line 2: not taken in" in said
    assert why in said
    assert "REFUSED" in said
    assert not Case.objects.exists()


def test_the_same_id_twice_and_two_places_of_one_name_are_told(town, tmp_path):
    unit, _hall, _club = town
    make_resource("Storsalen", unit=unit)
    row = "{};{};korps;;;24.4.2026;17:00;18:00;;;\n"
    text = LIST.splitlines()[0] + "\n" + row.format(1, "storsalen") + row.format(1, "x") + row.format(2, "Storsalen ")
    said = run(write(tmp_path, text))
    assert "“1” stands in line 2 already" in said
    # The slug is found before the name.
    assert "1 taken in" in said
    assert "somebody else has it then" in said


def test_what_has_passed_is_passed_over_and_of_a_series_only_what_is_to_come_is_taken(town, tmp_path):
    head = LIST.splitlines()[0] + "\n"
    rows = (
        "1;Storsalen;korps;;;24.2.2026;17:00;18:00;;;\n2;Storsalen;korps;;Tirsdag;;17:00;18:00;2026-02-01;2026-03-10;\n"
    )
    said = run(write(tmp_path, head + rows))
    assert "1 taken in, 0 unchanged, 1 passed already" in said
    assert "4 dates have passed" in said
    assert walls() == [("2026-03-03 17:00", "18:00"), ("2026-03-10 17:00", "18:00")]


def test_over_midnight_and_moments_with_a_zone_and_without(town, tmp_path):
    rows = """Lokale,Lag,start,end
storsalen,korps,2026-04-01T20:00,2026-04-02T01:00
storsalen,korps,2026-04-03T20:00:00+00:00,2026-04-03T21:00:00+00:00
storsalen,korps,2026-04-05T20:00,2026-04-05T21:00:00+00:00
"""
    said = run(write(tmp_path, rows))
    assert "line 4: not taken in" in said
    assert walls() == [("2026-04-01 20:00", "01:00"), ("2026-04-03 22:00", "23:00")]


def timetable(folder: Path) -> Path:
    book = Workbook()
    sheet = book.active
    sheet.append(["Tid", "Mandag", "Tirsdag", "Onsdag"])
    sheet.append(["17:00-18:30", "Lilleby korps", None, "Lilleby IL: håndball"])
    sheet.append(["18.30 – 20.00", None, "–", "Ukjent lag"])
    path = folder / "halltider 2026.xlsx"
    book.save(path)
    return path


def test_a_timetable_of_weekdays_and_times_is_read_cell_by_cell(town, tmp_path):
    _unit, _hall, club = town
    sports = make_organisation("Lilleby IL")
    days = ("--resource", "storsalen", "--from", "2026-03-02", "--until", "2026-03-15")
    said = run(timetable(tmp_path), *days)
    assert "read as “timetable”" in said
    assert "there is no organisation “Ukjent lag”" in said
    assert "2 taken in, 0 unchanged, 0 passed already, 1 not taken in" in said
    assert [case.organisation for case in Case.objects.order_by("organisation__name")] == [sports, club]
    assert Case.objects.get(organisation=sports).title == "håndball"
    assert len(walls()) == 4
    assert "0 taken in, 2 unchanged" in run(timetable(tmp_path), *days)
    assert "a weekly time needs its first and last day" in run(timetable(tmp_path), "--resource", "storsalen")


def test_cells_of_a_workbook_that_are_dates_and_times_are_read_as_such(town, tmp_path):
    book = Workbook()
    book.active.append(["Sted", "Organisasjon", "Dato", "Start", "Slutt"])
    book.active.append(["Storsalen", "korps", date(2026, 4, 24), time(17), time(18, 30)])
    book.active.append(["Storsalen", "korps", date(2026, 4, 25), "=1+1", time(18, 30)])
    path = tmp_path / "liste.xlsx"
    book.save(path)
    said = run(path)
    assert "cell D3 holds a formula" in said
    assert walls() == [("2026-04-24 17:00", "18:30")]


def test_a_calendar_gives_one_row_for_each_event_with_all_its_dates(town, tmp_path):
    zone = "TZID=Europe/Oslo:"
    path = tmp_path / "korps.ics"
    path.write_bytes(
        calendar(
            event("a", f"{zone}20260303T170000", f"{zone}20260303T183000", "RRULE:FREQ=WEEKLY;COUNT=5",
                  "SUMMARY:Lilleby korps", "LOCATION:Storsalen"),
            event("b", "20260401", "20260402", "SUMMARY:Fri", "TRANSP:TRANSPARENT"),
            event("c", "20260401T100000Z", "20260401T100000Z", "SUMMARY:Tom"),
        )
    )  # fmt: skip
    said = run(path)
    assert "1 events take no time" in said
    assert "Tom: it ends before it begins" in said
    assert "line 1: 5 × taken in" in said
    assert len(walls()) == 5
    assert "0 taken in, 1 unchanged" in run(path)
    assert "there is no organisation" in run(path, "--source", "another", "--organisation", "nobody")


def test_of_a_counted_thing_so_many_are_taken(town, tmp_path):
    chairs = make_stock("Stoler", 40, slug="stoler")
    rows = "Ressurs;Lag;Dato;Fra;Til;Antall\nstoler;korps;24.4.2026;17;18;30\nstoler;korps;24.4.2026;17;18;11\n"
    said = run(write(tmp_path, rows))
    assert "1 taken in, 0 unchanged, 0 passed already, 1 not taken in" in said
    assert Occupancy.objects.get(resource=chairs).quantity == 30


def test_a_public_title_is_shown_only_when_it_is_asked_for(town, tmp_path):
    run(write(tmp_path, LIST), "--title-public")
    assert set(Occupancy.objects.values_list("label", flat=True)) == {"Øving", "Konsert"}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.csv", b"navn;alder\nx;1\n", "No known columns"),
        ("a.ics", b"<html>", "This is a web page"),
        ("a.json", b'[{"a": 1}]', "This is no table of hours"),
        ("a.pdf", b"%PDF", "The ending"),
        ("a.xlsx", b"no workbook", "This is no workbook"),
        ("missing.ics", None, "can't be opened"),
    ],
)
def test_a_file_that_can_t_be_read_is_refused_whole(tmp_path, name, content, why):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    said = run(path)
    assert why in said
    assert "REFUSED" in said


@pytest.mark.parametrize("folder", [OWN, REAL], ids=["invented", "real"])
def test_files_of_school_days_and_holidays_are_told_where_they_belong(town, folder):
    days = next(
        (folder / name for name in ("school-days.csv", "stavanger-skolerute-2016-17.csv") if (folder / name).exists()),
        None,
    )
    holidays = next(
        (folder / name for name in ("school-holidays.ics", "ferien-bayern.ics") if (folder / name).exists()), None
    )
    if days is None or holidays is None:
        pytest.skip(f"{folder} may not be committed and isn't here")
    assert "Take it in under “Calendars of others”" in run(days)
    # Holidays take no time: nothing to take in, and nothing wrong.
    assert "0 taken in, 0 unchanged, 0 passed already, 0 not taken in" in run(holidays)
