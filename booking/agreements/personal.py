"""What agreements say about people: who answers for them, who wrote, confirmed, ended and did what, and how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.agreements.models import (
    Agreement,
    AgreementDocument,
    AgreementEvent,
    AgreementParty,
    AgreementState,
    AgreementTask,
    DocumentContent,
    TaskDate,
)
from booking.cases.models import Case
from booking.catalogue.selectors import units_of
from booking.correspondence.models import OutboxMessage
from booking.correspondence.services import forget_texts
from booking.foundation import personal
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.personal import Fact, LookedAt, Naming, Obstacle, PersonalData, Record, RetentionClass, naming
from booking.foundation.signals import send_revised
from booking.organisations.models import LEADING_ROLES, Membership

#: What is written in somebody's own words. It belongs to the parties; who is named in it can be taken out.
WORDS = ("title", "place", "terms", "background", "storage", "keys", "declined_reason", "notice_reason")
#: Of these the parties need nothing any more when the agreement has been over for long.
LOOSE_WORDS = ("background", "storage", "keys", "declined_reason", "notice_reason")
_HANDS = ("officer", "deputy", "written_by", "confirmed_by", "declined_by", "notice_by")
_LIVING = (AgreementState.PROPOSED, AgreementState.AGREED)


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="agreements",
            label=_("Agreements with the municipality"),
            why=_("So that both sides know what was agreed, who said yes, and who did what was to be done."),
            goes=_("Your name, address and phone where they stand in the words of an agreement that you had part in."),
            stays=_(
                "The agreement and its documents: they belong to the organisation and to the municipality. That "
                "somebody confirmed, and when, stays; it no longer says who you are."
            ),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                *(f"samskap_booking.agreement.{name}" for name in _HANDS),
                "samskap_booking.agreementparty.confirmed_by",
                "samskap_booking.agreementdocument.uploaded_by",
                "samskap_booking.agreementdocument.name",
                "samskap_booking.agreementevent.actor",
                "samskap_booking.taskdate.done_by",
            ),
        )
    )
    personal.register_looked_at(LookedAt("agreement", _shown_in, _names))
    _register_retention()


def _register_retention() -> None:
    what = _(
        "Documents are deleted, and what was written about keys, storage, reasons and how it came about is emptied. "
        "What was agreed, from when to when, and that it was confirmed stays."
    )
    personal.register_retention(
        RetentionClass(
            name="ended_agreements",
            label=_("Documents and side notes of agreements that have ended"),
            what=what,
            rows=lambda: _with_something_left(AgreementState.ENDED),
            moment="revised_at",
            # Claims from a long agreement can be raised for ten years.
            keep=timedelta(days=3650),
            forget=_forget_details,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="declined_agreements",
            label=_("Documents and side notes of agreements that never were"),
            what=what,
            rows=lambda: _with_something_left(AgreementState.DECLINED),
            moment="revised_at",
            keep=timedelta(days=730),
            forget=_forget_details,
        )
    )


# --- how long ---------------------------------------------------------------------------------------------------------


def _with_something_left(state: str) -> QuerySet[Agreement]:
    kept = DocumentContent.objects.filter(document__agreement=OuterRef("pk"))
    filled = Q(Exists(kept))
    for name in LOOSE_WORDS:
        filled |= ~Q(**{name: ""})
    return Agreement.objects.filter(filled, state=state)


def _forget_details(rows: QuerySet[Agreement], now: datetime) -> int:
    """The bytes go, and the file's name with them; its fingerprint shows what it was to whoever has a copy."""
    found = list(rows)
    mine = AgreementDocument.objects.filter(agreement__in=found)
    DocumentContent.objects.filter(document__in=mine).delete()
    mine.filter(removed_at=None).update(removed_at=now)
    mine.update(name="")
    for one in found:
        for name in LOOSE_WORDS:
            setattr(one, name, "")
        one.version += 1
        one.save(update_fields=[*LOOSE_WORDS, "version"])
        _tell(one)
    return len(found)


def _tell(one: Agreement) -> None:
    send_revised(cause=f"agreement:{one.reference}", scopes=[f"unit:{one.unit_id}"])


