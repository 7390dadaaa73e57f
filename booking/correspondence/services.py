"""The outbox: said in the transaction of the change, sent outside of every transaction.

A message moves ``queued → sending → sent``. Whoever sends takes a lease with a conditional update (skipping rows
that somebody else holds, where the database can), commits, hands the letter to the server, and commits the result. If
it dies in between, the lease runs out and the message is ``uncertain``: a legal letter is sent again with the same
Message-ID (rather twice than never), anything else waits for a person (rather never than twice). Both are shown.
Source: notice-rules.md "Sending", requests.md "The answer clock" 1.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from booking.correspondence import at_once, registry
from booking.correspondence.incoming import addresses
from booking.correspondence.letters import Letter, one_line
from booking.correspondence.models import Heartbeat, OutboxMessage, OutboxState
from booking.correspondence.rules import LEASE, LONGEST_PAUSE, gives_up, next_try, not_at_night
from booking.correspondence.transport import Refused, Transport, TransportError, Unreachable, Unsure
from booking.foundation import clock
from booking.foundation.conf import booking_settings

log = logging.getLogger(__name__)

#: What a person can ask to try again: what is waiting is tried by itself.
STUCK = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED)
#: Letters taken at a time by one sender.
BATCH = 20
#: After so many letters in a row that the server didn't take, this run stops: it is the server, not the letters.
STRIKES = 3


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one contact, for `enqueue_many`. See `enqueue`."""

    key: str
    handler: str
    payload: Mapping[str, Any]
    recipient: str
    language: str
    due_at: datetime
    recipient_user: Any = None
    legal: bool = False
    soon: bool = False
    #: An emergency: leaves at night too. `legal` and `soon` letters and secrets do anyway.
    urgent: bool = False


@dataclass
class Report:
    """What one run of `send_due` did."""

    sent: int = 0
    retried: int = 0
    uncertain: int = 0
    dropped: int = 0
    failed: int = 0

    def add(self, other: Report) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def __str__(self) -> str:
        return ", ".join(f"{item.name} {getattr(self, item.name)}" for item in fields(self))


def enqueue(
    *,
    key: str,
    handler: str,
    payload: Mapping[str, Any],
    recipient: str,
    recipient_user: Any = None,
    language: str,
    legal: bool = False,
    due_at: datetime,
    now: datetime,
    soon: bool = False,
    urgent: bool = False,
) -> None:
    """Write one message into the outbox, in the caller's transaction.

    `key` says what is said to whom: a key that is there already is not written again. `payload` holds ids and codes
    only (a secret handler's payload is erased after sending). `legal` letters are rather sent twice than lost. `soon`:
    tried right after the commit, for at most five seconds of the caller's time (receipts and log-in codes). `urgent`:
    leaves at night too. Raises ``KeyError`` for a handler that nobody registered, ``ValueError`` without a recipient (a
    handler that finds the address itself takes ``recipient=""``, and no other).
    """
    message = Outgoing(key, handler, payload, recipient, language, due_at, recipient_user, legal, soon, urgent)
    enqueue_many([message], now=now)


def enqueue_many(messages: Sequence[Outgoing], *, now: datetime) -> None:
    """Like `enqueue`, for many contacts with one statement.

    What is neither legal nor urgent doesn't leave between 22 and 7, but at 7 (requests.md "Preferences").
    """
    rows, tz = [], booking_settings().tz
    for message in messages:
        finds_itself = registry.handler(message.handler).recipient_of is not None
        if bool(message.recipient) == finds_itself:
            raise ValueError(f"nobody to send {message.key} to, or an address that was to stay sealed")
        rows.append(
            OutboxMessage(
                key=message.key,
                handler=message.handler,
                payload=dict(message.payload),
                recipient=message.recipient,
                recipient_user=message.recipient_user,
                language=_language(message.language),
                legal=message.legal,
                due_at=message.due_at if _by_night(message) else not_at_night(message.due_at, tz),
                created_at=now,
            )
        )
    if not rows:
        return
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    soon = [message.key for message in messages if message.soon and message.due_at <= now]
    if soon:
        transaction.on_commit(lambda: at_once.attempt(lambda: send_these(soon, now=now)), robust=True)


