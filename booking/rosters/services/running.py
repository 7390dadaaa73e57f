"""What `tick` does for rosters: the reminder of the day before, unfilled duties a week ahead, questions that lapse.

Everything is due and not done, never "today": after an outage each is said once, and only while it is still of use.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from booking.cases.models import WishWay
from booking.cases.selectors.desk import holders
from booking.cases.services.shared import lock_cases
from booking.catalogue import selectors as catalogue
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.rosters import rules
from booking.rosters.access import hosts_of_roster, is_on
from booking.rosters.models import Duty, DutyDate, SignUp, SignUpState, Swap, SwapState, WeekTold
from booking.rosters.selectors import unfilled_duties
from booking.rosters.services.common import Person, leading_people, letter, person_of, post, today_of, ways_of
from booking.rosters.services.links import seal_anew

log = logging.getLogger(__name__)
_BATCH = 200


def run_rosters(now: datetime) -> int:
    """Everything that is due. How many things it did. Safe twice, late, and in two processes at once."""
    if not is_on():
        return 0
    return remind(now) + tell_unfilled(now) + lapse(now) + seal_anew(now)


# --- the day before --------------------------------------------------------------------------------------------------


def remind(now: datetime) -> int:
    """Reminders of duties whose day before has come. One letter per person and date of a case. How many."""
    tz, done = booking_settings().tz, 0
    # Nothing that begins later than tomorrow's end can be due.
    until = wall(local_date(now, tz) + timedelta(days=2), rules.TELL_AT, tz)
    waiting = SignUp.objects.filter(
        state=SignUpState.ON, reminded_for=None, duty__line__start__gt=now, duty__line__start__lt=until,
        duty__line__state__in=rules.SURE,
    )  # fmt: skip
    for case_id in sorted(set(waiting.order_by().values_list("duty__case_id", flat=True))):
        done += _remind_case(case_id, now)
    return done


@transaction.atomic
def _remind_case(case_id: int, now: datetime) -> int:
    case = lock_cases([case_id]).get(case_id)
    if case is None:
        return 0
    rows = list(
        SignUp.objects.filter(
            duty__case=case, state=SignUpState.ON, reminded_for=None, duty__line__start__gt=now,
            duty__line__state__in=rules.SURE,
        )
        .select_related("duty__line__resource", "user", "helper")
        .order_by("pk")
    )  # fmt: skip
    ways = ways_of({row.user_id for row in rows if row.user_id})
    told = dict(DutyDate.objects.filter(line__in={row.duty.line_id for row in rows}).values_list("line_id", "told"))
    messages: list[Outgoing] = []
    due_rows = []
    for row in rows:
        line = row.duty.line
        evening = ways.get(row.user_id or 0) == WishWay.EVENING
        due = rules.remind_at(line.start, catalogue.zone(line.resource), evening=evening)
        if due > now:
            continue
        row.reminded_for = line.start
        due_rows.append(row)
        if row.at >= due:
            continue  # signed up when the reminder would have gone already: they know
        key = f"duty-reminder:{line.pk}:{told.get(line.pk, 0)}"
        payload = {"case": case.pk, "line": line.pk, "start": line.start.isoformat()}
        messages += letter("duty_reminder", key, person_of(row), payload, due=now, ways=ways)
    SignUp.objects.bulk_update(due_rows, ["reminded_for"], batch_size=200)
    # Several duties of a person on one date are one letter: the key is the same.
    unique = {one.key: one for one in messages}
    post(list(unique.values()), now=now)
    return len(unique)


# --- a week ahead ----------------------------------------------------------------------------------------------------


def tell_unfilled(now: datetime) -> int:
    """Duties of the next seven days that nobody has taken: one letter a week to each host's leading people, and the
    officer's morning digest, once a week too. How many were told."""
    conf = booking_settings()
    today = today_of(now)
    if now < wall(today, rules.TELL_AT, conf.tz):
        return 0
    duties = unfilled_duties(now=now, until=now + rules.AHEAD)
    if not duties:
        return 0
    week = rules.week_of(today)
    cases = {duty.case_id: duty.case for duty in duties}
    done = 0
    hosts: dict[int, Any] = {}
    for case in cases.values():
        for host in hosts_of_roster(case):
            hosts.setdefault(host.pk, host)
    told = set(WeekTold.objects.filter(week=week).values_list("who", flat=True))
    for pk, host in sorted(hosts.items()):
        if f"o{pk}" not in told:
            done += _tell_host(host, week, now)
    rows = list(cases.values())
    officers: dict[int, Any] = {}
    for person in holders(rows, today):
        if person is not None and person.is_active:
            officers.setdefault(person.pk, person)
    for pk, person in sorted(officers.items()):
        if f"u{pk}" not in told:
            done += _tell_officer(person, week, now)
    return done


@transaction.atomic
def _tell_host(host: Any, week: str, now: datetime) -> int:
    _row, new = WeekTold.objects.get_or_create(who=f"o{host.pk}", week=week, defaults={"at": now})
    if not new:
        return 0
    people = leading_people(host, today_of(now))
    ways = ways_of([user.pk for user in people])
    payload = {"organisation": host.pk, "day": today_of(now).isoformat()}
    key = f"duty-unfilled:{host.pk}:{week}"
    post(
        [one for user in people for one in letter("duty_unfilled", key, Person(user), payload, due=now, ways=ways)],
        now=now,
    )
    return 1


@transaction.atomic
def _tell_officer(person: Any, week: str, now: datetime) -> int:
    from booking.rosters.services.common import address_of

    _row, new = WeekTold.objects.get_or_create(who=f"u{person.pk}", week=week, defaults={"at": now})
    address = address_of(person)
    if not new or not address:
        return 0
    on = today_of(now)
    # The key of the answer clock's own digest: whichever makes it due first, there is one letter that day.
    post(
        [
            Outgoing(
                key=f"staff_digest:{person.pk}:{on}",
                handler="staff_digest",
                payload={"user": person.pk, "day": on.isoformat()},
                recipient=address,
                recipient_user=person,
                language=getattr(person, "language", "nb") or "nb",
                due_at=now,
            )
        ],
        now=now,
    )
    return 1


# --- questions -------------------------------------------------------------------------------------------------------


def lapse(now: datetime) -> int:
    """Questions to take over a duty on a date that has begun. How many."""
    return Swap.objects.filter(state=SwapState.OPEN, sign_up__duty__line__start__lte=now).update(
        state=SwapState.LAPSED, answered_at=now
    )


def forget_weeks(now: datetime) -> int:
    """That somebody was told in a week of last year is of no use to anybody."""
    return int(WeekTold.objects.filter(at__lt=now - timedelta(days=60)).delete()[0])


def by_case(duties: Sequence[Duty]) -> dict[int, list[Duty]]:
    """Duties by the id of their case."""
    found: dict[int, list[Duty]] = defaultdict(list)
    for duty in duties:
        found[duty.case_id].append(duty)
    return found
