"""The block "works here" on a page of the site, and in the content API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings

from booking.foundation import clock
from booking.works import services
from booking.works.models import Works
from booking.works.public.blocks import place_choices, works_at
from pages import services as pages
from pages.models import ContentPage, HomePage
from tests.factories import NOW, make_resource
from tests.works.world import World, at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def then():
    with clock.at(NOW):
        yield


@pytest.fixture
def home(db: None) -> HomePage:
    pages.ensure_locales("nb", "nn", "en")
    return pages.create_home(texts={"nb": {"title": "Forsiden", "heading": "Hva trenger du?"}})


def page_with(home: HomePage, *places: str, heading: str = "") -> ContentPage:
    body = [("works_here", {"heading": heading, "places": list(places)})]
    return pages.create_page(ContentPage, parent=home, texts={"nb": {"title": "Sletta", "slug": "sletta"}}, body=body)


def shown(page: ContentPage) -> str:
    answer = Client().get(page.url)
    assert answer.status_code == 200
    return answer.content.decode()


def told(page: ContentPage) -> dict[str, Any]:
    answer = Client().get(f"/api/content/v2/pages/{page.pk}/?fields=body")
    (block,) = answer.json()["body"]
    assert block["type"] == "works_here"
    value: dict[str, Any] = block["value"]
    return value


@pytest.fixture
def works(world: World) -> Works:
    return world.planned()


def test_works_at_the_place_stand_on_the_page_and_in_the_api(world: World, home: HomePage, works: Works) -> None:
    page = page_with(home, "elvesletta", heading="Arbeid på sletta")
    text = shown(page)
    assert "Arbeid på sletta" in text
    assert works.current.title in text
    assert f"/works/{works.reference}/" in text
    value = told(page)
    assert (value["heading"], value["places"]) == ("Arbeid på sletta", ["elvesletta"])
    (one,) = value["works"]
    assert (one["ref"], one["state"], one["impact"]) == (works.reference, "planned", "closed")
    assert one["page_url"].endswith(f"/works/{works.reference}/")


def test_elsewhere_there_is_nothing_and_the_page_says_so(world: World, home: HomePage, works: Works) -> None:
    page = page_with(home, "hallen")
    text = shown(page)
    assert works.current.title not in text
    assert "sk-muted" in text
    assert told(page)["works"] == []


def test_without_a_place_it_is_everywhere(world: World, home: HomePage, works: Works) -> None:
    page = page_with(home)
    assert works.current.title in shown(page)
    assert [one["ref"] for one in told(page)["works"]] == [works.reference]


def test_drafts_and_what_is_over_are_nobodys_news(world: World, home: HomePage, works: Works) -> None:
    world.drafted(title="Hemmelig skisse")
    services.move(works, to="cancelled", by=world.planner, now=NOW, why="Nei.")
    assert works_at((), NOW) == []
    assert works_at(["elvesletta"], NOW) == []
    later = world.planned(title="Senere", window_start=at(500, 7), window_end=at(501, 15))
    assert works_at((), NOW) == []
    assert works_at((), at(300)) == [later]


def test_the_choices_are_what_everybody_may_see(world: World) -> None:
    make_resource("Hemmelig rom", slug="hemmelig", public=False)
    assert [slug for slug, _name in place_choices()] == ["elvesletta", "hallen"]
    assert works_at(["hemmelig", "finnes-ikke"], NOW) == []


def test_switched_off_it_leaves_no_trace(world: World, home: HomePage, works: Works, settings: Any) -> None:
    page = page_with(home, "elvesletta", heading="Arbeid på sletta")
    with override_settings(BOOKING=settings.BOOKING | {"switches": {"works": False}}):
        assert "Arbeid på sletta" not in shown(page)
        assert told(page)["works"] == []


def test_the_number_of_queries_does_not_grow(world: World, home: HomePage, django_assert_max_num_queries: Any) -> None:
    for number in range(4):
        world.planned(title=f"Rør {number}")
    with django_assert_max_num_queries(12):
        assert len(works_at(["elvesletta"], NOW)) == 4
