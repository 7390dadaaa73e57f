"""Reads of taken time. ``availability`` is the only reader: one occupancy query for all resources."""

from booking.occupancy.selectors.conflicts import Conflict, Wanted, conflicts
from booking.occupancy.selectors.reading import (
    Availability,
    availability,
    availability_json,
    free_resource_ids,
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
    "free_resource_ids",
    "outlook",
]
