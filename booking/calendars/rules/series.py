"""A series of lines as one repeating component: which dates follow the rule, which differ, which are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.calendars.rules.events import OneOff, Place, Repeating, Slot, Status, Wording
from booking.calendars.rules.zones import follows_static_rule
from booking.cases.rules import series as rule_of
from booking.foundation import clock
from booking.foundation.errors import Invalid


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the series: where the rule put it (UTC), set-up in minutes, and what the feed shows of it."""

    slot: datetime
    setup_minutes: int
    line: OneOff


def describe(
    *,
    uid: UUID,
    rrule: str,
    start: datetime,
    end: datetime,
    members: Iterable[Member],
    sequence: int,
    created_at: datetime,
    revised_at: datetime,
    wording: Wording,
    place: Place,
    status: Status = Status.CONFIRMED,
) -> Repeating | None:
    """The series as a rule with exceptions, or None when it must be written as single events.

    That is the case for a zone without a static rule, a rule that can't be read any more, a granted line that no date
    of the rule accounts for, and set-up time that moves the beginning to the day before (BYDAY would be wrong).
    ``start, end``: the first time as it was asked for, on whose wall clock the rule runs. All dates that are shown are
    members; every other date of the rule is left out (EXDATE). Dates that say something else than the series does
    (``wording, place, status``) are overrides.
    """
    tz = clock.zone(place.zone)
    if not follows_static_rule(place.zone):
        return None
    try:
        rule = rule_of.parse_rule(rrule)
        dates = rule_of.expand(rule, start, end, tz)
    except Invalid:
        return None
    by_slot = {member.slot.astimezone(UTC): member for member in members}
    setup = timedelta(minutes=Counter(member.setup_minutes for member in by_slot.values()).most_common(1)[0][0])
    at = clock.local(start, tz).time().replace(fold=0)
    slots: list[Slot] = []
    for date in dates:
        wall = datetime.combine(date.day, at) - setup
        if wall.date() != date.day:
            return None
        member = by_slot.pop(date.start.astimezone(UTC), None)
        slots.append(Slot(wall, member.line if member else None))
    if by_slot:
        return None
    length = _common_length(slots, tz)
    said = (wording, place, status)
    regular = frozenset(
        index
        for index, slot in enumerate(slots)
        if slot.line
        and (slot.line.wording, slot.line.place, slot.line.status) == said
        and _is_regular(slot, length, tz)
    )
    first, last = slots[0].wall, slots[-1].wall
    return Repeating(
        uid=uid,
        rule=_parts(rule),
        wall_start=first,
        wall_end=first + length,
        until=max(moment for moment in _moments(last, tz)),
        slots=tuple(slots),
        regular=regular,
        sequence=sequence,
        created_at=created_at,
        revised_at=revised_at,
        wording=wording,
        place=place,
        status=status,
    )


def _moments(wall: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """The wall-clock time as UTC, in both readings: they differ only in the two clock-change nights."""
    return (
        wall.replace(tzinfo=tz, fold=0).astimezone(UTC),
        wall.replace(tzinfo=tz, fold=1).astimezone(UTC),
    )


def _common_length(slots: list[Slot], tz: ZoneInfo) -> timedelta:
    """The wall-clock length that most granted dates have; a tie goes to the earlier."""
    lengths = Counter(
        clock.local(slot.line.end, tz).replace(tzinfo=None) - clock.local(slot.line.start, tz).replace(tzinfo=None)
        for slot in slots
        if slot.line
    )
    return max(lengths.most_common(1)[0][0], timedelta(minutes=1))


def _is_regular(slot: Slot, length: timedelta, tz: ZoneInfo) -> bool:
    """True when every reader of the rule arrives at the line's own times, so that it needs no override.

    A start or end that is skipped or doubled by a clock change is read in two ways; a change between start and end is
    counted as elapsed time by some and as wall-clock time by others. Those dates say their times outright.
    """
    if slot.line is None:
        return False
    begins, ends = _moments(slot.wall, tz), _moments(slot.wall + length, tz)
    if begins[0] != begins[1] or ends[0] != ends[1] or ends[0] - begins[0] != length:
        return False
    return slot.line.start == begins[0] and slot.line.end == ends[0]


def _parts(rule: rule_of.Rule) -> tuple[tuple[str, str], ...]:
    """The rule's parts without COUNT and UNTIL: the last date is always said outright."""
    pairs = [part.partition("=") for part in rule.text.split(";")]
    return tuple((name, value) for name, _equals, value in pairs if name not in ("COUNT", "UNTIL"))