# --- who is shown where -----------------------------------------------------------------------------------------------


def _hand_in(user: Any) -> Q:
    """Agreements whose page names the person."""
    found = Q(pk__in=AgreementParty.objects.filter(confirmed_by=user).order_by().values("agreement"))
    found |= Q(pk__in=AgreementDocument.objects.filter(uploaded_by=user).order_by().values("agreement"))
    found |= Q(pk__in=TaskDate.objects.filter(done_by=user).order_by().values("task__agreement"))
    found |= Q(pk__in=AgreementEvent.objects.filter(actor=user).order_by().values("agreement"))
    for name in _HANDS:
        found |= Q(**{name: user})
    return found


def _shown_in(user: Any) -> QuerySet[Any]:
    return Agreement.objects.filter(_hand_in(user)).order_by().values("pk")


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Agreement.objects.filter(pk__in=list(ids)).values_list("pk", "reference"))


# --- what there is ----------------------------------------------------------------------------------------------------


def _page(one: Agreement, user: Any, led: Mapping[int, str]) -> str:
    """The page on which the person meets it: their organisation's, or the one for staff."""
    slug = next((led[row.organisation_id] for row in one.parties.all() if row.organisation_id in led), "")
    try:
        if slug:
            return reverse("booking:my_agreement", args=[slug, one.reference])
        return reverse("booking_agreements:inspect", args=[one.pk]) if one.officer_id == user.pk else ""
    except NoReverseMatch:
        return ""


def _parts(one: Agreement, user: Any) -> list[str]:
    """What the person is or did in it, in words."""
    words = {
        "officer": _("You answer for it"),
        "deputy": _("You are the deputy of who answers for it"),
        "written_by": _("You wrote it down"),
        "confirmed_by": _("You confirmed it for the municipality"),
        "declined_by": _("You declined it"),
        "notice_by": _("You gave notice"),
    }
    found = [str(text) for name, text in words.items() if getattr(one, f"{name}_id") == user.pk]
    if any(row.confirmed_by_id == user.pk for row in one.parties.all()):
        found.append(str(_("You confirmed it for your organisation")))
    return found


def _collect(user: Any) -> Iterator[Record]:
    mine = Membership.objects.filter(user=user, end=None, role__in=LEADING_ROLES)
    led = dict(mine.order_by().values_list("organisation_id", "organisation__slug"))
    rows = Agreement.objects.filter(_hand_in(user)).prefetch_related("parties__organisation")
    for one in rows.order_by("-created_at", "-pk").iterator(chunk_size=500):
        yield Record(
            str(one),
            (
                Fact("reference", _("Reference"), one.reference),
                Fact("title", _("Title"), one.title),
                Fact("organisations", _("With"), [row.organisation.name for row in one.parties.all()]),
                Fact("state", _("State"), str(one.get_state_display())),
                Fact("from", _("From"), one.start),
                Fact("to", _("To"), one.last_day),
                Fact("your_part", _("Your part"), _parts(one, user)),
                # Why somebody else said no is theirs.
                Fact("declined", _("Why you said no"), one.declined_reason if one.declined_by_id == user.pk else ""),
                Fact("notice", _("Why you gave notice"), one.notice_reason if one.notice_by_id == user.pk else ""),
            ),
            _page(one, user, led),
        )
    files = (
        AgreementDocument.objects.filter(uploaded_by=user).select_related("agreement").order_by("-uploaded_at", "-pk")
    )
    for file in files.iterator(chunk_size=500):
        yield Record(
            file.name or _("A document that is not kept"),
            (
                Fact("agreement", _("Agreement"), file.agreement.reference),
                Fact("document", _("Document"), file.name),
                Fact("at", _("When"), file.uploaded_at),
                Fact("fingerprint", _("Fingerprint"), file.sha256),
            ),
        )
    done = TaskDate.objects.filter(done_by=user).select_related("task__agreement").order_by("-done_at", "-pk")
    for row in done.iterator(chunk_size=500):
        yield Record(
            row.task.what,
            (
                Fact("agreement", _("Agreement"), row.task.agreement.reference),
                Fact("task", _("What you did"), row.task.what),
                Fact("due_on", _("Due"), row.due_on),
                Fact("done_at", _("Done"), row.done_at),
            ),
        )
    acts = AgreementEvent.objects.filter(actor=user).select_related("agreement").order_by("-at", "-pk")
    for act in acts.iterator(chunk_size=500):
        yield Record(
            _("Act in the log"),
            (
                Fact("agreement", _("Agreement"), act.agreement.reference),
                Fact("at", _("When"), act.at),
                Fact("what", _("What"), act.type),
                Fact("role", _("Role"), act.hat),
            ),
        )


