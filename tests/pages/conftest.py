"""A page tree in three languages around one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import override_settings

from booking.catalogue.models import Resource
from pages import services
from pages.models import EquipmentIndexPage, HomePage, VenueIndexPage
from tests import factories


@dataclass
class Tree:
    home: HomePage
    venues: VenueIndexPage
    equipment: EquipmentIndexPage
    place: Resource


@pytest.fixture
def media(tmp_path: Path):
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


@pytest.fixture
def tree(db) -> Tree:
    services.ensure_locales("nb", "nn", "en")
    home = services.create_home(
        texts={
            "nb": {"title": "Forsiden", "heading": "Hva trenger du?"},
            "en": {"title": "Front page", "heading": "What do you need?"},
        }
    )
    venues = services.create_page(
        VenueIndexPage,
        parent=home,
        texts={"nb": {"title": "Lokaler", "slug": "lokaler"}, "en": {"title": "Venues", "slug": "venues"}},
    )
    equipment = services.create_page(
        EquipmentIndexPage, parent=home, texts={"nb": {"title": "Utstyr", "slug": "utstyr"}}
    )
    return Tree(home, venues, equipment, factories.make_resource("Lillebyhallen", slug="lillebyhallen"))
