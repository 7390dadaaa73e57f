"""What each organisation had last season: from the round before, else from its agreements and dates of this season."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.agreements.models import AgreementHours, AgreementState
from booking.agreements.selectors import is_on as agreements_are_on
from booking.cases.models import Line, LineState
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations.models import Organisation
from booking.seasons.models import Allocation, ProposedSlot, RoundPlace, SeasonRound, Wish

#: ``[resource, weekday, start, end]``, as ``Wish.last`` has them.
LastSlot = tuple[int, int, int, int]
#: Without a round before: dates of the last so many weeks, and how many make "every week".
LOOK_BACK = timedelta(weeks=12)
OFTEN = 4


@dataclass(frozen=True, slots=True)
class LastTeam:
    """A team of last season: what it had each week, and its wish of then where there is one. ``heads``: if known."""

    team: str
    slots: tuple[LastSlot, ...]
    wish: Wish | None = None
    activity: str = ""
    heads: int = 0
    age_from: int | None = None
    age_to: int | None = None


def before(round: SeasonRound) -> SeasonRound | None:
    """The round that this one follows: the one it was copied from, else the unit's last one before it."""
    if round.follows is not None:
        return round.follows
    return (
        SeasonRound.objects.filter(unit=round.unit_id, season_start__lt=round.season_start)
        .exclude(pk=round.pk)
        .exclude(adopted=None)
        .order_by("-season_start", "-pk")
        .first()
    )


def _slots_of(round: SeasonRound, organisations: Iterable[int] | None = None) -> dict[int, list[LastSlot]]:
    """What a round gave, by wish: what stands in the calendars, else its adopted timetable."""
    found: dict[int, list[LastSlot]] = defaultdict(list)
    columns = ("wish_id", "resource_id", "weekday", "start", "end")
    rows = Allocation.objects.filter(round=round, ended_at__isnull=True)
    if not rows.exists():
        rows = ProposedSlot.objects.filter(proposal=round.adopted_id) if round.adopted_id else rows
    if organisations is not None:
        rows = rows.filter(wish__organisation__in=list(organisations))
    for wish, resource, weekday, start, end in rows.order_by("weekday", "start", "pk").values_list(*columns):
        found[wish].append((resource, weekday, start, end))
    return found


def last_teams(round: SeasonRound, organisation: Organisation, on: date) -> list[LastTeam]:
    """The organisation's teams of last season, by name. A constant number of queries."""
    old = before(round)
    if old is not None:
        slots = _slots_of(old, [organisation.pk])
        wishes = Wish.objects.filter(round=old, organisation=organisation, withdrawn_at__isnull=True)
        found = [
            LastTeam(one.team, tuple(slots.get(one.pk, ())), one, one.activity, one.heads, one.age_from, one.age_to)
            for one in wishes.prefetch_related("places").order_by("number")
        ]
        if found:
            return found
    return from_agreements(round, organisation, on) or from_dates(round, organisation, on)


def _places(round: SeasonRound) -> set[int]:
    return set(RoundPlace.objects.filter(round=round).values_list("resource_id", flat=True))


def _minute(value: time, *, end: bool = False) -> int:
    minutes = value.hour * 60 + value.minute
    return 24 * 60 if end and minutes == 0 else minutes


def from_agreements(round: SeasonRound, organisation: Organisation, on: date) -> list[LastTeam]:
    """Weekly hours of agreements in force, one team for each agreement."""
    if not agreements_are_on():
        return []
    rows = AgreementHours.objects.filter(
        agreement__parties__organisation=organisation, agreement__state=AgreementState.AGREED,
        agreement__start__lte=on, resource__in=_places(round),
    ).exclude(agreement__last_day__lt=on)  # fmt: skip
    teams: dict[int, tuple[str, list[LastSlot]]] = {}
    for row in rows.select_related("agreement").order_by("agreement_id", "weekday", "begins"):
        start, end = _minute(row.begins), _minute(row.ends, end=True)
        if start < end:
            teams.setdefault(row.agreement_id, (row.agreement.title, []))[1].append(
                (row.resource_id, row.weekday, start, end)
            )
    return [LastTeam(title[:80], tuple(slots)) for title, slots in teams.values()]


