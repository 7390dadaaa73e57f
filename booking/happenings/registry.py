"""What floors above add to the page of what happens in town: things to come to that take no time of any thing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime

from booking.happenings.rules import Entry

#: (first day, last day) → what everybody may come to in these days, in the active language.
More = Callable[[date, date], list[Entry]]
_more: dict[str, More] = {}


def register_everywhere(name: str, more: More) -> None:
    """Let ``more`` add to what happens everywhere. Registering a name again replaces it."""
    _more[name] = more


def more(first: date, last: date) -> list[Entry]:
    """What all of them answer."""
    return [entry for answer in _more.values() for entry in answer(first, last)]


#: (ids of things, from, until) → (thing, what stands in its calendar), in the active language.
OnPlaces = Callable[[Collection[int], datetime, datetime], list[tuple[int, Entry]]]
_on_places: dict[str, OnPlaces] = {}


def register_on_places(name: str, entries: OnPlaces) -> None:
    """Let ``entries`` add to the calendars of places on screens and doors. Registering a name again replaces it."""
    _on_places[name] = entries


def on_places(ids: Collection[int], start: datetime, end: datetime) -> list[tuple[int, Entry]]:
    """What all of them answer."""
    return [pair for answer in _on_places.values() for pair in answer(ids, start, end)]
