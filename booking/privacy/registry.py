"""What higher floors bring: the kinds of consent that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.foundation.personal import Text

#: Does what follows when a consent is withdrawn; gets what it was about ("organisation:<slug>"), who and when.
Withdrawn = Callable[[str, Any, datetime], None]


@dataclass(frozen=True, slots=True)
class ConsentKind:
    """Something that people are asked to agree to.

    default     the first version; None: every thing has a text of its own (house rules)
    withdrawn   undoes what the consent allowed; None: it can't be withdrawn alone, and ``instead`` says what to do
    """

    name: str
    label: Text
    default: Text | None = None
    withdrawn: Withdrawn | None = None
    instead: Text = ""


_kinds: dict[str, ConsentKind] = {}


def register_consent_kind(kind: ConsentKind) -> None:
    """Make it known. Registering a name again replaces it."""
    _kinds[kind.name] = kind


def consent_kind(name: str) -> ConsentKind | None:
    """The kind of that name."""
    return _kinds.get(name)


def consent_kinds() -> list[ConsentKind]:
    """In the order they were registered."""
    return list(_kinds.values())
