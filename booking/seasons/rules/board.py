"""A timetable while it is being made: who sits where, as bits, and what else could go where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from booking.seasons.rules.ground import Ground, Option
from booking.seasons.rules.instance import Slot, Timetable


class Board:
    """Slots on a ground. Locked ones lie on it as they are; of the others only those that the rules allow.

    A slot without a lock that can't stand (an overlap, a cap) is left out.
    """

    def __init__(self, ground: Ground, timetable: Timetable = ()) -> None:
        self.ground = ground
        self.instance = ground.instance
        self.slots: dict[int, list[Slot]] = defaultdict(list)  # by wish
        self.taken: dict[int, int] = defaultdict(int)  # bits by cell
        self.busy: dict[object, int] = defaultdict(int)  # bits by what must be apart
        self.minutes: dict[object, int] = defaultdict(int)  # by pool
        self.day: dict[tuple[object, int], int] = defaultdict(int)  # minutes by (team or club, weekday)
        self.week: dict[object, int] = defaultdict(int)
        self.capped = any(getattr(ground.rules.caps, name) is not None for name in ground.rules.caps.__slots__)
        known = sorted(
            slot
            for slot in timetable
            if slot.wish in self.instance.wish and slot.place in self.instance.place and 0 <= slot.start < slot.end
        )
        for slot in known:
            if slot.locked:
                self.put(slot)
        for slot in known:
            if not slot.locked and self.fits(slot):
                self.put(slot)

    def timetable(self) -> Timetable:
        return tuple(sorted(slot for some in self.slots.values() for slot in some))

    def put(self, slot: Slot) -> None:
        self._change(slot, 1)
        self.slots[slot.wish].append(slot)

    def take(self, slot: Slot) -> None:
        self.slots[slot.wish].remove(slot)
        self._change(slot, -1)

    def _change(self, slot: Slot, sign: int) -> None:
        bits = self.ground.touched(slot.weekday, slot.start, slot.end)
        for cell in self.instance.place[slot.place].cells:
            self.taken[cell] = self.taken[cell] | bits if sign > 0 else self.taken[cell] & ~bits
        for name in self.ground.apart[slot.wish]:
            self.busy[name] = self.busy[name] | bits if sign > 0 else self.busy[name] & ~bits
        pool = self.ground.shares.pool_of.get(slot.wish)
        if pool is not None:
            self.minutes[pool] += sign * slot.minutes
        for who in (self.ground.team[slot.wish], self.instance.wish[slot.wish].organisation):
            self.day[who, slot.weekday] += sign * slot.minutes
            self.week[who] += sign * slot.minutes

    def fits(self, slot: Slot) -> bool:
        """Whether a slot is one of its wish's options, and free."""
        grid = self.ground.grid
        if slot.start % grid or slot.end % grid:
            return False
        option = (slot.place, slot.weekday, slot.start // grid, slot.minutes // grid)
        wish, place = self.instance.wish[slot.wish], self.instance.place[slot.place]
        bits = self.ground.mask(option)
        return (
            slot.wish not in self.ground.shares.barred
            and slot.place in wish.places
            and option[3] in self.ground.lengths(wish)
            and self.ground.allowed(wish, place) & bits == bits
            and len(self.slots[slot.wish]) < max(wish.sessions_wanted, wish.sessions_min)
            and self.free(slot.wish, option)
        )

    def free(self, wish: int, option: Option) -> bool:
        """Whether a wish can have an option as things are."""
        place, weekday, _first, steps = option
        bits = self.ground.mask(option)
        if any(self.taken[cell] & bits for cell in self.instance.place[place].cells):
            return False
        if any(self.busy[name] & bits for name in self.ground.apart[wish]):
            return False
        mine = self.slots[wish]
        if any(one.weekday == weekday for one in mine):
            return False
        return not self.capped or self._within_caps(wish, weekday, steps * self.ground.grid)

    def _within_caps(self, wish: int, weekday: int, minutes: int) -> bool:
        caps, team = self.ground.rules.caps, self.ground.team[wish]
        club = self.instance.wish[wish].organisation
        if caps.team_days_week is not None and not self.day[team, weekday]:
            days = sum(1 for day in range(7) if self.day[team, day])
            if days >= caps.team_days_week:
                return False
        return all(
            most is None or have + minutes <= most
            for have, most in (
                (self.day[team, weekday], caps.team_minutes_day),
                (self.week[team], caps.team_minutes_week),
                (self.day[club, weekday], caps.club_minutes_day),
                (self.week[club], caps.club_minutes_week),
            )
        )

    def options(self, wish: int) -> list[Option]:
        """What a wish could have now."""
        one = self.instance.wish[wish]
        if len(self.slots[wish]) >= max(one.sessions_wanted, one.sessions_min):
            return []
        every = self.able(wish)
        free = {
            cell: every & ~self.taken[cell]
            for key in one.places
            if key in self.instance.place
            for cell in self.instance.place[key].cells
        }
        return self.within_caps(wish, self.ground.options(one, free=free))

    def able(self, wish: int) -> int:
        """Steps at which neither the wish's other sessions nor what must be apart from it stand."""
        every = (1 << 7 * self.ground.stride) - 1
        for name in self.ground.apart[wish]:
            every &= ~self.busy[name]
        for slot in self.slots[wish]:
            every &= ~self.ground.bits(slot.weekday, 0, self.ground.steps)
        return every

    def within_caps(self, wish: int, options: list[Option]) -> list[Option]:
        """Those that the caps leave."""
        if not self.capped:
            return options
        return [one for one in options if self._within_caps(wish, one[1], one[3] * self.ground.grid)]


def locked(slots: Iterable[Slot]) -> Timetable:
    return tuple(sorted(slot for slot in slots if slot.locked))
