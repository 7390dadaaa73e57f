"""Decisions about lendable things, over plain values: which rule holds, when it is open, who answers, what is valid.

No ORM, no clock. ``selectors`` feeds these functions with rows, ``services`` asks them before writing.
"""

from booking.catalogue.rules.geometry import (
    Box,
    Near,
    box_of,
    check_geometry,
    distance_km,
    distance_to_box,
    near_box,
    parse_near,
)
from booking.catalogue.rules.hours import ALWAYS, ExceptionDay, Schedule, WeeklyHours, clip, open_windows
from booking.catalogue.rules.lending import (
    DEFAULTS,
    EMPTY,
    LIST_RULES,
    RULE_FIELDS,
    EffectiveRules,
    check_lending,
    effective,
    inherit,
    layer_from,
    layer_of,
    read_priority_uses,
    sources,
)
from booking.catalogue.rules.people import Acting, acting
from booking.catalogue.rules.price import (
    COMMERCIAL_KINDS,
    CURRENCY,
    Asker,
    Price,
    PriceTerm,
    inherit_prices,
    price_from,
    price_of,
)
from booking.catalogue.rules.requirements import Requirement, UseTerm, holding, outstanding, uses_meant
from booking.catalogue.rules.search import search_terms, search_text

__all__ = [
    "ALWAYS",
    "COMMERCIAL_KINDS",
    "CURRENCY",
    "DEFAULTS",
    "EMPTY",
    "LIST_RULES",
    "RULE_FIELDS",
    "Acting",
    "Asker",
    "Box",
    "EffectiveRules",
    "ExceptionDay",
    "Near",
    "Price",
    "PriceTerm",
    "Requirement",
    "Schedule",
    "UseTerm",
    "WeeklyHours",
    "acting",
    "box_of",
    "check_geometry",
    "check_lending",
    "clip",
    "distance_km",
    "distance_to_box",
    "effective",
    "holding",
    "inherit",
    "inherit_prices",
    "layer_from",
    "layer_of",
    "near_box",
    "open_windows",
    "outstanding",
    "parse_near",
    "price_from",
    "price_of",
    "read_priority_uses",
    "search_terms",
    "search_text",
    "sources",
    "uses_meant",
]