def send_these(keys: Sequence[str], *, now: datetime) -> Report:
    """Send these messages if they are due and nobody else has them."""
    with Transport() as transport:
        return _send_batch(transport, now=now, limit=len(keys), keys=keys)


def send_due(now: datetime, limit: int | None = None) -> Report:
    """Send everything that is due at `now`, oldest first, at most `limit`; stops early when the server is away.

    Safe in several processes at once and after a kill at any point. Must run outside of a transaction.
    """
    report = Report()
    report.uncertain += find_lost()
    with Transport() as transport:
        left = limit
        while left is None or left > 0:
            size = BATCH if left is None else min(BATCH, left)
            done = _send_batch(transport, now=now, limit=size)
            handled = done.sent + done.dropped + done.failed + done.retried + done.uncertain
            report.add(done)
            if not handled or done.retried + done.uncertain >= STRIKES:
                return report
            if left is not None:
                left -= handled
    return report


def find_lost() -> int:
    """Mark messages whose sender died while sending: nobody knows whether the server took them. How many."""
    real = clock.real()
    return OutboxMessage.objects.filter(_nobody_holds(real), state=OutboxState.SENDING).update(
        state=OutboxState.UNCERTAIN,
        lease_until=None,
        lease_token="",
        last_error="the sender stopped while sending",
    )


def requeue(messages: QuerySet[OutboxMessage] | Iterable[OutboxMessage], *, now: datetime) -> int:
    """A person asks to try again what was given up, came back or is uncertain. Nothing else is touched. How many."""
    ids = [message.pk for message in messages]
    return OutboxMessage.objects.filter(pk__in=ids, state__in=STUCK).update(
        state=OutboxState.QUEUED, due_at=now, attempts=0, created_at=now, lease_until=None, lease_token=""
    )


def recall(prefixes: Sequence[str]) -> bool:
    """Take back letters that haven't left, by the beginnings of their keys, in the caller's transaction.

    True when none of them has left or is leaving; then they never will. Otherwise the caller undoes its transaction:
    what has been said can't be unsaid.
    """
    wanted = Q(pk__in=[])
    for prefix in prefixes:
        wanted |= Q(key__startswith=prefix)
    found = OutboxMessage.objects.filter(wanted)
    there = found.exclude(state=OutboxState.DROPPED).count()
    gone = found.filter(_nobody_holds(clock.real()), state=OutboxState.QUEUED, attempts=0).update(
        state=OutboxState.DROPPED, lease_until=None, lease_token=""
    )
    return gone == there


def forget_secrets(now: datetime) -> int:
    """Erase secrets that nobody can use any more, sent or not: each kind after its own life. How many."""
    over = Q(pk__in=[])
    for name, life in registry.secret_handlers().items():
        over |= Q(handler=name, created_at__lt=now - life)
    return (
        OutboxMessage.objects.filter(over, state__in=[OutboxState.QUEUED, OutboxState.UNCERTAIN, OutboxState.FAILED])
        .filter(_nobody_holds(clock.real()))
        .update(state=OutboxState.DROPPED, payload={}, subject="", body="", lease_until=None, lease_token="")
    )


