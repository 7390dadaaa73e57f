"""Why a wish was or was not met, derived from the instance and the finished timetable alone.

So it is as true for a timetable that somebody changed by hand as for a draft. For each wish, in the order to be read:

* ``not_eligible`` (``gate`` and what fills it), or ``met``, ``part``, ``nothing`` (``given_minutes``,
  ``asked_minutes``, ``coverage_percent`` of the team), and ``entitled`` when the rules give no more than that;
* each slot: ``slot`` (``best``: at a best time, ``last``: as last season), ``shorter`` and ``other_place`` when it is;
* for each day with best times and no slot, up to three: ``not_given`` with a place and time, first choice;
* for who has less than it can claim: ``nearest_free`` or ``nothing_free``.

``shorter``, ``other_place`` and ``not_given`` have ``because``: one or more reasons of ``obstacles``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from booking.seasons.rules.entitlement import Pool
from booking.seasons.rules.greedy import lot
from booking.seasons.rules.ground import Ground, covered, ground_of
from booking.seasons.rules.instance import DAY, Instance, Place, Slot, Span, Timetable, Wish
from booking.seasons.rules.measures import STEP, Measured, best_minutes, measure
from booking.seasons.rules.saying import Reason

#: Days of a wish whose refusal is explained.
_DAYS = 3
#: Rivals named for one time.
_RIVALS = 3


def reasons(instance: Instance, timetable: Timetable) -> dict[int, list[Reason]]:
    """For every wish: what became of it, why, and what is still free."""
    why = Why(instance, timetable)
    return {wish.key: why.of(wish) for wish in instance.wishes}


class Why:
    """A finished timetable that is asked about. ``of`` a wish, or ``obstacles`` of any place and time."""

    def __init__(self, instance: Instance, timetable: Timetable) -> None:
        self.instance = instance
        self.timetable = tuple(
            sorted(one for one in timetable if one.wish in instance.wish and one.place in instance.place)
        )
        self.ground: Ground = ground_of(instance)
        self.shares = self.ground.shares
        self.rules = self.ground.rules
        self.figures: Measured = measure(instance, self.timetable)
        self._worst_of: dict[int, int] = {}
        self.given: dict[int, list[Slot]] = defaultdict(list)
        self.at: dict[tuple[int, int], list[Slot]] = defaultdict(list)
        self.club: dict[int, list[Slot]] = defaultdict(list)
        for slot in self.timetable:
            self.given[slot.wish].append(slot)
            self.club[instance.wish[slot.wish].organisation].append(slot)
            for cell in instance.place[slot.place].cells:
                self.at[cell, slot.weekday].append(slot)

    def of(self, wish: Wish) -> list[Reason]:
        gate = self.shares.barred.get(wish.key)
        if gate is not None:
            return [Reason("not_eligible", {**gate.params, "gate": gate.code, "team": wish.team})]
        slots = self.given[wish.key]
        minutes = sum(one.minutes for one in slots)
        pool = self.shares.pools[self.shares.pool_of[wish.key]]
        figures = self.figures.pools[pool.key]
        found = [
            Reason(
                "met" if minutes >= wish.minutes_asked else "part" if slots else "nothing",
                {
                    "team": wish.team,
                    "given_minutes": minutes,
                    "asked_minutes": wish.minutes_asked,
                    "coverage_percent": figures.percent,
                },
            )
        ]
        if minutes < wish.minutes_asked and figures.counted >= pool.claim:
            found.append(
                Reason("entitled", {"claim_minutes": pool.claim, "asked_minutes": pool.asked, "band": pool.band})
            )
        for slot in slots:
            found += self._slot(wish, slot)
        if minutes < wish.minutes_asked or any(best_minutes(wish, one) < one.minutes for one in slots):
            found += self._not_given(wish)
        if figures.counted < pool.claim and minutes < wish.minutes_asked:
            found.append(self._nearest_free(wish))
        return found

    # --- what was given -------------------------------------------------------------------------------------------

    def _slot(self, wish: Wish, slot: Slot) -> list[Reason]:
        where = self._where(slot.place, slot.weekday, slot.start, slot.end)
        last = any(one.place == slot.place and one.span.meets(slot.span) for one in wish.last)
        best = bool(wish.best) and best_minutes(wish, slot) == slot.minutes
        found = [Reason("slot", {**where, "best": best, "last": last, "locked": slot.locked})]
        if slot.minutes < wish.minutes_wanted:
            because = self._no_longer(wish, slot)
            if because:
                found.append(Reason("shorter", {**where, "wanted_minutes": wish.minutes_wanted, "because": because}))
        if wish.places and slot.place in wish.places and slot.place != wish.places[0]:
            first = wish.places[0]
            because = self.obstacles(wish, first, slot.span, but=slot)
            if because:
                name = self.instance.place[first].name if first in self.instance.place else ""
                found.append(Reason("other_place", {**where, "wished": first, "wished_name": name, "because": because}))
        return found

    def _no_longer(self, wish: Wish, slot: Slot) -> tuple[Reason, ...]:
        """What stands at both ends of a slot that is shorter than wanted; nothing when one end is open."""
        pool = self.shares.pools[self.shares.pool_of[wish.key]]
        if self.figures.pools[pool.key].minutes >= pool.claim:
            return (Reason("entitled", {"claim_minutes": pool.claim, "asked_minutes": pool.asked, "band": pool.band}),)
        grid, found = self.instance.grid, []
        for start, end in ((slot.end, slot.end + grid), (slot.start - grid, slot.start)):
            span = Span(slot.weekday, max(0, start), min(DAY, end))
            because = self.obstacles(wish, slot.place, span, but=slot, longer=True)
            if not because:
                return (Reason("free", self._where(slot.place, slot.weekday, span.start, span.end)),)
            found += [one for one in because if one not in found]
        return tuple(found[:_RIVALS])

    # --- what was not -----------------------------------------------------------------------------------------------

    def _not_given(self, wish: Wish) -> list[Reason]:
        """First choices on days where the wish has nothing at a best time."""
        found: list[Reason] = []
        for place, span in self._first_choices(wish):
            because = self.obstacles(wish, place, span)
            where = self._where(place, span.weekday, span.start, span.end)
            found.append(Reason("not_given", {**where, "because": because or (Reason("free", where),)}))
            if len(found) == _DAYS:
                break
        return found

    def _first_choices(self, wish: Wish) -> list[tuple[int, Span]]:
        """A time on each day that the wish named as best (else last season's, else its first possible one)."""
        known = [one for one in wish.places if one in self.instance.place]
        if not known:
            return []
        served = {one.weekday for one in self.given[wish.key] if best_minutes(wish, one) == one.minutes}
        spans: list[tuple[int, Span]] = []
        for one in wish.best:
            spans.append((known[0], Span(one.weekday, one.start, min(one.end, one.start + wish.minutes_wanted))))
        if not spans:
            spans = [(one.place, one.span) for one in wish.last if one.place in self.instance.place]
        if not spans and not self.given[wish.key]:
            options = self.ground.options(wish)
            slots = [self.ground.slot(wish.key, one) for one in options[:1]]
            spans = [(one.place, one.span) for one in slots]
        found: dict[int, tuple[int, Span]] = {}
        for place, span in spans:
            has_it = any(one.place == place and covered(span, [one.span]) for one in self.given[wish.key])
            if span.weekday not in served and span.minutes > 0 and not has_it:
                found.setdefault(span.weekday, (place, span))
        return list(found.values())

    def obstacles(
        self, wish: Wish, place: int, span: Span, *, but: Slot | None = None, longer: bool = False
    ) -> tuple[Reason, ...]:
        """Everything that keeps a wish from a place at a time; nothing if it could simply have it.

        ``but``: a slot of the wish that would move there. ``longer``: the time would be added to that slot.
        """
        there = self.instance.place.get(place)
        if there is None:
            return (Reason("closed", {}),)
        rules = self._by_rule(wish, there, span)
        if rules:
            return rules
        own = self._by_own(wish, span, but, longer)
        return own or self._rivals(wish, there, span, but)

    def _by_rule(self, wish: Wish, place: Place, span: Span) -> tuple[Reason, ...]:
        where = self._where(place.key, span.weekday, span.start, span.end)
        if span.minutes <= 0 or not covered(span, place.open):
            return (Reason("closed", where),)
        for one in wish.impossible:
            if one.meets(span):
                return (Reason("impossible", where),)
        band = self.rules.band(wish)
        hours = self.rules.hours(band, span.weekday)
        if not covered(span, [Span(span.weekday, start, end) for start, end in hours]):
            return (
                Reason(
                    "window", {**where, "band": self.rules.called(band), "after": hours[0][0], "until": hours[-1][1]}
                ),
            )
        if self.ground.whole[place.key] and span.start < (self.rules.whole_from or 0):
            return (Reason("whole_too_early", {**where, "after": self.rules.whole_from}),)
        if place.room_for is not None and wish.heads > place.room_for:
            return (Reason("too_many_heads", {**where, "heads": wish.heads, "most": place.room_for}),)
        return ()

    def _by_own(self, wish: Wish, span: Span, but: Slot | None, longer: bool) -> tuple[Reason, ...]:
        """The wish's own hours that day, its coach, its caps."""
        mine = [one for one in self.given[wish.key] if one != but]
        for one in mine:
            if one.weekday == span.weekday:
                return (Reason("same_day", self._where(one.place, one.weekday, one.start, one.end)),)
        names = set(self.ground.apart[wish.key])
        for one in self.club[wish.organisation]:
            if one.wish != wish.key and one.span.meets(span) and names & set(self.ground.apart[one.wish]):
                return (Reason("apart", {"rival_team": self.instance.wish[one.wish].team, "weekday": span.weekday}),)
        caps, team = self.rules.caps, self.ground.team[wish.key]
        kept = self.club[wish.organisation] if longer else [one for one in self.club[wish.organisation] if one != but]
        ours = [one for one in kept if self.ground.team[one.wish] == team]
        checks = (
            ("cap_team_day", _minutes(ours, span.weekday), caps.team_minutes_day),
            ("cap_team_week", _minutes(ours), caps.team_minutes_week),
            ("cap_club_day", _minutes(kept, span.weekday), caps.club_minutes_day),
            ("cap_club_week", _minutes(kept), caps.club_minutes_week),
        )
        for code, have, most in checks:
            if most is not None and have + span.minutes > most:
                return (Reason(code, {"have_minutes": have, "most_minutes": most}),)
        days = {one.weekday for one in ours}
        if caps.team_days_week is not None and span.weekday not in days and len(days) >= caps.team_days_week:
            return (Reason("cap_team_days", {"days": caps.team_days_week}),)
        return ()

    def _rivals(self, wish: Wish, place: Place, span: Span, but: Slot | None) -> tuple[Reason, ...]:
        there = {
            one
            for cell in place.cells
            for one in self.at[cell, span.weekday]
            if one != but and one.start < span.end and span.start < one.end
        }
        some = sorted(there, key=lambda one: (one.start, one.place, one.wish))
        return tuple(self._rival(wish, one) for one in some[:_RIVALS])

    def _rival(self, wish: Wish, slot: Slot) -> Reason:
        """Who has it, and what the rules weigh: class, order, coverage against coverage, what would be left."""
        other = self.instance.wish[slot.wish]
        owner = self.instance.applicant.get(other.organisation)
        params: dict[str, object] = {
            **self._where(slot.place, slot.weekday, slot.start, slot.end),
            "rival": other.organisation, "rival_name": owner.name if owner else "", "rival_team": other.team,
            "rival_wish": other.key,
        }  # fmt: skip
        if slot.locked:
            return Reason("rival_locked", params)
        if slot.wish not in self.shares.pool_of:
            return Reason("rival_not_eligible", params)
        mine = self.shares.pools[self.shares.pool_of[wish.key]]
        theirs = self.shares.pools[self.shares.pool_of[slot.wish]]
        if self.rules.order == "received":
            return Reason("rival_earlier" if other.received < wish.received else "rival_later", params)
        if self.rules.order == "lottery":
            ours, hers = (lot(self.rules.seed, one) for one in (wish.organisation, other.organisation))
            return Reason("rival_drawn_first" if hers < ours else "rival_drawn_later", params)
        if other.organisation == wish.organisation:
            params |= {
                "rival_percent": self.figures.pools[theirs.key].percent,
                "coverage_percent": self.figures.pools[mine.key].percent,
                "left_percent": self._left(theirs, slot, whole=False),
            }
            return Reason("own_team", params)
        if theirs.tier != mine.tier:
            names = [one.called for one in self.rules.tiers] + ["others"]
            params |= {"rival_tier": names[theirs.tier], "tier": names[mine.tier]}
            return Reason("rival_class" if theirs.tier < mine.tier else "rival_lower_class", params)
        own = self.figures.by_tier[wish.organisation, mine.tier].percent
        has = self.figures.by_tier[other.organisation, theirs.tier].percent
        left = self._left(theirs, slot, whole=True)
        params |= {"rival_percent": has, "coverage_percent": own, "left_percent": left}
        if has <= own:
            return Reason("rival", params)
        if left < own:
            return Reason("rival_would_fall", params)
        # Rules that want most hours after the worst-off weigh nobody else's coverage.
        above = own // STEP > self._worst(mine.tier) // STEP
        hours = self.rules.after_worst == "most_hours"
        return Reason("rival_any_hours" if hours and above else "rival_better_off", params)

    def _worst(self, tier: int) -> int:
        if tier not in self._worst_of:
            self._worst_of[tier] = self.figures.tier_worst(tier)
        return self._worst_of[tier]

    def _left(self, pool: Pool, slot: Slot, *, whole: bool) -> int:
        """Per cent of coverage that a team (``whole``: its organisation, in that class) has without a slot."""
        figures = self.figures.pools[pool.key]
        lost = figures.counted - min(pool.claim, figures.minutes - slot.minutes)
        of = self.figures.by_tier[pool.organisation, pool.tier] if whole else figures
        return (of.counted - lost) * 100 // of.claim if of.claim else 100

    # --- what is free -----------------------------------------------------------------------------------------------

    @cached_property
    def _free(self) -> dict[int, int]:
        """Steps at which a place is open and nobody is in it, of places that have any."""
        ground = self.ground
        taken: dict[int, int] = defaultdict(int)
        for (cell, weekday), slots in self.at.items():
            for one in slots:
                taken[cell] |= ground.touched(weekday, one.start, one.end)
        found = {}
        for place in self.instance.places:
            mask = ground.open_steps(place)
            for cell in place.cells:
                mask &= ~taken[cell]
            if mask:
                found[place.key] = mask
        return found

    def _nearest_free(self, wish: Wish) -> Reason:
        """The free hour nearest to a best time, at the places asked for, else anywhere that is big enough."""
        ground = self.ground
        lengths = ground.lengths(wish)
        halls = {self.instance.place[one].hall for one in wish.places if one in self.instance.place}
        cells = min(
            (len(self.instance.place[one].cells) for one in wish.places if one in self.instance.place), default=1
        )
        found: list[tuple[tuple[int, ...], Slot]] = []
        for key, free in self._free.items():
            place = self.instance.place[key]
            if not lengths or (key not in wish.places and len(place.cells) < cells):
                continue
            runs = ground.starts(free & ground.allowed(wish, place), lengths[0])
            rank = wish.places.index(key) if key in wish.places else 1000 if place.hall in halls else 2000
            while runs:
                low = runs & -runs
                runs ^= low
                weekday, first = divmod(low.bit_length() - 1, ground.stride)
                slot = ground.slot(wish.key, (key, weekday, first, lengths[0]))
                away = _away(wish, slot)
                found.append(((int(rank >= 1000), away, rank, key, weekday, slot.start), slot))
        for _order, slot in sorted(found):
            if not self._by_own(wish, slot.span, None, False):
                where = self._where(slot.place, slot.weekday, slot.start, slot.end)
                return Reason("nearest_free", {**where, "wished": slot.place in wish.places})
        return Reason("nothing_free", {"least_minutes": wish.minutes_min})

    def _where(self, place: int, weekday: int, start: int, end: int) -> dict[str, object]:
        known = self.instance.place.get(place)
        return {
            "place": place, "place_name": known.name if known else "", "weekday": weekday, "start": start, "end": end,
        }  # fmt: skip


def _away(wish: Wish, slot: Slot) -> int:
    """Minutes between a slot and the nearest best time; another day counts as a whole one more."""
    wanted = wish.best or tuple(one.span for one in wish.last)
    return min(
        (
            max(0, one.start - slot.start, slot.end - one.end) + DAY * abs(one.weekday - slot.weekday)
            for one in wanted
        ),
        default=0,
    )  # fmt: skip


def _minutes(slots: list[Slot], weekday: int | None = None) -> int:
    return sum(one.minutes for one in slots if weekday in (None, one.weekday))
