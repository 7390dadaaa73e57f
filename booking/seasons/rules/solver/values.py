"""What a draft is asked for, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field

from booking.seasons.rules.instance import Timetable


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work, never how long by the clock: the same work gives the same timetable on any machine.

    ``units`` are OR-Tools' deterministic seconds, near a second of one core on a machine of today.
    """

    units: float = 60.0


#: While a person waits, and in the background.
SHORT = Budget(10)
USUAL = Budget(60)
LONG = Budget(300)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. ``timetable`` is complete and the best so far: keep it, and go on from it after a crash.

    ``worst_percent`` and ``bound_percent``: coverage of the worst-off organisation of the first class, and the most
    that anybody could reach (``None`` while unknown).
    """

    done: float
    stage: str
    worst_percent: int
    bound_percent: int | None
    timetable: Timetable


@dataclass(frozen=True, slots=True)
class Draft:
    """A timetable, and how good it is known to be.

    ``levels``: the worst-off organisation's coverage in each class, whole per cent. ``bound``: what can't be beaten in
    the first class, ``None`` where nothing was proven. ``gap``: per cent points between. ``method``: ``solver``,
    ``greedy`` (the solver package is missing) or ``order`` (the rules serve one after the other). ``complete``: it was
    neither cancelled nor out of budget before its first round was through. ``log``: codes and figures of each stage.
    """

    timetable: Timetable
    levels: tuple[int, ...]
    bound: int | None
    gap: int | None
    method: str
    seed: int
    complete: bool
    log: tuple[dict[str, object], ...] = field(default=())
