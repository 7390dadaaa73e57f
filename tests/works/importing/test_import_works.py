"""``import_works``: our own GeoJSON and WZDx 4.2, per feature, whole or not at all, known again by its id."""

from __future__ import annotations

import json
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from booking.catalogue.models import Resource, Unit, UnitRole
from booking.foundation.conf import booking_settings
from booking.works.importing import reading
from booking.works.models import Impact, Works, WorksVersion
from tests import factories as f

DATA = Path(__file__).resolve().parents[2] / "data" / "works"
OWN: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "grav-7",
            "geometry": {"type": "LineString", "coordinates": [[10.0, 59.0], [10.001, 59.0]]},
            "properties": {
                "title": "Vannrør over Elvesletta",
                "reason": "Røret lekker.",
                "start": "2026-06-01T07:00:00+02:00",
                "end": "2026-06-05T15:00:00+02:00",
                "impact": "closed",
                "targets": ["elvesletta", {"resource": "bua", "impact": "access_limited"}],
                "periods": [
                    {"start": "2026-06-01T07:00:00+02:00", "end": "2026-06-03T15:00:00+02:00"},
                    {"start": "2026-06-04", "end": "2026-06-05", "kind": "restoring"},
                ],
                "contact": {"name": "Nils-Ante Sara", "phone": "90000000", "email": "nils@example.org"},
                "buffer_m": 50,
                "start_confidence": "certain",
            },
        },
        {
            "type": "Feature",
            "properties": {
                "external_id": 8,
                "title": "Kosting",
                "reason": "Vår",
                "start": "2026-05-04",
                "end": "2026-05-05",
                "impact": "nuisance",
                "urgent": True,
            },
        },
    ],
}


@pytest.fixture
def planner(db) -> Any:
    user = f.make_user("Nils-Ante Sara")
    unit = f.make_unit("Teknisk")
    UnitRole.objects.create(user=user, unit=unit, role="planner")
    Unit.objects.filter(pk=unit.pk).update(slug="teknisk")
    for name in ("Elvesletta", "Bua"):
        Resource.objects.filter(pk=f.make_resource(name, unit=unit).pk).update(slug=name.lower())
    return user


def run(path: Path, *options: str) -> tuple[str, str]:
    out = StringIO()
    try:
        with translation.override("en"):
            call_command("import_works", str(path), *options, stdout=out)
    except CommandError as refused:
        return out.getvalue(), str(refused)
    return out.getvalue(), ""


def write(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "works.geojson"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def changed(number: int = 0, **properties: Any) -> dict[str, Any]:
    data = deepcopy(OWN)
    data["features"][number]["properties"] |= properties
    return data


def test_our_own_format_word_for_word(planner: Any, tmp_path: Path) -> None:
    out, fault = run(write(tmp_path, OWN))
    assert (fault, "2 created" in out) == ("", True)
    works = Works.objects.get(external_id="grav-7")
    version = works.current
    assert (works.owner, works.state, works.external_source) == (planner, "draft", "works")
    assert version.title == "Vannrør over Elvesletta"
    assert version.footprint["type"] == "LineString"
    assert (version.buffer_m, version.start_confidence, version.contact_phone) == (50, "certain", "90000000")
    assert {one.resource.slug: one.impact for one in version.targets.all()} == {
        "elvesletta": "closed",
        "bua": "access_limited",
    }
    assert [one.kind for one in version.periods.all()] == ["work", "restoring"]
    small = Works.objects.get(external_id="8").current
    assert (small.impact, small.haste, small.buffer_m, small.footprint) == ("nuisance", "urgent", 30, None)


def test_the_same_file_again_changes_nothing_and_a_changed_one_rewrites_the_draft(planner: Any, tmp_path: Path) -> None:
    run(write(tmp_path, OWN))
    before = list(WorksVersion.objects.order_by("pk").values())
    out, _fault = run(write(tmp_path, OWN))
    assert "2 unchanged" in out
    assert list(WorksVersion.objects.order_by("pk").values()) == before
    out, fault = run(write(tmp_path, changed(title="Nytt vannrør")))
    assert (fault, "1 updated, 1 unchanged" in out) == ("", True)
    assert Works.objects.get(external_id="grav-7").current.title == "Nytt vannrør"
    assert "2 unchanged" in run(write(tmp_path, changed(title="Nytt vannrør")))[0]
    assert Works.objects.count() == 2


def test_a_dry_run_stores_nothing(planner: Any, tmp_path: Path) -> None:
    out, fault = run(write(tmp_path, OWN), "--dry-run")
    assert (fault, "2 created" in out) == ("", True)
    assert not Works.objects.exists()


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"title": None}, "title"),
        ({"start": "i morgen"}, "start"),
        ({"end": "2026-05-01"}, "window_end"),
        ({"impact": "flooded"}, "impact"),
        ({"targets": ["finnes-ikke"]}, "targets.0.resource"),
        ({"targets": "elvesletta"}, "targets"),
        ({"targets": [7]}, "targets.0.resource"),
        ({"periods": [{"start": "2026-01-01", "end": "2026-01-02"}]}, "periods"),
        ({"periods": [3]}, "periods.0.start"),
        ({"buffer_m": -1}, "buffer_m"),
        ({"contact": {"email": "nei"}}, "contact_email"),
        ({"reason": "\x00"}, "reason"),
    ],
)
def test_a_fault_is_told_with_its_place_and_stops_no_other(planner, tmp_path, properties, told) -> None:
    out, fault = run(write(tmp_path, changed(**properties)))
    assert "1" in fault
    refused = next(line for line in out.splitlines() if "feature 1" in line)
    assert told in refused
    assert [works.external_id for works in Works.objects.all()] == ["8"]


