"""What happens to works by itself: `tick` reminds, climbs the ladder, sends SMS, warns of what is forgotten.

Everything is due and not done: a day without `tick` loses nothing, and twice says nothing twice. What is overdue for
one party collapses into the newest step (notice-rules.md "Sending").
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation

from booking.correspondence import sms
from booking.correspondence.rules import GIVE_UP_AFTER, LEASE, next_try
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.works import selectors
from booking.works.models import (
    AffectedParty,
    Channel,
    DispatchState,
    NoticeKind,
    PartyKind,
    Works,
    WorksAttempt,
    WorksDispatch,
    WorksState,
)
from booking.works.rules import ladder, states
from booking.works.services import conflicts, consulting, figures, overriding, telling
from booking.works.services.affected import need_of
from booking.works.services.common import current, locked, log, number_events, store, today_of
from booking.works.services.contacts import language_of, phone_of
from booking.works.services.receiving import serve

logger = logging.getLogger(__name__)
#: Works whose start has passed without a word from the field are asked about again so often.
NAG_EVERY = timedelta(days=1)
_SMS_BATCH = 50


def run_works(now: datetime) -> int:
    """`tick`: everything of works that is due. How many things were done.

    One works that fails doesn't stop the others; then the job says so with ``RuntimeError``.
    """
    if not selectors.is_on():
        return 0
    done = telling.follow_outbox(now) + number_events()
    broken: list[str] = []
    for step in (conflicts.run_offers, consulting.run_replies, overriding.run_reports, send_sms):
        done += step(now)
    for act in (_remind, _nag):
        done += _each(act, now, broken)
    if broken:
        raise RuntimeError(f"{len(broken)} works could not be followed up: {broken[:20]}")
    return done


def _each(act: Callable[[Works, datetime], int], now: datetime, broken: list[str]) -> int:
    rows = Works.objects.filter(state__in=[WorksState.NOTICED, WorksState.READY, WorksState.ACTIVE_EMERGENCY,
                                           WorksState.ACTIVE, WorksState.PAUSED, WorksState.OVERRUNNING])  # fmt: skip
    done = 0
    for works in rows.order_by("pk"):
        try:
            with transaction.atomic():
                done += act(locked(works), now)
        except Exception:
            logger.exception("The works %s could not be followed up", works.reference)
            broken.append(works.reference)
    return done


# --- the ladder ------------------------------------------------------------------------------------------------------


def _remind(works: Works, now: datetime) -> int:
    """Who hasn't said that they received it is reached again: by a reminder, and by the next rung of the ladder."""
    version = current(works)
    start = works.starts_at or figures.first_day_of(version)
    if works.state not in (WorksState.NOTICED, WorksState.READY) or start <= now:
        return serve(works, now)
    received = set(
        works.parties.filter(receipts__void_at__isnull=True, receipts__how__in=["acknowledged", "phone"])
        .order_by()
        .values_list("pk", flat=True)
    )
    groups: dict[Due, list[AffectedParty]] = {}
    for row in selectors.affected_rows(selectors.list_of(version)):
        if row.party_id in received or row.party.kind == PartyKind.FOLLOWERS or row.party.served_at is not None:
            continue
        for due in _due(works, row, start, now):
            groups.setdefault(due, []).append(row)
    done = 0
    for (step, means, days), rows in sorted(groups.items(), key=lambda item: item[0][:2]):
        ids = "-".join(str(row.party_id) for row in rows[:3])
        key = f"reminder:{works.pk}:{version.number}:{step}:{means}:{days or 0}:{len(rows)}:{ids}"
        telling.say(
            works, NoticeKind.REMINDER, rows, key=key, now=now, means=means, step=step,
            data={"means": means, "days": days},
        )  # fmt: skip
        log(works, "reminded", now=now, public=False, means=means, step=step, parties=[row.party_id for row in rows])
        done += len(rows)
    if done:
        store(works, now)
    return done + serve(works, now)


Due = tuple[int, str, int | None]
#: What somebody else does for a party isn't a message to it: a reminder that is due goes out all the same.
_TASKS = ("phone", "poster")


def _due(works: Works, row: AffectedParty, start: datetime, now: datetime) -> list[Due]:
    """(step, means, days before) of the newest that is due for a party; what is older is passed over.

    A rung that is a message says what a reminder of the same day would say.
    """
    need, party = need_of(row), row.party
    tz = booking_settings().tz
    sent = list(
        party.dispatches.filter(
            notice__works=works, notice__version=works.current, notice__kind__in=telling.STARTS_CLOCK
        )
        .select_related("notice")
        .order_by("pk")
    )
    if not sent:
        return []
    given = local_date(min(one.created_at for one in sent), tz)
    today, begins = today_of(now), local_date(start, tz)
    climbed = max(one.step for one in sent)
    steps = ladder.rungs(given, begins, need.ladder, need.reminders, earlier=need.steps_earlier)
    # What came back, or found nobody, is tried another way at once.
    lost = all(one.state in (DispatchState.BOUNCED, DispatchState.FAILED) for one in sent if one.step == climbed)
    rung = ladder.due_rung(steps, today, climbed)
    if rung is None and lost:
        rung = next((one for one in steps if one.step == climbed + 1), None)
    said = [one.notice.data["days"] for one in sent if one.notice.data.get("days")]
    days = ladder.due_reminder(begins, need.reminders, today, said) if today > given else None
    if rung is None:
        return [(climbed, "email", days)] if days is not None else []
    if rung.means in _TASKS and days is not None:
        return [(rung.step, rung.means, None), (climbed, "email", days)]
    return [(rung.step, rung.means, days)]


