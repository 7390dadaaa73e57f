"""What cases say about people: who asked, who answers for a loan, who wrote what, and how long contact data stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, CaseKind, CaseState, Decision, Event, Line, LineState, Message, Series, WaitingOn
from booking.catalogue.models import HandOver
from booking.correspondence.models import OutboxMessage
from booking.correspondence.services import forget_texts
from booking.foundation import personal
from booking.foundation.conf import booking_settings
from booking.foundation.personal import Fact, LookedAt, Obstacle, PersonalData, Record, RetentionClass, address_of
from booking.foundation.signals import send_revised
from booking.privacy.registry import ConsentKind, register_consent_kind

#: What is written in a person's own words.
WORDS = ("title", "purpose", "message", "override_reason")
CONTACT = ("contact_name", "contact_email", "contact_phone")
RESPONSIBLE = ("responsible_name", "responsible_email", "responsible_phone")
#: A line that still takes time, or may come to.
_ALIVE = (LineState.REQUESTED, LineState.HELD, LineState.GRANTED, LineState.WAITING_LIST, LineState.DISPLACED,
          LineState.HANDED_OUT)  # fmt: skip
_OVER = (CaseState.CLOSED, CaseState.DISMISSED, CaseState.WITHDRAWN)


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="cases",
            label=_("Cases"),
            why=_("So that you get an answer, and that it can be seen what was decided and why."),
            goes=_(
                "Your name, e-mail and phone in every case, and what you wrote in cases that you asked for as a "
                "private person."
            ),
            stays=_(
                "Cases of organisations, what was decided about them and why: they belong to the organisation and to "
                "the municipality's archive. They no longer say who you are."
            ),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.case.requester",
                "samskap_booking.case.responsible",
                "samskap_booking.case.officer",
                "samskap_booking.case.deputy",
                *(f"samskap_booking.case.{name}" for name in (*CONTACT, *RESPONSIBLE, "contact_language")),
                "samskap_booking.decision.by",
                "samskap_booking.event.actor",
                "samskap_booking.message.author",
            ),
        )
    )
    personal.register_looked_at(LookedAt("case", _shown_in, _names))
    register_consent_kind(
        ConsentKind(
            name="house_rules",
            label=_("House rules"),
            instead=_("It goes with the loan. Withdraw the loan if you can't follow the house rules any more."),
        )
    )
    _register_retention()


def _register_retention() -> None:
    kept = booking_settings().draft_kept_days
    personal.register_retention(
        RetentionClass(
            name="enquiries",
            label=_("Enquiries of people without an account"),
            what=_("Name, address, phone and words are emptied. That something was asked and answered stays."),
            rows=_enquiries,
            moment="over_at",
            keep=timedelta(days=365),
            forget=lambda rows, now: _forget_words(rows, (*CONTACT, *WORDS), now),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="contacts",
            label=_("Contact data in cases that are over"),
            what=_("Name, e-mail and phone of the contact and of the responsible adult are emptied. The case stays."),
            rows=_contacts,
            moment="over_at",
            keep=timedelta(days=730),
            forget=lambda rows, now: _forget_contacts(rows),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="drafts",
            label=_("Drafts that nobody sent"),
            what=_("Deleted."),
            rows=lambda: Case.objects.filter(stored_act="draft"),
            moment="revised_at",
            keep=timedelta(days=kept),
            forget=lambda rows, now: _delete_drafts(rows),
        )
    )


# --- how long ---------------------------------------------------------------------------------------------------------


def _over() -> QuerySet[Case]:
    """Cases in which nobody has anything to do and no time is left, with ``over_at``."""
    # A loan that lies ahead of the last change is over with its last line.
    over_at = Greatest("revised_at", Coalesce(Max("lines__end"), "revised_at"))
    rows = Case.objects.filter(waiting_on=WaitingOn.NOBODY).exclude(stored_act__in=["draft", "appealed"])
    return rows.annotate(over_at=over_at)


def _filled(names: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for name in names:
        found |= ~Q(**{name: ""})
    return found


def _strangers() -> Q:
    return Q(kind=CaseKind.ENQUIRY, requester=None)


def _enquiries() -> QuerySet[Case]:
    return _over().filter(_strangers()).filter(_filled((*CONTACT, *WORDS)))


def _contacts() -> QuerySet[Case]:
    return _over().exclude(_strangers()).filter(_filled((*CONTACT, *RESPONSIBLE)) | Q(responsible__isnull=False))


def _forget_contacts(rows: QuerySet[Case]) -> int:
    ids = list(rows.values_list("pk", flat=True))
    emptied = dict.fromkeys((*CONTACT, *RESPONSIBLE), "")
    return Case.objects.filter(pk__in=ids).update(responsible=None, **emptied)


def _forget_words(rows: QuerySet[Case], names: Iterable[str], now: datetime) -> int:
    """Empty these fields, and what the parties wrote in the conversation. The unit's answers stay."""
    ids = list(rows.values_list("pk", flat=True))
    Message.objects.filter(case_id__in=ids, internal=False).exclude(hat__startswith="unit:").update(body="")
    return Case.objects.filter(pk__in=ids).update(**dict.fromkeys(names, ""))


