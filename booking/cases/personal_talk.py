"""What the conversation says about people: who wrote by e-mail, how far somebody has read, and how they want to hear.

Beside ``personal``, which describes the cases themselves and what their parties wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.cases.models import (
    Case,
    EarlyPlan,
    MailWish,
    Message,
    MessageFile,
    ParkedMail,
    ParkedState,
    Reader,
    WaitingOn,
)
from booking.foundation import personal
from booking.foundation.personal import Fact, Naming, PersonalData, Record, RetentionClass, address_of, naming

_NOTES = ("permits_note", "land_note", "money_note", "running_note", "upkeep_note")


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="talk",
            label=_("Conversations in cases"),
            why=_("So that answers reach you as you want them, and that both sides see what was said."),
            goes=_(
                "The name and address that you wrote from, what your e-mails quoted, files of your own loans, how far "
                "you have read, and how you want to hear of it."
            ),
            stays=_("What you wrote for an organisation: it belongs to its case. It no longer says who you are."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.message.sender_name",
                "samskap_booking.message.sender_address",
                "samskap_booking.messagefile.name",
                "samskap_booking.reader.user",
                "samskap_booking.mailwish.user",
                "samskap_booking.parkedmail.handled_by",
                "samskap_booking.earlyplan.published_by",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="mail_senders",
            label=_("Who wrote by e-mail in cases that are over, without an account"),
            what=_("Name, address, what was quoted and files are emptied. What was said goes with the case."),
            rows=_old_senders,
            moment="case__revised_at",
            keep=timedelta(days=365),
            forget=_forget_senders,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="parked_mails",
            label=_("Words of e-mails that a person looked at and put away"),
            what=_("Emptied. Who dealt with it, and when, stays."),
            rows=lambda: ParkedMail.objects.exclude(state=ParkedState.OPEN).exclude(words=""),
            moment="handled_at",
            keep=timedelta(days=365),
            forget=lambda rows, now: rows.update(words=""),
        )
    )


# --- how long ---------------------------------------------------------------------------------------------------------


def _old_senders() -> QuerySet[Message]:
    rows = Message.objects.exclude(sender_name="", sender_address="", rest="")
    rows = rows.filter(author=None, case__waiting_on=WaitingOn.NOBODY)
    return rows.exclude(case__stored_act__in=["draft", "appealed"])


def _forget_senders(rows: QuerySet[Message], now: datetime) -> int:
    ids = list(rows.values_list("pk", flat=True))
    # Files of who has no account go with their name: nobody but the unit could open them.
    MessageFile.objects.filter(message__in=ids).delete()
    return Message.objects.filter(pk__in=ids).update(sender_name="", sender_address="", rest="", left_out=[])


# --- what there is ----------------------------------------------------------------------------------------------------


def _from(user: Any) -> Q:
    """Messages that came from the person's address without their account."""
    address = address_of(user)
    return Q(sender_address__iexact=address) if address else Q(pk__in=[])


