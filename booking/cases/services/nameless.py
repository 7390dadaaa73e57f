"""What a follower without a name proposes about a place, and the answers that stand on their secret page (needs N14).

It is an enquiry like any other: same unit, same clock, same promise. Only its way back is the follower's link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Message
from booking.cases.services.promising import resume
from booking.cases.services.shared import FOLLOWER, Actor, event, lock_cases, post, refresh, states_of
from booking.cases.services.submitting import submit_enquiry
from booking.cases.services.telling import letters_about
from booking.catalogue.models import Resource
from booking.foundation import text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid
from booking.foundation.i18n import localized
from booking.organisations.followers.registry import Thread, Word


def ask(resource: Resource, message: str, now: datetime) -> tuple[str, int]:
    """Reference and id of the enquiry, with the unit that answers for the resource. Raises ``Invalid``."""
    case = submit_enquiry(message=message, about=resource, nameless=True, now=now)
    return case.reference, case.pk


def say_more(reference: str, body: str, now: datetime) -> None:
    """The follower writes again; that answers an open question. Raises ``Invalid``, also when the case is closed."""
    words = text.clean(body, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    with transaction.atomic():
        case = lock_cases([Case.objects.get(reference=reference, requester_hat=FOLLOWER).pk]).popitem()[1]
        if case.stored_act in ("closed", "dismissed"):
            raise Invalid("closed", _("This case is closed. Send a new request."), loc=("message",))
        row = Message.objects.create(case=case, author=None, hat=FOLLOWER, body=words, at=now)
        actor = Actor(None, FOLLOWER)
        event(case, "message", now=now, by=actor, message=row.pk).save()
        if case.stored_act == "waiting_for_requester":
            resume(case, now=now)
            event(case, "answered", now=now, by=actor, message=row.pk).save()
        refresh([case], states_of([case.pk]), now=now)
        post(letters_about(case, row, now), now=now)


def read(references: Sequence[str]) -> list[Thread]:
    """These enquiries as their follower sees them, the newest first. Two queries."""
    rows = (
        Case.objects.filter(reference__in=references, requester_hat=FOLLOWER)
        .select_related("unit", "officer")
        .prefetch_related("messages__author")
        .order_by("-received_at", "-pk")
    )
    return [_thread(case) for case in rows]


def _thread(case: Case) -> Thread:
    unit = str(localized(case.unit, "name"))
    named = booking_settings().show_officer_names
    words = [Word("", case.message, case.received_at)]
    for row in case.messages.all():
        if not row.internal:
            theirs = f"{row.author}, {unit}" if row.author and named else unit
            words.append(Word("" if row.hat == FOLLOWER else theirs, row.body, row.at))
    return Thread(
        reference=case.reference,
        state=str(case.get_state_display()),
        who=f"{case.officer}, {unit}" if case.officer and named else unit,
        until=case.answer_by if case.waiting_on == "municipality" else None,
        open=case.stored_act not in ("closed", "dismissed"),
        words=tuple(words),
    )
