"""Where an incoming mail belongs: an answer in a case, a new enquiry, or a person's desk. Nothing is lost (needs N4).

A mail is an answer in a case when it was sent to an address of that case and comes from somebody on it. From can be
forged, so staff speak by mail only through the address that their own letter carried; whatever doesn't fit is parked
for the unit (docs/decisions/023).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, hosts_of, is_staff_for, party_hats
from booking.cases.models import Case, Channel, Message, MessageFile, ParkedMail, ParkedState, ParkReason
from booking.cases.selectors.people import user_at
from booking.cases.services.continuing import last_of
from booking.cases.services.shared import Actor
from booking.cases.services.submitting import front_desk, submit_enquiry
from booking.cases.services.talking import ByMail, add_message, add_message_of_contact
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.incoming import addresses, read_again
from booking.correspondence.incoming.reading import Kind, Mail
from booking.correspondence.models import InboundMail, InboundState
from booking.correspondence.registry import Routed
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import Disqualified, Forbidden, Invalid, TooMany, WrongState


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as far as the case knows them: a user with the hat to speak in, or an address that is on the case."""

    user: Any = None
    hat: str = ""
    reason: str = ""


def route(mail: Mail, row: InboundMail, now: datetime, failed: str) -> Routed:
    """Place one incoming mail, in the caller's transaction. What can't be placed is parked, never lost."""
    case, thread = _case_in(mail.recipients)
    if case is not None:
        case = last_of(case)
    if failed:
        return _park(row, mail, ParkReason.FAILED, case=case)
    if not mail.sender:
        return _park(row, mail, ParkReason.NO_SENDER, case=case, unit=_unit_in(mail.recipients))
    if case is not None and thread is not None:
        return _answer(mail, row, case, thread, now)
    unit = _unit_in(mail.recipients)
    if unit is not None:
        return _enquiry(mail, row, unit, now)
    named = any(addresses.is_ours(one) for one in mail.recipients)
    return _park(row, mail, ParkReason.BAD_TOKEN if named else ParkReason.NO_CASE)


def _answer(mail: Mail, row: InboundMail, case: Case, thread: addresses.Thread, now: datetime) -> Routed:
    if mail.kind is Kind.ROBOT:
        return _park(row, mail, ParkReason.ROBOT, case=case)
    sender = _sender(mail, case, thread, local_date(now, booking_settings().tz))
    if sender.reason:
        return _park(row, mail, sender.reason, case=case)
    if not _has_something(mail):
        return _park(row, mail, ParkReason.NO_WORDS, case=case)
    try:
        ratelimit.spend("mail", now=now, contact=mail.sender)
    except TooMany:
        return _park(row, mail, ParkReason.TOO_MANY, case=case)
    if case.stored_act in ("closed", "dismissed"):
        # Who answers a case that is over asks anew: the clock runs, and the officer sees where it comes from.
        return _enquiry(mail, row, case.unit, now, follows=case, counted=True)
    _take_in(case, mail, row, sender, now)
    return Routed(InboundState.DONE, "message")


def _sender(mail: Mail, case: Case, thread: addresses.Thread, on: Any) -> Sender:
    """Who on the case wrote this. A reason instead, when it isn't somebody who may speak here."""
    own = addresses.is_for(thread, mail.sender)
    user = user_at(mail.sender)
    if user is not None:
        hats = party_hats(user, case, on)
        if hats:
            return Sender(user, hats[0])
        if is_staff_for(user, case, on):
            if not own:
                return Sender(reason=ParkReason.NOT_OWN_ADDRESS)
            try:
                return Sender(user, check_may_prepare(user, case, hosts_of(case), on))
            except Disqualified:
                return Sender(reason=ParkReason.DISQUALIFIED)
    known = {case.contact_email.lower(), case.responsible_email.lower()} - {""}
    # An organisation's own mailbox is on the case when our letter went there.
    if own:
        known |= {one.email.lower() for one in hosts_of(case) if one.email}
    return Sender() if mail.sender in known else Sender(reason=ParkReason.UNKNOWN_SENDER)


def _take_in(case: Case, mail: Mail, row: InboundMail, sender: Sender, now: datetime) -> Message:
    came = ByMail(
        mail=row,
        name=mail.sender_name if sender.user is None else "",
        address=mail.sender if sender.user is None else "",
        rest=mail.rest,
        files=mail.files,
        left_out=[{"name": one.name, "why": one.why} for one in mail.left_out],
    )
    words = _words(mail)
    if sender.user is not None:
        return add_message(case, by=sender.user, body=words, now=now, hat=sender.hat, mailed=came)
    return add_message_of_contact(case, body=words, mailed=came, now=now)


def _enquiry(
    mail: Mail, row: InboundMail, unit: Unit, now: datetime, *, follows: Case | None = None, counted: bool = False
) -> Routed:
    """A mail to a unit's general address is a question like any other: receipt, named officer, date (needs N4)."""
    if mail.kind is Kind.ROBOT:
        return _park(row, mail, ParkReason.ROBOT, unit=unit)
    if not _has_something(mail):
        return _park(row, mail, ParkReason.NO_WORDS, unit=unit)
    try:
        if not counted:
            ratelimit.spend("mail", now=now, contact=mail.sender)
        ratelimit.spend("enquiry", now=now, contact=mail.sender)
    except TooMany:
        return _park(row, mail, ParkReason.TOO_MANY, unit=unit)
    case = open_enquiry(mail, row, unit, now=now)
    if follows is not None:
        case.follows = follows
        case.save(update_fields=["follows"])
    return Routed(InboundState.DONE, "enquiry")


