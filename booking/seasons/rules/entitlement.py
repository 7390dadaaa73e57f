"""What the rules let a team and an organisation count on, in minutes a week: never from how much was asked for.

Wishes that share an entitlement make a pool: those of one team, or (rules that count members) those of one
organisation's age band. ``standard`` and ``least`` of a pool come from the rules alone. Its ``claim`` is
``min(asked, standard)``: the denominator of its coverage, and the most that counts as given. So a second wish of the
same team, more sessions or longer ones never make the claim larger than the rules do (decision 040).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from booking.seasons.rules.instance import Instance, Wish
from booking.seasons.rules.presets import Rules, of_instance
from booking.seasons.rules.saying import Reason

#: Organisation, and the team's name in small letters (or, for rules that count members, the band's name).
PoolKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Pool:
    """Wishes that share an entitlement. ``tier``: the best class among them."""

    key: PoolKey
    organisation: int
    band: str
    tier: int
    wishes: tuple[int, ...]
    least: int
    standard: int
    asked: int

    @property
    def claim(self) -> int:
        return min(self.asked, self.standard)

    @property
    def least_claim(self) -> int:
        return min(self.least, self.claim)


@dataclass(frozen=True, slots=True)
class Share:
    """Least, standard, asked and claimed minutes a week of a wish, or of an organisation (in a class, or in all)."""

    least: int
    standard: int
    asked: int
    claim: int


@dataclass(frozen=True)
class Entitlements:
    """``barred``: why a wish can't get anything; it has no pool. ``organisations`` have the sums of their pools."""

    rules: Rules
    pools: dict[PoolKey, Pool]
    pool_of: dict[int, PoolKey]
    tiers: dict[int, int]
    barred: dict[int, Reason]
    wishes: dict[int, Share]
    organisations: dict[int, Share]
    by_tier: dict[tuple[int, int], Share]


def entitlements(instance: Instance) -> Entitlements:
    """Worked out once for each instance."""
    kept = instance.__dict__.get("_entitlements")
    if kept is None:
        kept = instance.__dict__["_entitlements"] = _work_out(instance)
    assert isinstance(kept, Entitlements)  # noqa: S101 - for the type checker
    return kept


def team_key(wish: Wish) -> PoolKey:
    """Who is one team: the same name in the same organisation; a wish without a name is a team of its own."""
    name = " ".join(wish.team.casefold().split())
    return (wish.organisation, name or f"#{wish.key}")


def barred(instance: Instance, wish: Wish, rules: Rules) -> Reason | None:
    """The gate that a wish doesn't pass."""
    gates, applicant = rules.gates, instance.applicant.get(wish.organisation)
    if applicant is None:
        return Reason("not_applicant")
    if gates.registered and not applicant.registered:
        return Reason("gate_registered")
    if gates.resident and not applicant.resident:
        return Reason("gate_resident")
    if gates.open_membership and not applicant.open_membership:
        return Reason("gate_open_membership")
    if gates.no_own_hall and applicant.own_hall:
        return Reason("gate_no_own_hall")
    if gates.organised and not wish.organised:
        return Reason("gate_organised")
    if wish.heads < gates.heads:
        return Reason("gate_heads", {"heads": wish.heads, "least": gates.heads})
    return None


def _work_out(instance: Instance) -> Entitlements:
    rules = of_instance(instance.rules, seed=instance.seed)
    stopped: dict[int, Reason] = {}
    members: dict[PoolKey, list[Wish]] = defaultdict(list)
    for wish in sorted(instance.wishes, key=lambda one: one.key):
        why = barred(instance, wish, rules)
        if why is not None:
            stopped[wish.key] = why
        elif rules.share_by == "members":
            members[wish.organisation, rules.band(wish)].append(wish)
        else:
            members[team_key(wish)].append(wish)
    tiers = {one.key: _tier(instance, one, rules) for some in members.values() for one in some}
    bands = {key: rules.band(some[0]) for key, some in members.items()}
    teams: dict[tuple[int, str], int] = defaultdict(int)
    for key, band in bands.items():
        teams[key[0], band] += 1
    pools: dict[PoolKey, Pool] = {}
    for key, some in members.items():
        least, standard = _from_the_rules(instance, rules, key[0], bands[key], teams[key[0], bands[key]])
        pools[key] = Pool(
            key, key[0], bands[key], min(tiers[one.key] for one in some), tuple(one.key for one in some),
            least, standard, sum(one.minutes_asked for one in some),
        )  # fmt: skip
    by_tier: dict[tuple[int, int], Share] = {}
    organisations: dict[int, Share] = {}
    wishes: dict[int, Share] = {}
    for pool in pools.values():
        share = Share(pool.least_claim, pool.standard, pool.asked, pool.claim)
        at = (pool.organisation, pool.tier)
        by_tier[at] = _sum(by_tier.get(at), share)
        organisations[pool.organisation] = _sum(organisations.get(pool.organisation), share)
        wishes |= _split(instance, pool)
    return Entitlements(
        rules, pools, {wish: key for key, pool in pools.items() for wish in pool.wishes}, tiers, stopped,
        wishes, organisations, by_tier,
    )  # fmt: skip


def _tier(instance: Instance, wish: Wish, rules: Rules) -> int:
    return rules.tier(wish, instance.applicant[wish.organisation])


def _from_the_rules(instance: Instance, rules: Rules, organisation: int, band: str, teams: int) -> tuple[int, int]:
    """Least and standard of one pool. Nothing here looks at what was asked for."""
    share, per = rules.shares[band], rules.members_per_share
    heads = rules.members(instance.applicant[organisation])[band]
    if rules.share_by == "members":
        return share.least * heads // (per or 1), share.standard * heads // (per or 1)
    if per is None or not heads:
        return share.least, share.standard
    counted = min(teams, -(-heads // per))
    return share.least * counted // teams, share.standard * counted // teams


def _sum(one: Share | None, other: Share) -> Share:
    if one is None:
        return other
    return Share(
        one.least + other.least, one.standard + other.standard, one.asked + other.asked, one.claim + other.claim
    )


def _split(instance: Instance, pool: Pool) -> dict[int, Share]:
    """Each wish's part of its pool, by what it asks for: for showing only; fairness looks at the pool."""
    found: dict[int, Share] = {}
    for key in pool.wishes:
        asked = instance.wish[key].minutes_asked
        part = [amount * asked // pool.asked if pool.asked else 0 for amount in (pool.least_claim, pool.standard)]
        claim = pool.claim * asked // pool.asked if pool.asked else 0
        found[key] = Share(part[0], part[1], asked, claim)
    return found
