"""Reads: where a resource is presented, and with which picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet

from booking.catalogue.presentation import Presentation
from pages.models import RESOURCE_PAGES, EquipmentIndexPage, VenueIndexPage

#: The picture on a card. SVG keeps its format; others are cropped.
CARD_PICTURE = "fill-640x400"


def presentations(resource_ids: Iterable[int], language: str) -> dict[int, Presentation]:
    """The live page of each resource in `language` (else in any), with address and card picture.

    Three queries per page type, however many resources.
    """
    found: dict[int, Presentation] = {}
    for page, url in _pages_of(resource_ids, language, pictures=True):
        picture = page.hero_image.get_rendition(CARD_PICTURE) if page.hero_image else None
        found[page.resource_id] = Presentation(
            url=url,
            lead=page.lead,
            picture_url=picture.url if picture else "",
            picture_alt=page.hero_alt,
        )
    return found


def page_urls(resource_ids: Iterable[int], language: str) -> dict[int, str]:
    """The addresses alone, of the same pages. One query per page type, and one."""
    return {page.resource_id: url for page, url in _pages_of(resource_ids, language, pictures=False)}


def _pages_of(resource_ids: Iterable[int], language: str, *, pictures: bool) -> list[tuple[Any, str]]:
    """The one live page that presents each resource, with its address."""
    ids = list(resource_ids)
    chosen: dict[int, tuple[Any, str]] = {}
    if not ids:
        return []
    restricted = PageViewRestriction.objects.exists()
    for page_type in RESOURCE_PAGES:
        live = page_type.objects.live()
        pages = (live.public() if restricted else live).filter(resource_id__in=ids).order_by("pk")
        pages = pages.select_related("locale").defer("body", "search_description")
        if pictures:
            pages = pages.select_related("locale", "hero_image").prefetch_related("hero_image__renditions")
        in_language: set[int] = set()
        for page in pages:
            exact = page.locale.language_code == language
            if page.resource_id in chosen and (not exact or page.resource_id in in_language):
                continue
            url = page.get_url()
            if not url:
                continue
            if exact:
                in_language.add(page.resource_id)
            chosen[page.resource_id] = (page, url)
    return list(chosen.values())


def index_urls(language: str) -> dict[str, str]:
    """The addresses of the live list pages by kind of thing, in `language` (else in any)."""
    found: dict[str, str] = {}
    types = (VenueIndexPage, EquipmentIndexPage)
    pages = list(_open(Page.objects.live().type(*types)).select_related("locale", "content_type").order_by("pk"))
    pages.sort(key=lambda page: page.locale.language_code != language)
    for page in pages:
        url = page.get_url()
        for kind in page.specific_class.resource_kinds if url else ():
            found.setdefault(kind, url)
    return found


def _open(pages: PageQuerySet) -> PageQuerySet:
    """Without pages behind a password or a log-in. Wagtail's own `public()` builds a condition per restriction."""
    return pages.public() if PageViewRestriction.objects.exists() else pages