# --- what is forgotten -----------------------------------------------------------------------------------------------


def _nag(works: Works, now: datetime) -> int:
    """Ghost works: the start has passed and nobody said that they began; the end has, and nobody said they are done.

    Whoever answers for them is asked once a day, after three days their leader too.
    """
    from booking.works import letters

    version = current(works)
    begins = works.starts_at or figures.first_day_of(version)
    if works.state in (WorksState.NOTICED, WorksState.READY) and begins <= now:
        what, since = "not_started", begins
    elif works.state in states.GOING_ON and figures.last_moment_of(version) <= now:
        what, since = "not_done", figures.last_moment_of(version)
    else:
        return 0
    day = today_of(now).isoformat()
    key = f"{what}:{works.pk}:{day}"
    if works.events.filter(type="nagged", data__day=day, data__what=what).exists():
        return 0
    letters.to_officer(works, what, key, now=now)
    if now - since >= timedelta(days=3):
        letters.to_leaders(works, what, f"{key}:leader", now=now)
    log(works, "nagged", now=now, public=False, what=what, day=day)
    return 1


# --- SMS -------------------------------------------------------------------------------------------------------------


def send_sms(now: datetime) -> int:
    """Send the SMS that are due: claim a row, commit, send, commit the result. How many left.

    A crash in between leaves ``uncertain``: a notice is sent again (under the same key), a reminder isn't.
    """
    if not sms.is_on():
        return _without_sms(now)
    backend, done = sms.backend(), 0
    real = clock.real()
    WorksDispatch.objects.filter(channel=Channel.SMS, state=DispatchState.SENDING, lease_until__lte=real).update(
        state=DispatchState.UNCERTAIN, lease_until=None, lease_token=""
    )
    for pk in _claim(now, real):
        done += _send_one(backend, pk, now)
    return done


def _without_sms(now: datetime) -> int:
    """Nobody sends SMS here: the rung is passed over, and that is logged."""
    rows = WorksDispatch.objects.filter(channel=Channel.SMS, state=DispatchState.QUEUED)
    done = 0
    for row in rows.order_by("pk"):
        if WorksDispatch.objects.filter(pk=row.pk, state=DispatchState.QUEUED).update(state=DispatchState.FAILED):
            WorksAttempt.objects.create(dispatch=row, outcome=WorksAttempt.Outcome.NO_CONTACT, at=now)
            done += 1
    return done


def _claim(now: datetime, real: datetime) -> Sequence[int]:
    token = uuid.uuid4().hex
    free = (
        Q(channel=Channel.SMS, due_at__lte=now)
        & (Q(state=DispatchState.QUEUED) | Q(state=DispatchState.UNCERTAIN, notice__legal=True))
        & (Q(lease_until__isnull=True) | Q(lease_until__lte=real))
    )
    with transaction.atomic():
        rows = WorksDispatch.objects.filter(free).order_by("due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        ids = [row.pk for row in rows[:_SMS_BATCH]]
        WorksDispatch.objects.filter(pk__in=ids).filter(Q(lease_until__isnull=True) | Q(lease_until__lte=real)).update(
            lease_token=token, lease_until=real + LEASE, state=DispatchState.SENDING
        )
        return list(
            WorksDispatch.objects.filter(pk__in=ids, lease_token=token)
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)
        )


def _send_one(backend: sms.Backend, pk: int, now: datetime) -> int:
    row = WorksDispatch.objects.select_related("notice__works", "notice__version").get(pk=pk)
    party = row.parties.select_related("organisation", "user", "report").order_by("pk").first()
    number = sms.plain_number(phone_of(party, today_of(now))) if party is not None else ""
    if not telling.still_true({"dispatch": pk}) or party is None or not number:
        WorksDispatch.objects.filter(pk=pk).update(state=DispatchState.DROPPED, lease_until=None, lease_token="")
        return 0
    text = sms_text(row, party)
    outcome: str = WorksAttempt.Outcome.TAKEN
    try:
        backend.send(number=number, text=text, key=f"works:{pk}")
    except sms.SmsRefused:
        outcome = WorksAttempt.Outcome.REFUSED
    except Exception:
        logger.exception("The SMS of dispatch %s: nobody knows whether it left", pk)
        outcome = WorksAttempt.Outcome.UNCERTAIN
    with transaction.atomic():
        fresh = WorksDispatch.objects.select_for_update(of=("self",)).select_related("notice__version").get(pk=pk)
        fresh.tries += 1
        fresh.lease_until, fresh.lease_token = None, ""
        if outcome == WorksAttempt.Outcome.TAKEN:
            fresh.state, fresh.sent_at = DispatchState.SENT, now
            fresh.save()
            telling.taken(fresh, now)
            return 1
        gone = now - fresh.created_at >= GIVE_UP_AFTER
        sure = outcome == WorksAttempt.Outcome.REFUSED
        fresh.state = DispatchState.FAILED if sure or gone else DispatchState.UNCERTAIN
        fresh.due_at = next_try(attempts=fresh.tries, now=now, real=clock.real())
        fresh.save()
        WorksAttempt.objects.create(dispatch=fresh, outcome=outcome, at=now)
        return 0


def sms_text(row: WorksDispatch, party: Any) -> str:
    """The notice in two lines, in the party's language."""
    from booking.works import wording

    with translation.override(language_of(party)):
        return wording.sms_words(row.notice, party)
