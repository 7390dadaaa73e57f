"""The morning's letter: on each working day, to everybody who holds something that is late, due soon or new.

Source: needs N16 ("one morning digest when there is something in it"), requests.md "The answer clock" 3.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q

from booking.cases.desk.models import Morning
from booking.cases.models import Attention, Case, WaitingOn
from booking.cases.selectors.desk import AHEAD, piles
from booking.cases.services.ticking import DIGEST_AT, to_staff
from booking.correspondence.services import enqueue_many
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.foundation.workdays import work_calendar


def since_last_morning(on: date) -> datetime:
    """When the letter of the working day before ``on`` left: what came in since is new."""
    return wall(work_calendar().previous_working(on - timedelta(days=1)), DIGEST_AT, booking_settings().tz)


def run_mornings(now: datetime) -> int:
    """Put today's letters into the outbox, once, at seven or as soon after as anybody looks. How many.

    A day that was slept through is not made up for: its letter would say what today's says.
    """
    conf = booking_settings()
    on, calendar = local_date(now, conf.tz), work_calendar()
    if now < wall(on, DIGEST_AT, conf.tz) or not calendar.is_working(on):
        return 0
    if Morning.objects.filter(day=on).exists():
        return 0
    try:
        with transaction.atomic():
            Morning.objects.create(day=on, at=now)
            return _send(on, now)
    except IntegrityError:  # two at once: the other one does it
        return 0


def _send(on: date, now: datetime) -> int:
    limit = work_calendar().add_working_days(on, AHEAD)
    owed = Q(waiting_on=WaitingOn.MUNICIPALITY)
    pressing = (
        Q(attention=Attention.NO_REPLY)
        | (owed & Q(answer_by__lte=limit))
        | (owed & Q(received_at__gte=since_last_morning(on)))
    )
    heaps = piles(Case.objects.exclude(stored_act="draft"), on, pressing=pressing)
    ids = {pile.holder for pile in heaps if pile.holder is not None and pile.pressing}
    people = get_user_model()._default_manager.filter(pk__in=ids).order_by("pk")
    messages = [one for person in people for one in to_staff(person, "staff_digest", on, now)]
    enqueue_many(messages, now=now)
    return len(messages)
