"""Who of the municipality opened somebody's contact data: one row per person, thing and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.privacy.models import Look


def note_look(
    *, viewer: Any, kind: str, pk: int, label: str, unit_id: int | None, now: datetime, door: str = "page"
) -> None:
    """Note it. A reload costs one read and no write: readers of SQLite never wait for a writer."""
    day = local_date(now, booking_settings().tz)
    if Look.objects.filter(viewer=viewer, about_kind=kind, about_id=pk, day=day).exists():
        return
    note_looks(viewer=viewer, kind=kind, things=[(pk, label, unit_id)], now=now, door=door)


def note_looks(
    *, viewer: Any, kind: str, things: Iterable[tuple[int, str, int | None]], now: datetime, door: str
) -> None:
    """The same for a whole export: ``things`` are (id, label, unit's id). A few statements, however many rows."""
    day = local_date(now, booking_settings().tz)
    rows = [
        Look(
            viewer=viewer,
            unit_id=unit_id,
            about_kind=kind,
            about_id=pk,
            label=label[:80],
            day=day,
            at=now,
            door=door,
        )
        for pk, label, unit_id in things
    ]
    Look.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
