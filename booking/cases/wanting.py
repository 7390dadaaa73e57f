"""Lines as occupancy asks for them."""

from __future__ import annotations

from collections.abc import Iterable

from booking.cases.models import Line
from booking.occupancy.selectors import Wanted


def wanted_of(lines: Iterable[Line]) -> list[Wanted]:
    """The lines as occupancy asks for them; `index` is the line's id."""
    return [
        Wanted(
            line.resource_id, line.start, line.end, line.quantity, line.setup_minutes, line.teardown_minutes, line.pk
        )
        for line in lines
    ]
