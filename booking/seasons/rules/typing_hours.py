"""Hours of a day as people type them: "16-22", "08:00–10:00, 16–22.30"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from booking.seasons.rules.instance import DAY

_SPAN = re.compile(r"\s*(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?\s*")


def read(text: str) -> list[tuple[int, int]]:
    """``(start, end)`` in minutes of the day. Raises ``ValueError`` for what can't be read or can't be."""
    found = []
    for part in re.split(r"[,;]", text):
        if not part.strip():
            continue
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(part)
        start = int(match[1]) * 60 + int(match[2] or 0)
        end = int(match[3]) * 60 + int(match[4] or 0)
        if not start < end <= DAY or int(match[2] or 0) > 59 or int(match[4] or 0) > 59:
            raise ValueError(part)
        found.append((start, end))
    return found


def show(spans: Iterable[tuple[int, int]]) -> str:
    """As it could be typed again."""
    return ", ".join(f"{a // 60:02}:{a % 60:02}–{b // 60:02}:{b % 60:02}" for a, b in sorted(spans))
