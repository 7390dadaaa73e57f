"""Reads of the catalogue: what one may see, which rules hold, when it is open, who answers. Constant queries."""

from booking.catalogue.selectors.access import (
    near_ids,
    ownerless_resources,
    public_resources,
    roles_of,
    search_resources,
    staff_resources,
    units_of,
    visible_resources,
    with_child_units,
)
from booking.catalogue.selectors.facts import page_url, page_urls, prices, promise_days, promise_on, quantities
from booking.catalogue.selectors.lending import (
    Lineage,
    effective_rules,
    lineage,
    open_windows,
    opening_hours_of,
    rule_sources,
    rules_by_id,
    zone,
)
from booking.catalogue.selectors.people import (
    Responsible,
    absent_ids,
    leaders,
    responsible,
    responsibles,
    unit_responsible,
)

__all__ = [
    "Lineage",
    "Responsible",
    "absent_ids",
    "effective_rules",
    "leaders",
    "lineage",
    "near_ids",
    "open_windows",
    "opening_hours_of",
    "ownerless_resources",
    "page_url",
    "page_urls",
    "prices",
    "promise_days",
    "promise_on",
    "public_resources",
    "quantities",
    "responsible",
    "responsibles",
    "roles_of",
    "rule_sources",
    "rules_by_id",
    "search_resources",
    "staff_resources",
    "unit_responsible",
    "units_of",
    "visible_resources",
    "with_child_units",
    "zone",
]