def beat(name: str) -> None:
    """Remember that `tick` or `work` is alive (true time, for /metrics and the admin)."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=clock.real())], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def _by_night(message: Outgoing) -> bool:
    return message.legal or message.soon or message.urgent or registry.handler(message.handler).secret


def _language(code: str) -> str:
    known = {name for name, _label in settings.LANGUAGES}
    return code if code in known else settings.LANGUAGE_CODE


def _nobody_holds(real: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=real) | Q(lease_until__gt=real + 2 * LEASE)


def _claim(*, now: datetime, limit: int, keys: Sequence[str] | None) -> list[OutboxMessage]:
    """Take a lease on due messages. The update repeats the condition: of two who read the same row, one gets it."""
    real = clock.real()
    token = uuid.uuid4().hex
    # A clock that ran ahead left leases and next tries in a future that is none: no sender gives a lease or a pause
    # as long as that, so they count as over.
    due = Q(due_at__lte=now) | Q(attempts__gte=1, due_at__gt=real + 2 * LONGEST_PAUSE)
    free = due & (Q(state=OutboxState.QUEUED) | Q(state=OutboxState.UNCERTAIN, legal=True)) & _nobody_holds(real)
    with transaction.atomic():
        rows = OutboxMessage.objects.filter(free).order_by("due_at", "id")
        if keys is not None:
            rows = rows.filter(key__in=keys)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True)[:limit])
        if not ids:
            return []
        OutboxMessage.objects.filter(free, pk__in=ids).update(lease_token=token, lease_until=real + LEASE)
        return list(OutboxMessage.objects.filter(pk__in=ids, lease_token=token).order_by("due_at", "id"))


def _send_batch(transport: Transport, *, now: datetime, limit: int, keys: Sequence[str] | None = None) -> Report:
    report = Report()
    messages = _claim(now=now, limit=limit, keys=keys)
    for position, message in enumerate(messages):
        _send_one(transport, message, now=now, report=report)
        if report.retried + report.uncertain >= STRIKES:
            rest = [later.pk for later in messages[position + 1 :]]
            OutboxMessage.objects.filter(pk__in=rest, lease_token=message.lease_token).update(
                lease_until=None, lease_token=""
            )
            break
    return report


def _mine(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token)


def _send_one(transport: Transport, message: OutboxMessage, *, now: datetime, report: Report) -> None:
    try:
        handler = registry.handler(message.handler)
        if not handler.still_valid(message.payload):
            erased: dict[str, Any] = {"payload": {}} if handler.secret else {}
            _mine(message).update(state=OutboxState.DROPPED, lease_until=None, lease_token="", **erased)
            report.dropped += 1
            return
        recipient = handler.recipient_of(message.payload) if handler.recipient_of else message.recipient
        if not recipient:
            # Whoever it was for has gone meanwhile, and left no address behind.
            _mine(message).update(state=OutboxState.DROPPED, payload={}, lease_until=None, lease_token="")
            report.dropped += 1
            return
        letter = addressed(handler.write(message.payload, message.language), recipient)
    except Exception as error:
        # A letter that can't be written must neither stop the others nor be lost: it is shown, and tried again.
        log.exception("The message %s could not be written", message.key)
        _try_later(message, f"could not be written: {error!r}", now=now, attempts=message.attempts + 1)
        report.retried += 1
        return
    message.message_id = message.message_id or f"<{uuid.uuid4()}@{_mail_domain()}>"
    # Committed before the server hears of it: a crash from here on leaves a trace.
    begun = (
        _mine(message)
        .filter(state__in=[OutboxState.QUEUED, OutboxState.UNCERTAIN])
        .update(
            state=OutboxState.SENDING,
            attempts=F("attempts") + 1,
            message_id=message.message_id,
            lease_until=clock.real() + LEASE,
        )
    )
    if not begun:
        return
    message.attempts += 1
    try:
        transport.send(letter, recipient=recipient, message_id=message.message_id, language=message.language)
    except TransportError as error:
        sealed = recipient if handler.recipient_of else ""
        _not_taken(message, error, now=now, report=report, sealed=sealed)
    except Exception as error:
        # Not the server's word but our own letter (a header that can't be built): it never left.
        log.exception("The message %s could not be sent", message.key)
        _try_later(message, f"could not be sent: {error!r}", now=now, attempts=message.attempts)
        report.retried += 1
    else:
        _taken(message, handler, letter, now=now)
        report.sent += 1


def addressed(letter: Letter, recipient: str) -> Letter:
    """The letter with the address that this receiver answers to, where answers are taken in."""
    own = addresses.address_of(letter.thread, recipient) if letter.thread else ""
    return replace(letter, reply_to=own) if own else letter


def _taken(message: OutboxMessage, handler: registry.Handler, letter: Letter, *, now: datetime) -> None:
    """The server accepted it. A lease that ran out meanwhile doesn't make that untrue, unless somebody sends anew."""
    kept = (
        {"subject": "", "body": "", "payload": {}}
        if handler.secret
        else {
            "subject": one_line(letter.subject)[:250],
            "body": letter.text,
            "body_hash": hash_of(one_line(letter.subject)[:250], letter.text),
        }
    )
    with transaction.atomic():
        ours = Q(lease_token=message.lease_token) | Q(state=OutboxState.UNCERTAIN, lease_token="")
        recorded = OutboxMessage.objects.filter(ours, pk=message.pk).update(
            state=OutboxState.SENT, sent_at=now, lease_until=None, lease_token="", **kept
        )
        if recorded and handler.on_sent is not None:
            handler.on_sent(message.payload, now)


