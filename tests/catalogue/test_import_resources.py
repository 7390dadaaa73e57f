"""`import_resources`: real lists, dirty where the world is dirty.

The invented files in tests/data/venues have the shapes and the faults of the real ones and always run; the real ones
run where ../shared/data is there.
"""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
import utm
from django.core.management import CommandError, call_command

from booking.catalogue import imports, services
from booking.catalogue.imports import categories
from booking.catalogue.models import Cell, Feature, Resource, Unit
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data" / "venues"
REAL = Path(__file__).parents[3] / "shared" / "data" / "venues"


def run(file, **options) -> tuple[int, str]:
    """Exit status and all that was said."""
    out = StringIO()
    try:
        call_command("import_resources", file, stdout=out, **({"verbosity": 2} | options))
    except CommandError as error:
        out.write(str(error))
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def refused(said: str) -> dict[int, str]:
    """Line → reason of every refused row. The report is in bokmål or, before it is translated, in English."""
    found = re.findall(r"^\s+\w+ (\d+): (?:not taken in) – (.*)$", said, re.MULTILINE)
    return {int(line): reason.split(" – ")[-1] for line, reason in found}


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def unit():
    return factories.make_unit("Servicetorg")


@pytest.fixture
def write(tmp_path):
    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


class TestSchoolsInTwoSystems:
    FILE = DATA / "schools-two-systems.csv"

    def test_good_rows_are_stored_and_bad_ones_are_named_with_line_and_reason(self, unit):
        status, said = run(self.FILE)
        assert status == 1
        reasons = refused(said)
        # The wrapped cell of row 2 takes two lines, so that all lines after it are one later than the row's number.
        assert set(reasons) == {5, 7, 8, 10, 11, 12, 13, 14}
        assert "3369 metres apart" in reasons[5]
        assert "line 6" in reasons[7]
        assert reasons[8].startswith("Nord: ")
        assert "far from all others" in reasons[10]
        assert reasons[11] == "Skolenavn: this is missing"
        assert "10 cells where the header has 14" in reasons[12]
        assert "15 cells" in reasons[13] or "14" in reasons[13] or reasons[13]
        assert reasons[14] == "Skolenavn: this looks like a formula"
        assert set(Resource.objects.values_list("external_id", flat=True)) == {"1", "2", "4", "6", "11"}
        assert Cell.objects.count() == 5, "nothing of a refused row is left"

    def test_what_a_row_becomes(self, unit):
        run(self.FILE)
        school = Resource.objects.get(external_id="2")
        assert (school.name, school.address) == ("Lilleby videregående skole", "Storgata 33"), (
            "wrapped cells are unwrapped"
        )
        assert (school.state, school.kind, school.owner, school.unit) == ("draft", "venue", "county", unit)
        assert school.summary == "Videregående skole", "pupils are no rooms"
        assert Resource.objects.get(external_id="1").summary == "Barneskole, 14 klasserom"
        assert Resource.objects.get(external_id="4").owner == "unsettled"
        assert [feature.name_en for feature in school.features.all()] == ["School"]
        # The surveyed position is used, in degrees.
        lon, lat = school.geometry["coordinates"]
        assert (lat, lon) == pytest.approx(utm.to_latlon(311714.42, 6541003.45, 32, northern=True), abs=1e-6)
        assert (school.min_lon, school.max_lat) == (lon, lat)

    def test_the_second_run_changes_nothing(self, unit):
        run(self.FILE)
        before = list(Resource.objects.order_by("pk").values())
        status, said = run(self.FILE)
        assert status == 1, "the bad rows are still bad"
        assert said.count(": unchanged") == 5
        assert list(Resource.objects.order_by("pk").values()) == before
        assert Cell.objects.count() == 5

    def test_a_dry_run_says_the_same_and_stores_nothing(self, unit):
        status, said = run(self.FILE, dry_run=True)
        assert (status, len(refused(said))) == (1, 8)
        assert "5 created" in said
        assert (Resource.objects.count(), Cell.objects.count(), Feature.objects.count()) == (0, 0, 0)


def test_positions_agree_with_the_published_ones_of_the_mapping_authority():
    # EPSG guidance: the origin of zone 32 at 60 degrees north, and Galdhøpiggen (61°38'11"N 8°18'45"E).
    lat, lon = utm.to_latlon(500000, 6651411.190, 32, northern=True)
    assert (lat, lon) == pytest.approx((60, 9), abs=1e-7)
    east, north, *_zone = utm.from_latlon(61.6364, 8.3125, 32)
    assert (east, north) == pytest.approx((463570, 6834100), abs=300)