def _delete_drafts(rows: QuerySet[Case]) -> int:
    ids = list(rows.values_list("pk", flat=True))
    # Lines protect their series, so they go first.
    Line.objects.filter(case_id__in=ids).delete()
    Series.objects.filter(case_id__in=ids).delete()
    Case.objects.filter(pk__in=ids, stored_act="draft").delete()
    return len(ids)


# --- who is shown where -----------------------------------------------------------------------------------------------


def _contact_is(user: Any) -> Q:
    """Cases that show this person's address as the contact's or the responsible adult's."""
    mine = Q(responsible=user)
    if address := address_of(user):
        mine |= Q(contact_email__iexact=address) | Q(responsible_email__iexact=address)
    return mine


def _shown_in(user: Any) -> QuerySet[Any]:
    return Case.objects.filter(Q(requester=user) | _contact_is(user)).order_by().values("pk")


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Case.objects.filter(pk__in=list(ids)).values_list("pk", "reference"))


# --- what there is ----------------------------------------------------------------------------------------------------


def _page(case: Case) -> str:
    try:
        return reverse("booking:case", args=[case.reference])
    except NoReverseMatch:
        return ""


def _collect(user: Any) -> Iterator[Record]:
    rows = Case.objects.filter(Q(requester=user) | _contact_is(user)).select_related("organisation", "unit")
    address = address_of(user).lower()
    for case in rows.order_by("-received_at", "-pk").iterator(chunk_size=500):
        asked = case.requester_id == user.pk
        responsible = case.responsible_id == user.pk or (address and case.responsible_email.lower() == address)
        contact = asked or (address and case.contact_email.lower() == address)
        yield Record(
            case.reference,
            (
                Fact("reference", _("Reference"), case.reference),
                Fact("received_at", _("Received"), case.received_at),
                Fact("state", _("State"), str(case.get_state_display())),
                Fact("organisation", _("Organisation"), case.organisation.name if case.organisation else ""),
                Fact("your_part", _("Your part"), str(_("You asked") if asked else _("Contact or responsible adult"))),
                Fact("title", _("Title"), case.title if asked else ""),
                Fact("purpose", _("Purpose"), case.purpose if asked else ""),
                Fact("message", _("Message"), case.message if asked else ""),
                Fact("reason", _("Why you asked nevertheless"), case.override_reason if asked else ""),
                Fact("contact_name", _("Contact person"), case.contact_name if contact else ""),
                Fact("contact_email", _("Contact e-mail"), case.contact_email if contact else ""),
                Fact("contact_phone", _("Contact phone"), case.contact_phone if contact else ""),
                # Another adult's address is not this person's to take along.
                Fact("responsible_name", _("Responsible adult"), case.responsible_name if responsible else ""),
                Fact(
                    "responsible_email", _("Responsible adult's e-mail"), case.responsible_email if responsible else ""
                ),
                Fact(
                    "responsible_phone", _("Responsible adult's phone"), case.responsible_phone if responsible else ""
                ),
            ),
            _page(case),
        )
    said = Message.objects.filter(author=user).select_related("case").order_by("-at", "-pk")
    for message in said.iterator(chunk_size=500):
        yield Record(
            _("Message"),
            (
                Fact("case", _("Case"), message.case.reference),
                Fact("at", _("When"), message.at),
                Fact("text", _("Text"), message.body),
            ),
        )
    decided = Decision.objects.filter(by=user).select_related("case").order_by("-at", "-pk")
    for decision in decided.iterator(chunk_size=500):
        yield Record(
            _("Decision that you made"),
            (
                Fact("case", _("Case"), decision.case.reference),
                Fact("at", _("When"), decision.at),
                Fact("outcome", _("Outcome"), decision.outcome),
            ),
        )
    acts = Event.objects.filter(actor=user).select_related("case").order_by("-at", "-pk")
    for act in acts.iterator(chunk_size=500):
        yield Record(
            _("Act in the log"),
            (
                Fact("case", _("Case"), act.case.reference),
                Fact("at", _("When"), act.at),
                Fact("what", _("What"), act.type),
                Fact("role", _("Role"), act.hat),
            ),
        )


