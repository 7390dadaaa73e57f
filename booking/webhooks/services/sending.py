"""Telling: one sender at a time for each endpoint, in the order of what happened, outside of every transaction.

A delivery moves ``waiting → sending → delivered``. Who sends holds a lease on the endpoint, commits that it sends,
posts, and commits the result. If it dies in between, the lease runs out, the try is ``uncertain``, and the same event
is sent again under the same id: rather twice than never. What a receiver refuses is tried again later, and what came
after it goes on meanwhile; after some failures in a row the whole endpoint rests, and the oldest comes first again.
Source: Standard Webhooks "Deliverability and reliability"; docs/decisions/047-webhooks.md.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from booking.foundation import clock, vault
from booking.foundation.conf import booking_settings
from booking.webhooks import letters, posting, rules
from booking.webhooks.bodies import body_of
from booking.webhooks.models import (
    OPEN_STATES,
    AttemptOutcome,
    DeliveryState,
    DisabledBecause,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from booking.webhooks.secrets import signing_keys

log = logging.getLogger(__name__)

#: Endpoints told at the same time by one process: one that hangs keeps none of the others waiting.
SENDERS = 8
_MORE = 0.5
#: Longer than any pause or rest.
_NEVER_SO_LONG = 2 * rules.LONGEST_WISH


def tell_endpoints(stopping: Callable[[], bool]) -> int:
    """The long job: everything that is due, to all endpoints that may be told. How many requests were made.

    Safe in several processes at once, and after a kill at any point.
    """
    if not booking_settings().is_on("webhooks"):
        return 0
    if connection.in_atomic_block:
        # Only under a test's surrounding transaction: other connections couldn't see what it wrote.
        return _one_after_the_other(stopping)
    done = 0
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook") as pool:
        running: set[Future[int]] = set()
        while True:
            claimed = claim() if len(running) < SENDERS and not stopping() else None
            if claimed is not None:
                # With our clock, which `tick --now` may have moved.
                running.add(pool.submit(_with, copy_context(), *claimed, stopping))
                continue
            if not running:
                return done
            ended, running = wait(running, timeout=_MORE, return_when=FIRST_COMPLETED)
            done += sum(one.result() for one in ended)


def _one_after_the_other(stopping: Callable[[], bool]) -> int:
    done = 0
    while not stopping() and (claimed := claim()) is not None:
        done += send_turn(*claimed, stopping)
    return done


def _with(context: Context, endpoint_id: int, token: str, stopping: Callable[[], bool]) -> int:
    return context.run(_in_thread, endpoint_id, token, stopping)


def _in_thread(endpoint_id: int, token: str, stopping: Callable[[], bool]) -> int:
    try:
        return send_turn(endpoint_id, token, stopping)
    finally:
        connection.close()


def claim(only: int | None = None) -> tuple[int, str] | None:
    """Take the lease on an endpoint that has something due: its id and the token. None when there is none.

    ``only``: this one, whatever is due, and also when it is paused or switched off (a person tries it out).
    """
    real = clock.real()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=real) | Q(lease_until__gt=real + 2 * rules.LEASE)
    if only is not None:
        ids = [only]
        ready = free & ~Q(state=EndpointState.REMOVED)
    else:
        now = clock.now()
        # What is "sending" while nobody holds the endpoint was left behind by a sender that died.
        due = WebhookDelivery.objects.filter(_due(now) | Q(state=DeliveryState.SENDING), endpoint=OuterRef("pk"))
        rested = Q(rest_until__isnull=True) | _over("rest_until", now)
        ready = free & rested & Q(state=EndpointState.ACTIVE)
        ids = list(
            WebhookEndpoint.objects.filter(ready, Exists(due))
            .order_by(F("told_at").asc(nulls_first=True), "pk")
            .values_list("pk", flat=True)[: 2 * SENDERS]
        )
    for pk in ids:
        token = uuid.uuid4().hex
        # The update repeats the condition: of two who read the same row, one gets it.
        taken = WebhookEndpoint.objects.filter(ready, pk=pk).update(lease_token=token, lease_until=real + rules.LEASE)
        if taken:
            return pk, token
    return None


def _over(name: str, now: datetime) -> Q:
    """That moment has come. A clock that ran ahead left moments in a future that is none: nothing waits that long."""
    return Q(**{f"{name}__lte": now}) | Q(**{f"{name}__gt": now + _NEVER_SO_LONG})


def _due(now: datetime) -> Q:
    return Q(state=DeliveryState.WAITING) & _over("next_at", now)


def send_turn(endpoint_id: int, token: str, stopping: Callable[[], bool]) -> int:
    """Send what is due to an endpoint whose lease we hold, oldest first, and give the lease back. How many requests."""
    done = 0
    try:
        _pick_up(endpoint_id)
        while done < rules.TURN and not stopping():
            endpoint = _hold(endpoint_id, token)
            if endpoint is None or endpoint.state != EndpointState.ACTIVE:
                break
            now = clock.now()
            if endpoint.rest_until is not None and now < endpoint.rest_until <= now + _NEVER_SO_LONG:
                break
            rows = endpoint.deliveries.filter(_due(now))
            delivery = rows.select_related("event").order_by("pk").first()
            if delivery is None:
                break
            _send(endpoint, delivery)
            done += 1
    finally:
        _let_go(endpoint_id, token)
    return done


def send_to(delivery: WebhookDelivery) -> bool:
    """Send this one now, whatever the endpoint's state: a person waits for what comes of it. False: another has it."""
    claimed = claim(only=delivery.endpoint_id)
    if claimed is None:
        return False
    endpoint_id, token = claimed
    try:
        _pick_up(endpoint_id)
        endpoint = _hold(endpoint_id, token)
        fresh = WebhookDelivery.objects.select_related("event").filter(pk=delivery.pk).first()
        if endpoint is None or fresh is None or fresh.state != DeliveryState.WAITING:
            return False
        _send(endpoint, fresh)
    finally:
        _let_go(endpoint_id, token)
    return True


