"""Building page trees from code: first set-up of a site, and loaders such as the demo. Editors use the page editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from wagtail.models import Locale, Page, Site

from pages.models import HomePage

P = TypeVar("P", bound=Page)

#: Text of a page per language, e.g. {"nb": {"title": "Lokaler", "slug": "lokaler"}, "en": {...}}.
Texts = Mapping[str, Mapping[str, Any]]


@transaction.atomic
def create_home(*, texts: Texts, hostname: str = "localhost", port: int = 80, site_name: str = "") -> HomePage:
    """Make the front page in every language of `texts` (the first is the source) and the site that it is the root of.

    Wagtail's welcome page is taken away if it still is the root of the default site. Returns the source page; other
    content languages get an alias of it.
    """
    root = Page.get_first_root_node()
    source = next(iter(texts))
    locale = _locale(source)
    home = HomePage(locale=locale, **({"slug": "home-samskap"} | dict(texts[source])))
    root.add_child(instance=home)
    old = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if old is None:
        Site.objects.create(hostname=hostname, port=port, site_name=site_name, root_page=home, is_default_site=True)
    else:
        welcome = old.root_page
        old.root_page, old.hostname, old.port, old.site_name = home, hostname, port, site_name or old.site_name
        old.save()
        if welcome.specific_class is Page and not welcome.get_children().exists():
            welcome.delete()
    home.save_revision().publish()
    translate(home, texts=texts)
    return HomePage.objects.get(pk=home.pk)


@transaction.atomic
def create_page(page_type: type[P], *, parent: Page, texts: Texts, **fields: Any) -> P:
    """Make and publish a page of `page_type` under `parent` in the first language of `texts`, and its translations.

    `fields` hold for all languages (`resource`, `hero_image`); a text may overrule them. Languages without a text get
    an alias, which the public site marks. Raises ValidationError, as the page editor does: code `unowned` for a
    resource that nobody answers for.
    """
    source = next(iter(texts))
    page = page_type(locale=_locale(source), **(fields | dict(texts[source])))
    parent.add_child(instance=page)
    page.save_revision().publish()
    translate(page, texts=texts)
    return page_type.objects.get(pk=page.pk)


@transaction.atomic
def translate(page: P, *, texts: Texts) -> None:
    """Publish `page` in the other languages of `texts`; the remaining content languages get an alias."""
    for locale in Locale.objects.exclude(pk=page.locale_id):
        given = texts.get(locale.language_code)
        copy = page.copy_for_translation(locale, copy_parents=True, alias=given is None)
        if given is not None:
            for name, value in given.items():
                setattr(copy, name, value)
            copy.save_revision().publish()


def _locale(code: str) -> Locale:
    return Locale.objects.get_or_create(language_code=code)[0]


def ensure_locales(*codes: str) -> None:
    """Make the content languages, so that page trees grow in all of them."""
    for code in codes:
        _locale(code)