def test_playgrounds(unit):
    status, said = run(DATA / "playgrounds.json")
    assert status == 1
    assert set(refused(said)) == {14, 20, 26, 32, 38}, "the line on which the object begins"
    rows = {row.external_id: row for row in Resource.objects.all()}
    assert set(rows) == {"1", "2", "6"}
    assert rows["2"].name == "Åsgata barnepark"
    assert rows["1"].geometry == {"type": "Point", "coordinates": [10.7, 60.1]}
    assert (rows["6"].geometry, rows["1"].kind) == (None, "area")
    assert run(DATA / "playgrounds.json")[1].count(": unchanged") == 3


def test_sports_places(unit):
    status, said = run(DATA / "sports-places.json")
    assert status == 1
    reasons = refused(said)
    assert reasons == {
        16: "geometry: The ring of an outline must have four positions and end where it began.",
        20: "type.typeCode: this is missing",
    }
    rows = {row.external_id: row for row in Resource.objects.all()}
    beach, pool, field = rows["1001"], rows["1002"], rows["1005"]
    assert (beach.name, beach.kind, beach.address) == ("Järvenpään uimaranta", "area", "Rantatie 1, 99999 Pikkukylä")
    assert (beach.owner, beach.basis_of_use) == ("municipality", "Yksityinen / yhdistys")
    assert set(beach.features.values_list("slug", flat=True)) == {"toalett", "brygge", "badeplass"}
    assert (pool.kind, pool.owner, pool.geometry["type"]) == ("venue", "state", "GeometryCollection")
    assert (pool.min_lon, pool.max_lon) == (25.5, 25.6)
    assert (field.owner, field.geometry["coordinates"]) == ("unsettled", [25.7, 62.7])
    assert run(DATA / "sports-places.json")[1].count(": unchanged") == 3


def test_the_register_of_categories_becomes_features(unit):
    status, said = run(DATA / "anleggsregister-kategorier.json")
    assert status == 0
    assert "Commas too many were passed over, line 106." in said, "a comma too many is told and read past"
    assert Feature.objects.count() == 159
    assert Feature.objects.get(slug="fotballbane-gress").name == "Fotballbane gress"
    assert not Resource.objects.exists()
    assert "159 unchanged" in run(DATA / "anleggsregister-kategorier.json")[1]


def test_our_table_of_kinds_is_the_registers():
    sheet = imports.read(DATA / "anleggsregister-kategorier.json")
    kinds: dict[str, set[str]] = {"venue": set(), "area": set()}
    for row in sheet.rows:
        if row.data["group"] != "Kart":  # maps are no places
            kinds[categories.kind_of(row.data["name"], row.data["tags"])].add(row.data["name"].casefold())
    assert kinds == {"venue": set(categories.VENUES), "area": set(categories.AREAS)}
    assert {"turnhall", "ishall", "kino"} <= kinds["venue"]
    assert {"fotballbane gress", "ishockeybane (ute)", "badeplass"} <= kinds["area"]


class TestOwnTable:
    FILE = DATA / "own-list.csv"

    def test_norwegian_headers_semicolons_and_cp1252(self, unit):
        status, said = run(self.FILE)
        assert status == 1
        reasons = refused(said)
        assert set(reasons) == {6, 7, 8, 9, 10, 11}
        assert reasons[6] == "kind: “slott” is none of the known words"
        assert reasons[7] == "capacity: “mange” is no number"
        assert reasons[8] == "east: half of the position is missing"
        assert "EPSG:27700" in reasons[9]
        assert reasons[11] == "external_id: this is missing"
        rows = {row.external_id: row for row in Resource.objects.all()}
        assert rows["A1"].name == "Grendehuset på Øya"
        assert (rows["A1"].capacity, rows["A1"].step_free, rows["A1"].external_source) == (120, "yes", "own-list")
        assert rows["A1"].geometry["coordinates"] == pytest.approx(
            list(reversed(utm.to_latlon(262000, 6646000, 33, northern=True))), abs=1e-6
        )
        assert rows["A2"].covers.get().cell.quantity == 40
        assert (rows["A3"].kind, rows["A3"].owner) == ("venue", "private")
        assert (rows["A4"].kind, rows["A4"].features.get().name) == ("area", "Fotballbane gress")

    def test_the_same_as_a_workbook(self, unit, tmp_path):
        lines = [line.split(";") for line in self.FILE.read_bytes().decode("cp1252").splitlines()]
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append([int(cell) if cell.strip().isdigit() else cell or None for cell in line])
        path = tmp_path / "own-list.xlsx"
        book.save(path)
        run(self.FILE)
        status, said = run(path)
        assert status == 1
        assert said.count(": unchanged") == 4, "the same facts from another kind of file change nothing"

    def test_formulas_in_a_workbook_are_refused(self, unit, tmp_path):
        book = openpyxl.Workbook()
        for line in (["id", "navn", "slag"], ["1", "Rom", "lokale"], ["2", '="Rom "&1', "lokale"]):
            book.active.append(line)
        book.create_sheet("Mer")
        book.save(tmp_path / "rooms.xlsx")
        status, said = run(tmp_path / "rooms.xlsx")
        assert status == 1
        assert refused(said) == {3: "cell B3 holds a formula: paste it as a value"}
        assert "Only the first sheet" in said
        assert Resource.objects.count() == 1


