"""What an instance allows, worked out once: for each wish and place the hours, as bits of one long number.

A bit is a step of the grid on a weekday, of a cell. Days are apart by one bit that nobody has, so a run of ones never
goes over midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from booking.seasons.rules.entitlement import Entitlements, PoolKey, entitlements, team_key
from booking.seasons.rules.instance import DAY, Instance, Place, Slot, Span, Wish

#: An option of a wish: place, weekday, first step of the day, steps.
Option = tuple[int, int, int, int]


class Ground:
    """See ``ground_of``."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.shares: Entitlements = entitlements(instance)
        self.rules = self.shares.rules
        self.grid = instance.grid
        self.steps = DAY // instance.grid
        self.stride = self.steps + 1
        parts: dict[int, int] = {}
        for place in instance.places:
            parts[place.hall] = parts.get(place.hall, 0) + 1
        self.whole = {place.key: place.key == place.hall and parts[place.hall] > 1 for place in instance.places}
        self._open = {place.key: self._inside(place.open) for place in instance.places}
        self._hours: dict[str, int] = {}
        self._allowed: dict[tuple[int, int], int] = {}
        self._options: dict[int, list[Option]] = {}

    def bits(self, weekday: int, first: int, steps: int) -> int:
        return ((1 << steps) - 1) << (weekday * self.stride + first)

    def _inside(self, spans: tuple[Span, ...]) -> int:
        """Steps that lie wholly in the spans."""
        found = 0
        for weekday in range(7):
            day = sorted((one.start, one.end) for one in spans if one.weekday == weekday)
            merged: list[list[int]] = []
            for start, end in day:
                if merged and start <= merged[-1][1]:
                    merged[-1][1] = max(merged[-1][1], end)
                else:
                    merged.append([start, end])
            for start, end in merged:
                first, last = -(-start // self.grid), end // self.grid
                if last > first:
                    found |= self.bits(weekday, first, last - first)
        return found

    def open_steps(self, place: Place) -> int:
        """Steps at which a place is offered."""
        return self._open[place.key]

    def touched(self, weekday: int, start: int, end: int) -> int:
        """Steps that a time touches, also one off the grid."""
        first, last = start // self.grid, -(-end // self.grid)
        return self.bits(weekday, first, max(last - first, 0))

    def band_hours(self, band: str) -> int:
        """Steps that the windows leave to a band."""
        if band not in self._hours:
            self._hours[band] = self._inside(
                tuple(Span(day, start, end) for day in range(7) for start, end in self.rules.hours(band, day))
            )
        return self._hours[band]

    @cached_property
    def after_whole(self) -> int:
        """Steps at which a hall with parts is given whole."""
        start = self.rules.whole_from or 0
        return self._inside(tuple(Span(day, start, DAY) for day in range(7)))

    def allowed(self, wish: Wish, place: Place) -> int:
        """Steps that a wish could have at a place if nobody else were there."""
        key = (wish.key, place.key)
        if key not in self._allowed:
            found = self._open[place.key] & self.band_hours(self.rules.band(wish))
            for span in wish.impossible:
                found &= ~self.touched(span.weekday, span.start, span.end)
            if self.whole[place.key]:
                found &= self.after_whole
            if place.room_for is not None and wish.heads > place.room_for:
                found = 0
            self._allowed[key] = found
        return self._allowed[key]

    def best(self, wish: Wish) -> int:
        """Steps of the wish's best times; all when it named none."""
        return self._inside(wish.best) if wish.best else (1 << 7 * self.stride) - 1

    def lengths(self, wish: Wish) -> range:
        """Steps that a session can have."""
        least = max(1, -(-wish.minutes_min // self.grid))
        most = max(wish.minutes_wanted // self.grid, least)
        cap = self.rules.caps.team_minutes_day
        return range(least, min(most, most if cap is None else cap // self.grid) + 1)

    def starts(self, mask: int, steps: int) -> int:
        """Bits at which a run of ``steps`` ones begins."""
        found, have = mask, 1
        while have < steps:
            more = min(have, steps - have)
            found &= found >> more
            have += more
        return found

    def options(self, wish: Wish, *, free: dict[int, int] | None = None) -> list[Option]:
        """Every time, place and length that the rules allow; with ``free``: steps by cell, those only."""
        if wish.key in self.shares.barred:
            return []
        if free is None and wish.key in self._options:
            return self._options[wish.key]
        found: list[Option] = []
        for key in wish.places:
            place = self.instance.place.get(key)
            if place is None:
                continue
            mask = self.allowed(wish, place)
            if free is not None:
                for cell in place.cells:
                    mask &= free.get(cell, 0)
            for steps in self.lengths(wish):
                runs = self.starts(mask, steps)
                while runs:
                    low = runs & -runs
                    weekday, first = divmod(low.bit_length() - 1, self.stride)
                    found.append((key, weekday, first, steps))
                    runs ^= low
        if free is None:
            self._options[wish.key] = found
        return found

    def slot(self, wish: int, option: Option, *, locked: bool = False) -> Slot:
        place, weekday, first, steps = option
        return Slot(wish, place, weekday, first * self.grid, (first + steps) * self.grid, locked)

    def mask(self, option: Option) -> int:
        _place, weekday, first, steps = option
        return self.bits(weekday, first, steps)

    @cached_property
    def alike(self) -> dict[int, tuple[int, ...]]:
        """Parts of a hall that nothing tells apart, neither hours nor size nor any wish: of each, all of them.

        Sessions that overlap no more often than there are parts can always be laid on them, one beside the other.
        """
        named: dict[int, list[int]] = {}
        for wish in self.instance.wishes:
            for key in set(wish.places):
                named.setdefault(key, []).append(wish.key)
        inside: dict[int, list[int]] = {}
        for place in self.instance.places:
            for cell in place.cells:
                inside.setdefault(cell, []).append(place.key)
        groups: dict[object, list[int]] = {}
        for place in self.instance.places:
            if len(place.cells) == 1:
                around = tuple(one for one in inside[next(iter(place.cells))] if one != place.key)
                if all(len(self.instance.place[one].cells) > 1 for one in around):
                    wishes = tuple(named.get(place.key, ()))
                    same = (place.hall, self._open[place.key], place.room_for, around, wishes)
                    groups.setdefault(same, []).append(place.key)
        return {key: tuple(sorted(some)) for some in groups.values() if len(some) > 1 for key in some}

    @cached_property
    def apart(self) -> dict[int, tuple[tuple[int, str], ...]]:
        """Of each wish: what can't be at two places at once. A team itself can't."""
        found: dict[int, tuple[tuple[int, str], ...]] = {}
        for wish in self.instance.wishes:
            names = sorted(" ".join(name.casefold().split()) for name in wish.apart)
            found[wish.key] = (*((wish.organisation, f"apart {name}") for name in names), self.team[wish.key])
        return found

    @cached_property
    def team(self) -> dict[int, PoolKey]:
        return {wish.key: team_key(wish) for wish in self.instance.wishes}


def covered(span: Span, by: Iterable[Span]) -> bool:
    """Whether spans that may touch or overlap cover it together."""
    at = span.start
    for one in sorted(by):
        if one.weekday == span.weekday and one.start <= at < one.end:
            at = one.end
        if at >= span.end:
            return True
    return False


def ground_of(instance: Instance) -> Ground:
    """The ground of an instance, made once and kept with it."""
    kept = instance.__dict__.get("_ground")
    if kept is None:
        kept = instance.__dict__["_ground"] = Ground(instance)
    assert isinstance(kept, Ground)  # noqa: S101 - for the type checker
    return kept
