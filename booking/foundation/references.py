"""Public references: ``2026-0042`` for cases, ``ARB-2026-031`` for works. Unique, rising, never reused.

The number is taken from a counter row that stays locked until the caller's transaction ends; so two at once wait for
each other, and a rolled-back case gives its number back before anybody has seen it (no holes, and never a reuse).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings

#: kind → (prefix, least number of digits). The number grows past them when a year needs more.
FORMATS: dict[str, tuple[str, int]] = {
    "case": ("", 4),
    "works": ("ARB-", 3),
    "agreement": ("AVT-", 3),
    "meeting": ("MOT-", 3),
}


def format_reference(kind: str, year: int, number: int) -> str:
    """The reference in words' place: ``2026-0042``, ``ARB-2026-031``. Raises ``KeyError`` for an unknown kind."""
    prefix, digits = FORMATS[kind]
    return f"{prefix}{year}-{number:0{digits}d}"


def next_reference(kind: str, now: datetime, tz: ZoneInfo | None = None) -> str:
    """Take the next reference of ``kind`` in the local year of ``now`` (``tz``: the municipality's zone if not given).

    Must be called inside the transaction that stores the thing; raises ``RuntimeError`` otherwise. Raises ``KeyError``
    for a kind that is not in ``FORMATS``.
    """
    from booking.foundation.models import ReferenceCounter

    year = local_date(now, tz or booking_settings().tz).year
    format_reference(kind, year, 0)
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a reference is taken inside the transaction that uses it")
    # Two first cases of a year at once: get_or_create lets one insert win, and the loser reads and locks that row.
    counter, _created = ReferenceCounter.objects.select_for_update().get_or_create(
        kind=kind, year=year, defaults={"last": 0}
    )
    counter.last += 1
    counter.save(update_fields=["last"])
    return format_reference(kind, year, counter.last)
