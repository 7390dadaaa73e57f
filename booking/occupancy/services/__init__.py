"""Writes of taken time. ``take`` is the only way in; everything here locks cells first, in id order."""

from booking.occupancy.services.blocking import Block, Blocked, end_blocks, free_blocks, put_blocks
from booking.occupancy.services.changes import (
    ChangeResult,
    Impact,
    change_cover,
    change_opening_hours,
    change_stock,
    retire_resource,
)
from booking.occupancy.services.closing import (
    ClosureResult,
    Span,
    close_many,
    close_resource,
    displace,
    end_closure_early,
    reopen,
    restore,
)
from booking.occupancy.services.collisions import again_on_collision
from booking.occupancy.services.taking import (
    Take,
    Taken,
    lock_cells,
    lock_resources,
    relabel,
    release,
    resources_on,
    rows_of,
    take,
    turn,
)

__all__ = [
    "Block",
    "Blocked",
    "ChangeResult",
    "ClosureResult",
    "Impact",
    "Span",
    "Take",
    "Taken",
    "again_on_collision",
    "change_cover",
    "change_opening_hours",
    "change_stock",
    "close_many",
    "close_resource",
    "displace",
    "end_blocks",
    "end_closure_early",
    "free_blocks",
    "lock_cells",
    "lock_resources",
    "put_blocks",
    "relabel",
    "release",
    "reopen",
    "resources_on",
    "restore",
    "retire_resource",
    "rows_of",
    "take",
    "turn",
]
