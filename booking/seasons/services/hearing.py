"""The hearing: which proposal is heard, comments and objections, and what we did about them (seasons.md "Flow" 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.correspondence.services import Outgoing
from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.foundation.signals import send_revised
from booking.organisations.models import Organisation
from booking.seasons.models import (
    Comment,
    CommentKind,
    Confirmation,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundState,
    SeasonRound,
)
from booking.seasons.selectors.hearing import participants, places_of_councils, same_hours, slots_by_organisation
from booking.seasons.services import flow
from booking.seasons.services.speaking import (
    for_municipality,
    for_voice,
    locked,
    log,
    need_state,
    post,
    store,
    to_organisation,
    to_unit,
    today_of,
)

#: While these last, proposals are talked about.
TALKING = (RoundState.PROPOSALS, RoundState.HEARING)
COMMENT = 2000


@transaction.atomic
def hear(
    round: SeasonRound, proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None
) -> SeasonRound:
    """This proposal is the one that everybody is heard about; each organisation gets a letter with its hours.

    Again with a later one while the hearing lasts: an organisation whose hours are the same keeps its answer and isn't
    written to. Twice is once. Raises ``Forbidden``, ``Disqualified``, ``WrongState``, ``Stale``, ``NotFound``, and
    ``Unmet`` before the day that proposals are taken until.
    """
    fresh = locked(round)
    for_municipality(by, fresh, today_of(now))
    if fresh.state == RoundState.HEARING and fresh.heard_id == proposal.pk:
        return fresh
    need_state(fresh, *TALKING)
    chosen = _on_the_table(fresh, proposal)
    before = fresh.heard if fresh.state == RoundState.HEARING else None
    step = flow.open_hearing if before is None else flow.hear_another
    fresh = step(fresh, chosen, by=by, now=now, if_version=if_version)
    kept = _carry_answers(before, chosen) if before is not None else set()
    send_revised(cause=f"season:{fresh.slug}", scopes=[f"season:{fresh.pk}"])
    messages: list[Outgoing] = []
    for organisation in participants(fresh).order_by("pk"):
        if organisation.pk not in kept:
            payload = {"round": fresh.pk, "proposal": chosen.pk}
            key = f"season_hearing:{fresh.pk}:{chosen.pk}"
            messages += to_organisation(organisation, "season_hearing", key, payload, now=now, legal=True)
    messages += _to_councils(fresh, chosen, now)
    post(messages, now=now)
    return fresh


def _to_councils(round: SeasonRound, proposal: Proposal, now: datetime) -> list[Outgoing]:
    """Councils of youth, the elderly and people with disabilities are asked, where the round shares out places of
    theirs (needs N14). One that takes part itself has its letter already."""
    asked = places_of_councils(round)
    taking_part = set(participants(round).values_list("pk", flat=True))
    found: list[Outgoing] = []
    for council in Organisation.objects.filter(pk__in=asked.keys() - taking_part).order_by("pk"):
        payload = {"round": round.pk, "proposal": proposal.pk, "places": asked[council.pk]}
        key = f"season_council:{round.pk}:{proposal.pk}"
        found += to_organisation(council, "season_council", key, payload, now=now)
    return found


def _on_the_table(round: SeasonRound, proposal: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal.pk, round=round).first()
    if found is None:
        raise NotFound("not_found", _("There is no such proposal in this round."))
    if found.state != ProposalState.PUBLISHED:
        raise WrongState("not_published", _("The proposal isn't on the table. Publish it first."))
    return found


def _carry_answers(before: Proposal, after: Proposal) -> set[int]:
    """Who has the same hours in both keeps its answer. Ids of the organisations that needn't be asked again."""
    old, new = slots_by_organisation(before), slots_by_organisation(after)
    same = {pk for pk in old.keys() & new.keys() if same_hours(old[pk], new[pk])}
    nothing = set(participants(after.round).values_list("pk", flat=True)) - old.keys() - new.keys()
    given = set(Confirmation.objects.filter(proposal=after).values_list("organisation_id", flat=True))
    for row in Confirmation.objects.filter(proposal=before, organisation__in=same - given, yes=True):
        row.pk, row.proposal = None, after
        row.save(force_insert=True)
    return same | nothing