def hash_of(subject: str, body: str) -> str:
    """What stays of a letter when its text is forgotten: sha256 of the subject, an empty line and the text."""
    return hashlib.sha256(f"{subject}\n\n{body}".encode()).hexdigest()


def forget_texts(rows: QuerySet[OutboxMessage]) -> int:
    """Take the texts out of letters that were sent to others; address and hash stay. How many."""
    found = list(rows.filter(state=OutboxState.SENT).exclude(body="").only("pk", "subject", "body", "body_hash"))
    for row in found:
        row.body_hash = row.body_hash or hash_of(row.subject, row.body)
        row.subject = row.body = ""
    OutboxMessage.objects.bulk_update(found, ["subject", "body", "body_hash"], batch_size=200)
    return len(found)


def forget_letters(rows: QuerySet[OutboxMessage]) -> int:
    """Take texts and addresses out of letters that have had their say; the hash of the text stays. How many.

    What still waits is dropped: nobody is there to read it any more.
    """
    waiting = [OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNCERTAIN]
    found = list(rows.only("pk", "key", "subject", "body", "body_hash", "state"))
    for row in found:
        if row.body and not row.body_hash:
            row.body_hash = hash_of(row.subject, row.body)
        if "@" in row.key:
            row.key = f"forgotten:{row.pk}"
        row.subject = row.body = row.recipient = row.last_error = ""
        if row.state in waiting:
            row.state, row.lease_until, row.lease_token = OutboxState.DROPPED, None, ""
    fields = ["key", "subject", "body", "body_hash", "recipient", "last_error", "state", "lease_until", "lease_token"]
    OutboxMessage.objects.bulk_update(found, fields, batch_size=200)
    return len(found)


def _not_taken(
    message: OutboxMessage, error: TransportError, *, now: datetime, report: Report, sealed: str = ""
) -> None:
    """`sealed`: an address that is kept nowhere in the open; servers like to repeat it when they refuse."""
    text = str(error)
    if sealed:
        text = re.sub(re.escape(sealed), "…", text, flags=re.IGNORECASE)
    if isinstance(error, Unsure):
        _try_later(message, f"perhaps sent: {text}", now=now, attempts=message.attempts, state=OutboxState.UNCERTAIN)
        report.uncertain += 1
    elif isinstance(error, Refused) and gives_up(permanent=error.permanent, created_at=message.created_at, now=now):
        _mine(message).update(state=OutboxState.FAILED, lease_until=None, lease_token="", last_error=text[:500])
        report.failed += 1
    else:
        label = "not reached" if isinstance(error, Unreachable) else "refused"
        _try_later(message, f"{label}: {text}", now=now, attempts=message.attempts)
        report.retried += 1
    log.warning("The message %s was not taken by the mail server: %s", message.key, text)


def _try_later(
    message: OutboxMessage,
    error: str,
    *,
    now: datetime,
    attempts: int,
    state: OutboxState = OutboxState.QUEUED,
) -> None:
    _mine(message).update(
        state=state,
        attempts=attempts,
        due_at=next_try(attempts=attempts, now=now, real=clock.real()),
        lease_until=None,
        lease_token="",
        last_error=error[:500],
    )


def _mail_domain() -> str:
    return urlsplit(booking_settings().public_base_url).hostname or "localhost"
