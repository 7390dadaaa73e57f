"""What meetings say about people: who called, answered, brought up, promised and reported what, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.correspondence.models import OutboxMessage
from booking.correspondence.services import forget_texts
from booking.foundation import personal
from booking.foundation.personal import Fact, Naming, PersonalData, Record, RetentionClass, naming
from booking.meetings.models import AgendaPoint, Commitment, CommitmentState, Meeting, MeetingEvent, MeetingParty
from booking.meetings.services.common import tell
from booking.organisations.models import Membership

MEETING_WORDS = ("title", "about", "minutes", "cancelled_reason", "place")
POINT_WORDS = ("title", "text", "outcome")
COMMITMENT_WORDS = ("what", "who", "reason")


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="meetings",
            label=_("Meetings with the municipality"),
            why=_("So that everybody sees what was talked about, and who does what by when."),
            goes=_("Your name, address and phone where they stand in agendas, minutes and promises."),
            stays=_(
                "What was talked about and promised: it belongs to the organisations and to the municipality. It no "
                "longer says who you are."
            ),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.meeting.created_by",
                "samskap_booking.meeting.title",
                "samskap_booking.meetingparty.answered_by",
                "samskap_booking.agendapoint.added_by",
                "samskap_booking.agendapoint.title",
                "samskap_booking.commitment.created_by",
                "samskap_booking.commitment.closed_by",
                "samskap_booking.commitment.who",
                "samskap_booking.meetingevent.actor",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="commitments",
            label=_("Whom a side named for something it promised at a meeting"),
            what=_("The name is emptied. What was promised, by which side, and what became of it stays."),
            rows=lambda: Commitment.objects.exclude(who="").exclude(state=CommitmentState.OPEN),
            moment="closed_at",
            keep=timedelta(days=730),
            forget=_forget_names,
        )
    )


def _forget_names(rows: QuerySet[Commitment], now: datetime) -> int:
    return rows.update(who="")


# --- what there is ----------------------------------------------------------------------------------------------------


def _page(meeting: Meeting) -> str:
    try:
        return reverse("booking:meeting", args=[meeting.reference])
    except NoReverseMatch:
        return ""


def _collect(user: Any) -> Iterator[Record]:
    for one in Meeting.objects.filter(created_by=user).order_by("-start", "-pk").iterator(chunk_size=500):
        yield Record(
            str(one),
            (Fact("reference", _("Reference"), one.reference), Fact("when", _("When"), one.start),
             Fact("your_part", _("Your part"), str(_("You prepared it")))),
            _page(one),
        )  # fmt: skip
    answers = MeetingParty.objects.filter(answered_by=user).select_related("meeting", "organisation")
    for row in answers.order_by("-answered_at", "-pk").iterator(chunk_size=500):
        yield Record(
            str(row.meeting),
            (
                Fact("organisation", _("Organisation"), row.organisation.name),
                Fact("answer", _("Your answer"), str(row.get_answer_display())),
                Fact("at", _("When"), row.answered_at),
            ),
            _page(row.meeting),
        )
    points = AgendaPoint.objects.filter(added_by=user).select_related("meeting").order_by("-added_at", "-pk")
    for point in points.iterator(chunk_size=500):
        yield Record(
            point.title,
            (
                Fact("meeting", _("Meeting"), point.meeting.reference),
                Fact("text", _("In your words"), point.text),
                Fact("at", _("When"), point.added_at),
            ),
            _page(point.meeting),
        )
    rows = Commitment.objects.filter(Q(created_by=user) | Q(closed_by=user)).select_related("meeting")
    for promised in rows.order_by("-created_at", "-pk").iterator(chunk_size=500):
        part = _("You said what became of it") if promised.closed_by_id == user.pk else _("You wrote it down")
        yield Record(
            promised.what,
            (
                Fact("meeting", _("Meeting"), promised.meeting.reference),
                Fact("due_on", _("Due"), promised.due_on),
                Fact("your_part", _("Your part"), str(part)),
                Fact("at", _("When"), promised.closed_at or promised.created_at),
            ),
            _page(promised.meeting),
        )
    acts = MeetingEvent.objects.filter(actor=user).select_related("meeting").order_by("-at", "-pk")
    for act in acts.iterator(chunk_size=500):
        yield Record(
            _("Act in the log"),
            (
                Fact("meeting", _("Meeting"), act.meeting.reference),
                Fact("at", _("When"), act.at),
                Fact("what", _("What"), act.type),
                Fact("role", _("Role"), act.hat),
            ),
        )


# --- erasing ----------------------------------------------------------------------------------------------------------


def _about(user: Any, named: Naming) -> QuerySet[Meeting]:
    """Where the person had part, or their organisation had; an address or a phone is looked for everywhere."""
    clubs = Membership.objects.filter(user=user).order_by().values("organisation_id")
    part = Q(created_by=user)
    for model, name in (
        (MeetingParty, "answered_by"), (AgendaPoint, "added_by"), (Commitment, "created_by"),
        (Commitment, "closed_by"), (MeetingEvent, "actor"),
    ):  # fmt: skip
        part |= Q(pk__in=model._default_manager.filter(**{name: user}).order_by().values("meeting"))
    part |= Q(pk__in=MeetingParty.objects.filter(organisation__in=clubs).order_by().values("meeting"))
    name = str(getattr(user, "name", "") or "")
    unique = Naming(tuple(word for word in named.words if word != name), None)
    points = AgendaPoint.objects.filter(unique.in_any(*POINT_WORDS)).order_by().values("meeting")
    promised = Commitment.objects.filter(unique.in_any(*COMMITMENT_WORDS)).order_by().values("meeting")
    return Meeting.objects.filter(
        part | unique.in_any(*MEETING_WORDS) | Q(pk__in=points) | Q(pk__in=promised)
    ).order_by("pk")


def _erase(user: Any, now: datetime) -> int:
    """What was said and promised stays; nobody is named in it any more."""
    named = naming(user)
    if named.pattern is None:
        return 0
    ids = list(_about(user, named).values_list("pk", flat=True))
    touched = 0
    for at in range(0, len(ids), 200):
        batch = ids[at : at + 200]
        rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=batch).order_by("pk")
        touched += sum(_without(one, named, now) for one in rows)
        letters = OutboxMessage.objects.filter(named.in_any("subject", "body"), payload__meeting__in=batch)
        touched += forget_texts(letters)
    return touched


def _without(meeting: Meeting, named: Naming, now: datetime) -> int:
    """How many rows changed. Whoever shows them is told."""
    count = 0
    for row, names in (
        (meeting, MEETING_WORDS),
        *((point, POINT_WORDS) for point in meeting.points.all()),
        *((promised, COMMITMENT_WORDS) for promised in meeting.commitments.all()),
    ):
        changed = [name for name in names if named.is_in(getattr(row, name))]
        for name in changed:
            setattr(row, name, named.without(getattr(row, name)))
        if changed:
            row.save(update_fields=changed)
            count += 1
    if count:
        meeting.version += 1
        meeting.revised_at = max(now, meeting.revised_at)
        meeting.save(update_fields=["version", "revised_at"])
        tell(meeting, now)
    return count