@transaction.atomic
def comment(
    proposal: Proposal,
    *,
    words: str,
    kind: str = CommentKind.COMMENT,
    slot_id: int | None = None,
    by: Any,
    organisation: Organisation | None = None,
    now: datetime,
    submission_key: str = "",
) -> Comment:
    """Say something about a slot or the whole. ``organisation``: whom one speaks for; None: the municipality.

    An objection is an organisation's, and is answered before adoption. The same ``submission_key`` gives the same
    comment. Raises ``Invalid``, ``Forbidden``, ``WrongState``, ``NotFound``.
    """
    said = text.clean(words, max_length=COMMENT, loc=("text",), multiline=True, required=True)
    if kind not in CommentKind.values:
        raise Invalid(
            "unknown_choice", _("Choose one of: %(choices)s."), loc=("kind",),
            params={"choices": ", ".join(CommentKind.values)},
        )  # fmt: skip
    if submission_key and (again := Comment.objects.filter(submission_key=submission_key, by=by).first()):
        return again
    fresh = locked(proposal.round)
    on = today_of(now)
    who = for_municipality(by, fresh, on) if organisation is None else for_voice(by, fresh, organisation, on)
    need_state(fresh, *TALKING)
    found = _on_the_table(fresh, proposal)
    if kind == CommentKind.OBJECTION and organisation is None:
        raise Forbidden("only_organisations", _("Only an organisation can object. Write a comment instead."))
    slot = None
    if slot_id is not None:
        slot = ProposedSlot.objects.filter(pk=slot_id, proposal=found).first()
        if slot is None:
            raise Invalid("unknown_slot", _("This hour isn't in the proposal."), loc=("slot",))
    last = found.comments.order_by("-number").values_list("number", flat=True).first() or 0
    made = Comment.objects.create(
        proposal=found, slot=slot, number=last + 1, kind=kind, text=said, organisation=organisation, by=by,
        hat=who.hat, at=now, submission_key=submission_key or None,
    )  # fmt: skip
    log(fresh, f"{kind}_made", who=who, now=now, proposal=found.number, comment=made.number)
    store(fresh, now)
    if kind == CommentKind.OBJECTION:
        payload = {"round": fresh.pk, "comment": made.pk}
        post(to_unit(fresh, "season_objection", f"season_objection:{made.pk}", payload, now=now), now=now)
    return made


@transaction.atomic
def withdraw_comment(found: Comment, *, by: Any, now: datetime) -> Comment:
    """Who said it takes it back, before it was answered. Twice is once. Raises ``Forbidden``, ``WrongState``."""
    fresh = locked(found.proposal.round)
    row = Comment.objects.select_for_update(of=("self",)).get(pk=found.pk)
    on = today_of(now)
    if row.organisation is not None:
        who = for_voice(by, fresh, row.organisation, on)
    else:
        who = for_municipality(by, fresh, on)
    if row.withdrawn_at is not None:
        return row
    if row.answered_at is not None:
        raise WrongState("answered", _("It has been answered, and stays with its answer."))
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    log(fresh, "comment_withdrawn", who=who, now=now, public=False, comment=row.number)
    store(fresh, now)
    return row


@transaction.atomic
def answer_comment(found: Comment, *, answer: str, by: Any, now: datetime) -> Comment:
    """What the municipality did about it ("you said / we did"): public, and told to who said it.

    A better answer replaces the old one until adoption; what has none yet can still get one after it. Raises
    ``Invalid``, ``Forbidden``, ``Disqualified``, ``WrongState``.
    """
    said = text.clean(answer, max_length=COMMENT, loc=("answer",), multiline=True, required=True)
    fresh = locked(found.proposal.round)
    who = for_municipality(by, fresh, today_of(now))
    row = Comment.objects.select_for_update(of=("self",)).get(pk=found.pk)
    later = () if row.answered_at is not None else (RoundState.ADOPTED, RoundState.RUNNING)
    need_state(fresh, *TALKING, *later)
    if row.withdrawn_at is not None:
        raise WrongState("withdrawn", _("It was taken back."))
    if row.answer == said:
        return row
    row.answer, row.answered_by, row.answered_at = said, by, now
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    log(fresh, "comment_answered", who=who, now=now, proposal=row.proposal.number, comment=row.number)
    store(fresh, now)
    if row.organisation is not None:
        payload = {"round": fresh.pk, "comment": row.pk}
        key = f"season_answer:{row.pk}:{int(now.timestamp())}"
        post(to_organisation(row.organisation, "season_answer", key, payload, now=now), now=now)
    return row
