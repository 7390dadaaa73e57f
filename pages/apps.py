from collections.abc import Iterable

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    """Page types and blocks that present what can be lent."""

    name = "pages"
    label = "samskap_pages"
    verbose_name = _("Pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from booking.catalogue import presentation, registry
        from pages.selectors import index_urls, presentations

        def page_urls(resource_ids: Iterable[int], language: str) -> dict[int, str]:
            return {pk: found.url for pk, found in presentations(resource_ids, language).items()}

        presentation.register(presentations)
        presentation.register_index(index_urls)
        registry.register_page_urls(page_urls)