def from_dates(round: SeasonRound, organisation: Organisation, on: date) -> list[LastTeam]:
    """Hours that it has had in most of the last weeks, one team for each case."""
    until = _midnight(on)
    rows = (
        Line.objects.filter(
            case__organisation=organisation, resource__in=_places(round), state=LineState.GRANTED,
            start__gte=until - LOOK_BACK, start__lt=until + timedelta(weeks=1),
        )
        .select_related("case")
        .order_by("start", "pk")
    )  # fmt: skip
    dates = rows[:5000]
    cases = {line.case_id: line.case for line in dates}
    found = []
    for pk, slots in every_week((line.case_id, line.resource_id, line.start, line.end) for line in dates).items():
        case = cases[pk]
        bands = _heads(case.audience)
        low, high = _ages(bands)
        found.append(
            LastTeam(
                (case.title or organisation.name)[:80], slots, heads=sum(bands.values()), age_from=low, age_to=high
            )
        )
    return found


def every_week(dates: Iterable[tuple[Any, int, datetime, datetime]]) -> dict[Any, tuple[LastSlot, ...]]:
    """Of dates ``(whose, resource, start, end)`` what comes in most weeks, by whose they are; nothing over midnight."""
    tz = booking_settings().tz
    counts: dict[Any, Counter[LastSlot]] = defaultdict(Counter)
    for whose, resource, begins, ends in dates:
        start, end = begins.astimezone(tz), ends.astimezone(tz)
        last = 24 * 60 if end.date() > start.date() else end.hour * 60 + end.minute
        if end.date() > start.date() and (end.hour or end.minute):
            continue
        counts[whose][(resource, start.weekday(), start.hour * 60 + start.minute, last)] += 1
    found = {}
    for whose, counter in counts.items():
        often = sorted((slot for slot, n in counter.items() if n >= OFTEN), key=lambda one: (one[1], one[2]))
        if often:
            found[whose] = tuple(often)
    return found


def _midnight(on: date) -> datetime:
    return clock.day_bounds(on, booking_settings().tz).start


_BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-19": (13, 19), "20-59": (20, 59), "60+": (60, None)}


def _heads(audience: Any) -> dict[str, int]:
    """People by age band; of "about 20 aged 6-12" the number stands with the first band."""
    if not isinstance(audience, dict):
        return {}
    if isinstance(audience.get("about"), int):
        named = [one for one in audience.get("bands") or () if one in _BANDS]
        return {one: 0 if number else audience["about"] for number, one in enumerate(named)}
    return {name: int(n) for name, n in audience.items() if name in _BANDS and isinstance(n, int)}


def _ages(bands: dict[str, int]) -> tuple[int | None, int | None]:
    """From the youngest band to the oldest one with people in it."""
    held = [_BANDS[name] for name, n in bands.items() if n]
    if not held:
        return None, None
    highs = [high for _low, high in held]
    return min(low for low, _high in held), None if None in highs else max(one for one in highs if one is not None)


def organisations_with_hours(round: SeasonRound, on: date) -> set[int]:
    """Ids of organisations that had hours last season in places of this round."""
    old = before(round)
    if old is not None:
        return set(
            Wish.objects.filter(pk__in=_slots_of(old), withdrawn_at__isnull=True)
            .order_by()
            .values_list("organisation_id", flat=True)
        )
    places = _places(round)
    found: set[int] = set()
    if agreements_are_on():
        rows = AgreementHours.objects.filter(
            agreement__state=AgreementState.AGREED, agreement__start__lte=on, resource__in=places
        ).exclude(agreement__last_day__lt=on)
        found |= {pk for pk in rows.values_list("agreement__parties__organisation", flat=True) if pk}
    until = _midnight(on)
    lines = Line.objects.filter(
        resource__in=places, state=LineState.GRANTED, start__gte=until - LOOK_BACK, start__lt=until,
        case__organisation__isnull=False,
    )  # fmt: skip
    counts: Counter[int] = Counter(lines.order_by().values_list("case__organisation_id", flat=True))
    return found | {pk for pk, n in counts.items() if n >= OFTEN}


def slot_words_source(slots: Iterable[LastSlot]) -> dict[int, Resource]:
    """The things that slots name, by id. One query."""
    return Resource.objects.in_bulk({one[0] for one in slots})
