"""What letters say about people, and how long they say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.correspondence.models import InboundMail, InboundState, OutboxMessage, OutboxState
from booking.correspondence.services import forget_letters
from booking.foundation import personal
from booking.foundation.conf import booking_settings
from booking.foundation.doors.idempotency import LIFETIME
from booking.foundation.models import IdempotencyRecord, RateWindow
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, address_of

#: Letters that have had their turn.
_OVER = (OutboxState.SENT, OutboxState.FAILED, OutboxState.DROPPED)

#: Mails of which nothing is to come any more.
_DEALT_WITH = (InboundState.DONE, InboundState.IGNORED)
_EMPTIED = {"sender": "", "sender_name": "", "subject": "", "recipients": [], "message_id": "", "raw": None}
_FORGOTTEN = Q(sender="", sender_name="", subject="", message_id="", raw__isnull=True)


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="letters",
            label=_("Letters to you"),
            why=_("So that we and you can see what was said, and when."),
            goes=_("The text and the address of every letter to you."),
            stays=_("That a letter was sent, when, and a fingerprint of its text: it proves what was said in a case."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.outboxmessage.recipient",
                "samskap_booking.outboxmessage.recipient_user",
            ),
        )
    )
    personal.register_personal_data(
        PersonalData(
            name="mails",
            label=_("E-mails from you"),
            why=_("So that nothing that comes in is lost."),
            goes=_("The e-mails as they came, their subject, and the name and address that you wrote from."),
            stays=_("That an e-mail came, and when. Its words stand in the case that it belongs to."),
            collect=_collect_mails,
            erase=_erase_mails,
            covers=("samskap_booking.inboundmail.sender", "samskap_booking.inboundmail.sender_name"),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="raw_mails",
            label=_("E-mails as they came in"),
            what=_("Deleted some time after they were dealt with. Their words stand in the case."),
            rows=lambda: InboundMail.objects.filter(state__in=_DEALT_WITH, raw__isnull=False),
            moment="routed_at",
            keep=timedelta(days=booking_settings().mail_in.raw_kept_days),
            own_job=True,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="mails",
            label=_("Who an e-mail came from, and its subject"),
            what=_("Emptied. That it came, and when, stays."),
            rows=lambda: InboundMail.objects.filter(state__in=_DEALT_WITH).exclude(_FORGOTTEN),
            moment="routed_at",
            keep=timedelta(days=365),
            forget=lambda rows, now: rows.update(**_EMPTIED),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="letters",
            label=_("Text and address of letters"),
            what=_("Subject, text and address are emptied. That it was sent, when, and its fingerprint stay."),
            rows=_forgettable,
            moment="created_at",
            keep=timedelta(days=365),
            forget=lambda rows, now: forget_letters(rows),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="kept_answers",
            label=_("Answers kept for programs that ask twice"),
            what=_("Deleted. The API promises to keep them for a day."),
            rows=IdempotencyRecord.objects.all,
            moment="created_at",
            keep=LIFETIME,
            fixed=True,
            own_job=True,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="counted_tries",
            label=_("Counted tries to log in and to send"),
            what=_("Deleted. They hold no address, only a keyed fingerprint of it."),
            rows=RateWindow.objects.all,
            moment="started_at",
            keep=timedelta(hours=1),
            fixed=True,
            own_job=True,
        )
    )
    personal.not_about_people("names a process", "samskap_booking.heartbeat.name")


def _forgettable() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(state__in=_OVER).exclude(recipient="", body="", subject="")


def _to(user: Any) -> Q:
    mine = Q(recipient_user=user)
    if address := address_of(user):
        mine |= Q(recipient__iexact=address)
    return mine


def _collect(user: Any) -> Iterator[Record]:
    rows = OutboxMessage.objects.filter(_to(user)).order_by("-created_at", "-pk")
    for row in rows.iterator(chunk_size=500):
        yield Record(
            row.subject or _("A letter whose text is not kept"),
            (
                Fact("to", _("To"), row.recipient),
                Fact("sent_at", _("Sent"), row.sent_at),
                Fact("state", _("State"), str(row.get_state_display())),
                Fact("subject", _("Subject"), row.subject),
                Fact("text", _("Text"), row.body),
                Fact("fingerprint", _("Fingerprint"), row.body_hash),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    # A letter that waits to be sent says what is true no more: nobody is there to read it.
    return forget_letters(OutboxMessage.objects.filter(_to(user)).exclude(handler="privacy_erased"))


def _from(user: Any) -> QuerySet[InboundMail]:
    address = address_of(user)
    return InboundMail.objects.filter(sender__iexact=address) if address else InboundMail.objects.none()


def _collect_mails(user: Any) -> Iterator[Record]:
    rows = _from(user).defer("raw").order_by("-received_at", "-pk")
    for row in rows.iterator(chunk_size=500):
        yield Record(
            row.subject or _("E-mail"),
            (
                Fact("received_at", _("Received"), row.received_at),
                Fact("from", _("Sender"), row.sender),
                Fact("name", _("Name"), row.sender_name),
                Fact("subject", _("Subject"), row.subject),
                Fact("state", _("State"), str(row.get_state_display())),
            ),
        )


def _erase_mails(user: Any, now: datetime) -> int:
    # Also one that waits for a person: it can be read and put away, and answered no more.
    mine = _from(user)
    mine.filter(state=InboundState.RECEIVED).update(state=InboundState.IGNORED, reason="erased", routed_at=now)
    return mine.update(**_EMPTIED)