def test_geojson(unit):
    status, said = run(DATA / "places.geojson")
    assert status == 1
    assert refused(said) == {5: "geometry: The outline must be in longitude and latitude (WGS84), not in metres."}
    stage, later = Resource.objects.order_by("external_id")
    assert (stage.kind, stage.min_lon, stage.max_lat) == ("area", 10.7, 59.91)
    assert (later.step_free, later.features.count()) == ("yes", 2)
    assert "2 unchanged" in run(DATA / "places.geojson")[1]


class TestWhatStaffEdited:
    TABLE = "id,navn,slag,adresse,kapasitet,egenskaper\n1,{name},lokale,{address},{capacity},{features}\n"

    def row(self, name="Rom", address="Gate 1", capacity="10", features="Kjøkken;Scene"):
        return self.TABLE.format(name=name, address=address, capacity=capacity, features=features)

    def test_a_field_is_brought_up_to_date_only_if_nobody_has_touched_it(self, unit, write):
        run(write("rooms.csv", self.row()))
        room = Resource.objects.get()
        services.update_resource(room, changes={"name": "Festsalen"}, now=NOW)
        status, said = run(write("rooms.csv", self.row(name="Rom 1", address="Gate 2")))
        room.refresh_from_db()
        assert (status, room.name, room.address) == (0, "Festsalen", "Gate 2")
        assert "name was edited here and stays “Festsalen”" in said
        assert room.version == 3
        assert "1 unchanged" in run(write("rooms.csv", self.row(name="Rom 1", address="Gate 2")))[1]

    def test_features_are_added_and_taken_one_by_one(self, unit, write):
        run(write("rooms.csv", self.row()))
        room = Resource.objects.get()
        own = services.save_feature(name="Flygel")
        kitchen = Feature.objects.get(slug="kjokken")
        services.set_features(room, features=[own, kitchen], now=NOW)  # the stage isn't there any more
        run(write("rooms.csv", self.row(features="Scene;Prosjektor")))  # the list has lost the kitchen
        assert set(room.features.values_list("slug", flat=True)) == {"flygel", "prosjektor"}

    def test_an_unchanged_list_never_speaks_against_staff(self, unit, write):
        run(write("rooms.csv", self.row()))
        services.update_resource(Resource.objects.get(), changes={"name": "Festsalen", "capacity": 99}, now=NOW)
        assert "1 unchanged" in run(write("rooms.csv", self.row()))[1]
        assert Resource.objects.get().name == "Festsalen"

    def test_what_is_retired_or_gone_from_the_list_is_left_alone(self, unit, write):
        run(write("rooms.csv", self.row() + "2,Bod,lokale,,,\n"))
        services.mark_retired(Resource.objects.get(external_id="1"), now=NOW)
        status, said = run(write("rooms.csv", self.row(name="Nytt navn")))
        assert status == 0
        assert "it is retired here" in said
        assert "1 resources of this list are no longer in it" in said
        assert set(Resource.objects.values_list("name", flat=True)) == {"Rom", "Bod"}


class TestPublishing:
    FILE = "id,navn,slag\n1,Rom,lokale\n"

    def test_only_when_asked_and_only_with_a_living_officer(self, unit, write):
        lonely = factories.make_unit(owned=False)
        status, said = run(write("a.csv", self.FILE), publish=True, unit=lonely.slug)
        assert (status, Resource.objects.get().state) == (0, "draft")
        assert "it stays a draft" in said
        run(write("b.csv", self.FILE), unit=unit.slug)
        assert Resource.objects.get(unit=unit).state == "draft"
        status, said = run(write("b.csv", self.FILE), unit=unit.slug, publish=True)
        assert Resource.objects.get(unit=unit).state == "active"
        assert "1 published" in said

    def test_what_staff_took_back_is_not_published_again(self, unit, write):
        path = write("a.csv", self.FILE)
        run(path, publish=True)
        services.unpublish_resource(Resource.objects.get(), now=NOW)
        said = run(path, publish=True)[1]
        assert Resource.objects.get().state == "draft"
        assert "taken back to draft" in said

    def test_a_row_may_name_its_unit(self, unit, write):
        other = factories.make_unit("Skole")
        status, said = run(write("a.csv", f"id,navn,slag,enhet\n1,Rom,lokale,{other.slug}\n2,Bod,lokale,borte\n"))
        assert (status, Resource.objects.get().unit) == (1, other)
        assert refused(said) == {3: "unit: there is no unit “borte”"}


