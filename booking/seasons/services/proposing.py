"""Proposals come and go: made as a copy, put on the table, withdrawn. Source: seasons.md "Flow" 3.

A draft is its author's alone. On the table it stays as it is, and a change is a new proposal made from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, NotFound, Stale, WrongState
from booking.organisations.models import Organisation
from booking.seasons.access import check_acts_for, check_may_decide
from booking.seasons.models import (
    AuthorKind,
    DraftRun,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundPlace,
    RoundState,
    SeasonRound,
    Wish,
)
from booking.seasons.rules.instance import Slot
from booking.seasons.selectors.proposals import PROPOSING, STILL_CHANGING, find_visible
from booking.seasons.selectors.visible import applicants
from booking.seasons.services.common import locked_round, record, today_of

#: So many proposals of one author at a time that aren't withdrawn: a table has an end.
MOST_OF_AN_AUTHOR = 20


def check_may_author(user: Any, round: SeasonRound, organisation: Organisation | None, now: datetime) -> str:
    """The hat in which ``user`` writes for ``organisation`` (None: the municipality).

    Raises ``Forbidden`` for who may not, or whose organisation has no wish in the round; ``Disqualified`` for the
    municipality's people who lead an organisation that takes part.
    """
    on = today_of(now)
    if organisation is None:
        return check_may_decide(user, round, on)
    hat = check_acts_for(user, organisation, on)
    if not applicants(round).filter(pk=organisation.pk).exists():
        raise Forbidden("takes_no_part", _("Only organisations with a wish in this round can make proposals."))
    return hat


def check_state(round: SeasonRound, organisation: Organisation | None) -> None:
    """Raises ``WrongState`` where nobody, or only the municipality, changes the timetable any more."""
    allowed = PROPOSING if organisation is not None else (RoundState.OPEN, *STILL_CHANGING)
    if round.state not in allowed:
        raise WrongState(
            "wrong_state",
            _("Proposals can't be made now: the round is “%(state)s”."),
            params={"state": round.get_state_display()},
        )


def last_season(round: SeasonRound) -> list[Slot]:
    """What the teams that wish had last season, as far as its places are shared out again."""
    places = set(RoundPlace.objects.filter(round=round).values_list("resource_id", flat=True))
    rows = Wish.objects.filter(round=round, withdrawn_at__isnull=True).order_by("pk")
    slots = (Slot(wish.pk, *one) for wish in rows for one in wish.last)
    return sorted({one for one in slots if one.place in places})


@transaction.atomic
def start_proposal(
    round: SeasonRound,
    *,
    name: str,
    by: Any,
    now: datetime,
    organisation: Organisation | None = None,
    copy: Proposal | None = None,
    from_last_season: bool = False,
    note: str = "",
    submission_key: str | None = None,
) -> Proposal:
    """A new draft: a copy of ``copy`` (with locks and reasons), last season's hours, or empty.

    The same ``submission_key`` again answers the draft that the first one made.
    """
    if submission_key:
        made = Proposal.objects.filter(submission_key=submission_key, round=round).first()
        if made is not None:
            return made
    found = locked_round(round)
    hat = check_may_author(by, found, organisation, now)
    check_state(found, organisation)
    name = text.clean(name, max_length=100, loc=("name",), required=True)
    note = text.clean(note, max_length=2000, loc=("note",), multiline=True)
    if copy is not None:
        copy = find_visible(by, found, copy.number, today_of(now)) if copy.round_id == found.pk else None
        if copy is None:
            raise NotFound("not_found", _("There is no such proposal."), loc=("copy",))
    own = Proposal.objects.filter(round=found, organisation=organisation).exclude(state=ProposalState.WITHDRAWN)
    if organisation is not None and own.count() >= MOST_OF_AN_AUTHOR:
        raise WrongState(
            "too_many",
            _("You have %(most)s proposals in this round already. Withdraw or discard one first."),
            params={"most": MOST_OF_AN_AUTHOR},
        )
    kind = AuthorKind.ORGANISATION if organisation is not None else AuthorKind.MUNICIPALITY
    made = new_proposal(
        found, name=name, note=note, kind=kind, organisation=organisation, based_on=copy, by=by, hat=hat, now=now,
        submission_key=submission_key,
    )  # fmt: skip
    if copy is not None:
        rows = copy.slots.filter(wish__withdrawn_at__isnull=True)
        put_slots(made, ((_slot(row), row.reason) for row in rows))
    elif from_last_season:
        put_slots(made, ((slot, "") for slot in last_season(found)))
    return made


def new_proposal(
    round: SeasonRound,
    *,
    name: str,
    kind: str,
    by: Any,
    hat: str,
    now: datetime,
    note: str = "",
    organisation: Organisation | None = None,
    based_on: Proposal | None = None,
    state: str = ProposalState.DRAFT,
    facts: dict[str, Any] | None = None,
    seed: int | None = None,
    submission_key: str | None = None,
) -> Proposal:
    """The row alone, with the next number. The caller holds the round's lock and has looked who may."""
    last = Proposal.objects.filter(round=round).aggregate(last=Max("number"))["last"] or 0
    return Proposal.objects.create(
        round=round, number=last + 1, name=name, note=note, author_kind=kind, organisation=organisation,
        written_by=by, written_hat=hat, based_on=based_on, state=state, facts=facts or {}, seed=seed,
        created_at=now, revised_at=now, published_at=now if state == ProposalState.PUBLISHED else None,
        submission_key=submission_key,
    )  # fmt: skip


