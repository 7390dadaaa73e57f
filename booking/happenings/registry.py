"""What floors above add to the page of what happens in town: things to come to that take no time of any thing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

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
