"""The public pages: front page, two lists, a page per thing that has words, and the statements in the footer."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from wagtail.images import get_image_model

from booking.catalogue.models import Resource
from booking.foundation.conf import booking_settings
from municipality.lilleby.content import THINGS
from municipality.lilleby.content import pages as content
from municipality.lilleby.content.kinds import LANGUAGES, Text, Thing
from municipality.lilleby.pictures.scenes import draw, size
from pages import services
from pages.models import ContentPage, EquipmentIndexPage, EquipmentPage, VenueIndexPage, VenuePage


def build_pages(things: dict[str, Resource]) -> None:
    """The whole tree, in three languages."""
    services.ensure_locales(*LANGUAGES)
    address = urlsplit(booking_settings().public_base_url)
    home = services.create_home(
        texts={
            language: {
                "title": content.HOME["title"].get(language), "heading": content.HOME["heading"].get(language),
                "lead": content.HOME["lead"].get(language), "hero_image": picture("evening", "Lilleby en kveld"),
                "body": [
                    ("picture", _figure(language)),
                    ("works_here", {"heading": content.HOME["works"].get(language), "places": []}),
                ],
            }
            for language in LANGUAGES
        },
        site_name="Lilleby", hostname=address.hostname or "localhost", port=address.port or 80,
    )  # fmt: skip
    lists = {}
    for kind, (page_type, words) in {
        "venue": (VenueIndexPage, content.VENUES), "equipment": (EquipmentIndexPage, content.EQUIPMENT)
    }.items():  # fmt: skip
        lists[kind] = services.create_page(
            page_type, parent=home,
            texts={
                language: {
                    "title": words["title"].get(language), "slug": words["slug"].get(language),
                    "intro": f"<p>{html.escape(words['intro'].get(language))}</p>",
                }
                for language in LANGUAGES
            },
        )  # fmt: skip
    for thing in THINGS:
        if thing.body:
            place = thing.kind in ("venue", "area")
            services.create_page(
                VenuePage if place else EquipmentPage, parent=lists["venue" if place else "equipment"],
                resource=things[thing.slug], hero_image=picture(thing.picture, thing.name.nb),
                texts={language: _page(thing, language) for language in LANGUAGES},
            )  # fmt: skip
    for words in content.STATEMENTS:
        services.create_page(
            ContentPage, parent=home,
            texts={
                language: {
                    "title": words.title.get(language), "slug": words.slug, "lead": words.lead.get(language),
                    "body": [("text", _html(words.body, language))],
                }
                for language in LANGUAGES
            },
        )  # fmt: skip


def _figure(language: str) -> dict[str, Any]:
    """The town in daylight, under what the front page says."""
    image = picture("town", "Lilleby")
    image.contextual_alt_text, image.decorative = content.HOME["alt"].get(language), False
    return {"image": image, "caption": content.HOME["caption"].get(language)}


def picture(key: str, title: str) -> Any:
    """The drawing as an image of the CMS, stored once."""
    name = f"lilleby-{key}.svg"
    model = get_image_model()
    found = model.objects.filter(title=title).first()
    if found is not None or not key:
        return found
    width, height = size(key)
    file = ContentFile(draw(key, title).encode(), name=name)
    return model.objects.create(title=title, file=file, width=width, height=height)


def _page(thing: Thing, language: str) -> dict[str, Any]:
    body: list[Any] = [("text", _html(thing.body, language))]
    if thing.facts:
        facts = [{"label": label.get(language), "value": value.get(language)} for label, value in thing.facts]
        body.append(("facts", {"heading": "", "facts": facts}))
    if thing.access.words:
        body.append(("accessibility", {"heading": "", "text": _html((thing.access.words,), language)}))
    return {
        "title": thing.name.get(language), "slug": thing.slug, "lead": thing.summary.get(language),
        "hero_alt": thing.picture_alt.get(language) if thing.picture_alt else "", "body": body,
    }  # fmt: skip


def _html(parts: tuple[Text, ...], language: str) -> Any:
    from wagtail.rich_text import RichText

    pieces = []
    for part in parts:
        words = part.get(language)
        heading = words.startswith("## ")
        tag = "h2" if heading else "p"
        pieces.append(f"<{tag}>{html.escape(words.removeprefix('## '))}</{tag}>")
    return RichText("".join(pieces))
