"""Taking a mail in: stored first, then routed. The one service behind the command, the mailbox and the HTTP door."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction

from booking.correspondence import registry
from booking.correspondence.incoming import reading
from booking.correspondence.incoming.reading import Kind, Mail
from booking.correspondence.models import InboundMail, InboundState, OutboxMessage, OutboxState
from booking.correspondence.registry import Routed
from booking.foundation.conf import booking_settings

log = logging.getLogger(__name__)

#: After so many failures to route it a person must look.
MOST_ATTEMPTS = 5
#: Of a mail that is too big this much is kept: its headers and, nearly always, its words.
KEPT_OF_TOO_BIG = 1_000_000
_BATCH = 50


def accept(raw: bytes, *, now: datetime, recipients: Sequence[str] = (), size: int | None = None) -> InboundMail:
    """Take one mail in, as it came. Answers its row; the same mail again answers the same row, and does nothing.

    It is committed before anybody asks what it means. Then it is routed in a transaction of its own: an answer becomes
    a message of its case, a mail to a unit's address an enquiry, a bounce a mark on the letter; the rest is parked for
    a person. If that fails, `tick` tries again. ``recipients``: whom the mail server delivered it to. ``size``: of the
    whole mail, when ``raw`` is only its beginning. Raises only what the database raises: then nothing was stored, and
    who hands the mail in must keep it.
    """
    weight = max(size or 0, len(raw))
    cut = weight > booking_settings().mail_in.max_bytes
    kept = raw[:KEPT_OF_TOO_BIG] if cut else raw
    mail = reading.read(kept, recipients=recipients, own=own_addresses(), cut=cut)
    row, _new = InboundMail.objects.get_or_create(
        key=mail.key,
        defaults={
            "message_id": mail.message_id,
            "sender": mail.sender,
            "sender_name": mail.sender_name,
            "recipients": list(mail.recipients),
            "subject": mail.subject,
            "raw": zlib.compress(kept),
            "size": weight,
            "cut": cut,
            "received_at": now,
        },
    )
    if row.state == InboundState.RECEIVED:
        _try(row.pk, now=now, mail=mail)
        row.refresh_from_db()
    return row


def route_waiting(now: datetime) -> int:
    """What was stored and not dealt with, because something failed then. For `tick`. How many were dealt with."""
    done, seen = 0, 0
    while True:
        waiting = InboundMail.objects.filter(state=InboundState.RECEIVED, pk__gt=seen).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return done
        for pk in ids:
            done += _try(pk, now=now)
        seen = ids[-1]


def erase_raw(now: datetime) -> int:
    """Forget mails as they came, some time after they were dealt with. How many."""
    before = now - timedelta(days=booking_settings().mail_in.raw_kept_days)
    dealt_with = [InboundState.DONE, InboundState.IGNORED]
    return InboundMail.objects.filter(state__in=dealt_with, routed_at__lt=before, raw__isnull=False).update(raw=None)


def raw_of(row: InboundMail) -> bytes | None:
    """The mail as it came, while it is kept."""
    return zlib.decompress(bytes(row.raw)) if row.raw is not None else None


def read_again(row: InboundMail) -> Mail | None:
    """What is in a kept mail; None when it has been erased."""
    raw = raw_of(row)
    if raw is None:
        return None
    return reading.read(raw, recipients=row.recipients, own=own_addresses(), cut=row.cut)


def own_addresses() -> list[str]:
    """Addresses that our own letters come from: mail from them has gone in a circle."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return [one for one in (sender, booking_settings().mail_in.address) if one]


def _try(pk: int, *, now: datetime, mail: Mail | None = None) -> bool:
    try:
        with transaction.atomic():
            row = InboundMail.objects.select_for_update(of=("self",)).get(pk=pk)
            if row.state != InboundState.RECEIVED:
                return False
            mail = mail or read_again(row)
            if mail is None:  # can't be: only what was dealt with is erased
                return False
            _settle(row, _route(mail, row, now), now)
    except Exception as error:
        # One that can't be dealt with must neither stop the others nor be lost.
        log.exception("Incoming mail %s could not be dealt with", pk)
        with transaction.atomic():
            row = InboundMail.objects.select_for_update(of=("self",)).get(pk=pk)
            if row.state == InboundState.RECEIVED:
                row.attempts += 1
                row.last_error = repr(error)[:500]
                row.save(update_fields=["attempts", "last_error"])
        return False
    return True


def _route(mail: Mail, row: InboundMail, now: datetime) -> Routed:
    if mail.kind is Kind.BOUNCE:
        return Routed(InboundState.IGNORED, "bounce" if _mark_bounced(mail) else "bounce_of_nothing")
    if mail.kind is Kind.LOOP:
        return Routed(InboundState.IGNORED, "loop")
    if mail.kind is Kind.AUTO_REPLY:
        return Routed(InboundState.IGNORED, "auto_reply")
    route = registry.router()
    if route is None:
        return Routed(InboundState.PARKED, "nobody")
    # One that fails again and again is put before a person as it is.
    return route(mail, row, now, "failed" if row.attempts >= MOST_ATTEMPTS else "")


def _settle(row: InboundMail, routed: Routed, now: datetime) -> None:
    row.state, row.reason, row.routed_at = routed.state, routed.reason, now
    row.save(update_fields=["state", "reason", "routed_at"])


def _mark_bounced(mail: Mail) -> int:
    """The letters that came back. Their Message-IDs are random: nobody can make one up who hasn't had the letter."""
    if not mail.diagnosis or not mail.bounced:
        return 0
    return OutboxMessage.objects.filter(message_id__in=mail.bounced, state=OutboxState.SENT).update(
        state=OutboxState.BOUNCED, last_error=f"came back: {mail.diagnosis}"[:500]
    )
