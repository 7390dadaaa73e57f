"""What works say about people: who plans, signs, calls and replies; and how long it is kept.

The works, their versions, the public record and "you said / we did" belong to everybody. In their words nobody need
be named: who is named there can be taken out. Source: quality.md "Security and privacy".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import Fact, Naming, Obstacle, PersonalData, Record, RetentionClass, naming
from booking.works import addresses, selectors
from booking.works.models import (
    AffectedParty,
    AttemptPhoto,
    CallLog,
    Works,
    WorksAnswer,
    WorksAttempt,
    WorksEvent,
    WorksFact,
    WorksNotice,
    WorksOffer,
    WorksOverride,
    WorksParty,
    WorksReceipt,
    WorksReply,
    WorksReport,
    WorksVersion,
)
from booking.works.rules import states

#: Words in somebody's own hand, by table. Who is named in them can be taken out.
WORDS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (WorksVersion, ("title", "reason", "why_here", "why_now", "why_changed", "contact_name", "contact_phone",
                    "contact_email")),
    (WorksNotice, ("text",)),
    (WorksReply, ("message",)),
    (WorksReport, ("name", "how", "verdict_reason")),
    (WorksAnswer, ("said", "did")),
    (WorksOverride, ("reason", "report", "review")),
    (WorksAttempt, ("note",)),
    (CallLog, ("note",)),
    (AffectedParty, ("reason",)),
    (WorksFact, ("why",)),
)  # fmt: skip


def register() -> None:
    """Tell the registries."""
    personal.not_about_people("names a phase of works", "samskap_booking.worksperiod.phase_name")
    personal.register_personal_data(
        PersonalData(
            name="works",
            label=_("Works: planned by you, or touching you"),
            why=_("So that those whom works touch are told in time, heard and answered, and so that somebody answers."),
            goes=_(
                "Your name, address and phone where they stand in words about works, and the address that you left "
                "with “we are affected too”."
            ),
            stays=_(
                "That somebody planned, signed, called, replied or confirmed, and when: the deadlines rest on it. It "
                "no longer says who you are."
            ),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.works.owner",
                "samskap_booking.works.deputy",
                "samskap_booking.worksversion.created_by",
                "samskap_booking.worksversion.contact_name",
                "samskap_booking.worksversion.contact_phone",
                "samskap_booking.worksversion.contact_email",
                "samskap_booking.worksparty.user",
                "samskap_booking.worksparty.link_sealed",
                "samskap_booking.worksreport.user",
                "samskap_booking.worksreport.name",
                "samskap_booking.worksreport.address_sealed",
                "samskap_booking.worksreport.decided_by",
                "samskap_booking.affectedlist.confirmed_by",
                "samskap_booking.affectedlist.signed_by",
                "samskap_booking.affectedparty.decided_by",
                "samskap_booking.worksreceipt.by",
                "samskap_booking.worksreply.by",
                "samskap_booking.worksreply.officer",
                "samskap_booking.worksanswer.by",
                "samskap_booking.worksnotice.by",
                "samskap_booking.worksdispatch.user",
                "samskap_booking.worksdispatch.contact",
                "samskap_booking.worksdispatch.officer",
                "samskap_booking.worksattempt.by",
                "samskap_booking.worksconflict.settled_by",
                "samskap_booking.worksoffer.by",
                "samskap_booking.worksoffer.answered_by",
                "samskap_booking.worksoverride.asked_by",
                "samskap_booking.worksoverride.granted_by",
                "samskap_booking.worksoverride.reported_by",
                "samskap_booking.worksoverride.reviewed_by",
                "samskap_booking.calllog.by",
                "samskap_booking.worksfact.by",
                "samskap_booking.worksevent.actor",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="works_words",
            label=_("Replies, reports of those affected, and photos of posters, of works that are over"),
            what=_(
                "What was written in a reply or with “we are affected too”, names and addresses left with it, notes of "
                "calls and photos are emptied. The works, their versions and the public answers stay."
            ),
            rows=_with_words,
            moment="revised_at",
            keep=timedelta(days=730),
            forget=_forget,
        )
    )


def _with_words() -> QuerySet[Works]:
    filled = (
        Q(pk__in=WorksReply.objects.exclude(message="").order_by().values("works"))
        | Q(pk__in=WorksReport.objects.exclude(how="", name="", address_sealed="").order_by().values("works"))
        | Q(pk__in=AttemptPhoto.objects.order_by().values("attempt__dispatch__notice__works"))
    )
    return Works.objects.filter(filled, state__in=["closed", "cancelled"])


def _forget(rows: QuerySet[Works], now: datetime) -> int:
    ids = list(rows.values_list("pk", flat=True))
    WorksReply.objects.filter(works__in=ids).update(message="")
    WorksReport.objects.filter(works__in=ids).update(name="", how="", address_sealed="", key_id="")
    WorksAttempt.objects.filter(dispatch__notice__works__in=ids).update(note="")
    CallLog.objects.filter(override__works__in=ids).update(note="")
    AttemptPhoto.objects.filter(attempt__dispatch__notice__works__in=ids).delete()
    return len(ids)


# --- what there is ---------------------------------------------------------------------------------------------------


def _collect(user: Any) -> Iterator[Record]:
    rows = Works.objects.filter(Q(owner=user) | Q(deputy=user)).select_related("current")
    for works in rows.order_by("-created_at", "-pk").iterator(chunk_size=500):
        yield Record(
            str(works.current.title if works.current else works),
            (
                Fact("reference", _("Reference"), works.reference),
                Fact("state", _("State"), str(works.get_state_display())),
                Fact(
                    "your_part", _("Your part"),
                    _("You answer for it") if works.owner_id == user.pk else _("You are the deputy"),
                ),
            ),
            addresses.public_url(works) if works.state in states.PUBLIC else "",
        )  # fmt: skip
    parties = WorksParty.objects.filter(user=user).select_related("works__current")
    for party in parties.order_by("pk").iterator(chunk_size=500):
        yield Record(
            str(party.works.current.title if party.works.current else party.works),
            (
                Fact("reference", _("Reference"), party.works.reference),
                Fact("your_part", _("Your part"), _("The works touch you")),
                Fact("told_at", _("Told"), party.clock_from),
            ),
            addresses.public_url(party.works),
        )
    for reply in WorksReply.objects.filter(by=user).select_related("works").order_by("pk").iterator(chunk_size=500):
        yield Record(
            _("Your reply to works"),
            (
                Fact("reference", _("Reference"), reply.works.reference),
                Fact("at", _("When"), reply.at),
                Fact("kind", _("Kind"), str(reply.get_kind_display())),
                Fact("message", _("What you wrote"), reply.message),
            ),
        )
    for report in WorksReport.objects.filter(user=user).select_related("works").order_by("pk").iterator(chunk_size=500):
        yield Record(
            _("You said that works touch you"),
            (
                Fact("reference", _("Reference"), report.works.reference),
                Fact("at", _("When"), report.at),
                Fact("name", _("Name"), report.name),
                Fact("how", _("What you wrote"), report.how),
            ),
        )
    for at, what, reference, hat in _acts(user):
        yield Record(
            _("Act in the log"),
            (
                Fact("reference", _("Works"), reference),
                Fact("at", _("When"), at),
                Fact("what", _("What"), what),
                Fact("role", _("Role"), hat),
            ),
        )


def _acts(user: Any) -> Iterator[tuple[datetime, str, str, str]]:
    """Everything that the person did, from each table that names them."""
    events = WorksEvent.objects.filter(actor=user).order_by("-at", "-pk")
    yield from events.values_list("at", "type", "works__reference", "hat").iterator(chunk_size=500)
    for row in WorksReceipt.objects.filter(by=user).select_related("party__works"):
        yield row.at, f"receipt:{row.how}", row.party.works.reference, row.hat
    for attempt in WorksAttempt.objects.filter(by=user).select_related("dispatch__notice__works"):
        yield attempt.at, f"attempt:{attempt.outcome}", attempt.dispatch.notice.works.reference, ""
    for call in CallLog.objects.filter(by=user).select_related("override__works"):
        yield call.at, "call", call.override.works.reference, ""
    for offer in WorksOffer.objects.filter(Q(by=user) | Q(answered_by=user)).select_related("conflict__works"):
        yield offer.at, f"offer:{offer.state}", offer.conflict.works.reference, offer.hat


# --- erasing ---------------------------------------------------------------------------------------------------------


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """Works that aren't over keep a planner who can be reached (needs N9)."""
    if not selectors.is_on():
        return
    for one in Works.objects.filter(owner=user).exclude(state__in=["closed", "cancelled"]).order_by("reference"):
        yield Obstacle(
            "planner_of_works",
            _("You answer for the works %(reference)s. Somebody else is to answer for them first.")
            % {"reference": one.reference},
            addresses.staff_url(one),
            _("Hand them on"),
        )


