"""Which teams that have sent wishes come in another age band or class when the rules change. Nobody moves unseen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from booking.seasons.models import SeasonRound, Wish
from booking.seasons.rules.instance import Applicant
from booking.seasons.rules.instance import Wish as Wanted
from booking.seasons.rules.presets import Rules


@dataclass(frozen=True, slots=True)
class Move:
    """So many teams go from one band or class to another, by what these are called; "" for no class."""

    before: str
    after: str
    teams: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Between age bands, and between classes; each from the largest down."""

    bands: tuple[Move, ...] = ()
    classes: tuple[Move, ...] = ()

    @property
    def teams(self) -> int:
        """How many teams are in another age band."""
        return sum(one.teams for one in self.bands)

    @property
    def code(self) -> str:
        """All of it in letters, so that a page can tell whether this is what it has told of."""
        return ";".join(f"{one.before}>{one.after}:{one.teams}" for one in (*self.bands, *self.classes))


def moves(round: SeasonRound, before: Rules | None, after: Rules) -> Moves:
    """What the change of rules moves; nothing without wishes, or where no rules held before. One query.

    A team is one name in one organisation. A band that is only called something else is the same one. So is a class
    that keeps its name, or its place in the order: what it says then stands in the preview. Rules that serve wishes
    one after the other have no use for classes.
    """
    if before is None:
        return Moves()
    ordered = before.order == after.order == "coverage" and len(after.tiers) > 1
    bands: Counter[tuple[str, str]] = Counter()
    classes: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[object, ...]] = set()
    rows = Wish.objects.filter(round=round, withdrawn_at__isnull=True).select_related("organisation").order_by("number")
    for row in rows:
        team = (row.organisation_id, " ".join(row.team.casefold().split()))
        wish = Wanted(
            row.pk, row.organisation_id, row.team, age_from=row.age_from, age_to=row.age_to, adapted=row.adapted,
            indoor=row.indoor,
        )  # fmt: skip
        asks = Applicant(row.organisation_id, row.organisation.name, row.organisation.kind)
        pair = (before.band(wish), after.band(wish))
        if pair[0] != pair[1] and (*team, *pair) not in seen:
            seen.add((*team, *pair))
            bands[before.called(pair[0]), after.called(pair[1])] += 1
        first, second = _class(before, wish, asks), _class(after, wish, asks)
        same = first[0] == second[0] or first[1] == second[1]
        if ordered and not same and (*team, "class", first, second) not in seen:
            seen.add((*team, "class", first, second))
            classes[first[2], second[2]] += 1
    return Moves(_largest(bands), _largest(classes))


def _class(rules: Rules, wish: Wanted, applicant: Applicant) -> tuple[int, str, str]:
    """The class that the wish is in: its place, name, and what it is called; none is the last place, without a name."""
    at = rules.tier(wish, applicant)
    return (at, rules.tiers[at].name, rules.tiers[at].called) if at < len(rules.tiers) else (-1, "", "")


def _largest(found: Counter[tuple[str, str]]) -> tuple[Move, ...]:
    return tuple(Move(*pair, n) for pair, n in sorted(found.items(), key=lambda item: (-item[1], item[0])))
