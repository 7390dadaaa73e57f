"""Calendars as text, line by line."""

from __future__ import annotations

from collections.abc import Iterable


def event(uid: str = "a", start: str = "20260310T090000Z", end: str = "20260310T110000Z", *more: str) -> list[str]:
    """One event. ``start`` and ``end`` with eight characters are whole days, with a colon they carry a parameter."""
    return ["BEGIN:VEVENT", f"UID:{uid}", _time("DTSTART", start), _time("DTEND", end), *more, "END:VEVENT"]


def _time(name: str, value: str) -> str:
    if ":" in value:
        return f"{name};{value}"
    return f"{name};VALUE=DATE:{value}" if len(value) == 8 else f"{name}:{value}"


def calendar(*events: Iterable[str], head: Iterable[str] = ()) -> bytes:
    """A file of these events."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head]
    for one in events:
        lines += one
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def many(count: int, *, day: int = 1) -> list[list[str]]:
    """So many single events on following days of April 2026."""
    return [
        event(f"n{number}", f"202604{day + number:02}T080000Z", f"202604{day + number:02}T090000Z")
        for number in range(count)
    ]