def _hold(endpoint_id: int, token: str) -> WebhookEndpoint | None:
    """The endpoint, read fresh with a renewed lease; None when somebody else has it."""
    held = WebhookEndpoint.objects.filter(pk=endpoint_id, lease_token=token)
    if not held.update(lease_until=clock.real() + rules.LEASE):
        return None
    return held.select_related("unit").first()


def _let_go(endpoint_id: int, token: str) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint_id, lease_token=token).update(lease_token="", lease_until=None)


@transaction.atomic
def _pick_up(endpoint_id: int) -> None:
    """What a dead sender left behind: perhaps received, so it is sent again under the same id."""
    left = list(
        WebhookDelivery.objects.filter(endpoint=endpoint_id, state=DeliveryState.SENDING).values_list("pk", flat=True)
    )
    if not left:
        return
    WebhookAttempt.objects.filter(delivery__in=left, outcome=AttemptOutcome.SENDING).update(
        outcome=AttemptOutcome.UNCERTAIN
    )
    WebhookDelivery.objects.filter(pk__in=left).update(state=DeliveryState.WAITING)


@dataclass(frozen=True, slots=True)
class _Try:
    attempt: WebhookAttempt
    body: bytes
    headers: dict[str, str]


def _send(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    text = _frozen(delivery.event)
    if text is None:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DROPPED, ended_at=clock.now())
        return
    try:
        keys = signing_keys(endpoint, clock.now())
    except vault.Unreadable:
        log.error("The secret of the webhook %s can't be opened; it is switched off.", endpoint.pk)
        disable(endpoint, DisabledBecause.UNREADABLE, now=clock.now())
        return
    one = _begin(endpoint, delivery, text, keys)
    if one is None:
        return
    begun = clock.real()
    answer = posting.post(endpoint.url, one.body, one.headers)
    _finish(endpoint, delivery, one.attempt, answer, took=int((clock.real() - begun).total_seconds() * 1000))


