"""Finding things: words in any case and language, facts, and places near a point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.catalogue import rules, selectors, services
from booking.catalogue.models import Resource
from booking.catalogue.rules import Near, box_of, check_geometry, near_box
from booking.catalogue.rules.geometry import distance_km, distance_to_box
from booking.foundation.errors import Invalid
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def create(name, **fields):
    return services.create_resource(
        **({"name": name, "kind": "venue", "unit": factories.make_unit(), "now": NOW} | fields)
    )


def found(**question):
    return {row.name for row in selectors.search_resources(Resource.objects.all(), **question)}


@pytest.fixture
def things():
    create("Øvre Ås båthus", name_nn="Øvre Ås båthus", name_en="Upper boathouse", summary="Stor sal ved Ærfuglvika")
    create("Battericella", address="Storgata 100%_", summary_nn="Rom med projektor")
    create("Svømmehallen", features=[factories.make_feature("Stupebrett", name_en="Diving board")])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("øvre", {"Øvre Ås båthus"}),
        ("ØVRE ÅS", {"Øvre Ås båthus"}),
        ("BÅT", {"Øvre Ås båthus"}),
        ("båt", {"Øvre Ås båthus"}),
        ("bat", {"Øvre Ås båthus", "Battericella"}),  # a keyboard without å
        ("baathus", {"Øvre Ås båthus"}),
        ("ÆRFUGL", {"Øvre Ås båthus"}),
        ("aerfugl", {"Øvre Ås båthus"}),
        ("svommehall", {"Svømmehallen"}),
        ("svoemme", {"Svømmehallen"}),
        ("boathouse", {"Øvre Ås båthus"}),
        ("ved båthus", {"Øvre Ås båthus"}),
        ("diving stup", {"Svømmehallen"}),
        ("100%_", {"Battericella"}),
        ("%", {"Battericella"}),
        ("_", {"Battericella"}),
        ("", {"Øvre Ås båthus", "Battericella", "Svømmehallen"}),
        ("finnes ikke", set()),
    ],
)
def test_words(things, query, names):
    assert found(q=query) == names


def test_a_decomposed_letter_is_the_same_letter(things):
    assert found(q="A\u030as") == {"Øvre Ås båthus"}


def test_a_renamed_feature_is_found_by_its_new_name(things):
    feature = Resource.objects.get(name="Svømmehallen").features.get()
    services.save_feature(feature=feature, name="Vippe")
    assert found(q="vippe") == {"Svømmehallen"}
    assert found(q="stupebrett") == set()


def test_rows_written_past_the_services_are_folded_anew(things):
    Resource.objects.filter(name="Svømmehallen").update(name="Badet", search_text="")
    assert services.refresh_search_text() == 1
    assert found(q="badet") == {"Badet"}
    assert services.refresh_search_text() == 0


def test_facts_narrow(things):
    hall = Resource.objects.get(name="Svømmehallen")
    [slug] = hall.features.values_list("slug", flat=True)
    services.update_resource(hall, changes={"capacity": 80, "step_free": "yes"}, now=NOW)
    assert found(features=[slug]) == {"Svømmehallen"}
    assert found(features=[slug, "finnes-ikke"]) == set()
    assert found(capacity_min=80) == {"Svømmehallen"}
    assert found(capacity_min=10**15) == set()
    assert found(kind="equipment") == set()
    assert found(accessible=["step_free"]) == {"Svømmehallen"}
    town = factories.make_unit()
    services.update_unit(hall.unit, changes={"parent": town}, now=NOW)
    assert found(unit=town.slug) == {"Svømmehallen"}
    assert found(unit="finnes-ikke") == set()


class TestNear:
    def test_by_distance_not_by_box(self):
        # Oslo town hall; Bærum is 13 km away, a corner of the box around 10 km would hold what is 13 km away.
        create("Midt i byen", geometry={"type": "Point", "coordinates": [10.7331, 59.9115]})
        create("Hjørnet", geometry={"type": "Point", "coordinates": [10.7331 + 0.165, 59.9115 + 0.083]})
        create("Uten kart")
        near = Near(59.9115, 10.7331, 10)
        assert found(near=near) == {"Midt i byen"}
        assert distance_km(59.9115, 10.7331, 59.9945, 10.8981) > 10
        assert found(near=Near(59.9115, 10.7331, 14)) == {"Midt i byen", "Hjørnet"}

    def test_nearest_first_and_inside_is_zero(self):
        square = [[5, 60], [6, 60], [6, 61], [5, 61], [5, 60]]
        park = create("Park", kind="area", geometry={"type": "Polygon", "coordinates": [square]})
        hut = create("Hytte", geometry={"type": "Point", "coordinates": [5.5, 61.01]})
        assert list(selectors.near_ids(Resource.objects.all(), Near(60.5, 5.5, 100))) == [park.pk, hut.pk]
        assert selectors.near_ids(Resource.objects.all(), Near(60.5, 5.5, 100))[park.pk] == 0

    @given(
        st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0.1, 3000), st.floats(-89.9, 89.9), st.floats(-180, 180)
    )
    def test_the_box_never_loses_what_is_within_the_circle(self, lat, lon, km, other_lat, other_lon):
        if distance_km(lat, lon, other_lat, other_lon) <= km:
            west, south, east, north = near_box(Near(lat, lon, km))
            slack = 1e-6
            assert south - slack <= other_lat <= north + slack
            assert west - slack <= other_lon <= east + slack

    @pytest.mark.parametrize("bad", [(91, 0, 1), (0, 181, 1), (0, 0, 0), (0, 0, -1), (float("nan"), 0, 1)])
    def test_a_circle_that_is_none(self, bad):
        with pytest.raises(Invalid):
            Near(*bad)

    def test_known_distance(self):
        # Oslo to Bergen, city centres.
        assert distance_km(59.9139, 10.7522, 60.3913, 5.3221) == pytest.approx(305, abs=3)
        assert distance_to_box(Near(60, 5, 1), rules.Box(5, 60, 6, 61)) == 0


class TestGeometry:
    @pytest.mark.parametrize(
        "bad",
        [
            None,
            [],
            {"type": "Circle", "coordinates": [5, 60]},
            {"type": ["Point"], "coordinates": [5, 60]},
            {"type": "Point", "coordinates": [5]},
            {"type": "Point", "coordinates": ["5", "60"]},
            {"type": "Point", "coordinates": [True, 60]},
            {"type": "Point", "coordinates": [float("nan"), 60]},
            {"type": "Point", "coordinates": [float("inf"), 60]},
            {"type": "Point", "coordinates": [200, 60]},
            {"type": "LineString", "coordinates": [[5, 60]]},
            {"type": "Polygon", "coordinates": [[[5, 60], [6, 60], [5, 60]]]},
            {"type": "Polygon", "coordinates": [[[5, 60], [6, 60], [6, 61], [5, 61]]]},
            {"type": "Polygon", "coordinates": []},
            {"type": "MultiPoint", "coordinates": [[5, 60]] * 20_001},
            {"type": "MultiLineString", "coordinates": [[[5, 60]] * 15_000] * 2},
            {"type": "GeometryCollection", "geometries": []},
            {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]},
            {"type": "Feature", "geometry": None},
        ],
    )
    def test_what_is_no_outline_is_refused(self, bad):
        with pytest.raises(Invalid) as refusal:
            check_geometry(bad)
        assert refusal.value.code == "bad_geometry"

    def test_heights_and_foreign_members_are_left_out(self):
        tidy = check_geometry({"type": "Feature", "geometry": {"type": "Point", "coordinates": [5, 60, 12], "crs": 1}})
        assert tidy == {"type": "Point", "coordinates": [5.0, 60.0]}

    def test_the_box_follows_the_outline_and_goes_with_it(self):
        shape = {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Point", "coordinates": [5, 62]},
                {"type": "MultiPolygon", "coordinates": [[[[6, 60], [7, 60], [7, 61], [6, 60]]]]},
            ],
        }
        assert box_of(check_geometry(shape)) == (5, 60, 7, 62)
        row = create("Park", geometry=shape)
        assert (row.min_lon, row.min_lat, row.max_lon, row.max_lat) == (5, 60, 7, 62)
        row = services.set_geometry(row, geometry=None, now=NOW)
        row.refresh_from_db()
        assert (row.geometry, row.min_lon) == (None, None)


def test_the_page_of_a_resource_is_learned_from_a_registry(monkeypatch):
    from booking.catalogue import registry

    monkeypatch.setattr(registry, "_page_urls", [])
    # These two name no tables: left behind, they would keep every later test from keeping addresses.
    monkeypatch.setattr(registry, "_unwatched", [])
    first, second = create("A"), create("B")
    registry.register_page_urls(lambda ids, language: {first.pk: f"/{language}/a/"})
    registry.register_page_urls(lambda ids, language: {pk: f"/things/{pk}/" for pk in ids})
    assert selectors.page_urls([first, second], "nn") == {first.pk: "/nn/a/", second.pk: f"/things/{second.pk}/"}
    assert selectors.page_url(first) == "/nb/a/"
