"""Page trees in three languages: what nobody has translated is an alias, and says in which language it is."""

from __future__ import annotations

import pytest
from wagtail.models import Page, Site

from pages import services
from pages.models import ContentPage, HomePage, VenueIndexPage, VenuePage

pytestmark = pytest.mark.django_db


def test_the_site_has_a_front_page_in_every_language(tree):
    assert Site.objects.get(is_default_site=True).root_page.specific == tree.home
    by_language = {page.locale.language_code: page for page in HomePage.objects.select_related("locale")}
    assert set(by_language) == {"nb", "nn", "en"}
    assert all(page.live for page in by_language.values())
    assert by_language["en"].heading == "What do you need?"
    assert by_language["nn"].alias_of_id == tree.home.pk
    assert not Page.objects.filter(title__startswith="Welcome to your new Wagtail").exists()


def test_addresses_carry_the_language(tree):
    english = VenueIndexPage.objects.get(locale__language_code="en")
    nynorsk = VenueIndexPage.objects.get(locale__language_code="nn")
    assert tree.venues.get_url() == "/lokaler/"
    assert english.get_url() == "/en/venues/"
    assert nynorsk.get_url() == "/nn/lokaler/"


def test_an_alias_knows_the_language_of_its_text(tree):
    page = services.create_page(
        VenuePage, parent=tree.venues, resource=tree.place, texts={"nb": {"title": "Lillebyhallen"}}
    )
    english = page.get_translations().get(locale__language_code="en").specific
    assert english.shown_in == "nb"
    assert english.is_in_other_language
    assert page.shown_in == "nb"
    assert not page.is_in_other_language


def test_an_alias_follows_its_source(tree):
    page = services.create_page(ContentPage, parent=tree.home, texts={"nb": {"title": "Om lån", "lead": "Først"}})
    page.lead = "Så"
    page.save_revision().publish()
    leads = set(ContentPage.objects.values_list("lead", flat=True))
    assert leads == {"Så"}


def test_a_written_translation_has_its_own_text(tree):
    page = services.create_page(
        ContentPage,
        parent=tree.home,
        texts={"nb": {"title": "Om lån", "slug": "om-lan"}, "nn": {"title": "Om lån og utlån", "slug": "om-utlan"}},
    )
    nynorsk = page.get_translations().get(locale__language_code="nn").specific
    assert nynorsk.title == "Om lån og utlån"
    assert nynorsk.live
    assert nynorsk.alias_of_id is None
    assert not nynorsk.is_in_other_language
    assert nynorsk.get_url() == "/nn/om-utlan/"