def _frozen(event: WebhookEvent) -> str | None:
    """The body: made once, and the same for every endpoint and every try."""
    if not event.body:
        text = body_of(event)
        if text is None:
            return None
        WebhookEvent.objects.filter(pk=event.pk, body="").update(body=text)
        # Another sender may have made it in the same moment: the first one counts.
        event.body = WebhookEvent.objects.values_list("body", flat=True).get(pk=event.pk)
    return event.body


@transaction.atomic
def _begin(endpoint: WebhookEndpoint, delivery: WebhookDelivery, text: str, keys: list[str]) -> _Try | None:
    """Committed before the receiver hears of it: a crash from here on leaves a trace."""
    now = clock.now()
    body = text.encode()
    # Receivers refuse an old timestamp: it is that of this try, on the true clock.
    signed = rules.headers(keys, delivery.event.message_id, int(clock.real().timestamp()), body)
    headers = posting.sent_headers(endpoint.url, body, signed.items())
    taken = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
        state=DeliveryState.SENDING, attempts=F("attempts") + 1, tries=F("tries") + 1
    )
    if not taken:
        return None
    delivery.refresh_from_db(fields=["attempts", "tries"])
    attempt = WebhookAttempt.objects.create(delivery=delivery, number=delivery.attempts, at=now, sent=headers)
    return _Try(attempt, body, headers)


def _finish(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, attempt: WebhookAttempt, answer: posting.Answer, *, took: int
) -> None:
    """Write down what came of it. What was accepted is accepted, also when our lease ran out meanwhile."""
    now = clock.now()
    with transaction.atomic():
        fresh = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("unit").get(pk=endpoint.pk)
        WebhookAttempt.objects.filter(pk=attempt.pk).update(
            outcome=answer.outcome, status=answer.status, answer=answer.text, error=answer.error, took_ms=max(took, 0)
        )
        mine = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=OPEN_STATES)
        if answer.outcome == AttemptOutcome.ACCEPTED:
            mine.update(state=DeliveryState.DELIVERED, ended_at=now)
            fresh.told_at, fresh.failing_since, fresh.failures, fresh.rest_until = now, None, 0, None
            fresh.save(update_fields=["told_at", "failing_since", "failures", "rest_until"])
            return
        _put_off(delivery, mine, answer, now)
        fresh.failures += 1
        fresh.failing_since = fresh.failing_since or now
        fresh.rest_until = _rest(fresh, answer, now)
        fresh.save(update_fields=["failures", "failing_since", "rest_until"])
        if answer.status == 410:
            disable(fresh, DisabledBecause.GONE, now=now)
        elif fresh.state == EndpointState.ACTIVE and rules.disables(fresh.failing_since, now):
            disable(fresh, DisabledBecause.FAILING, now=now)


def _put_off(delivery: WebhookDelivery, mine: QuerySet[WebhookDelivery], answer: posting.Answer, now: datetime) -> None:
    pause = rules.pause(delivery.tries)
    if pause is None:
        mine.update(state=DeliveryState.FAILED, ended_at=now)
        return
    wish = rules.retry_after(answer.retry_after, now) if answer.status in (429, 503) else None
    mine.update(state=DeliveryState.WAITING, next_at=now + max(pause, wish or pause))


def _rest(endpoint: WebhookEndpoint, answer: posting.Answer, now: datetime) -> datetime | None:
    """Until when nothing is sent there: what the receiver asked for, or our own patience."""
    wish = rules.retry_after(answer.retry_after, now) if answer.status in (429, 503) else None
    rest = max(rules.rest(endpoint.failures), wish or rules.rest(0))
    return now + rest if rest else None


def disable(endpoint: WebhookEndpoint, because: str, *, now: datetime) -> None:
    """Switch it off and tell its administrators. What waited is given up, and can be sent again by a person."""
    with transaction.atomic():
        done = WebhookEndpoint.objects.filter(
            pk=endpoint.pk, state__in=[EndpointState.ACTIVE, EndpointState.PAUSED]
        ).update(state=EndpointState.DISABLED, because=because)
        if not done:
            return
        WebhookDelivery.objects.filter(endpoint=endpoint, state__in=OPEN_STATES).update(
            state=DeliveryState.FAILED, ended_at=now
        )
        letters.tell_disabled(endpoint, now=now)
