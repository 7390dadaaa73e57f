"""Which teams that have sent wishes are in another age band when the rules change. Nobody changes band unseen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from booking.seasons.models import SeasonRound, Wish
from booking.seasons.rules.presets import Rules


@dataclass(frozen=True, slots=True)
class BandMove:
    """So many teams go from one band to another, by what the bands are called."""

    before: str
    after: str
    teams: int


def band_moves(round: SeasonRound, before: Rules | None, after: Rules) -> list[BandMove]:
    """From the largest move down; [] without wishes, or where no rules held before. One query.

    A team is one name in one organisation; a band that is called something else now is the same band.
    """
    if before is None:
        return []
    moves: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[int, str, str, str]] = set()
    rows = Wish.objects.filter(round=round, withdrawn_at__isnull=True).order_by("number")
    for wish in rows.only("organisation_id", "team", "age_from", "age_to"):
        first, second = before.band(wish), after.band(wish)  # type: ignore[arg-type]  # it asks the ages only
        one = (wish.organisation_id, " ".join(wish.team.casefold().split()), first, second)
        if first != second and one not in seen:
            seen.add(one)
            moves[before.called(first), after.called(second)] += 1
    return [BandMove(*pair, n) for pair, n in sorted(moves.items(), key=lambda item: (-item[1], item[0]))]
