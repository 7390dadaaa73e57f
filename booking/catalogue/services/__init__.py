"""Writes of the catalogue: one function per act of a clerk, keyword-only, atomic. Rights are checked at the door."""

from booking.catalogue.services.hours import (
    Hours,
    add_opening_exception,
    remove_opening_exception,
    set_opening_hours,
)
from booking.catalogue.services.parts import set_cover, set_stock, split_into_parts
from booking.catalogue.services.resources import (
    create_resource,
    mark_retired,
    new_cell,
    publish_resource,
    refresh_search_text,
    save_feature,
    set_features,
    set_geometry,
    unpublish_resource,
    update_resource,
)
from booking.catalogue.services.takeover import take_over_from
from booking.catalogue.services.units import (
    add_slow_weeks,
    create_unit,
    end_role,
    give_role,
    record_absence,
    set_unit_rules,
    update_unit,
)

__all__ = [
    "Hours",
    "add_opening_exception",
    "add_slow_weeks",
    "create_resource",
    "create_unit",
    "end_role",
    "give_role",
    "mark_retired",
    "new_cell",
    "publish_resource",
    "record_absence",
    "refresh_search_text",
    "remove_opening_exception",
    "save_feature",
    "set_cover",
    "set_features",
    "set_geometry",
    "set_opening_hours",
    "set_stock",
    "set_unit_rules",
    "split_into_parts",
    "take_over_from",
    "unpublish_resource",
    "update_resource",
    "update_unit",
]
