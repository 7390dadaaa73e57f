"""Writes of the catalogue: one function per act of a clerk, keyword-only, atomic. Rights are checked at the door."""

from booking.catalogue.services.absences import Gap, end_absence, gaps, may_look_after, record_absence
from booking.catalogue.services.hours import (
    Hours,
    add_opening_exception,
    remove_opening_exception,
    set_opening_hours,
)
from booking.catalogue.services.leaving import (
    Outcome,
    Wish,
    check_owners,
    hand_over_carried,
    mark_seen,
    owners_gone,
    preview_hand_over,
    roles_to_end,
    set_last_day,
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
from booking.catalogue.services.takeover import note_take_over, take_over_from
from booking.catalogue.services.units import (
    add_slow_weeks,
    create_unit,
    end_role,
    give_role,
    set_unit_rules,
    update_unit,
)

__all__ = [
    "Gap",
    "Hours",
    "Outcome",
    "Wish",
    "add_opening_exception",
    "add_slow_weeks",
    "check_owners",
    "create_resource",
    "create_unit",
    "end_absence",
    "end_role",
    "gaps",
    "give_role",
    "hand_over_carried",
    "mark_retired",
    "mark_seen",
    "may_look_after",
    "new_cell",
    "note_take_over",
    "owners_gone",
    "preview_hand_over",
    "publish_resource",
    "record_absence",
    "refresh_search_text",
    "remove_opening_exception",
    "roles_to_end",
    "save_feature",
    "set_cover",
    "set_features",
    "set_geometry",
    "set_last_day",
    "set_opening_hours",
    "set_stock",
    "set_unit_rules",
    "split_into_parts",
    "take_over_from",
    "unpublish_resource",
    "update_resource",
    "update_unit",
]
