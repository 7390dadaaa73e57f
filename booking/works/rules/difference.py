"""What a change of works means for each party: who is told what, whose clock restarts. Pure; computed, never chosen.

Source: notice-rules.md "Changes: a computed difference, never a free choice". Times are aware UTC, half-open.

    difference(old plan, new plan, told so far)  →  codes, and for each party: told? which message? which clock?

A plan holds its window, and for each party the times that hit them and the worst impact. Who is on the list and when
they are hit is computed before (``services.finding``); here only the two plans are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dateutil.relativedelta import relativedelta

from booking.foundation.intervals import Interval, intersect, merge, subtract
from booking.works.rules.impacts import IMPACTS

Kind = Literal["", "notice", "change", "release", "cancelled", "postponed"]
#: From the mildest. ``unchanged``: nobody counts anew. ``goes_on``: told, and what was acknowledged stays so.
#: ``recomputed``: told since when they were, measured by the new requirement. ``restarts``: as if never told.
#: ``fresh``: never told of these works before. ``ended``: no longer affected.
Clock = Literal["unchanged", "goes_on", "recomputed", "restarts", "fresh", "ended"]
_CLOCKS: tuple[Clock, ...] = ("unchanged", "goes_on", "recomputed", "restarts")
Stop = Literal["", "cancelled", "postponed"]


@dataclass(frozen=True, slots=True)
class Hit:
    """How a plan hits one party: when, and the worst of it."""

    times: tuple[Interval[datetime], ...]
    impact: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One version, as far as it matters here. ``targets``: ids of the resources that are hit.

    ``words``: a digest of texts, contact and drawing. ``stop``: the works are off, for good or for now.
    """

    start: datetime
    end: datetime
    category: str
    parties: Mapping[int, Hit] = field(default_factory=dict)
    targets: frozenset[int] = frozenset()
    words: str = ""
    stop: Stop = ""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the change means for one party.

    ``own``: times that need a notice of their own, since the works stay longer; too late for that, they are an overrun
    with reason and report. ``freed``: times that hit them no more: their lines come back. ``before``: the message must
    be out before this moment (the start they still reckon with).
    """

    kind: Kind = ""
    clock: Clock = "unchanged"
    own: tuple[Interval[datetime], ...] = ()
    freed: tuple[Interval[datetime], ...] = ()
    before: datetime | None = None

    @property
    def told(self) -> bool:
        """True when they get a message."""
        return self.kind != ""

    @property
    def receipts_stay(self) -> bool:
        """True when what they have acknowledged needn't be acknowledged again."""
        return self.clock in ("unchanged", "goes_on", "recomputed")


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed (stable codes, in the order of the table), and what follows for each party."""

    codes: tuple[str, ...]
    parties: Mapping[int, Consequence]

    def told(self) -> set[int]:
        """Who gets a message."""
        return {party for party, one in self.parties.items() if one.told}


def difference(old: Plan, new: Plan, told: Collection[int]) -> Difference:
    """Compare two plans. ``told``: parties that were ever told of these works, those released since too."""
    if new.stop:
        return Difference(
            (new.stop,), {party: Consequence(new.stop, "ended", before=old.start) for party in sorted(set(told))}
        )
    return Difference(
        tuple(_codes(old, new)),
        {party: _of_party(old, new, party, was_told=party in told) for party in sorted({*old.parties, *new.parties})},
    )


def is_new_case(old_start: datetime, new_start: datetime) -> bool:
    """True when works are put off by more than a year: then they are a case of their own, and begin from the start."""
    return new_start > old_start + relativedelta(months=12)


# --- what changed ----------------------------------------------------------------------------------------------------


def _starts_earlier(old: Plan, new: Plan) -> bool:
    return new.start < old.start


def _moves_inside(old: Plan, new: Plan) -> bool:
    """Starts later, inside the dates already announced."""
    return new.start > old.start and new.end <= old.end


def _moves_outside(old: Plan, new: Plan) -> bool:
    """Starts later, and takes dates that nobody was told of."""
    return new.start > old.start and new.end > old.end


def _lasts_longer(old: Plan, new: Plan) -> bool:
    return new.end > old.end and not _moves_outside(old, new)


def _ends_earlier(old: Plan, new: Plan) -> bool:
    return new.end < old.end


def _codes(old: Plan, new: Plan) -> Iterable[str]:
    both = old.parties.keys() & new.parties.keys()
    moves = {_rank(new.parties[party].impact) - _rank(old.parties[party].impact) for party in both}
    facts = (
        ("start_earlier", _starts_earlier(old, new)),
        ("start_later", _moves_inside(old, new)),
        ("new_dates", _moves_outside(old, new)),
        ("end_extended", _lasts_longer(old, new)),
        ("end_earlier", _ends_earlier(old, new)),
        ("area_grown", bool(new.targets - old.targets)),
        ("area_shrunk", bool(old.targets - new.targets)),
        ("parties_added", bool(new.parties.keys() - old.parties.keys())),
        ("parties_spared", bool(old.parties.keys() - new.parties.keys())),
        ("impact_raised", any(move > 0 for move in moves)),
        ("impact_lowered", any(move < 0 for move in moves)),
        ("category", old.category != new.category),
        ("words", old.words != new.words),
    )
    return (code for code, holds in facts if holds)


def _rank(impact: str) -> int:
    return IMPACTS.index(impact) if impact in IMPACTS else len(IMPACTS)


# --- what follows for one party --------------------------------------------------------------------------------------


def _of_party(old: Plan, new: Plan, party: int, *, was_told: bool) -> Consequence:
    before, after = old.parties.get(party), new.parties.get(party)
    if after is None:
        freed = tuple(merge(before.times)) if before else ()
        # Before the start that they still reckon with. Who never heard of it needn't hear that it is off.
        return Consequence("release" if was_told else "", "ended", freed=freed, before=old.start)
    if before is None:
        return Consequence("notice", "fresh")
    return _of_one_who_stays(old, new, before, after, was_told=was_told)


def _of_one_who_stays(old: Plan, new: Plan, before: Hit, after: Hit, *, was_told: bool) -> Consequence:
    window = [Interval(old.start, old.end)]
    added = subtract(merge(after.times), merge(before.times))
    freed = tuple(subtract(merge(before.times), merge(after.times)))
    unheard = subtract(added, window)
    clocks: list[Clock] = []
    own: list[Interval[datetime]] = []
    if _starts_earlier(old, new):
        clocks.append("restarts")
    if _moves_inside(old, new):
        clocks.append("goes_on")
    if _moves_outside(old, new):
        clocks.append("restarts" if unheard else "goes_on")
    if _lasts_longer(old, new):
        own = intersect(unheard, [Interval(old.end, new.end)])
        clocks += ["goes_on"] if own else []
    if _rank(after.impact) != _rank(before.impact):
        clocks.append("restarts" if _rank(after.impact) > _rank(before.impact) else "goes_on")
    if old.category != new.category:
        clocks.append("recomputed")
    # Other hours on days that were announced, or fewer of them: said, and nobody counts anew.
    if intersect(added, window):
        clocks.append("goes_on")
    if was_told and (freed or _ends_earlier(old, new)):
        clocks.append("goes_on")
    if not clocks:
        return Consequence(freed=freed)
    clock = max(clocks, key=_CLOCKS.index)
    # Counted anew, all of it is one notice; else what is added needs its own.
    return Consequence("change", clock, () if clock == "restarts" else tuple(own), freed, min(old.start, new.start))
