"""Words of Wagtail's admin that its own bokmål lacks, listed so that they stand in our catalogue.

``make messages`` finds them here; Django looks in the project's catalogue before Wagtail's. When Wagtail has a word of
its own, take it out here.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

WORDS = (
    gettext_noop("Search…"),
    gettext_noop("Search all pages…"),
    gettext_noop("Toggle sidebar"),
    gettext_noop("Toggle breadcrumbs"),
    gettext_noop("Toggle section"),
    gettext_noop("Show filters"),
    gettext_noop("Close dialog"),
    gettext_noop("Actions"),
    gettext_noop("Actions (footer)"),
    gettext_noop("Sort by '%(label)s' in ascending order."),
    gettext_noop("Sort by '%(label)s' in descending order."),
    gettext_noop("Keyboard shortcuts"),
    gettext_noop("New: %(model_name)s"),
    gettext_noop("Enable custom keyboard shortcuts specific to Wagtail."),
    gettext_noop("More contrast"),
)

#: With a number that isn't known here: only what stands in the catalogue counts.
COUNTED = (
    ngettext_lazy(
        '%(total)s Page <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Pages <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
    ngettext_lazy(
        '%(total)s Image <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Images <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
    ngettext_lazy(
        '%(total)s Document <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Documents <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
)