# --- erasing ----------------------------------------------------------------------------------------------------------


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """An agreement that isn't over keeps an officer who can be reached (needs N9). A deputy's name goes by itself."""
    on = local_date(now, booking_settings().tz)
    living = Agreement.objects.filter(Q(last_day=None) | Q(last_day__gte=on), state__in=_LIVING, officer=user)
    seen = set(units_of(user, on).order_by().values_list("pk", flat=True))
    for one in living.order_by("reference"):
        where = ""
        if one.unit_id in seen:
            try:
                where = reverse("booking_agreements:inspect", args=[one.pk])
            except NoReverseMatch:
                where = ""
        yield Obstacle(
            "officer_of_agreements",
            _("You answer for the agreement %(reference)s. Somebody else is to answer for it first.")
            % {"reference": one.reference},
            where,
            _("Hand it on") if where else "",
        )


def _erase(user: Any, now: datetime) -> int:
    """The agreement stays as it was agreed; in its words, its files' names and its tasks nobody is named any more."""
    named = naming(user)
    if named.pattern is None:
        return 0
    ids = list(_about(user, named).values_list("pk", flat=True))
    touched = 0
    for at in range(0, len(ids), 200):
        rows = Agreement.objects.select_for_update(of=("self",)).filter(pk__in=ids[at : at + 200]).order_by("pk")
        touched += sum(_without(one, named) for one in rows)
        naming_letters = OutboxMessage.objects.filter(
            named.in_any("subject", "body"), payload__agreement__in=ids[at : at + 200]
        )
        touched += forget_texts(naming_letters)
    return touched


def _about(user: Any, named: Naming) -> QuerySet[Agreement]:
    """Where the person had part, or their organisation had: a name may be somebody else's elsewhere.

    An address or a phone is nobody else's: it is looked for everywhere.
    """
    clubs = Membership.objects.filter(user=user).order_by().values("organisation_id")
    part = _hand_in(user) | Q(
        pk__in=AgreementParty.objects.filter(organisation__in=clubs).order_by().values("agreement")
    )
    name = str(getattr(user, "name", "") or "")
    unique = Naming(tuple(word for word in named.words if word != name), None)
    files = AgreementDocument.objects.filter(unique.in_any("name")).order_by().values("agreement")
    return Agreement.objects.filter(part | unique.in_any(*WORDS) | Q(pk__in=files)).order_by("pk")


def _without(one: Agreement, named: Naming) -> int:
    """Take the person out of the words of one agreement; whoever shows it is told. How many rows changed."""
    title = one.title
    changed = [name for name in WORDS if named.is_in(getattr(one, name))]
    for name in changed:
        setattr(one, name, named.without(getattr(one, name)))
    count = bool(changed)
    for file in one.documents.all():
        if named.is_in(file.name):
            AgreementDocument.objects.filter(pk=file.pk).update(name=named.without(file.name))
            count += 1
    for task in one.tasks.all():
        if named.is_in(task.what):
            AgreementTask.objects.filter(pk=task.pk).update(what=named.without(task.what))
            count += 1
    if not count:
        return 0
    one.version += 1
    one.save(update_fields=[*changed, "version"])
    if one.case_id is not None and one.title != title:
        # Its hours stand in the calendar under the same title.
        Case.objects.filter(pk=one.case_id, title=title).update(title=one.title, version=F("version") + 1)
    _tell(one)
    return int(count)
