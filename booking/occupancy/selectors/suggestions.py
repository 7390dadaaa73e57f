"""What else is free: the same place at another time, a similar place at the same time, or a shorter time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.catalogue.rules import EffectiveRules
from booking.occupancy.selectors.conflicts import Asked, Wanted, find, judge, resolve
from booking.occupancy.selectors.reading import Availability, availability, covers_by_resource

#: How far from the wanted time another one is sought, and how many similar places are looked at.
NEAR = timedelta(days=7)
MOST_PLACES = 12
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Alternative:
    """Time that is free at this moment. ``why``: other_time, other_place or shorter."""

    resource_id: int
    start: datetime
    end: datetime
    why: str


def alternatives(
    wanted: Wanted, *, now: datetime, limit: int = 5, candidates: Sequence[Resource] | None = None
) -> list[Alternative]:
    """At most ``limit`` alternatives for one wanted line. See ``alternatives_many``."""
    return alternatives_many([wanted], now=now, limit=limit, candidates=candidates).get(wanted.index, [])


def alternatives_many(
    wanted: Sequence[Wanted], *, now: datetime, limit: int = 5, candidates: Sequence[Resource] | None = None
) -> dict[int, list[Alternative]]:
    """For each wanted line (by ``index``) what could be asked for instead; a constant number of queries for all.

    Everything told is really free at this moment, open, on the resource's start grid, and within its lead time,
    horizon and length. ``candidates``: similar places to look at; without them public ones that can serve instead (see
    ``_serves_for``), those of the same unit and of enough room first.
    """
    if not wanted or limit < 1:
        return {}
    ids = {one.resource_id for one in wanted}
    places = {one.pk: one for one in Resource.objects.filter(pk__in=ids).order_by()}
    wanted = [one for one in wanted if one.resource_id in places]
    if not wanted:
        return {}
    others = _similar(list(places.values()), candidates)
    everything = [*places.values(), *(one for one in others if one.pk not in places)]
    line = catalogue.lineage(everything)
    effective = catalogue.effective_rules(everything, line=line)
    since = max(min(one.start for one in wanted) - NEAR, now)
    until = max(one.end for one in wanted) + NEAR
    free: dict[int, Availability] = {}
    if until > since:
        free = availability(list(places.values()), since, until, effective=effective, line=line)
    serving = {
        place.pk: [one for one in others if candidates is not None or _serves_for(one, place)]
        for place in places.values()
    }
    elsewhere = _elsewhere(wanted, others, serving, effective, line, now)
    answer: dict[int, list[Alternative]] = {}
    for one in wanted:
        rule, tz = effective[one.resource_id], catalogue.zone(places[one.resource_id])
        spans = free.get(one.resource_id, Availability()).free
        found = _other_times(one, spans, rule, tz, now, limit)
        short = _shorter(one, spans, rule, tz, now)
        # A fair share for each kind: first the nearest of all three, then whatever is left.
        lists = [iter(found), iter(elsewhere.get(one.index, ())), iter(short)]
        answer[one.index] = _in_turn(lists, limit)
    return answer


def _in_turn(lists: list[Iterator[Alternative]], limit: int) -> list[Alternative]:
    mixed: list[Alternative] = []
    while lists and len(mixed) < limit:
        for source in list(lists):
            item = next(source, None)
            if item is None:
                lists.remove(source)
            elif len(mixed) < limit:
                mixed.append(item)
    return mixed


def _similar(places: Sequence[Resource], candidates: Sequence[Resource] | None) -> list[Resource]:
    """Places that could serve instead: given, or public ones of the same kinds. One query at most."""
    if candidates is not None:
        return list(candidates)[: MOST_PLACES * 4]
    rows = list(catalogue.public_resources().filter(kind__in={one.kind for one in places}).order_by("pk")[:500])
    found: dict[int, Resource] = {}
    for kind in sorted({one.kind for one in places}):
        asked = [one for one in places if one.kind == kind]
        units = {one.unit_id for one in asked}
        room = max(one.capacity or 0 for one in asked)
        fitting = [row for row in rows if any(_serves_for(row, one) for one in asked)]
        fitting.sort(
            key=lambda one, units=units, room=room: (  # type: ignore[misc]
                one.unit_id not in units,
                bool(one.capacity and one.capacity < room),
                abs((one.capacity or room) - room),
                one.pk,
            )
        )
        found |= {row.pk: row for row in fitting[: MOST_PLACES + len(asked)]}
    return list(found.values())


def _serves_for(other: Resource, place: Resource) -> bool:
    """One room can stand in for another; but a trailer is no answer to who wanted forty chairs.

    Of equipment and help only what belongs to the same set can: another size of the skis.
    """
    if other.kind != place.kind or other.pk == place.pk:
        return False
    if place.kind in (Kind.VENUE, Kind.AREA):
        return True
    family = {place.pk, place.parent_id} - {None}
    return other.pk in family or other.parent_id in family


def may_ask(rule: EffectiveRules, start: int, end: int, now: datetime) -> bool:
    """Lead time, horizon and length. Epoch seconds; without set-up and tear-down."""
    moment = now.timestamp()
    minutes = (end - start) // 60
    return (
        start >= moment + rule.lead_hours * 3600
        and (rule.horizon_days is None or start <= moment + rule.horizon_days * DAY)
        and (rule.min_minutes is None or minutes >= rule.min_minutes)
        and (rule.max_minutes is None or minutes <= rule.max_minutes)
    )


def _on_grid(moment: int, step: int, tz: ZoneInfo) -> bool:
    local = datetime.fromtimestamp(moment, tz)
    return (local.hour * 60 + local.minute) % step == 0


def _grid_up(moment: int, step: int, tz: ZoneInfo) -> int:
    """The first moment on the wall-clock grid (from local midnight) that is not before ``moment``."""
    local = datetime.fromtimestamp(moment, tz)
    over = (local.hour * 60 + local.minute) % step
    at = moment - local.second + (0 if not over and not local.second else (step - over) * 60)
    # A step that doesn't divide the day starts anew at midnight.
    while not _on_grid(at, step, tz):
        at += 60
    return at


def _grid_down(moment: int, step: int, tz: ZoneInfo) -> int:
    local = datetime.fromtimestamp(moment, tz)
    return moment - local.second - ((local.hour * 60 + local.minute) % step) * 60


def _other_times(
    one: Wanted,
    spans: Sequence[tuple[int, int, int]],
    rule: EffectiveRules,
    tz: ZoneInfo,
    now: datetime,
    limit: int,
) -> list[Alternative]:
    """The same place, as long, another time within a week: the nearest first, at most two on one day."""
    start, end = int(one.start.timestamp()), int(one.end.timestamp())
    before, after, length = one.setup_minutes * 60, one.teardown_minutes * 60, end - start
    step = max(rule.step_minutes, 1)
    found: set[int] = set()
    for left, right, count in spans:
        if count < one.quantity or right - left < length + before + after:
            continue
        first, last = left + before, right - after - length
        # Of a free interval the two ends, and what lies nearest to the wanted clock time on that day.
        guesses = [_grid_up(first, step, tz), _grid_down(last, step, tz)]
        days = range(-7, 8)
        guesses += [_shift(start, day, tz) for day in days if first <= _shift(start, day, tz) <= last]
        for guess in guesses:
            if (
                first <= guess <= last
                and guess != start
                and abs(guess - start) <= NEAR.total_seconds()
                and _on_grid(guess, step, tz)
                and may_ask(rule, guess, guess + length, now)
            ):
                found.add(guess)
    wanted_clock = datetime.fromtimestamp(start, tz).time()

    def distance(guess: int) -> tuple[float, int]:
        # Another day at the same hour is as near as two hours off on the same day.
        same_clock = datetime.fromtimestamp(guess, tz).time() == wanted_clock
        away = abs(guess - start)
        return (2 * 3600 + away / DAY * 600 if same_clock else float(away)), guess

    per_day: dict[int, int] = {}
    answer: list[Alternative] = []
    for guess in sorted(found, key=distance):
        day = datetime.fromtimestamp(guess, tz).toordinal()
        if per_day.get(day, 0) < 2:
            per_day[day] = per_day.get(day, 0) + 1
            answer.append(Alternative(one.resource_id, _moment(guess), _moment(guess + length), "other_time"))
        if len(answer) >= limit:
            break
    return answer


def _shift(moment: int, days: int, tz: ZoneInfo) -> int:
    """The same wall-clock time so many days later."""
    local = datetime.fromtimestamp(moment, tz)
    return int((local + timedelta(days=days)).timestamp())  # same zone object: arithmetic on the wall clock


def _shorter(
    one: Wanted, spans: Sequence[tuple[int, int, int]], rule: EffectiveRules, tz: ZoneInfo, now: datetime
) -> list[Alternative]:
    """The longest pieces of the wanted time itself that are free, on the grid."""
    start, end = int(one.start.timestamp()), int(one.end.timestamp())
    before, after = one.setup_minutes * 60, one.teardown_minutes * 60
    step = max(rule.step_minutes, 1)
    pieces: list[tuple[int, int]] = []
    for left, right, count in spans:
        if count < one.quantity:
            continue
        first = _grid_up(max(start, left + before), step, tz)
        last = min(end, right - after)
        if rule.max_minutes is not None:
            last = min(last, first + rule.max_minutes * 60)
        if last != end:
            last = _grid_down(last, step, tz)
        if last - first >= max(15 * 60, (rule.min_minutes or 0) * 60) and last - first < end - start:
            pieces.append((first, last))
    pieces.sort(key=lambda piece: (piece[0] - piece[1], piece[0]))
    return [
        Alternative(one.resource_id, _moment(first), _moment(last), "shorter")
        for first, last in pieces
        if may_ask(rule, first, last, now)
    ]


def _elsewhere(
    wanted: Sequence[Wanted],
    others: Sequence[Resource],
    serving: Mapping[int, Sequence[Resource]],
    effective: Mapping[int, EffectiveRules],
    line: catalogue.Lineage,
    now: datetime,
) -> dict[int, list[Alternative]]:
    """Other places at the very same time; ``serving``: which of them fit in place of each.

    One statement for all lines and places, one for covers.
    """
    if not others:
        return {}
    covers = covers_by_resource([one.pk for one in others])
    since, until = min(one.start for one in wanted), max(one.end for one in wanted)
    windows = catalogue.open_windows(others, since, until, rules=effective, line=line)
    guesses: list[tuple[Wanted, Asked]] = []
    for one in wanted:
        tried = 0
        for place in serving[one.resource_id]:
            if place.pk == one.resource_id or not covers[place.pk] or tried >= MOST_PLACES:
                continue
            rule, tz = effective[place.pk], catalogue.zone(place)
            start, end = int(one.start.timestamp()), int(one.end.timestamp())
            if not may_ask(rule, start, end, now) or not _on_grid(start, max(rule.step_minutes, 1), tz):
                continue
            moved = Wanted(
                place.pk, one.start, one.end, one.quantity, one.setup_minutes, one.teardown_minutes, len(guesses)
            )
            asked = resolve([moved], effective, covers)[0]
            if not any(opens <= start and end <= closes for opens, closes in windows[place.pk]):
                continue
            tried += 1
            guesses.append((one, asked))
    found = find([asked for _one, asked in guesses])
    answer: dict[int, list[Alternative]] = {}
    for number, (one, asked) in enumerate(guesses):
        if not judge([asked], {0: found.get(number, [])}):
            answer.setdefault(one.index, []).append(
                Alternative(asked.wanted.resource_id, one.start, one.end, "other_place")
            )
    return answer


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
