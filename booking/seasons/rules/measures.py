"""How fair a timetable is: coverage, best times, who is worst off; and what a change does to everybody.

Coverage is minutes given by what a pool (a team, as a rule) can claim, and no more than that counts. An organisation's
is the sum over its pools. Comparisons use whole steps of 5 %, so that nobody fights over minutes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from booking.seasons.rules.entitlement import PoolKey, entitlements
from booking.seasons.rules.instance import Instance, Slot, Timetable, Wish

STEP = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a wish, a pool, an organisation or all. ``coverage`` in [0, 1]; 1 where nothing can be claimed."""

    minutes: int  # given
    counted: int  # of them, at most what can be claimed
    claim: int
    asked: int
    best: int  # minutes at best times
    wishes: int  # how many, and how many have all that was asked
    met: int
    unserved: int  # how many have nothing

    @property
    def coverage(self) -> float:
        return self.counted / self.claim if self.claim else 1.0

    @property
    def percent(self) -> int:
        return self.counted * 100 // self.claim if self.claim else 100

    @property
    def best_share(self) -> float | None:
        """Of what was given; ``None`` where nothing was."""
        return self.best / self.minutes if self.minutes else None


@dataclass(frozen=True)
class Measured:
    """A timetable in figures. ``worst_off``: organisations with the lowest coverage, class by class, lowest first."""

    wishes: dict[int, Figures]
    pools: dict[PoolKey, Figures]
    organisations: dict[int, Figures]
    by_tier: dict[tuple[int, int], Figures]  # (organisation, class)
    whole: Figures
    worst_off: tuple[int, ...]
    without_least: tuple[int, ...]  # organisations with less than they are guaranteed
    teams_without_least: tuple[PoolKey, ...]
    moved: int  # minutes of last season's slots that the same wish no longer has

    @property
    def worst_percent(self) -> int:
        return min((one.percent for one in self.organisations.values() if one.claim), default=100)

    def tier_worst(self, tier: int) -> int:
        """The lowest coverage of an organisation in a class, in per cent."""
        return min((one.percent for (_org, at), one in self.by_tier.items() if at == tier and one.claim), default=100)


def best_minutes(wish: Wish, slot: Slot) -> int:
    """Minutes of a slot at best times; all of it when the wish named none."""
    if not wish.best:
        return slot.minutes
    taken = {
        minute
        for one in wish.best
        if one.weekday == slot.weekday
        for minute in range(max(one.start, slot.start), min(one.end, slot.end), 5)
    }
    return min(len(taken) * 5, slot.minutes)


def moved_minutes(wish: Wish, slots: list[Slot]) -> int:
    """Minutes of what the team had last season, and no longer has at that place and time."""
    gone = 0
    for old in wish.last:
        kept = sum(
            max(0, min(old.end, new.end) - max(old.start, new.start))
            for new in slots
            if new.place == old.place and new.weekday == old.weekday
        )
        gone += max(0, old.minutes - kept)
    return gone


