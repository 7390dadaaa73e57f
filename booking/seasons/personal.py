"""What season rounds say about people: who runs, wished, proposed, commented and confirmed; and how long.

Wishes, timetables and the story belong to organisations and to everybody, and name no person on their pages. In words
somebody may be named nevertheless: who is named there can be taken out. Source: quality.md "Security and privacy".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import Fact, Obstacle, PersonalData, Record, RetentionClass, naming
from booking.seasons import wording_rounds as wording
from booking.seasons.models import (
    Adoption,
    Comment,
    Confirmation,
    Proposal,
    ProposedSlot,
    RoundEvent,
    RoundState,
    SeasonRound,
    SlotChange,
    SwapOffer,
    UseReport,
    Wish,
)

#: Words in somebody's own hand, by table. Who is named in them can be taken out.
WORDS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (SeasonRound, ("about", "meeting_place", "adopted_by_whom", "complain_to")),
    (Wish, ("team", "activity", "note")),
    (Proposal, ("name", "note")),
    (ProposedSlot, ("reason",)),
    (SlotChange, ("reason",)),
    (Comment, ("text", "answer")),
    (SwapOffer, ("text",)),
    (Confirmation, ("text",)),
    (Adoption, ("grounds",)),
)
_HANDS: tuple[tuple[Any, str, Any], ...] = (
    (Wish, "entered_by", _("You entered this wish")),
    (Proposal, "written_by", _("You made this proposal")),
    (Comment, "by", _("You wrote this comment")),
    (Comment, "answered_by", _("You answered this comment")),
    (SwapOffer, "by", _("You offered this swap")),
    (SwapOffer, "answered_by", _("You answered this offer")),
    (Confirmation, "by", _("You answered for your organisation")),
    (Adoption, "by", _("You adopted this timetable")),
    (UseReport, "by", _("You told whether the hours were used")),
    (RoundEvent, "by", _("Act in the record")),
)


def register() -> None:
    """Tell the registries."""
    for name in ("name", "name_nn", "name_en"):
        personal.not_about_people("names a round of seasons", f"samskap_booking.seasonround.{name}")
    personal.not_about_people("names a calculation", "samskap_booking.draftrun.name")
    personal.register_personal_data(
        PersonalData(
            name="seasons",
            label=_("Sharing out of the hall hours: what you did in it"),
            why=_(
                "So that it can be seen who wished, proposed, said and decided what for an organisation or the unit."
            ),
            goes=_("Your name, address and phone where they stand in words of a wish, a proposal or a comment."),
            stays=_(
                "Wishes, proposals, comments and decisions: they belong to the organisation and to the municipality. "
                "They no longer say who you are."
            ),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.seasonround.officer",
                "samskap_booking.seasonround.deputy",
                "samskap_booking.seasonround.created_by",
                "samskap_booking.roundevent.by",
                "samskap_booking.wish.entered_by",
                "samskap_booking.proposal.name",
                "samskap_booking.proposal.written_by",
                "samskap_booking.slotchange.by",
                "samskap_booking.draftrun.asked_by",
                "samskap_booking.comment.by",
                "samskap_booking.comment.answered_by",
                "samskap_booking.swapoffer.by",
                "samskap_booking.swapoffer.answered_by",
                "samskap_booking.confirmation.by",
                "samskap_booking.adoption.by",
                "samskap_booking.usereport.by",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="season_notes",
            label=_("Notes with wishes, swaps and answers of seasons that have ended"),
            what=_("What was written beside a wish, a swap or an answer is emptied. Wishes and timetables stay."),
            rows=_with_notes,
            moment="revised_at",
            keep=timedelta(days=1095),
            forget=_forget,
        )
    )


def _with_notes() -> QuerySet[SeasonRound]:
    filled = (
        Q(pk__in=Wish.objects.exclude(note="").order_by().values("round"))
        | Q(pk__in=SwapOffer.objects.exclude(text="").order_by().values("proposal__round"))
        | Q(pk__in=Confirmation.objects.exclude(text="").order_by().values("proposal__round"))
    )
    return SeasonRound.objects.filter(filled, state=RoundState.ENDED)


def _forget(rows: QuerySet[SeasonRound], now: datetime) -> int:
    ids = list(rows.values_list("pk", flat=True))
    Wish.objects.filter(round__in=ids).update(note="")
    SwapOffer.objects.filter(proposal__round__in=ids).update(text="")
    Confirmation.objects.filter(proposal__round__in=ids).update(text="")
    return len(ids)


# --- what there is ---------------------------------------------------------------------------------------------------


def _where(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _collect(user: Any) -> Iterator[Record]:
    mine = SeasonRound.objects.filter(Q(officer=user) | Q(deputy=user) | Q(created_by=user)).order_by(
        "-season_start", "pk"
    )
    for one in mine.iterator(chunk_size=500):
        part = _("You made the round")
        if one.officer_id == user.pk:
            part = _("You answer for it")
        elif one.deputy_id == user.pk:
            part = _("You are the deputy")
        yield Record(
            str(one),
            (Fact("state", _("State"), str(one.get_state_display())), Fact("your_part", _("Your part"), str(part))),
            _where("booking:season", one.slug) if one.state != RoundState.PREPARING else "",
        )
    for model, column, words in _HANDS:
        for row in model.objects.filter(**{column: user}).order_by("-pk").iterator(chunk_size=500):
            yield Record(str(words), _facts(row))
    changes = SlotChange.objects.filter(by=user).select_related("proposal").order_by("-pk")
    for change in changes.iterator(chunk_size=500):
        yield Record(
            str(_("You changed a proposal")),
            (
                Fact("proposal", _("Proposal"), str(change.proposal)),
                Fact("at", _("When"), change.at),
                Fact("reason", _("Reason"), change.reason),
            ),
        )


def _facts(row: Any) -> tuple[Fact, ...]:
    """What a row says, for whoever made it."""
    if isinstance(row, Wish):
        return (
            Fact("team", _("Team or group"), row.team),
            Fact("wish", _("Wish"), wording.sessions_words(row)),
            Fact("note", _("Note"), row.note),
            Fact("at", _("When"), row.received_at),
            Fact("role", _("Role"), row.entered_hat),
        )
    if isinstance(row, Proposal):
        return (
            Fact("proposal", _("Proposal"), str(row)), Fact("note", _("Note"), row.note),
            Fact("at", _("When"), row.created_at), Fact("role", _("Role"), row.written_hat),
        )  # fmt: skip
    if isinstance(row, RoundEvent):
        return (
            Fact("what", _("What"), row.type), Fact("at", _("When"), row.at), Fact("role", _("Role"), row.hat),
        )  # fmt: skip
    text = next((getattr(row, name) for name in ("text", "grounds") if getattr(row, name, "")), "")
    return (
        Fact("text", _("Text"), text), Fact("at", _("When"), row.at), Fact("role", _("Role"), getattr(row, "hat", "")),
    )  # fmt: skip


# --- erasing ----------------------------------------------------------------------------------------------------------


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """A round that isn't over keeps an officer who can be reached (needs N9)."""
    for one in SeasonRound.objects.filter(officer=user).exclude(state=RoundState.ENDED).order_by("pk"):
        where = _where("booking_seasons:inspect", one.pk)
        yield Obstacle(
            "officer_of_rounds",
            _("You answer for the season round %(name)s. Somebody else is to answer for it first.")
            % {"name": str(one)},
            where,
            _("Hand it on") if where else "",
        )


def _erase(user: Any, now: datetime) -> int:
    """Everything stays as it was said and decided; in its words nobody is named any more."""
    named = naming(user)
    if named.pattern is None:
        return 0
    touched = 0
    for model, columns in WORDS:
        for row in model.objects.filter(named.in_any(*columns)).order_by("pk"):
            changed = [name for name in columns if named.is_in(getattr(row, name))]
            for name in changed:
                setattr(row, name, named.without(getattr(row, name)))
            if changed:
                row.save(update_fields=changed)
                touched += 1
    return touched
