from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    """Page types and blocks that present what can be lent."""

    name = "pages"
    label = "samskap_pages"
    verbose_name = _("Pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.models import Site

        from booking.catalogue import presentation, registry
        from pages.selectors import index_urls, page_tables, page_urls, presentations

        presentation.register(presentations)
        presentation.register_index(index_urls)
        # Wagtail keeps the roots of sites in each process, and tells only the one that changed them.
        registry.register_page_urls(page_urls, tables=page_tables(), forget=Site.clear_site_root_paths_cache)