@pytest.mark.parametrize(
    "geometry", [{"type": "Point"}, {"type": "Point", "coordinates": [600000, 6600000]}, {"type": "Box"}, 7]
)
def test_an_outline_that_is_none_is_refused(planner: Any, tmp_path: Path, geometry: Any) -> None:
    data = deepcopy(OWN)
    data["features"][0]["geometry"] = geometry
    assert run(write(tmp_path, data))[1]
    assert Works.objects.count() == 1


def test_no_id_and_the_same_id_twice(planner: Any, tmp_path: Path) -> None:
    data = deepcopy(OWN)
    data["features"] += [data["features"][0], {"type": "Feature", "properties": OWN["features"][1]["properties"] | {
        "external_id": None}}, "x"]  # fmt: skip
    out, fault = run(write(tmp_path, data))
    assert "3" in fault
    assert Works.objects.count() == 2
    assert "feature 5" in out


def test_announced_works_are_left_to_the_planner(planner: Any, tmp_path: Path) -> None:
    run(write(tmp_path, OWN))
    works = Works.objects.get(external_id="grav-7")
    WorksVersion.objects.filter(works=works).update(announced_at=works.created_at)
    out, fault = run(write(tmp_path, changed(title="Noe annet")))
    assert works.reference in out
    assert fault
    assert "2 unchanged" in run(write(tmp_path, OWN))[0]


@pytest.mark.parametrize(
    ("name", "created", "left_out"),
    [
        ("wzdx42-scenario1_simple_linestring_example.geojson", 5, 0),
        ("wzdx42-scenario2_laneshift_linestring_example.geojson", 1, 0),
        ("wzdx42-scenario4_detour_linestring_example.geojson", 1, 3),
        ("wzdx42-scenario5_recurring_linestring_example.geojson", 4, 0),
    ],
)
def test_real_wzdx_work_zones(planner: Any, name: str, created: int, left_out: int) -> None:
    out, fault = run(DATA / name)
    assert fault == "", out
    assert f"{created} created, 0 updated, 0 unchanged, {left_out} left out" in out
    assert Works.objects.count() == created
    assert f"{created} unchanged" in run(DATA / name)[0]
    for works in Works.objects.select_related("current"):
        assert works.current.footprint["type"] == "LineString"
        assert works.current.min_lon is not None
        assert works.current.contact_email.endswith(".gov")


def test_what_wzdx_says_is_kept(planner: Any) -> None:
    run(DATA / "wzdx42-scenario2_laneshift_linestring_example.geojson")
    version = Works.objects.get().current
    assert version.reason == "Single-direction work zone with lane shift"
    assert version.why_here == "I-80, I-35"
    assert (version.start_confidence, version.end_confidence, version.impact) == ("certain", "estimated", "nuisance")
    # 05:57:36 is down to its whole minute: nobody is told too late a start.
    assert version.window_start.isoformat() == "2010-01-01T05:57:00+00:00"


def test_an_older_wzdx_is_refused_as_a_whole(planner: Any) -> None:
    assert "WZDx 4.0" in run(DATA / "wzdx-old-caltrans.geojson")[1]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"type": "Feature"}', '{"type": "FeatureCollection"}', "\ufeff{}"]
)
def test_a_file_that_is_none(planner: Any, tmp_path: Path, text: str) -> None:
    assert run(write(tmp_path, text))[1]
    assert run(tmp_path / "finnes-ikke.geojson")[1]


def test_who_plans_them_must_be_clear(planner: Any, tmp_path: Path) -> None:
    path = write(tmp_path, OWN)
    assert run(path, "--unit", "nei")[1]
    assert run(path, "--by", "fremmed@example.org")[1]
    other = f.make_unit("Park")
    UnitRole.objects.create(user=planner, unit=other, role="planner")
    assert "--unit" in run(path)[1]
    assert run(path, "--unit", "teknisk", "--by", planner.email)[1] == ""


def test_every_impact_of_wzdx_is_one_of_ours() -> None:
    assert set(reading.WZDX_IMPACT.values()) <= set(Impact.values)
    features = list(reading.read(reading.check(deepcopy(OWN)), booking_settings().tz))
    assert [one.fault for one in features] == [None, None]
