"""The conversation of a case: one thread for everybody on it, by page and by e-mail; notes of the unit apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, choose_hat, hosts_of, is_staff_for, party_hats
from booking.cases.models import Case, Channel, Message, MessageFile, WaitingOn
from booking.cases.rules.talk import mentioned
from booking.cases.selectors.people import callable_people
from booking.cases.services.promising import plan_steps, resume
from booking.cases.services.shared import Actor, event, lock_cases, post, refresh, states_of
from booking.cases.services.telling import letters_about
from booking.correspondence.incoming.files import File
from booking.correspondence.models import InboundMail
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class ByMail:
    """What an e-mail brings besides its words. ``name`` and ``address`` are those of a sender without an account."""

    mail: InboundMail | None = None
    name: str = ""
    address: str = ""
    rest: str = ""
    files: Sequence[File] = ()
    left_out: Sequence[dict[str, str]] = ()


def add_message(
    case: Case,
    *,
    by: Any,
    body: str,
    now: datetime,
    hat: str | None = None,
    internal: bool = False,
    needs_answer: bool = False,
    mailed: ByMail | None = None,
) -> Message:
    """Say something on the case, as a party or as the unit; `internal` is a note that parties never see.

    A party's word answers an open question. `needs_answer`: the party asks the municipality, and its clock runs from
    now, also in a case that was answered (requests.md: the clock starts only when it is asked); the unit asks with
    `promising.ask`. Everybody on the case hears of it (`telling`); who is named with @ at once. Raises ``Invalid``
    without text, ``Forbidden``, ``HatRequired`` for who is both party and staff and doesn't say which, and
    ``Disqualified`` for staff with a conflict of interest.
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
    return _say(
        case, Actor(by, chosen), words, now, internal=internal, needs_answer=needs_answer and not as_unit, mailed=mailed
    )


def add_message_of_contact(
    case: Case, *, body: str, mailed: ByMail, now: datetime, needs_answer: bool = False
) -> Message:
    """A word of somebody on the case who has no account: the contact of an enquiry, or the responsible adult.

    The caller has made sure of who it is (`mailing`). Raises ``Invalid`` without text, or when the case is over.
    """
    words = text.clean(body, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    return _say(case, Actor(None, "person"), words, now, mailed=mailed, needs_answer=needs_answer)


@transaction.atomic
def _say(
    case: Case,
    actor: Actor,
    words: str,
    now: datetime,
    *,
    internal: bool = False,
    needs_answer: bool = False,
    mailed: ByMail | None = None,
) -> Message:
    fresh = lock_cases([case.pk])[case.pk]
    as_unit = actor.hat.startswith("unit:")
    if fresh.stored_act in ("closed", "dismissed") and not as_unit:
        raise Invalid("closed", _("This case is closed. Send a new request."), loc=("message",))
    on = local_date(now, booking_settings().tz)
    came = mailed or ByMail()
    message = Message.objects.create(
        case=fresh,
        author=actor.user,
        hat=actor.hat,
        body=words,
        internal=internal,
        needs_answer=needs_answer,
        mentions=mentioned(words, callable_people(fresh, on, internal=internal)) if "@" in words else [],
        sender_name=came.name,
        sender_address=came.address,
        rest=came.rest,
        left_out=list(came.left_out),
        channel=Channel.MAIL if mailed is not None else Channel.PAGE,
        mail=came.mail,
        at=now,
    )
    MessageFile.objects.bulk_create(
        [
            MessageFile(
                message=message, name=one.name, mimetype=one.mimetype, size=len(one.content), sha256=one.sha256,
                content=one.content,
            )
            for one in {(one.sha256, one.name): one for one in came.files}.values()
        ]
    )  # fmt: skip
    event(fresh, "message", now=now, by=actor, staff_only=internal, message=message.pk).save()
    if not as_unit and fresh.stored_act == "waiting_for_requester":
        resume(fresh, now=now)
        event(fresh, "answered", now=now, by=actor, message=message.pk).save()
    if as_unit:
        fresh.touched_by_officer = True
        if not internal and fresh.owed_since is not None:
            # The question is answered: nobody owes anything any more, unless lines wait.
            fresh.owed_since = None
            event(fresh, "answered", now=now, by=actor, message=message.pk).save()
    refresh([fresh], states_of([fresh.pk]), now=now)
    if needs_answer and fresh.waiting_on == WaitingOn.NOBODY:
        _owe_an_answer(fresh, now)
    post(letters_about(fresh, message, now), now=now)
    return message


def _owe_an_answer(case: Case, now: datetime) -> None:
    """The municipality was asked in a case that waits on nobody: its promise begins anew."""
    from booking.cases.services.submitting import promised_by

    case.owed_since = now
    case.answer_by = promised_by(case.unit, now).day
    case.promises += 1
    refresh([case], states_of([case.pk]), now=now)
    plan_steps(case, now=now)
