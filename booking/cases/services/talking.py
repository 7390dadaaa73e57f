"""The conversation of a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, choose_hat, hosts_of, is_staff_for, party_hats
from booking.cases.models import Case, Message
from booking.cases.services.promising import resume
from booking.cases.services.shared import Actor, event, letters, lock_cases, post, refresh, states_of
from booking.catalogue import selectors as catalogue
from booking.correspondence.services import Outgoing
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid


def add_message(
    case: Case, *, by: Any, body: str, now: datetime, hat: str | None = None, internal: bool = False
) -> Message:
    """Say something on the case, as a party or as the unit; `internal` is a note that parties never see.

    A party's word answers an open question. The other side gets a letter. Raises ``Invalid`` without text,
    ``Forbidden``, ``HatRequired`` for who is both party and staff and doesn't say which, and ``Disqualified`` for
    staff with a conflict of interest.
    """
    words = text.clean(body, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    hats = party_hats(by, case, on)
    unit_hat = f"unit:{case.unit.slug}"
    if is_staff_for(by, case, on):
        hats.append(unit_hat)
    chosen = choose_hat(hats, hat)
    as_unit = chosen == unit_hat
    if as_unit:
        check_may_prepare(by, case, hosts_of(case), on)
    elif internal:
        raise Forbidden("forbidden", _("Only the unit writes internal notes."))
    with transaction.atomic():
        fresh = lock_cases([case.pk])[case.pk]
        if fresh.stored_act in ("closed", "dismissed") and not as_unit:
            raise Invalid("closed", _("This case is closed. Send a new request."), loc=("message",))
        message = Message.objects.create(case=fresh, author=by, hat=chosen, body=words, internal=internal, at=now)
        actor = Actor(by, chosen)
        event(fresh, "message", now=now, by=actor, staff_only=internal, message=message.pk).save()
        if not as_unit and fresh.stored_act == "waiting_for_requester":
            resume(fresh, now=now)
            event(fresh, "answered", now=now, by=actor, message=message.pk).save()
        if as_unit:
            fresh.touched_by_officer = True
        refresh([fresh], states_of([fresh.pk]), now=now)
        if not internal:
            post(letters_about(fresh, message, as_unit, now), now=now)
    return message


def letters_about(case: Case, message: Message, as_unit: bool, now: datetime) -> list[Outgoing]:
    """To the other side: the party, or the case officer (or who stands in)."""
    payload = {"message": message.pk}
    if as_unit:
        return letters(case, "case_message", f"message:{message.pk}", payload, due_at=now, legal=False)
    on = local_date(now, booking_settings().tz)
    who = catalogue.unit_responsible(case.unit, on)
    officer = case.officer if case.officer is not None and case.officer.is_active else who.acting
    if officer is None or officer.pk == message.author_id:
        return []
    address = str(getattr(officer, officer.get_email_field_name(), "") or "")
    if not address:
        return []
    return [
        Outgoing(
            key=f"message:{message.pk}:{officer.pk}",
            handler="case_message_to_officer",
            payload={"case": case.pk, **payload},
            recipient=address,
            recipient_user=officer,
            language=getattr(officer, "language", "nb") or "nb",
            due_at=now,
        )
    ]