def put_slots(proposal: Proposal, slots: Iterable[tuple[Slot, str]]) -> None:
    """Slots with their reasons into a new proposal."""
    ProposedSlot.objects.bulk_create(
        ProposedSlot(
            proposal=proposal, wish_id=one.wish, resource_id=one.place, weekday=one.weekday, start=one.start,
            end=one.end, locked=one.locked, reason=reason,
        )
        for one, reason in slots
    )  # fmt: skip


def _slot(row: ProposedSlot) -> Slot:
    return Slot(row.wish_id, row.resource_id, row.weekday, row.start, row.end, row.locked)


def locked_proposal(proposal: Proposal, *, if_version: int | None = None) -> tuple[SeasonRound, Proposal]:
    """Round, then proposal, both locked. Raises ``Stale`` when somebody changed what the caller looked at."""
    round = locked_round(proposal.round_id)
    found = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(pk=proposal.pk)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound("not_found", _("There is no such proposal."))
    if if_version is not None and found.version != if_version:
        raise Stale("stale", _("Somebody changed this proposal in the meantime. Look at it again."))
    found.round = round
    return round, found


def check_may_change(
    proposal: Proposal, *, by: Any, now: datetime, states: tuple[str, ...] = (ProposalState.DRAFT,)
) -> str:
    """The hat of an author who changes the proposal. Raises ``Forbidden``, ``Disqualified``, ``WrongState``."""
    hat = check_may_author(by, proposal.round, proposal.organisation, now)
    if proposal.state not in states or proposal.frozen_at is not None:
        raise WrongState(
            "wrong_state",
            _("This can't be done any more: the proposal is “%(state)s”. Make a new one from it."),
            params={"state": proposal.get_state_display()},
        )
    check_state(proposal.round, proposal.organisation)
    return hat


def stamp(proposal: Proposal, now: datetime, *fields: str) -> Proposal:
    """Save these fields with a new version."""
    proposal.version += 1
    proposal.revised_at = now
    proposal.save(update_fields=[*fields, "version", "revised_at"])
    return proposal


@transaction.atomic
def describe(
    proposal: Proposal, *, name: str, note: str, by: Any, now: datetime, if_version: int | None = None
) -> Proposal:
    """Another name and note for a draft."""
    _round, found = locked_proposal(proposal, if_version=if_version)
    check_may_change(found, by=by, now=now)
    found.name = text.clean(name, max_length=100, loc=("name",), required=True)
    found.note = text.clean(note, max_length=2000, loc=("note",), multiline=True)
    return stamp(found, now, "name", "note")


@transaction.atomic
def publish(proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None) -> Proposal:
    """On the table: seen by everybody, and fixed from now on. With faults, too: they are shown. Again: nothing."""
    round, found = locked_proposal(proposal, if_version=if_version)
    if found.state == ProposalState.PUBLISHED:
        check_may_author(by, round, found.organisation, now)
        return found
    hat = check_may_change(found, by=by, now=now)
    if round.state == RoundState.OPEN:
        raise WrongState("wishes_open", _("Proposals go on the table when the wishes are in."))
    if not found.slots.exists():
        raise Invalid("empty", _("There are no hours in this proposal yet."))
    found.state, found.published_at = ProposalState.PUBLISHED, now
    stamp(found, now, "state", "published_at")
    record(round, "proposal_published", at=now, by=by, hat=hat, facts=facts_of(found))
    return found


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None) -> Proposal:
    """Off the table. It can still be read, marked as withdrawn. Not while the hearing is about it. Again: nothing."""
    round, found = locked_proposal(proposal, if_version=if_version)
    if found.state == ProposalState.WITHDRAWN:
        check_may_author(by, round, found.organisation, now)
        return found
    hat = check_may_change(found, by=by, now=now, states=(ProposalState.PUBLISHED,))
    if found.pk in (round.heard_id, round.adopted_id):
        raise WrongState("heard", _("The hearing is about this proposal, so it stays on the table."))
    found.state = ProposalState.WITHDRAWN
    stamp(found, now, "state")
    record(round, "proposal_withdrawn", at=now, by=by, hat=hat, facts=facts_of(found))
    return found


@transaction.atomic
def discard(proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None) -> None:
    """Throw a draft away. What was made from it counts as made from what it was made from."""
    _round, found = locked_proposal(proposal, if_version=if_version)
    check_may_change(found, by=by, now=now)
    Proposal.objects.filter(based_on=found).update(based_on=found.based_on)
    DraftRun.objects.filter(start_from=found).update(start_from=None)
    found.delete()


def facts_of(proposal: Proposal) -> dict[str, Any]:
    """What the record says about a proposal: no person."""
    return {
        "number": proposal.number,
        "proposal": proposal.number,
        "name": proposal.name,
        "author": proposal.author_kind,
        "organisation": proposal.organisation.slug if proposal.organisation is not None else "",
    }
