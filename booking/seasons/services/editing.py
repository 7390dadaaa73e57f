"""Changing a draft by hand: slots moved, added, removed, locked; each with a reason, each can be undone.

Faults may be saved: a person sees them at once, and nothing with faults is adopted. What can't be said at all (a team
that doesn't wish, a place that the round doesn't have, an end before the start) is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import FieldError, Invalid, Stale, WrongState
from booking.seasons.models import (
    AuthorKind,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundPlace,
    SeasonRound,
    SlotChange,
    Wish,
)
from booking.seasons.rules.instance import DAY, Slot
from booking.seasons.selectors.proposals import find_visible
from booking.seasons.services.common import locked_round, record, today_of
from booking.seasons.services.proposing import (
    check_may_author,
    check_may_change,
    check_state,
    facts_of,
    locked_proposal,
    new_proposal,
    put_slots,
    stamp,
)

REASON = 300
#: More slots than this in one proposal is a mistake or an attack.
MOST_SLOTS = 20_000


def as_row(slot: Slot) -> list[Any]:
    """As ``SlotChange`` keeps it."""
    return [slot.wish, slot.place, slot.weekday, slot.start, slot.end, slot.locked]


def check_slots(round: SeasonRound, slots: Sequence[Slot]) -> None:
    """Raises ``Invalid`` naming the field for what no timetable of the round can hold."""
    faults = []
    wishes = set(
        Wish.objects.filter(
            round=round, withdrawn_at__isnull=True, pk__in={_small(one.wish) for one in slots}
        ).values_list("pk", flat=True)
    )  # fmt: skip
    places = set(RoundPlace.objects.filter(round=round).values_list("resource_id", flat=True))
    for slot in slots:
        if slot.wish not in wishes:
            faults.append(FieldError(("team",), "unknown_wish", _("This team has no wish in the round.")))
        if slot.place not in places:
            faults.append(FieldError(("place",), "unknown_place", _("The round doesn't share out this place.")))
        if not 0 <= slot.weekday <= 6:
            faults.append(FieldError(("weekday",), "bad_weekday", _("Choose a weekday.")))
        if not 0 <= slot.start < DAY:
            faults.append(FieldError(("start",), "bad_start", _("Choose a time of day.")))
        elif not slot.start < slot.end <= DAY:
            message = _("The end must be after the start, and not later than midnight.")
            faults.append(FieldError(("end",), "end_before_start", message))
    if faults:
        raise Invalid.of(faults)


def _small(number: int) -> int:
    return number if 0 <= number < 2**62 else 0


@transaction.atomic
def change(
    proposal: Proposal,
    *,
    before: Sequence[Slot],
    after: Sequence[Slot],
    reason: str,
    by: Any,
    now: datetime,
    if_version: int | None = None,
) -> Proposal:
    """Put ``after`` where ``before`` was. [] before: added; [] after: removed. The reason is needed.

    Raises ``Stale`` when a slot of ``before`` isn't there any more, ``Invalid`` for slots that can't be or that the
    proposal has already.
    """
    round, found = locked_proposal(proposal, if_version=if_version)
    check_may_change(found, by=by, now=now)
    reason = text.clean(reason, max_length=REASON, loc=("reason",))
    if not reason:
        raise Invalid("reason_needed", _("Say why. Everybody reads it with the proposal."), loc=("reason",))
    check_slots(round, after)
    _replace(found, before, after, reason)
    _note(found, before, after, reason, by, now)
    return stamp(found, now)


@transaction.atomic
def lock(
    proposal: Proposal, *, slots: Sequence[Slot], locked: bool, by: Any, now: datetime, if_version: int | None = None
) -> Proposal:
    """Lock slots, or open them again: no calculation moves a locked one. It needs no reason, and can be undone."""
    _round, found = locked_proposal(proposal, if_version=if_version)
    check_may_change(found, by=by, now=now)
    before = [one for one in slots if one.locked != locked]
    if not before:
        return found
    after = [replace(one, locked=locked) for one in before]
    _replace(found, before, after, None)
    _note(found, before, after, "", by, now)
    return stamp(found, now)


@transaction.atomic
def undo(proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None) -> SlotChange:
    """Take the latest change back that stands; again: the one before. Raises ``WrongState`` when there is none."""
    _round, found = locked_proposal(proposal, if_version=if_version)
    check_may_change(found, by=by, now=now)
    last = found.changes.filter(undone_at__isnull=True).order_by("-number").first()
    if last is None:
        raise WrongState("nothing_to_undo", _("There is no change to undo."))
    before = [Slot(*row) for row in last.after]
    after = [Slot(*row) for row in last.before]
    _replace(found, before, after, "")
    for slot in after:
        _where(found, slot).update(reason=_earlier_reason(found, last, slot))
    last.undone_at = now
    last.save(update_fields=["undone_at"])
    stamp(found, now)
    return last


def _earlier_reason(proposal: Proposal, undone: SlotChange, slot: Slot) -> str:
    """What was written about the slot before, here or in the proposal that this one was copied from."""
    place = as_row(slot)[:5]
    rows = proposal.changes.filter(undone_at__isnull=True, number__lt=undone.number).order_by("-number")
    for row in rows:
        if row.reason and any(one[:5] == place for one in row.after):
            return row.reason
    if proposal.based_on is None:
        return ""
    return _where(proposal.based_on, slot).values_list("reason", flat=True).first() or ""


def _where(proposal: Proposal, slot: Slot) -> Any:
    return ProposedSlot.objects.filter(
        proposal=proposal, wish_id=slot.wish, resource_id=slot.place, weekday=slot.weekday, start=slot.start,
        end=slot.end,
    )  # fmt: skip


def _replace(proposal: Proposal, before: Sequence[Slot], after: Sequence[Slot], reason: str | None) -> None:
    """The rows. Of as many as go and come the row stays the same one, so that addresses of a slot keep working."""
    held = {(row.wish_id, row.resource_id, row.weekday, row.start, row.end): row for row in proposal.slots.all()}
    if len(held) + len(after) > MOST_SLOTS:
        raise Invalid("too_many", _("This is more than a timetable can hold."))
    rows = []
    for slot in before:
        row = held.pop((slot.wish, slot.place, slot.weekday, slot.start, slot.end), None)
        if row is None:
            raise Stale("stale", _("Somebody changed this time in the meantime. Look at the proposal again."))
        rows.append(row)
    taken = {key[:4] for key in held}
    for slot in after:
        key = (slot.wish, slot.place, slot.weekday, slot.start)
        if key in taken:
            raise Invalid("twice", _("The team has this time already."), loc=("start",))
        taken.add(key)
    kept, gone = rows[: len(after)], rows[len(after) :]
    ProposedSlot.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for row, slot in zip(kept, after, strict=False):
        row.wish_id, row.resource_id, row.weekday = slot.wish, slot.place, slot.weekday
        row.start, row.end, row.locked = slot.start, slot.end, slot.locked
        row.reason = row.reason if reason is None else reason
    ProposedSlot.objects.bulk_update(
        kept, ["wish", "resource", "weekday", "start", "end", "locked", "reason"], batch_size=200
    )
    put_slots(proposal, ((slot, reason or "") for slot in after[len(kept) :]))


def _note(
    proposal: Proposal, before: Sequence[Slot], after: Sequence[Slot], reason: str, by: Any, now: datetime
) -> SlotChange:
    last = proposal.changes.aggregate(last=Max("number"))["last"] or 0
    return SlotChange.objects.create(
        proposal=proposal, number=last + 1, before=[as_row(one) for one in before],
        after=[as_row(one) for one in after], reason=reason, by=by, at=now,
    )  # fmt: skip


@transaction.atomic
def begin_meeting(proposal: Proposal, *, name: str, by: Any, now: datetime) -> Proposal:
    """A draft for the table: a copy of the version that is looked at, changed live, seen on the projector.

    Pressed again before anything is changed, it is the same table.
    """
    round = locked_round(proposal.round_id)
    hat = check_may_author(by, round, None, now)
    check_state(round, None)
    copied = find_visible(by, round, proposal.number, today_of(now))
    name = text.clean(name, max_length=100, loc=("name",), required=True)
    same = Proposal.objects.filter(
        round=round, author_kind=AuthorKind.TABLE, state=ProposalState.DRAFT, based_on=copied, name=name,
        changes__isnull=True,
    ).first()  # fmt: skip
    if same is not None:
        return same
    made = new_proposal(round, name=name, kind=AuthorKind.TABLE, based_on=copied, by=by, hat=hat, now=now)
    rows = copied.slots.filter(wish__withdrawn_at__isnull=True)
    put_slots(
        made,
        ((Slot(r.wish_id, r.resource_id, r.weekday, r.start, r.end, r.locked), r.reason) for r in rows),
    )
    return made


@transaction.atomic
def agree(proposal: Proposal, *, note: str, by: Any, now: datetime, if_version: int | None = None) -> Proposal:
    """ "This is what the table agreed": the meeting's draft is on the table, numbered, and fixed."""
    round, found = locked_proposal(proposal, if_version=if_version)
    if found.author_kind != AuthorKind.TABLE:
        raise WrongState("no_meeting", _("This proposal doesn't come from a meeting."))
    hat = check_may_change(found, by=by, now=now)
    if not found.slots.exists():
        raise Invalid("empty", _("There are no hours in this proposal yet."))
    found.note = text.clean(note, max_length=2000, loc=("note",), multiline=True)
    found.state, found.published_at = ProposalState.PUBLISHED, now
    stamp(found, now, "state", "published_at", "note")
    record(round, "table_agreed", at=now, by=by, hat=hat, facts=facts_of(found))
    return found
