"""A model of occupancy that is obviously right: one number per cell and minute, asked minute by minute.

It knows nothing of intervals, sweeps, indexes or SQL. Moments are epoch seconds on whole minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

MINUTE = 60


OSLO = ZoneInfo("Europe/Oslo")


@dataclass
class Thing:
    """A lendable thing: what it takes of which cell, its buffers in minutes, and its daily hours on the wall."""

    cells: dict[int, int]
    before: int = 0
    after: int = 0
    hours: tuple[int, int] | None = None  # minutes after midnight; closes <= opens: past midnight; None: always open
    zone: ZoneInfo = OSLO

    def is_open(self, moment: int) -> bool:
        if self.hours is None:
            return True
        local = datetime.fromtimestamp(moment, self.zone)
        minute = local.hour * 60 + local.minute
        opens, closes = self.hours
        return opens <= minute < closes if opens < closes else minute >= opens or minute < closes


@dataclass
class Taken:
    """One cause's time on one thing."""

    thing: int
    cause: int
    start: int
    end: int
    quantity: int
    klass: str
    status: str
    label: str = ""
    block: tuple[int, int] = (0, 0)


@dataclass
class World:
    """``stock``: how many of each cell there are; 1 for an exclusive one."""

    stock: dict[int, int]
    things: dict[int, Thing]
    taken: list[Taken] = field(default_factory=list)

    def block_of(self, thing: int, start: int, end: int) -> tuple[int, int]:
        return start - self.things[thing].before * MINUTE, end + self.things[thing].after * MINUTE

    def use(self, cell: int, minute: int, ignore: Iterable[int] = ()) -> int:
        """How much of a cell claims and blocks take in the minute that begins there."""
        return sum(
            self.needs(one.thing, one.quantity)[cell]
            for one in self.taken
            if one.klass != "note"
            and one.cause not in ignore
            and cell in self.things[one.thing].cells
            and one.block[0] <= minute < one.block[1]
        )

    def needs(self, thing: int, quantity: int) -> dict[int, int]:
        return {cell: amount * quantity for cell, amount in self.things[thing].cells.items()}

    def left(self, thing: int, minute: int) -> int:
        """How many of the thing nobody has in that minute."""
        return min(
            max(0, self.stock[cell] - self.use(cell, minute)) // amount
            for cell, amount in self.things[thing].cells.items()
        )

    def fits(self, thing: int, start: int, end: int, quantity: int, ignore: Iterable[int] = ()) -> bool:
        """May ``[start, end)`` (with set-up, without buffers) be had, hours aside?"""
        begins, ends = self.block_of(thing, start, end)
        return all(
            self.use(cell, minute, ignore) + need <= self.stock[cell]
            for cell, need in self.needs(thing, quantity).items()
            for minute in self.minutes(cell, begins, ends)
        )

    def minutes(self, cell: int, begins: int, ends: int) -> Iterable[int]:
        """Every minute of the window in which the use of the cell can differ from the minute before: that is where a
        row begins or ends. (All other minutes would say the same again; this only saves time.)"""
        return {begins} | {edge for one in self.taken for edge in one.block if begins <= edge < ends}

    def in_the_way(self, thing: int, start: int, end: int, quantity: int) -> set[int]:
        """Causes that have part of what is missing, in any minute in which something is missing."""
        begins, ends = self.block_of(thing, start, end)
        found: set[int] = set()
        for cell, need in self.needs(thing, quantity).items():
            for minute in range(begins, ends, MINUTE):
                here = [
                    one
                    for one in self.taken
                    if one.klass != "note"
                    and cell in self.things[one.thing].cells
                    and one.block[0] <= minute < one.block[1]
                ]
                used = sum(self.needs(one.thing, one.quantity)[cell] for one in here)
                if here and used + need > self.stock[cell]:
                    found |= {one.cause for one in here}
        return found

    def askable(self, thing: int, window: tuple[int, int]) -> dict[int, int]:
        """For every minute of the window how many could be asked for in that minute (0: none, or closed)."""
        one = self.things[thing]
        first, last = window[0] - one.before * MINUTE, window[1] + one.after * MINUTE
        left = {minute: self.left(thing, minute) for minute in range(first, last, MINUTE)}
        return {
            minute: min(
                left[around]
                for around in range(minute - one.before * MINUTE, minute + (one.after + 1) * MINUTE, MINUTE)
            )
            if one.is_open(minute)
            else 0
            for minute in range(window[0], window[1], MINUTE)
        }

    def free(self, thing: int, window: tuple[int, int]) -> list[tuple[int, int, int]]:
        """The minutes of ``askable`` as runs of one number."""
        runs: list[tuple[int, int, int]] = []
        for minute, count in self.askable(thing, window).items():
            if count <= 0:
                continue
            if runs and runs[-1][1] == minute and runs[-1][2] == count:
                runs[-1] = (runs[-1][0], minute + MINUTE, count)
            else:
                runs.append((minute, minute + MINUTE, count))
        return runs

    def busy(self, thing: int, window: tuple[int, int]) -> list[tuple[int, int, str, int, str]]:
        """What is shown on the thing: everything that shares a cell with it and touches the window."""
        cells = self.things[thing].cells
        total = min(self.stock[cell] // amount for cell, amount in cells.items())
        shown = []
        for one in self.taken:
            shared = [cell for cell in cells if cell in self.things[one.thing].cells]
            touches = any(window[0] <= minute < window[1] for minute in range(one.start, one.end, MINUTE))
            if shared and one.status and touches:
                need = self.needs(one.thing, one.quantity)
                count = max(-(-min(need[cell], self.stock[cell]) // cells[cell]) for cell in shared)
                shown.append((one.start, one.end, one.status, min(count, max(total, 1)), one.label))
        return sorted(shown)

    def add(self, one: Taken) -> None:
        one.block = self.block_of(one.thing, one.start, one.end)
        self.taken.append(one)

    def overlaps(self, cell: int) -> bool:
        """True when the cell is taken beyond its stock in any minute in which there is a claim: must never be."""
        use: dict[int, int] = defaultdict(int)
        claimed: set[int] = set()
        for one in self.taken:
            if one.klass == "note" or cell not in self.things[one.thing].cells:
                continue
            for minute in range(one.block[0], one.block[1], MINUTE):
                use[minute] += self.needs(one.thing, one.quantity)[cell]
                if one.klass == "claim":
                    claimed.add(minute)
        return any(use[minute] > self.stock[cell] for minute in claimed)
