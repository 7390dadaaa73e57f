"""Reads of taken time. ``availability`` is the only reader: one occupancy query for all resources."""

from booking.occupancy.selectors.conflicts import Conflict, Wanted, conflicts
from booking.occupancy.selectors.reading import (
    Availability,
    availability,
    availability_json,
    for_availability,
    free_resource_ids,
    lean,
)
from booking.occupancy.selectors.rivals import Outlook, outlook
from booking.occupancy.selectors.suggestions import Alternative, alternatives, alternatives_many

__all__ = [
    "Alternative",
    "Availability",
    "Conflict",
    "Outlook",
    "Wanted",
    "alternatives",
    "alternatives_many",
    "availability",
    "availability_json",
    "conflicts",
    "for_availability",
    "free_resource_ids",
    "lean",
    "outlook",
]
