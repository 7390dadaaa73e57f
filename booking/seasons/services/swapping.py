"""Swaps: one organisation offers, the other accepts, and both together make a new numbered proposal (seasons.md 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Invalid, RuleBroken, WrongState
from booking.organisations.models import Organisation
from booking.seasons.models import AuthorKind, Proposal, ProposalState, ProposedSlot, SwapOffer, SwapState
from booking.seasons.rules.instance import Slot
from booking.seasons.rules.validity import faults
from booking.seasons.selectors.hearing import key_of
from booking.seasons.selectors.instances import instance_of, timetable_of
from booking.seasons.services.hearing import TALKING, _on_the_table
from booking.seasons.services.speaking import (
    for_organisation,
    locked,
    log,
    need_state,
    post,
    store,
    to_organisation,
    to_unit,
    today_of,
)


@transaction.atomic
def offer_swap(
    proposal: Proposal,
    *,
    ours_id: int,
    theirs_id: int,
    words: str = "",
    by: Any,
    organisation: Organisation,
    now: datetime,
) -> SwapOffer:
    """Offer one of one's own hours for one of another organisation. The same offer again is the same offer.

    Raises ``Invalid`` for hours that aren't in it or not whose they should be, ``Forbidden``, ``WrongState``.
    """
    note = text.clean(words, max_length=500, loc=("text",), multiline=True)
    fresh = locked(proposal.round)
    who = for_organisation(by, fresh, organisation, today_of(now))
    need_state(fresh, *TALKING)
    found = _on_the_table(fresh, proposal)
    slots = {
        row.pk: row for row in found.slots.filter(pk__in=[ours_id, theirs_id]).select_related("wish__organisation")
    }
    ours, theirs = slots.get(ours_id), slots.get(theirs_id)
    if ours is None or ours.wish.organisation_id != organisation.pk:
        raise Invalid("not_yours", _("Choose one of your own hours in this proposal."), loc=("ours",))
    if theirs is None or theirs.wish.organisation_id == organisation.pk:
        raise Invalid("not_theirs", _("Choose an hour of another organisation in this proposal."), loc=("theirs",))
    there = SwapOffer.objects.filter(ours=ours, theirs=theirs, state=SwapState.OFFERED).first()
    if there is not None:
        return there
    made = SwapOffer.objects.create(
        proposal=found, ours=ours, theirs=theirs, offered_by=organisation, offered_to=theirs.wish.organisation,
        text=note, by=by, hat=who.hat, at=now,
    )  # fmt: skip
    log(fresh, "swap_offered", who=who, now=now, public=False, swap=made.pk)
    store(fresh, now)
    payload = {"round": fresh.pk, "swap": made.pk}
    post(to_organisation(made.offered_to, "season_swap", f"season_swap:{made.pk}", payload, now=now), now=now)
    return made


@transaction.atomic
def accept_swap(offer: SwapOffer, *, by: Any, now: datetime) -> SwapOffer:
    """The other organisation says yes: a new proposal with the two hours changed over, on top of earlier swaps.

    Under the round's lock, so that of two acceptances about one hour the second sees what the first did: it is then
    overtaken. Twice is once. Raises ``Forbidden``, ``WrongState``, ``RuleBroken`` when the swap would break a rule.
    """
    fresh = locked(offer.proposal.round)
    row = (
        SwapOffer.objects.select_for_update(of=("self",))
        .select_related("ours__wish", "theirs__wish", "offered_by", "offered_to", "proposal")
        .get(pk=offer.pk)
    )
    who = for_organisation(by, fresh, row.offered_to, today_of(now))
    if row.state == SwapState.ACCEPTED:
        return row
    if row.state != SwapState.OFFERED:
        raise WrongState("not_offered", _("This swap isn't offered any more."))
    need_state(fresh, *TALKING)
    base = _base_of(fresh, row)
    slots = {key_of(slot): slot for slot in base.slots.all()}
    if key_of(row.ours) not in slots or key_of(row.theirs) not in slots:
        raise WrongState("overtaken", _("One of the two hours was changed by another swap in the meantime."))
    _must_hold(fresh, base, row)
    made = _proposal_of(base, row, slots, now)
    row.state, row.made, row.answered_by, row.answered_at = SwapState.ACCEPTED, made, by, now
    row.save(update_fields=["state", "made", "answered_by", "answered_at"])
    _overtake(row, now)
    log(fresh, "swap_accepted", who=who, now=now, proposal=made.number, swap=row.pk)
    store(fresh, now)
    payload = {"round": fresh.pk, "swap": row.pk}
    key = f"season_swap_answer:{row.pk}"
    post(
        [
            *to_organisation(row.offered_by, "season_swap_answer", key, payload, now=now),
            *to_unit(fresh, "season_swap_answer", key, payload, now=now),
        ],
        now=now,
    )
    return row


@transaction.atomic
def decline_swap(offer: SwapOffer, *, by: Any, now: datetime) -> SwapOffer:
    """The other organisation says no; twice is once. Raises ``Forbidden``, ``WrongState``."""
    return _end(offer, SwapState.DECLINED, by=by, now=now)


@transaction.atomic
def withdraw_swap(offer: SwapOffer, *, by: Any, now: datetime) -> SwapOffer:
    """Who offered takes it back; twice is once. Raises ``Forbidden``, ``WrongState``."""
    return _end(offer, SwapState.WITHDRAWN, by=by, now=now)


def _end(offer: SwapOffer, state: str, *, by: Any, now: datetime) -> SwapOffer:
    fresh = locked(offer.proposal.round)
    row = SwapOffer.objects.select_for_update(of=("self",)).select_related("offered_by", "offered_to").get(pk=offer.pk)
    side = row.offered_to if state == SwapState.DECLINED else row.offered_by
    who = for_organisation(by, fresh, side, today_of(now))
    if row.state == state:
        return row
    if row.state != SwapState.OFFERED:
        raise WrongState("not_offered", _("This swap isn't offered any more."))
    row.state, row.answered_by, row.answered_at = state, by, now
    row.save(update_fields=["state", "answered_by", "answered_at"])
    log(fresh, f"swap_{state}", who=who, now=now, public=False, swap=row.pk)
    store(fresh, now)
    if state == SwapState.DECLINED:
        payload = {"round": fresh.pk, "swap": row.pk}
        key = f"season_swap_answer:{row.pk}"
        post(to_organisation(row.offered_by, "season_swap_answer", key, payload, now=now), now=now)
    return row


def _base_of(round: Any, row: SwapOffer) -> Proposal:
    """What the swap is made in: the timetable that is heard by now where both hours stand in it as they were offered,
    else the one that the offer was about; each with the swaps that were agreed on it."""
    if round.heard is not None and round.heard_id != row.proposal_id:
        heard = _newest(round.heard)
        if {key_of(row.ours), key_of(row.theirs)} <= {key_of(slot) for slot in heard.slots.all()}:
            return heard
    return _newest(row.proposal)


def _newest(proposal: Proposal) -> Proposal:
    """The proposal with all swaps that were agreed on it so far."""
    seen = {proposal.pk}
    while True:
        made = (
            Proposal.objects.filter(
                pk__in=SwapOffer.objects.filter(proposal__in=seen, state=SwapState.ACCEPTED).values("made"),
                state=ProposalState.PUBLISHED,
            )
            .exclude(pk__in=seen)
            .order_by("-number")
            .first()
        )
        if made is None:
            return Proposal.objects.filter(pk__in=seen).order_by("-number")[0]
        seen.add(made.pk)


def _must_hold(round: Any, base: Proposal, row: SwapOffer) -> None:
    """Nothing is wrong afterwards that wasn't wrong before."""
    instance, before = instance_of(round), timetable_of(base)
    after = tuple(sorted(_swapped(slot, row) for slot in before))
    known = {(one.code, len(one.slots)) for one in faults(instance, before) if one.prevents}
    new = [one for one in faults(instance, after) if one.prevents]
    fresh = [
        one
        for one in new
        if any(slot.wish in (row.ours.wish_id, row.theirs.wish_id) for slot in one.slots)
        and ((one.code, len(one.slots)) not in known or not set(one.slots) <= set(before))
    ]
    if fresh:
        from booking.seasons.selectors.adopting import fault_words

        raise RuleBroken(
            "swap_breaks_a_rule",
            _("The swap can't be made: %(why)s"),
            params={"why": "; ".join(fault_words(one) for one in fresh[:3])},
        )


