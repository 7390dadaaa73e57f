"""Reads behind the feeds: what a scope shows, as stored facts, and which calendars there are."""

from booking.calendars.selectors.calendars import Calendar, heading
from booking.calendars.selectors.items import items_of
from booking.calendars.selectors.lines import CANCELLED, CONFIRMED, TENTATIVE, case_items
from booking.calendars.selectors.lines import resource_items as items
from booking.calendars.selectors.places import feed_url, public_url, resource_url, webcal
from booking.calendars.selectors.scopes import (
    CATALOGUE,
    EXTRAS,
    NAMES,
    WORKS,
    Audience,
    Item,
    ids_of,
    resource_ids_of,
    scope_of,
)

__all__ = [
    "CANCELLED", "CATALOGUE", "CONFIRMED", "EXTRAS", "NAMES", "TENTATIVE", "WORKS", "Audience", "Calendar", "Item",
    "case_items", "feed_url", "heading", "ids_of", "items", "items_of", "public_url", "resource_ids_of",
    "resource_url", "scope_of", "webcal",
]  # fmt: skip