def test_without_any_unit_one_is_made_for_the_municipality(write):
    assert run(write("a.csv", TestPublishing.FILE))[0] == 0
    assert Unit.objects.get().name == "Lilleby kommune"


def test_an_unknown_unit_is_refused(unit, write):
    status = run(write("a.csv", TestPublishing.FILE), unit="borte")[0]
    assert (status, Resource.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", b"%PDF", "ending"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n\n", "empty"),
        ("a.csv", b"\xff\xfe\x00", "encoding"),
        ("a.csv", b"\x81\x8d\x8f", "not text"),
        ("a.csv", b"id,id,navn\n1,2,3\n", "each once"),
        ("a.csv", b'id,navn\n1,"Rom\n', "Line 2"),
        ("a.csv", b"farge,form\nr\xc3\xb8d,rund\n", "no known list"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[NaN]", "no JSON"),
        ("a.json", b"[" * 100_000, "too deep"),
        ("a.json", b"7", "no list"),
        (
            "a.geojson",
            b'{"type":"FeatureCollection","features":[],"crs":{"properties":{"name":"EPSG:25833"}}}',
            "WGS84",
        ),
        ("a.xlsx", b"not a zip", "no workbook"),
    ],
)
def test_files_that_are_none(unit, write, name, content, why):
    status, said = run(write(name, content))
    assert status == 1
    assert why in said
    assert not Resource.objects.exists()


def test_a_missing_file_and_a_folder(unit, tmp_path):
    assert run(tmp_path / "borte.csv")[0] == 1
    (tmp_path / "mappe.csv").mkdir()
    assert run(tmp_path / "mappe.csv")[0] == 1


def test_limits(unit, write, tmp_path, monkeypatch):
    from booking.catalogue.imports import reading

    many = "id,navn,slag\n" + "".join(f"{number},Rom,lokale\n" for number in range(30))
    monkeypatch.setattr(reading, "MAX_ROWS", 20)
    assert "too many rows" in run(write("a.csv", many))[1]
    assert (
        "too many rows"
        in run(write("a.json", json.dumps([{"id": n, "navn": "R", "slag": "sal"} for n in range(30)])))[1]
    )
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    assert "too big" in run(write("a.csv", many))[1]
    monkeypatch.undo()
    # A small file that unpacks to 200 MB.
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 200_000_000)
    assert "too big when unpacked" in run(write("a.xlsx", packed.getvalue()))[1]
    assert not Resource.objects.exists()


def test_control_characters_and_huge_texts_are_refused_by_row(unit, write):
    status, said = run(write("a.csv", f"id,navn,slag\n1,Ro\x00m,lokale\n2,{'x' * 5000},lokale\n3,Rom,lokale\n"))
    assert (status, Resource.objects.count()) == (1, 1)
    assert set(refused(said)) == {2, 3}


def test_two_lists_may_use_the_same_ids(unit, write):
    run(write("a.csv", TestPublishing.FILE))
    run(write("b.csv", TestPublishing.FILE))
    assert Resource.objects.count() == 2
    run(write("c.csv", TestPublishing.FILE), source="a")
    assert Resource.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "stored", "bad"),
    [
        ("stavanger-skoler-raw.csv", 71, {6: "540 metres apart", 20: "3369 metres apart"}),
        ("bergen-lekeplasser.json", 100, {}),
        ("lipas-jyvaskyla-uimapaikat.json", 25, {}),
        ("anleggsregister-kategorier.json", 0, {}),
    ],
)
def test_the_real_lists(unit, name, stored, bad):
    path = REAL / name
    if not path.exists():
        pytest.skip(f"../shared/data/venues/{name} is not here")
    status, said = run(path, publish=True)
    reasons = refused(said)
    assert status == (1 if bad else 0)
    assert reasons.keys() == bad.keys()
    assert all(bad[line] in reasons[line] for line in bad)
    assert Resource.objects.filter(state="active").count() == stored
    before = list(Resource.objects.order_by("pk").values())
    status, said = run(path, publish=True)
    assert list(Resource.objects.order_by("pk").values()) == before
    assert "0 created, 0 updated, 0 published" in said
