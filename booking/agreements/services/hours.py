"""The hours that an agreement gives, as lines of a case (requests.md "Objects"): taken up to a horizon, extended by
`tick`, freed when it ends. What somebody else has is listed before, recorded, and never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementHours, AgreementState, LeftOutDate
from booking.agreements.services.common import (
    Speaker,
    locked,
    log,
    need_state,
    speaker,
    store,
    today_of,
)
from booking.cases.models import CaseKind
from booking.cases.services import Standing, end_standing_dates, open_standing_case, take_standing_dates
from booking.cases.services.shared import SYSTEM, Actor
from booking.catalogue import selectors as catalogue
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.occupancy import selectors as occupancy
from booking.occupancy.services import again_on_collision


@dataclass(frozen=True, slots=True)
class Clash:
    """A date of the hours that can't be had as things stand, and what is in the way."""

    hours: AgreementHours
    occurrence: rules.Occurrence
    conflicts: Sequence[occupancy.Conflict]


def clashes(agreement: Agreement, *, now: datetime) -> list[Clash]:
    """What would be in the way if the agreement came into force now, up to the horizon. Nothing is written."""
    until = rules.horizon_to_take(agreement.taken_until, horizon=_horizon(now), last=agreement.last_day)
    if until is None:
        return []
    wanted: list[occupancy.Wanted] = []
    dates: list[tuple[AgreementHours, rules.Occurrence]] = []
    for hours in agreement.hours.select_related("resource"):
        for one in _dates(agreement, hours, until, now):
            wanted.append(occupancy.Wanted(hours.resource_id, one.start, one.end, hours.quantity, index=len(dates)))
            dates.append((hours, one))
    found: dict[int, list[occupancy.Conflict]] = {}
    for conflict in occupancy.conflicts(wanted):
        found.setdefault(conflict.index, []).append(conflict)
    return [Clash(*dates[index], conflicts) for index, conflicts in sorted(found.items())]


def horizon_words(now: datetime) -> date:
    """Up to which day hours are taken now: what pages and docs state."""
    return _horizon(now)


def _horizon(now: datetime) -> date:
    return today_of(now) + timedelta(weeks=booking_settings().agreement_horizon_weeks)


def _dates(agreement: Agreement, hours: AgreementHours, until: date, now: datetime) -> list[rules.Occurrence]:
    """The dates of these hours that are not taken yet: from tomorrow's side of ``now``, in the period, to ``until``."""
    tz = catalogue.zone(hours.resource)
    first = max(agreement.start, local_date(now, tz))
    if agreement.taken_until is not None:
        first = max(first, agreement.taken_until + timedelta(days=1))
    exclude = {date.fromisoformat(day) for day in agreement.excluded}
    return [
        one
        for one in rules.occurrences(
            hours.weekday, hours.begins, hours.ends, tz, first=first, last=until, exclude=exclude
        )
        if one.start > now
    ]


def take_hours(agreement: Agreement, *, who: Speaker | None, now: datetime) -> list[LeftOutDate]:
    """Take what is not taken yet, up to the horizon. The agreement is locked and in force; answers what is left out.

    The first time a case is opened: kind agreement, in the name of the first party, the others as co-hosts.
    """
    until = rules.horizon_to_take(agreement.taken_until, horizon=_horizon(now), last=agreement.last_day)
    listed = list(agreement.hours.select_related("resource", "series"))
    if until is None or not listed:
        return []
    case = agreement.case or _open_case(agreement, now)
    groups: list[Standing] = []
    dates: list[tuple[AgreementHours, list[rules.Occurrence]]] = []
    for hours in listed:
        found = _dates(agreement, hours, until, now)
        if not found:
            continue
        series = hours.series
        if series is not None and series.lines.count() + len(found) > rules.SERIES_DATES:
            series = None
        groups.append(
            Standing(
                hours.resource,
                rules.weekly_rule(hours.weekday, until),
                [(one.start, one.end) for one in found],
                hours.quantity,
                series,
            )
        )
        dates.append((hours, found))
    take_standing_dates(case, groups, by=Actor(who.user, who.hat) if who else SYSTEM, now=now)
    left: list[LeftOutDate] = []
    for group, (hours, found) in zip(groups, dates, strict=True):
        if group.series is not None and hours.series_id != group.series.pk:
            hours.series = group.series
            hours.save(update_fields=["series"])
        left += [
            LeftOutDate(hours=hours, day=found[index].day, start=found[index].start, end=found[index].end, found_at=now)
            for index in group.refused
        ]
    LeftOutDate.objects.bulk_create(left, ignore_conflicts=True)
    agreement.taken_until = until
    if left:
        log(agreement, "dates_left_out", who=who, now=now, count=len(left))
    return left