def _collect(user: Any) -> Iterator[Record]:
    for wish in MailWish.objects.filter(user=user).order_by("pk"):
        yield Record(
            _("How you want to hear of it"),
            (
                Fact("about", _("About"), str(wish.get_kind_display())),
                Fact("how", _("How"), str(wish.get_way_display())),
            ),
        )
    mailed = Message.objects.filter(_from(user)).select_related("case").order_by("-at", "-pk")
    for message in mailed.iterator(chunk_size=500):
        yield Record(
            _("E-mail in a case"),
            (
                Fact("case", _("Case"), message.case.reference),
                Fact("at", _("When"), message.at),
                Fact("name", _("Name"), message.sender_name),
                Fact("email", _("E-mail"), message.sender_address),
                Fact("text", _("Text"), message.body),
                Fact("quoted", _("What it quoted"), message.rest),
            ),
        )
    files = MessageFile.objects.filter(_files_of(user)).select_related("message__case").defer("content")
    for file in files.order_by("-pk").iterator(chunk_size=500):
        yield Record(
            file.name,
            (
                Fact("case", _("Case"), file.message.case.reference),
                Fact("file", _("File"), file.name),
                Fact("at", _("When"), file.message.at),
            ),
        )
    for reader in Reader.objects.filter(user=user).select_related("case").order_by("-pk").iterator(chunk_size=500):
        yield Record(
            _("How far you have read"),
            (
                Fact("case", _("Case"), reader.case.reference),
                Fact("seen_at", _("When"), reader.seen_at),
                Fact("muted", _("Quiet"), gettext("yes") if reader.muted else gettext("no")),
            ),
        )
    for parked in ParkedMail.objects.filter(handled_by=user).order_by("-pk").iterator(chunk_size=500):
        yield Record(
            _("E-mail that you dealt with"),
            (Fact("at", _("When"), parked.handled_at), Fact("state", _("State"), str(parked.get_state_display()))),
        )
    for plan in EarlyPlan.objects.filter(published_by=user).select_related("case").order_by("-pk"):
        yield Record(
            pgettext_lazy("an early enquiry", "Plan that you published"),
            (Fact("case", _("Case"), plan.case.reference), Fact("at", _("When"), plan.published_at)),
        )


def _files_of(user: Any) -> Q:
    mine = Q(message__author=user)
    if address := address_of(user):
        mine |= Q(message__sender_address__iexact=address)
    return mine


# --- erasing ----------------------------------------------------------------------------------------------------------


def _erase(user: Any, now: datetime) -> int:
    named = naming(user)
    own = list(Case.objects.filter(requester=user, organisation=None).order_by("pk").values_list("pk", flat=True))
    touched = _forget_own(user, own)
    touched += _forget_naming(user, named)
    touched += Reader.objects.filter(user=user).delete()[0]
    return touched + MailWish.objects.filter(user=user).delete()[0]


def _forget_own(user: Any, cases: list[int]) -> int:
    """Of private cases nothing stays of what the person wrote, sent along, or planned."""
    mine = Message.objects.filter(Q(author=user) | _from(user) | Q(author=None), case__in=cases, internal=False)
    ids = list(mine.exclude(hat__startswith="unit:").values_list("pk", flat=True))
    touched = MessageFile.objects.filter(message__in=ids).delete()[0]
    touched += Message.objects.filter(pk__in=ids).update(
        body="", rest="", left_out=[], sender_name="", sender_address=""
    )
    emptied = dict.fromkeys(_NOTES, "")
    plans = EarlyPlan.objects.filter(case__in=cases)
    return touched + plans.update(wants_public=False, published_at=None, published_by=None, **emptied)


def _forget_naming(user: Any, named: Naming) -> int:
    """Elsewhere the words stay, without who it was: in the person's own, and where an e-mail quoted them."""
    written = Q(author=user) | _from(user)
    rows = list(Message.objects.select_for_update(of=("self",)).filter(written | named.in_any("rest")).order_by("pk"))
    by_mail = {row.pk for row in rows if row.sender_address and row.sender_address.lower() == address_of(user).lower()}
    for row in rows:
        if row.author_id == user.pk or row.pk in by_mail:
            row.rest, row.left_out, row.sender_name, row.sender_address = "", [], "", ""
            row.body = named.without(row.body) if row.pk in by_mail else row.body
        row.rest = named.without(row.rest)
    Message.objects.bulk_update(rows, ["body", "rest", "left_out", "sender_name", "sender_address"], batch_size=200)
    files = [one for one in MessageFile.objects.filter(message__in=rows).defer("content") if named.is_in(one.name)]
    for one in files:
        MessageFile.objects.filter(pk=one.pk).update(name=named.without(one.name))
    # What still waits for somebody of the unit can be read there, and answered no more.
    parked = [one for one in ParkedMail.objects.filter(named.in_any("words")) if named.is_in(one.words)]
    for waiting in parked:
        ParkedMail.objects.filter(pk=waiting.pk).update(words=named.without(waiting.words))
    return len(rows) + len(files) + len(parked)
