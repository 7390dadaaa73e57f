"""What letters say about people, and how long they say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.correspondence.models import OutboxMessage, OutboxState
from booking.correspondence.services import forget_letters
from booking.foundation import personal
from booking.foundation.doors.idempotency import LIFETIME
from booking.foundation.models import IdempotencyRecord, RateWindow
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, address_of

#: Letters that have had their turn.
_OVER = (OutboxState.SENT, OutboxState.FAILED, OutboxState.DROPPED)


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