def _open_case(agreement: Agreement, now: datetime) -> Any:
    parties = list(agreement.parties.select_related("organisation", "confirmed_by"))
    first = parties[0]
    agreement.case = open_standing_case(
        kind=CaseKind.AGREEMENT,
        title=agreement.title,
        title_public=agreement.title_public,
        purpose=agreement.reference,
        organisation=first.organisation,
        co_hosts=[one.organisation for one in parties[1:]],
        requester=first.confirmed_by,
        hat=f"organisation:{first.organisation.slug}",
        unit=agreement.unit,
        officer=agreement.officer,
        deputy=agreement.deputy,
        now=now,
    )
    return agreement.case


def extend_hours(agreement: Agreement, *, now: datetime) -> list[LeftOutDate]:
    """`tick`: the horizon has moved. In a transaction of its own; answers what is left out."""

    @transaction.atomic
    def act() -> list[LeftOutDate]:
        fresh = locked(agreement)
        if fresh.state != AgreementState.AGREED:
            return []
        before = fresh.taken_until
        left = take_hours(fresh, who=None, now=now)
        if fresh.taken_until != before:
            store(fresh, now)
        return left

    return again_on_collision(act)


def try_left_out_again(agreement: Agreement, *, by: Any, now: datetime) -> tuple[int, int]:
    """Staff ask for the dates that somebody else had: what is free by now is taken. (taken, still left out).

    Raises ``Forbidden``, ``Disqualified``, ``WrongState`` when the agreement isn't in force.
    """

    @transaction.atomic
    def act() -> tuple[int, int]:
        fresh = locked(agreement)
        need_state(fresh, AgreementState.AGREED)
        who = speaker(fresh, by=by, organisation=None, now=now)
        rows = [
            row
            for row in LeftOutDate.objects.filter(hours__agreement=fresh, start__gt=now).select_related(
                "hours__resource", "hours__series"
            )
            if fresh.last_day is None or row.day <= fresh.last_day
        ]
        if not rows or fresh.case is None:
            return 0, 0
        groups: dict[int, tuple[Standing, list[LeftOutDate]]] = {}
        for row in rows:
            hours = row.hours
            series = hours.series
            rrule = series.rrule if series is not None else rules.weekly_rule(hours.weekday, row.day)
            group, mine = groups.setdefault(hours.pk, (Standing(hours.resource, rrule, [], hours.quantity, series), []))
            group.times = [*group.times, (row.start, row.end)]
            mine.append(row)
        count = take_standing_dates(
            fresh.case, [group for group, _rows in groups.values()], by=Actor(who.user, who.hat), now=now
        )
        for group, mine in groups.values():
            taken = [row.pk for index, row in enumerate(mine) if index not in group.refused]
            LeftOutDate.objects.filter(pk__in=taken).delete()
        if count:
            log(fresh, "dates_taken", who=who, now=now, count=count)
            store(fresh, now)
        return count, len(rows) - count

    return again_on_collision(act)


def free_hours(agreement: Agreement, *, who: Speaker, last: date, now: datetime) -> int:
    """The agreement ends on ``last``: hours that begin after it are free again. How many dates."""
    if agreement.case is None:
        return 0
    tz = booking_settings().tz
    rules_by_series = {
        hours.series_id: rules.weekly_rule(hours.weekday, max(last, local_date(hours.series.start, tz)))
        for hours in agreement.hours.select_related("series")
        if hours.series is not None
    }
    count = end_standing_dates(
        agreement.case,
        after=max(now, wall(last + timedelta(days=1), time(), tz)),
        by=Actor(who.user, who.hat),
        municipality=who.organisation is None,
        until_rules={pk: rule for pk, rule in rules_by_series.items() if pk is not None},
        now=now,
    )
    LeftOutDate.objects.filter(hours__agreement=agreement, day__gt=last).delete()
    if agreement.taken_until is not None:
        agreement.taken_until = min(agreement.taken_until, last)
    return count
