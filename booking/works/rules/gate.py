"""The gate: what is still unmet before works may be noticed, set to start, started or closed. Pure.

Source: notice-rules.md "Objects" (`unmet_requirements`), "Rules are data", "Consultation"; needs N6, N7.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that must be done first. ``party``: whom it is about; ``until``: from when it would be met."""

    code: str
    party: int | None = None
    until: datetime | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """How one affected party stands. ``earliest``: when the works may start for their notice; None without a clock.

    ``needs_notice`` False: nobody need tell them (impact none). ``phone``: their notice asks for a call; ``phoned``:
    one was tried; ``reached``: they answered as far as the rules want an answer.
    """

    party: int
    direct: bool
    needs_notice: bool
    earliest: datetime | None
    acknowledged: bool
    served: bool = False
    phone: bool = False
    phoned: bool = False
    reached: bool = True
    direct_share: int = 0
    other_share: int = 0


@dataclass(frozen=True, slots=True)
class Affected:
    """How the list of those affected stands."""

    confirmed: bool
    listed: int
    undecided: int
    needs_signature: bool
    signed: bool


def affected_missing(affected: Affected) -> list[Missing]:
    """The list must be gone through by a person; "nobody" in some cases signed by another."""
    found = []
    if not affected.confirmed or affected.undecided:
        found.append(Missing("affected_not_confirmed", params={"count": affected.undecided}))
    elif affected.needs_signature and not affected.signed:
        found.append(Missing("nobody_not_signed"))
    return found


def consultation_missing(*, days: int, opened_on: date | None, until: datetime | None, now: datetime) -> list[Missing]:
    """The consultation that the rules ask for must have been held, all of it."""
    if not days:
        return []
    if opened_on is None:
        return [Missing("not_consulted", params={"days": days})]
    if until is not None and now < until:
        return [Missing("consultation_open", until=until)]
    return []


@dataclass(frozen=True, slots=True)
class Said:
    """A reply that may hold up the notice."""

    pk: int
    party: int | None
    kind: str
    in_window: bool
    party_confirmed: bool
    answered: bool


def gates(reply: Said) -> bool:
    """True when the notice waits for its answer: an objection, a proposal or a wish, of a confirmed party, in time."""
    return reply.kind != "confirm" and reply.in_window and reply.party_confirmed and not reply.answered


def replies_missing(replies: Iterable[Said]) -> list[Missing]:
    """One line per reply that waits for its answer."""
    return [Missing("reply_unanswered", party=one.party, params={"reply": one.pk}) for one in replies if gates(one)]


def forward_plan_missing(
    *, days: int, announced: datetime | None, start: date, announced_on: date | None
) -> list[Missing]:
    """Big works stand in the public plan so many days before they start."""
    if not days:
        return []
    if announced is None or announced_on is None or (start - announced_on).days < days:
        return [Missing("forward_plan", params={"days": days})]
    return []


def told_missing(parties: Sequence[Told], start: datetime) -> list[Missing]:
    """Everybody has been told; the slowest direct party in time (of all, where nobody is direct)."""
    found: list[Missing] = []
    for one in parties:
        if one.needs_notice and one.earliest is None and not one.served:
            found.append(Missing("not_told", party=one.party))
    clocks = [one for one in parties if one.direct] or list(parties)
    for one in clocks:
        if one.needs_notice and one.earliest is not None and one.earliest > start:
            found.append(Missing("told_too_late", party=one.party, until=one.earliest))
    for one in parties:
        if one.phone and not (one.phoned and one.reached):
            found.append(Missing("not_reached" if one.phoned else "not_phoned", party=one.party))
    return found


def receipts_missing(parties: Sequence[Told]) -> list[Missing]:
    """All direct parties have confirmed that they received it, or were tried by every means; and a share of the others.

    Nobody gets a veto by not clicking: who was served counts as told.
    """
    found = [
        Missing("not_acknowledged", party=one.party)
        for one in parties
        if one.direct and one.direct_share and not (one.acknowledged or one.served)
    ]
    others = [one for one in parties if not one.direct and one.needs_notice and one.other_share]
    if others:
        asked = max(one.other_share for one in others)
        have = sum(1 for one in others if one.acknowledged or one.served)
        if have * 100 < asked * len(others):
            found.append(Missing("too_few_acknowledged", params={"share": asked, "have": have, "of": len(others)}))
    return found


def conflicts_missing(open_conflicts: Collection[tuple[int, int | None]]) -> list[Missing]:
    """Each granted time that the works meet has been settled. Pairs of (conflict, party)."""
    return [Missing("conflict_open", party=party, params={"conflict": pk}) for pk, party in sorted(open_conflicts)]


#: What an early start, signed by two people in public, goes past.
OVERRIDDEN = frozenset(
    {
        "not_told", "told_too_late", "not_phoned", "not_reached", "not_acknowledged", "too_few_acknowledged",
        "forward_plan", "not_consulted", "consultation_open",
    }
)  # fmt: skip


def past_override(missing: Iterable[Missing], *, overridden: bool) -> list[Missing]:
    """What is left when an early start has been granted."""
    return [one for one in missing if not (overridden and one.code in OVERRIDDEN)]