def open_enquiry(mail: Mail, row: InboundMail, unit: Unit, *, now: datetime, logged_by: Actor | None = None) -> Case:
    """An enquiry of a mail's sender at ``unit``; its files hang on the case's first message."""
    user = user_at(mail.sender)
    language = getattr(user, "language", "") or "nb"

    def with_files(case: Case) -> None:
        left_out = [{"name": one.name, "why": one.why} for one in mail.left_out]
        if not (mail.files or left_out or mail.rest):
            return
        message = Message.objects.create(
            case=case, author=case.requester, hat="person", body=gettext("(Enclosed with the question)"),
            sender_name=mail.sender_name, sender_address="" if case.requester else mail.sender, rest=mail.rest,
            left_out=left_out, channel=Channel.MAIL, mail=row, at=now,
        )  # fmt: skip
        MessageFile.objects.bulk_create(
            MessageFile(
                message=message, name=one.name, mimetype=one.mimetype, size=len(one.content), sha256=one.sha256,
                content=one.content,
            )
            for one in {(one.sha256, one.name): one for one in mail.files}.values()
        )  # fmt: skip

    with override(language):
        return submit_enquiry(
            message=_words(mail), title=text.clean(mail.subject[:150], max_length=150), user=user, unit=unit,
            contact_name=mail.sender_name, contact_email=mail.sender, now=now, submission_key=f"mail:{row.key}",
            channel=Channel.MAIL, logged_by=logged_by, language=language, then=with_files,
        )  # fmt: skip


# --- what a person does with a parked mail ---------------------------------------------------------------------------


def take_in_parked(parked: ParkedMail, *, by: Any, now: datetime) -> Case:
    """Put a parked mail where it belongs: into its case as a message of its sender, or as a new enquiry at the unit.

    What the sender is not known for stays visible: the message carries the address that it came from. Twice is the
    same as once. Raises ``Forbidden``, ``Disqualified``, ``WrongState`` for what was marked as spam.
    """
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = _locked(parked, by, on)
        if fresh.state == ParkedState.TAKEN_IN and fresh.became is not None:
            return fresh.became
        if fresh.state == ParkedState.SPAM:
            raise WrongState("wrong_state", _("This was marked as spam."))
        mail = read_again(fresh.mail) or Mail(key=fresh.mail.key, sender=fresh.mail.sender, words=fresh.words)
        case = fresh.case
        if case is not None and case.stored_act not in ("closed", "dismissed"):
            check_may_prepare(by, case, hosts_of(case), on)
            _take_in(case, mail, fresh.mail, Sender(), now)
        elif mail.sender:
            case = open_enquiry(mail, fresh.mail, fresh.unit, now=now)
        else:
            raise Invalid("no_sender", _("It has no address to answer to. Log it as a question instead."))
        _handled(fresh, ParkedState.TAKEN_IN, by, now, became=case)
        return case


def mark_spam(parked: ParkedMail, *, by: Any, now: datetime) -> None:
    """Nothing is to come of it. Twice is once. Raises ``Forbidden``, ``WrongState`` for what was taken in."""
    with transaction.atomic():
        fresh = _locked(parked, by, local_date(now, booking_settings().tz))
        if fresh.state == ParkedState.TAKEN_IN:
            raise WrongState("wrong_state", _("This has been taken in already."))
        if fresh.state == ParkedState.OPEN:
            _handled(fresh, ParkedState.SPAM, by, now)


def _locked(parked: ParkedMail, by: Any, on: Any) -> ParkedMail:
    fresh = (
        ParkedMail.objects.select_for_update(of=("self",))
        .select_related("mail", "unit", "case", "case__unit", "became")
        .get(pk=parked.pk)
    )
    if not catalogue.units_of(by, on, roles=("officer", "leader")).filter(pk=fresh.unit_id).exists():
        raise Forbidden("forbidden", _("Only the unit that has it can do this."))
    return fresh


def _handled(parked: ParkedMail, state: str, by: Any, now: datetime, became: Case | None = None) -> None:
    parked.state, parked.handled_by, parked.handled_at, parked.became = state, by, now, became
    parked.save(update_fields=["state", "handled_by", "handled_at", "became"])
    mail = parked.mail
    mail.state, mail.routed_at = (InboundState.DONE if became else InboundState.IGNORED), now
    mail.reason = mail.reason if became else "spam"
    mail.save(update_fields=["state", "routed_at", "reason"])


# --- pieces ----------------------------------------------------------------------------------------------------------


def _case_in(recipients: Iterable[str]) -> tuple[Case | None, addresses.Thread | None]:
    """The case that one of the addresses names, with a mark that we made."""
    for one in recipients:
        thread = addresses.thread_in(one)
        if thread is None:
            continue
        case = Case.objects.select_related("unit", "organisation", "requester").filter(reference=thread.key).first()
        if case is not None:
            return case, thread
    return None, None


def _unit_in(recipients: Iterable[str]) -> Unit | None:
    wanted = {one.lower() for one in recipients}
    units = Unit.objects.filter(active=True).exclude(email="").order_by("pk")
    found = {unit.email.lower(): unit for unit in units}
    return next((found[one] for one in recipients if one in found), None) if wanted & set(found) else None


def _has_something(mail: Mail) -> bool:
    return bool(mail.words.strip() or mail.files or mail.subject.strip()) and "unreadable" not in mail.faults


def _words(mail: Mail) -> str:
    return mail.words.strip() or mail.subject.strip() or gettext("(No words, only what is enclosed)")


def _park(row: InboundMail, mail: Mail, reason: str, *, case: Case | None = None, unit: Unit | None = None) -> Routed:
    ParkedMail.objects.get_or_create(
        mail=row,
        defaults={
            "unit": case.unit if case is not None else unit or front_desk(),
            "case": case,
            "reason": reason,
            "words": mail.words,
        },
    )
    return Routed(InboundState.PARKED, str(reason))