def _swapped(slot: Slot, row: SwapOffer) -> Slot:
    """The slot after the swap: each team goes to the other's place and time."""
    key = (slot.wish, slot.place, slot.weekday, slot.start, slot.end)
    for mine, other in ((row.ours, row.theirs), (row.theirs, row.ours)):
        if key == key_of(mine):
            return Slot(slot.wish, other.resource_id, other.weekday, other.start, other.end, slot.locked)
    return slot


def _proposal_of(base: Proposal, row: SwapOffer, slots: Any, now: datetime) -> Proposal:
    round = base.round
    last = round.proposals.order_by("-number").values_list("number", flat=True).first() or 0
    made = Proposal.objects.create(
        round=round, number=last + 1, name=f"{row.offered_by.name} ↔ {row.offered_to.name}"[:100],
        author_kind=AuthorKind.SWAP, based_on=base, state=ProposalState.PUBLISHED, facts={"swap": row.pk},
        created_at=now, published_at=now, revised_at=now,
    )  # fmt: skip
    why = f"{row.offered_by.name} ↔ {row.offered_to.name}"[:300]
    fresh = []
    for slot in slots.values():
        swapped = {key_of(row.ours): row.theirs, key_of(row.theirs): row.ours}.get(key_of(slot))
        to = swapped or slot
        fresh.append(
            ProposedSlot(
                proposal=made, wish_id=slot.wish_id, resource_id=to.resource_id, weekday=to.weekday, start=to.start,
                end=to.end, locked=slot.locked, reason=why if swapped else slot.reason,
            )
        )  # fmt: skip
    ProposedSlot.objects.bulk_create(fresh, batch_size=500)
    return made


def _overtake(row: SwapOffer, now: datetime) -> None:
    """Other offers about either hour can't be had any more, on whichever version of the timetable they stand."""
    touching = Q()
    for slot in (row.ours, row.theirs):
        for side in ("ours", "theirs"):
            touching |= Q(
                **{
                    f"{side}__wish": slot.wish_id, f"{side}__resource": slot.resource_id,
                    f"{side}__weekday": slot.weekday, f"{side}__start": slot.start, f"{side}__end": slot.end,
                }
            )  # fmt: skip
    rows = SwapOffer.objects.filter(touching, proposal__round=row.proposal.round_id, state=SwapState.OFFERED)
    rows.update(state=SwapState.OVERTAKEN, answered_at=now)