def measure(instance: Instance, timetable: Timetable) -> Measured:
    """All figures of a timetable. Slots of unknown wishes are left out."""
    shares = entitlements(instance)
    given: dict[int, list[Slot]] = defaultdict(list)
    for slot in timetable:
        given[slot.wish].append(slot)
    wishes: dict[int, Figures] = {}
    moved = 0
    for wish in instance.wishes:
        slots = given.get(wish.key, [])
        minutes = sum(one.minutes for one in slots)
        claim = shares.wishes[wish.key].claim if wish.key in shares.wishes else 0
        wishes[wish.key] = Figures(
            minutes, min(minutes, claim), claim, wish.minutes_asked,
            sum(best_minutes(wish, one) for one in slots),
            1, int(minutes >= wish.minutes_asked), int(minutes == 0),
        )  # fmt: skip
        moved += moved_minutes(wish, slots)
    pools: dict[PoolKey, Figures] = {}
    for key, pool in shares.pools.items():
        some = [wishes[one] for one in pool.wishes]
        pools[key] = _total(some, counted=min(sum(one.minutes for one in some), pool.claim), claim=pool.claim)
    grouped: dict[int, list[Figures]] = defaultdict(list)
    tiered: dict[tuple[int, int], list[Figures]] = defaultdict(list)
    for key, pool in shares.pools.items():
        grouped[pool.organisation].append(pools[key])
        tiered[pool.organisation, pool.tier].append(pools[key])
    for wish in instance.wishes:
        if wish.key in shares.barred:
            grouped[wish.organisation].append(wishes[wish.key])
    organisations = {key: _total(some) for key, some in sorted(grouped.items())}
    by_tier = {key: _total(some) for key, some in sorted(tiered.items())}
    order = sorted((tier, one.percent // STEP, one.percent, org) for (org, tier), one in by_tier.items() if one.claim)
    worst = tuple(dict.fromkeys(org for _tier, _level, _percent, org in order))
    least = shares.rules.club_least
    without = tuple(
        org for org, share in sorted(shares.organisations.items())
        if organisations[org].counted < min(least, share.claim)
    )  # fmt: skip
    teams = tuple(key for key, pool in sorted(shares.pools.items()) if pools[key].counted < pool.least_claim)
    whole = _total(list(organisations.values()))
    return Measured(wishes, pools, organisations, by_tier, whole, worst, without, teams, moved)


def _total(some: list[Figures], *, counted: int | None = None, claim: int | None = None) -> Figures:
    return Figures(
        sum(one.minutes for one in some),
        sum(one.counted for one in some) if counted is None else counted,
        sum(one.claim for one in some) if claim is None else claim,
        sum(one.asked for one in some),
        sum(one.best for one in some),
        sum(one.wishes for one in some),
        sum(one.met for one in some),
        sum(one.unserved for one in some),
    )


#: Compared like a number: the larger one is the fairer timetable.
Vector = tuple[tuple[int, ...], ...]


def vector(instance: Instance, timetable: Timetable) -> Vector:
    """The order of seasons.md, most important first, as a value to be compared.

    Organisations, then teams with their guaranteed minimum; class by class the organisations' levels from the
    worst-off on, and inside them the teams'; minutes that count; best times; fewest moves (before best times where the
    rules give last season's right). Rules that want most hours after the worst-off (``after_worst``) have in each
    class the worst-off's level, then its minutes that count, before the levels of the others.
    """
    found = measure(instance, timetable)
    shares = entitlements(instance)
    tiers = sorted({tier for _org, tier in found.by_tier})
    parts: list[tuple[int, ...]] = [(-len(found.without_least), -len(found.teams_without_least))]
    for tier in tiers:
        levels = sorted(one.percent // STEP for (_o, at), one in found.by_tier.items() if at == tier and one.claim)
        if shares.rules.after_worst == "most_hours":
            parts.append((*levels[:1], sum(one.counted for (_o, at), one in found.by_tier.items() if at == tier)))
        parts.append(tuple(levels))
        parts.append(
            tuple(
                sorted(
                    found.pools[key].percent // STEP
                    for key, one in shares.pools.items()
                    if one.tier == tier and one.claim
                )
            )
        )
    parts.append(tuple(sum(one.counted for (_o, at), one in found.by_tier.items() if at == tier) for tier in tiers))
    last = [(-found.moved,), (found.whole.best,)]
    parts += last if shares.rules.last_season == "right" else last[::-1]
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An organisation before and after. ``change``: minutes that count, more or fewer."""

    organisation: int
    before: Figures
    after: Figures

    @property
    def change(self) -> int:
        return self.after.counted - self.before.counted

    @property
    def minutes(self) -> int:
        return self.after.minutes - self.before.minutes


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does. ``gains`` and ``loses``: organisations, by hours given; ``worst_*``: who, and per cent."""

    rows: tuple[EffectRow, ...]
    gains: tuple[int, ...]
    loses: tuple[int, ...]
    worst_before: tuple[int, int] | None
    worst_after: tuple[int, int] | None
    better: bool  # by the order of the rules
    worse: bool


def effect(instance: Instance, before: Timetable, after: Timetable) -> Effect:
    """Per organisation hours, coverage and best-time share before and after, and what becomes of the worst-off."""
    one, other = measure(instance, before), measure(instance, after)
    rows = tuple(EffectRow(key, one.organisations[key], other.organisations[key]) for key in one.organisations)
    first, second = vector(instance, before), vector(instance, after)
    return Effect(
        rows,
        tuple(row.organisation for row in rows if row.minutes > 0),
        tuple(row.organisation for row in rows if row.minutes < 0),
        _worst(one), _worst(other), second > first, second < first,
    )  # fmt: skip


def _worst(found: Measured) -> tuple[int, int] | None:
    able = [(one.percent, key) for key, one in found.organisations.items() if one.claim]
    return (min(able)[1], min(able)[0]) if able else None
