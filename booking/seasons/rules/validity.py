"""What is wrong with a timetable, whoever made it. A ``fault`` prevents adoption, a ``warning`` doesn't.

Codes: ``unknown_wish``, ``unknown_place``, ``bad_time``, ``overlap``, ``outside_open``, ``impossible``,
``outside_window``, ``whole_too_early``, ``not_eligible`` (with the gate), ``same_day``, ``apart``, ``team_cap_day``,
``team_cap_week``, ``team_cap_days``, ``club_cap_day``, ``club_cap_week``; warnings: ``place_not_wished``,
``too_many_heads``, ``too_short``, ``too_long``, ``too_few_sessions``, ``too_many_sessions``, ``off_grid``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from booking.seasons.rules.ground import covered, ground_of
from booking.seasons.rules.instance import DAY, Instance, Place, Slot, Span, Timetable, Wish
from booking.seasons.rules.saying import Reason

WARNINGS = frozenset(
    {"place_not_wished", "too_many_heads", "too_short", "too_long", "too_few_sessions", "too_many_sessions", "off_grid"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """``slots``: those concerned, the one to mend first. ``reason`` has the same code, with what fills its sentence."""

    code: str
    slots: tuple[Slot, ...]
    reason: Reason

    @property
    def severity(self) -> str:
        return "warning" if self.code in WARNINGS else "fault"

    @property
    def prevents(self) -> bool:
        return self.severity == "fault"


def faults(instance: Instance, timetable: Timetable) -> list[Fault]:
    """Everything that is wrong, faults before warnings, each once."""
    found: list[Fault] = []
    sound: list[Slot] = []
    for slot in sorted(timetable):
        mine = list(_alone(instance, slot))
        found += mine
        if not any(one.code in ("unknown_wish", "unknown_place", "bad_time") for one in mine):
            sound.append(slot)
    found += _overlaps(instance, sound)
    found += _together(instance, sound)
    return sorted(found, key=lambda one: (not one.prevents, one.slots))


def faults_of(instance: Instance, timetable: Timetable, slot: Slot) -> list[Fault]:
    """What is wrong about one slot of a timetable: quick, for live validity. The slot need not stand in it yet."""
    mine = list(_alone(instance, slot))
    if any(one.code in ("unknown_wish", "unknown_place", "bad_time") for one in mine):
        return mine
    others = [one for one in timetable if one != slot and one.wish in instance.wish and one.place in instance.place]
    cells = instance.place[slot.place].cells
    near = [one for one in others if one.span.meets(slot.span) and instance.place[one.place].cells & cells]
    mine += [_overlap(instance, slot, one) for one in near]
    organisation = instance.wish[slot.wish].organisation
    club = [one for one in others if instance.wish[one.wish].organisation == organisation]
    mine += [one for one in _together(instance, [*club, slot]) if slot in one.slots]
    return sorted(mine, key=lambda one: (not one.prevents, one.slots))


def adoptable(instance: Instance, timetable: Timetable) -> bool:
    """Whether nothing prevents adoption."""
    return not any(one.prevents for one in faults(instance, timetable))


def _params(instance: Instance, slot: Slot, **more: object) -> dict[str, object]:
    wish, place = instance.wish.get(slot.wish), instance.place.get(slot.place)
    return {
        "wish": slot.wish,
        "team": wish.team if wish else "",
        "place": slot.place,
        "place_name": place.name if place else "",
        "weekday": slot.weekday,
        "start": slot.start,
        "end": slot.end,
        **more,
    }


def _fault(instance: Instance, code: str, *slots: Slot, **more: object) -> Fault:
    return Fault(code, slots, Reason(code, _params(instance, slots[0], **more)))


def _alone(instance: Instance, slot: Slot) -> Iterator[Fault]:
    """What is wrong with a slot by itself."""
    wish, place = instance.wish.get(slot.wish), instance.place.get(slot.place)
    if wish is None:
        yield _fault(instance, "unknown_wish", slot)
    if place is None:
        yield _fault(instance, "unknown_place", slot)
    if not (0 <= slot.weekday <= 6 and 0 <= slot.start < slot.end <= DAY):
        yield _fault(instance, "bad_time", slot)
    elif wish is not None and place is not None:
        yield from _known(instance, slot, wish, place)


def _known(instance: Instance, slot: Slot, wish: Wish, place: Place) -> Iterator[Fault]:
    ground = ground_of(instance)
    why = ground.shares.barred.get(wish.key)
    if why is not None:
        yield _fault(instance, "not_eligible", slot, gate=why.code, **why.params)
    if not covered(slot.span, place.open):
        yield _fault(instance, "outside_open", slot)
    for span in wish.impossible:
        if span.meets(slot.span):
            yield _fault(instance, "impossible", slot, after=span.start, until=span.end)
            break
    band = ground.rules.band(wish)
    hours = ground.rules.hours(band, slot.weekday)
    if not covered(slot.span, tuple(Span(slot.weekday, start, end) for start, end in hours)):
        yield _fault(
            instance, "outside_window", slot, band=ground.rules.called(band), after=hours[0][0], until=hours[-1][1]
        )
    whole_from = ground.rules.whole_from
    if whole_from is not None and ground.whole[place.key] and slot.start < whole_from:
        yield _fault(instance, "whole_too_early", slot, after=whole_from)
    if place.key not in wish.places:
        yield _fault(instance, "place_not_wished", slot)
    if place.room_for is not None and wish.heads > place.room_for:
        yield _fault(instance, "too_many_heads", slot, heads=wish.heads, most=place.room_for)
    if slot.minutes < wish.minutes_min:
        yield _fault(instance, "too_short", slot, least_minutes=wish.minutes_min)
    if slot.minutes > max(wish.minutes_wanted, wish.minutes_min):
        yield _fault(instance, "too_long", slot, most_minutes=wish.minutes_wanted)
    if slot.start % instance.grid or slot.end % instance.grid:
        yield _fault(instance, "off_grid", slot, grid_minutes=instance.grid)


def _overlap(instance: Instance, slot: Slot, other: Slot) -> Fault:
    rival = instance.wish[other.wish]
    owner = instance.applicant.get(rival.organisation)
    return _fault(
        instance, "overlap", slot, other,
        rival=rival.organisation, rival_name=owner.name if owner else "", rival_team=rival.team,
        rival_start=other.start, rival_end=other.end,
    )  # fmt: skip


def _overlaps(instance: Instance, slots: list[Slot]) -> Iterator[Fault]:
    """Pairs at the same cell and time, each once."""
    at: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for number, slot in enumerate(slots):
        for cell in instance.place[slot.place].cells:
            at[cell, slot.weekday].append((slot.start, slot.end, number))
    pairs: set[tuple[int, int]] = set()
    for some in at.values():
        running: list[tuple[int, int]] = []
        for start, end, number in sorted(some):
            running = [one for one in running if one[0] > start]
            pairs.update((min(number, other), max(number, other)) for _end, other in running)
            running.append((end, number))
    for one, other in sorted(pairs):
        yield _overlap(instance, slots[one], slots[other])


def _together(instance: Instance, slots: list[Slot]) -> Iterator[Fault]:
    """What is wrong with slots of one wish, team or organisation beside each other."""
    ground = ground_of(instance)
    by_wish: dict[int, list[Slot]] = defaultdict(list)
    teams: dict[object, list[Slot]] = defaultdict(list)
    clubs: dict[int, list[Slot]] = defaultdict(list)
    names: dict[object, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_wish[slot.wish].append(slot)
        teams[ground.team[slot.wish]].append(slot)
        clubs[instance.wish[slot.wish].organisation].append(slot)
        for name in ground.apart[slot.wish]:
            names[name].append(slot)
    for key, mine in by_wish.items():
        wish = instance.wish[key]
        for weekday, day in _days(mine).items():
            if len(day) > 1:
                yield _fault(instance, "same_day", *day, weekday=weekday)
        if len(mine) < wish.sessions_min:
            yield _fault(instance, "too_few_sessions", *mine, have=len(mine), least=wish.sessions_min)
        if len(mine) > max(wish.sessions_wanted, wish.sessions_min):
            yield _fault(instance, "too_many_sessions", *mine, have=len(mine), most=wish.sessions_wanted)
    yield from _apart(instance, names)
    caps = ground.rules.caps
    for mine in teams.values():
        days = _days(mine)
        if caps.team_days_week is not None and len(days) > caps.team_days_week:
            yield _fault(instance, "team_cap_days", *mine, days=caps.team_days_week)
        yield from _over(instance, "team_cap", mine, days, caps.team_minutes_day, caps.team_minutes_week)
    for mine in clubs.values():
        yield from _over(instance, "club_cap", mine, _days(mine), caps.club_minutes_day, caps.club_minutes_week)


def _days(slots: list[Slot]) -> dict[int, list[Slot]]:
    found: dict[int, list[Slot]] = defaultdict(list)
    for slot in sorted(slots):
        found[slot.weekday].append(slot)
    return found


def _over(
    instance: Instance, code: str, mine: list[Slot], days: dict[int, list[Slot]], day_most: int | None, most: int | None
) -> Iterator[Fault]:
    if day_most is not None:
        for some in days.values():
            minutes = sum(one.minutes for one in some)
            if minutes > day_most:
                yield _fault(instance, f"{code}_day", *some, have_minutes=minutes, most_minutes=day_most)
    minutes = sum(one.minutes for one in mine)
    if most is not None and minutes > most:
        yield _fault(instance, f"{code}_week", *sorted(mine), have_minutes=minutes, most_minutes=most)


def _apart(instance: Instance, names: dict[object, list[Slot]]) -> Iterator[Fault]:
    """Slots at one time that somebody or something would have to be at both of."""
    told: set[tuple[Slot, Slot]] = set()
    for some in names.values():
        in_time = sorted(some, key=lambda one: (one.weekday, one.start, one))
        for at, one in enumerate(in_time):
            for other in in_time[at + 1 :]:
                if other.weekday != one.weekday or other.start >= one.end:
                    break
                if one.wish != other.wish and one.span.meets(other.span) and (one, other) not in told:
                    told.add((one, other))
                    yield _fault(instance, "apart", one, other, rival_team=instance.wish[other.wish].team)