def _erase(user: Any, now: datetime) -> int:
    """In words about works nobody is named any more who has asked for it; a report loses its address."""
    touched = (
        WorksReport.objects.filter(user=user)
        .exclude(name="", address_sealed="")
        .update(name="", address_sealed="", key_id="")
    )
    touched += (
        WorksReply.objects.filter(by=user, party__organisation__isnull=True).exclude(message="").update(message="")
    )
    named = naming(user)
    if named.pattern is None:
        return touched
    return touched + sum(_without(model, fields, named, user) for model, fields in WORDS)


def _without(model: Any, fields: tuple[str, ...], named: Naming, user: Any) -> int:
    done = 0
    for row in model.objects.filter(named.in_any(*fields)).order_by("pk"):
        changed = [name for name in fields if named.is_in(getattr(row, name))]
        for name in changed:
            setattr(row, name, named.without(getattr(row, name)) or ("–" if _needed(model, name) else ""))
        if changed:
            row.save(update_fields=changed)
            done += 1
    return done


def _needed(model: Any, name: str) -> bool:
    """A constraint wants words there: they may not become empty."""
    return (model, name) in ((WorksOverride, "reason"), (WorksOverride, "report"), (AffectedParty, "reason"),
                             (WorksReport, "verdict_reason"), (WorksFact, "why"))  # fmt: skip
