"""What a round of the solver tries to raise: a concave worth of each organisation's coverage.

The order of the rules is lexicographic; no sum says the same. But a sum in which the hours of whoever is below the
present worst level weigh ten times those of the next level, and so on, leads there, and can be solved. What a round
found is then judged by the rules' own order (``measures.vector``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from booking.seasons.rules.board import Board
from booking.seasons.rules.entitlement import PoolKey
from booking.seasons.rules.ground import Ground
from booking.seasons.rules.measures import STEP

#: Worth of one per cent of coverage: up to the level that all have, the next, and further steps above it.
_BELOW = 30_000
_STEPS = (3_000, 1_000, 300, 100, 30, 10, 0)
#: And any minute of it, so that hours in all count too.
_MINUTE = 20
#: A team's first two thirds, on top of what they are worth to its organisation.
_TEAM = 20
#: One per cent of a team's claim, up to the minimum that the rules guarantee it.
_LEAST = 50_000
#: Later classes, while an earlier one is at work.
_LATER = 0.01
#: A minute that counts, beside the worth of a minute at a best time or where the team was last season.
COUNTS = 10
_LIKED = {"right": (1, 3), "preference": (3, 1), "none": (1, 0)}

Row = tuple[int, int]  # organisation and class


@dataclass(frozen=True, slots=True)
class Segment:
    """So many minutes, each worth so much."""

    minutes: int
    worth: int


class Goal:
    """Worth of minutes, for a class at work and the level in it that everybody has.

    With ``floors``, minutes of rows that they keep: above them every minute is worth the same, whoever gets it.
    ``teams``: what teams keep, where it is more than their minimum.
    """

    def __init__(
        self, ground: Ground, tier: int, level: int, *,
        floors: dict[Row, int] | None = None, teams: dict[PoolKey, int] | None = None,
    ) -> None:  # fmt: skip
        self.floors, self.teams = floors, teams or {}
        self.ground = ground
        self.tier = tier
        self.level = level  # per cent, a whole number of steps
        self.rows: dict[Row, list[PoolKey]] = defaultdict(list)
        for pool in ground.shares.pools.values():
            if pool.claim:
                self.rows[pool.organisation, pool.tier].append(pool.key)
        self.claims = {row: sum(ground.shares.pools[key].claim for key in keys) for row, keys in self.rows.items()}
        self.segments = {row: self._segments(row) for row in self.rows}
        self.row_of = {key: row for row, keys in self.rows.items() for key in keys}
        self.best, self.last = _LIKED[ground.rules.last_season]

    def _segments(self, row: Row) -> list[Segment]:
        """Minutes from the first to the last that can be claimed, the dearest first."""
        claim, weight = self.claims[row], 1.0 if row[1] == self.tier else _LATER
        if self.floors is not None:
            floor = self.floors.get(row, 0)
            worths = ((floor, self._each(_BELOW, 1.0, claim)), (claim - floor, self._each(0, weight, claim)))
            return [Segment(minutes, worth) for minutes, worth in worths if minutes]
        steps = _STEPS[:1] if self.ground.rules.after_worst == "most_hours" else _STEPS
        edges = [self.level, *(self.level + STEP * number for number in range(1, len(steps) + 1)), 100]
        found: list[Segment] = []
        before = 0
        for edge, worth in zip(edges, (_BELOW, *steps), strict=False):
            upto = claim if edge >= 100 else -(-claim * edge // 100)
            if upto > before:
                found.append(Segment(upto - before, self._each(worth, weight, claim)))
                before = upto
        if before < claim:
            found.append(Segment(claim - before, self._each(0, weight, claim)))
        return found

    @staticmethod
    def _each(worth: int, weight: float, claim: int) -> int:
        return max(1, round((worth * 100 / claim + _MINUTE) * weight))

    def team_segments(self, key: PoolKey) -> list[Segment]:
        """What a team is worth by itself: its guaranteed minimum, then more among those of its organisation."""
        row, pool = self.row_of[key], self.ground.shares.pools[key]
        weight = 1.0 if row[1] == self.tier else _LATER
        least = self.team_keeps(key)
        found = [Segment(least, round(_LEAST * 100 / pool.claim))] if least else []
        more = 0 if self.floors is not None else pool.claim * 2 // 3 - least
        return [*found, Segment(more, max(1, round(_TEAM * weight * 100 / self.claims[row])))] if more > 0 else found

    def keeps(self, row: Row) -> int:
        """Minutes that an organisation doesn't lose in a round."""
        if self.floors is not None:
            return self.floors.get(row, 0)
        return self.segments[row][0].minutes if len(self.segments[row]) > 1 else 0

    def team_keeps(self, key: PoolKey) -> int:
        """Minutes that a team doesn't lose in a round: its minimum, or more."""
        return max(self.teams.get(key, 0), self.ground.shares.pools[key].least_claim)

    def worth_of(self, board: Board, rows: Iterable[Row]) -> int:
        """What some rows have on a board, in the round's own terms."""
        total = 0
        for row in rows:
            total += self.worth(row, self.counted(board, row))
            for key in self.rows[row]:
                total += _worth(self.team_segments(key), board.minutes[key])
        return total

    def worth(self, row: Row, minutes: int) -> int:
        return _worth(self.segments[row], minutes)

    def counted(self, board: Board, row: Row) -> int:
        pools = self.ground.shares.pools
        return sum(min(board.minutes[key], pools[key].claim) for key in self.rows[row])

    def percent(self, board: Board, row: Row) -> int:
        return self.counted(board, row) * 100 // self.claims[row]

    def worst(self, board: Board) -> int:
        """The lowest coverage in the class at work, per cent."""
        return min((self.percent(board, row) for row in self.rows if row[1] == self.tier), default=100)


def _worth(segments: list[Segment], minutes: int) -> int:
    total = 0
    for one in segments:
        taken = min(minutes, one.minutes)
        total += taken * one.worth
        minutes -= taken
    return total
