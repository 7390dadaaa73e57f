"""What the rules say about something: a code and its parameters. The words are in ``booking.seasons.wording``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, and what fills its sentence: names, minutes from midnight, weekdays (0 Monday), whole per cent.

    Names of parameters fix their meaning: ``*_minutes`` is a length, ``start``, ``end``, ``until`` and ``after`` are
    times of day, ``weekday`` a day, ``*_percent`` a coverage, ``place`` and ``rival`` keys of the instance
    (``place_name``, ``rival_name``, ``team`` are the names beside them).
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted((name, str(value)) for name, value in self.params.items()))))
