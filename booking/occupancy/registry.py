"""What occupancy tells the owners of causes (cases, seasons, ...) when their time is taken away or comes back.

Handlers run inside the transaction that makes the change; one that raises undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

#: Gets the ids of the causes, what did it as (kind, id), and the moment.
Handler = Callable[[Sequence[int], tuple[str, int], datetime], None]

#: Gets ids of causes of one kind; answers how staff know each ("2026-0042, line 3"). No names: other units read it too.
Describer = Callable[[Sequence[int]], dict[int, str]]

#: Gets ids of resources, the time ``[start, end)`` that has come free on them, and the moment.
FreedHandler = Callable[[Sequence[int], datetime, datetime, datetime], None]

_freed: list[FreedHandler] = []
_describers: dict[str, Describer] = {}
_displaced: dict[str, list[Handler]] = {}
_restored: dict[str, list[Handler]] = {}


def on_displaced(cause_kind: str, handler: Handler) -> None:
    """Call ``handler(cause_ids, by_cause, now)`` when claims of that kind have become notes because of a block."""
    if handler not in _displaced.setdefault(cause_kind, []):
        _displaced[cause_kind].append(handler)


def on_restored(cause_kind: str, handler: Handler) -> None:
    """Call ``handler(cause_ids, by_cause, now)`` when displaced causes of that kind are claims (confirmed) again."""
    if handler not in _restored.setdefault(cause_kind, []):
        _restored[cause_kind].append(handler)


def on_freed(handler: FreedHandler) -> None:
    """Call ``handler(resource_ids, start, end, now)`` when a block has gone and what it displaced is back."""
    if handler not in _freed:
        _freed.append(handler)


def tell_freed(resource_ids: Sequence[int], start: datetime, end: datetime, now: datetime) -> None:
    for handler in _freed:
        handler(resource_ids, start, end, now)


def tell_displaced(cause_kind: str, ids: Sequence[int], by_cause: tuple[str, int], now: datetime) -> None:
    for handler in _displaced.get(cause_kind, ()):
        handler(ids, by_cause, now)


def tell_restored(cause_kind: str, ids: Sequence[int], by_cause: tuple[str, int], now: datetime) -> None:
    for handler in _restored.get(cause_kind, ()):
        handler(ids, by_cause, now)


def on_describe(cause_kind: str, describer: Describer) -> None:
    """Let impact lists name causes of that kind."""
    _describers[cause_kind] = describer


def describe(cause_kind: str, ids: Sequence[int]) -> dict[int, str]:
    """How staff know these causes; unknown ones are left out."""
    describer = _describers.get(cause_kind)
    return describer(ids) if describer is not None and ids else {}
