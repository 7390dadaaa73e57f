"""How long is in force, and when the next row goes: pure decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """What is wanted, what is in force, and whether a person has to look first. Days."""

    wanted: int
    in_force: int
    needs_ok: bool


def terms(*, default: int, configured: int | None, chosen: int | None, in_force: int | None) -> Terms:
    """The time in force, in days.

    ``chosen`` (by an administrator) goes before ``configured`` (settings), and that before ``default``. Shorter than
    what was in force so far is dangerous: rows go that were promised to stay, so a person says yes first, and until
    then nothing changes. Longer is harmless and counts at once. ``in_force`` None: nothing has ever run; then the
    class's own time is what everybody was told, and a shorter one waits as well.

        terms(default=365, configured=None, chosen=None, in_force=None) → 365, 365, False
        terms(default=365, configured=90, chosen=None, in_force=365)    → 90, 365, True
        terms(default=365, configured=90, chosen=None, in_force=30)     → 90, 90, False
    """
    wanted = chosen or configured or default
    kept = in_force or default
    if wanted < kept:
        return Terms(wanted, kept, True)
    return Terms(wanted, wanted, False)


def goes_on(oldest: datetime | None, keep: timedelta, now: datetime) -> datetime | None:
    """When the first row that is left goes: now for one that is due, None when there is none."""
    return None if oldest is None else max(oldest + keep, now)


def digest(bodies: Mapping[str, str]) -> str:
    """The same texts in all languages give the same version."""
    joined = "\x1f".join(f"{code}={' '.join(bodies.get(code, '').split())}" for code in ("nb", "nn", "en"))
    return hashlib.sha256(joined.encode()).hexdigest()