# --- erasing ----------------------------------------------------------------------------------------------------------


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """A private loan needs somebody who answers for it until it is over; an officer's open cases, another officer."""
    alive = Line.objects.filter(state__in=_ALIVE, end__gt=now).values("case_id")
    private = Case.objects.filter(requester=user, organisation=None).exclude(state__in=_OVER)
    private = private.filter(~Q(waiting_on=WaitingOn.NOBODY) | Q(pk__in=alive)).exclude(stored_act="draft")
    for case in private.order_by("pk"):
        yield Obstacle(
            "own_case_open",
            _("Your own case %(reference)s is not over. Wait until it is, or withdraw it.")
            % {"reference": case.reference},
            _page(case),
            _("Look at the case"),
        )
    carried = Case.objects.filter(Q(officer=user) | Q(deputy=user)).exclude(waiting_on=WaitingOn.NOBODY)
    if carried.exclude(state__in=_OVER).exists():
        yield Obstacle("officer_of_cases", _("You are the case officer or deputy of open cases. Hand them over first."))
    answers = Line.objects.filter(state__in=_ALIVE, end__gt=now, case__responsible=user).exclude(
        case__requester=user, case__organisation=None
    )
    for case in Case.objects.filter(pk__in=answers.values("case_id")).order_by("pk"):
        yield Obstacle(
            "responsible_adult",
            _("You are the responsible adult of case %(reference)s, which lies ahead. Ask them to name somebody else.")
            % {"reference": case.reference},
            _page(case),
            _("Look at the case"),
        )


def _erase(user: Any, now: datetime) -> int:
    # First of all: afterwards nothing tells any more in which cases the person had part.
    address, touched = address_of(user), _forget_naming_letters(user)
    if address:
        mine = Case.objects.select_for_update().filter(contact_email__iexact=address).order_by("pk")
        touched += _empty(mine, CONTACT, now)
    answered = Q(responsible=user)
    if address:
        answered |= Q(responsible_email__iexact=address)
    responsible = Case.objects.select_for_update().filter(answered).order_by("pk")
    ids = list(responsible.values_list("pk", flat=True))
    touched += _empty(Case.objects.filter(pk__in=ids), RESPONSIBLE, now)
    Case.objects.filter(pk__in=ids, responsible=user).update(responsible=None)
    private = Case.objects.select_for_update().filter(requester=user, organisation=None).order_by("pk")
    own = list(private.values_list("pk", flat=True))
    touched += _empty(Case.objects.filter(pk__in=own), (*WORDS, *CONTACT, *RESPONSIBLE), now)
    Case.objects.filter(pk__in=own).update(title_public=False)
    touched += _forget_handed_over(own)
    touched += Message.objects.filter(author=user, case_id__in=own).exclude(hat__startswith="unit:").update(body="")
    drafts = Case.objects.filter(requester=user, stored_act="draft")
    return touched + _delete_drafts(drafts)


def _forget_handed_over(ids: list[int]) -> int:
    """A private case that went to another officer is called there as its asker called it."""
    touched = 0
    for at in range(0, len(ids), 500):
        for pk, reference in Case.objects.filter(pk__in=ids[at : at + 500]).values_list("pk", "reference"):
            touched += HandOver.objects.filter(kind="cases", key=str(pk)).update(title=reference)
    return touched


def _forget_naming_letters(user: Any) -> int:
    """Letters to others (the officer, the club's leader) that name the person: in cases that the person had part in."""
    naming = Q(pk__in=[])
    for word in (str(getattr(user, "name", "") or ""), str(getattr(user, "phone", "") or ""), address_of(user)):
        if word:
            naming |= Q(subject__icontains=word) | Q(body__icontains=word)
    part = Q(requester=user) | _contact_is(user) | Q(officer=user) | Q(deputy=user)
    part |= Q(messages__author=user) | Q(events__actor=user)
    ids = list(Case.objects.filter(part).order_by().values_list("pk", flat=True).distinct())
    return sum(
        forget_texts(OutboxMessage.objects.filter(naming, payload__case__in=ids[at : at + 500]))
        for at in range(0, len(ids), 500)
    )


def _empty(rows: QuerySet[Case], names: Iterable[str], now: datetime) -> int:
    """Empty these fields; pages and calendars that show the case are told."""
    found = list(rows.values_list("pk", "reference", "unit_id"))
    ids = [pk for pk, _reference, _unit in found]
    if not ids:
        return 0
    emptied = dict.fromkeys(names, "")
    Case.objects.filter(pk__in=ids).update(version=F("version") + 1, revised_at=now, **emptied)
    for pk, reference, unit_id in found:
        things = Line.objects.filter(case_id=pk).order_by().values_list("resource_id", flat=True).distinct()
        scopes = [f"case:{pk}", f"unit:{unit_id}", *(f"resource:{thing}" for thing in sorted(things))]
        send_revised(cause=f"case:{reference}", scopes=scopes)
    return len(ids)
