"""Writes behind the feeds: versions, rendered events that are kept, addresses of private calendars."""

from booking.calendars.services.keeping import (
    VARIANTS,
    Variant,
    bring_up_to_date,
    bump,
    heard,
    raise_part,
    render_ahead,
)
from booking.calendars.services.reading import Feed, read, rendered_now, resource_feed
from booking.calendars.services.subscribing import (
    LANGUAGES,
    forget_what_nobody_reads,
    note_fetch,
    revoke,
    rotate,
    subscribe,
)

__all__ = [
    "LANGUAGES", "VARIANTS", "Feed", "Variant", "bring_up_to_date", "bump", "forget_what_nobody_reads", "heard",
    "note_fetch", "raise_part", "read", "render_ahead", "rendered_now", "resource_feed", "revoke", "rotate",
    "subscribe",
]  # fmt: skip
