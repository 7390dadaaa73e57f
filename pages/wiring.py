"""What the pages tell the plugin when Django starts: where things are presented, and when that has changed."""

from __future__ import annotations

from wagtail.models import Locale, Page, PageViewRestriction, Site

from booking.catalogue import presentation, registry
from pages.models import RESOURCE_PAGES
from pages.selectors import index_urls, page_urls, presentations


def page_tables() -> dict[str, tuple[str, ...]]:
    """The tables that `page_urls` depends on, with the columns that matter (none named: all)."""
    return {
        Page._meta.db_table: ("live", "path", "url_path", "locale_id"),
        **{page_type._meta.db_table: ("resource_id",) for page_type in RESOURCE_PAGES},
        **{model._meta.db_table: () for model in (Site, Locale, PageViewRestriction)},
    }


def connect() -> None:
    """Fill the plugin's registries."""
    presentation.register(presentations)
    presentation.register_index(index_urls)
    # Wagtail keeps the roots of sites in each process, and tells only the one that changed them.
    registry.register_page_urls(page_urls, tables=page_tables(), forget=Site.clear_site_root_paths_cache)
