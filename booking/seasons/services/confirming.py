"""Each organisation's yes or no to its hours, the reminder, and silence that is shown as silence (seasons.md 5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Invalid, WrongState
from booking.organisations.models import Organisation
from booking.seasons.models import Confirmation, RoundState, SeasonReminder, SeasonRound
from booking.seasons.selectors.hearing import answers
from booking.seasons.services.speaking import (
    for_organisation,
    locked,
    log,
    need_state,
    post,
    store,
    to_organisation,
    today_of,
)

#: Who hasn't answered is reminded so many days before the last day to do so.
REMIND_BEFORE = timedelta(days=3)


@transaction.atomic
def confirm(
    round: SeasonRound,
    *,
    yes: bool,
    declined: Collection[int] = (),
    words: str = "",
    by: Any,
    organisation: Organisation,
    now: datetime,
    proposal_id: int | None = None,
) -> Confirmation:
    """The organisation takes its hours, or doesn't (``declined``: ids of the slots it doesn't want; none: all).

    It may change its mind until adoption. ``proposal_id``: the one that was looked at. Raises ``Invalid``,
    ``Forbidden``, ``WrongState`` when another proposal is heard by now.
    """
    note = text.clean(words, max_length=500, loc=("text",), multiline=True)
    fresh = locked(round)
    who = for_organisation(by, fresh, organisation, today_of(now))
    need_state(fresh, RoundState.HEARING)
    proposal = fresh.heard
    assert proposal is not None  # noqa: S101 - the database says so
    if proposal_id is not None and proposal_id != proposal.pk:
        raise WrongState("other_proposal", _("Another timetable is heard by now. Look at your hours again."))
    own = set(proposal.slots.filter(wish__organisation=organisation).values_list("pk", flat=True))
    if set(declined) - own:
        raise Invalid("unknown_slot", _("This hour isn't yours in the proposal."), loc=("declined",))
    if not own:
        raise WrongState("no_hours", _("The proposal gives you no hours to confirm. You can object to it."))
    row, made = Confirmation.objects.update_or_create(
        proposal=proposal,
        organisation=organisation,
        defaults={
            "yes": yes, "declined": [] if yes else sorted(declined), "text": note, "by": by, "hat": who.hat, "at": now,
        },
    )  # fmt: skip
    log(
        fresh,
        "hours_confirmed" if yes else "hours_declined",
        who=who,
        now=now,
        proposal=proposal.number,
        again=not made,
    )
    store(fresh, now)
    return row


def remind_silent(now: datetime) -> int:
    """`tick`: who has hours to confirm and hasn't answered is reminded once. How many. Safe twice, late, in two."""
    today = today_of(now)
    # A letter that asks for an answer by a day that is over reminds nobody of anything.
    rows = SeasonRound.objects.filter(
        state=RoundState.HEARING, confirm_by__lte=today + REMIND_BEFORE, confirm_by__gte=today
    )
    done = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            done += _remind(locked(SeasonRound(pk=pk)), now)
    return done


def _remind(round: SeasonRound, now: datetime) -> int:
    proposal = round.heard
    if round.state != RoundState.HEARING or proposal is None:
        return 0
    silent = [one for one in answers(round, proposal) if one.state == "silent" and not one.reminded]
    SeasonReminder.objects.bulk_create(
        [
            SeasonReminder(round=round, organisation=one.organisation, kind=f"confirm:{proposal.pk}", at=now)
            for one in silent
        ]
    )
    payload = {"round": round.pk, "proposal": proposal.pk}
    key = f"season_confirm:{round.pk}:{proposal.pk}"
    post(
        [
            letter
            for one in silent
            for letter in to_organisation(one.organisation, "season_confirm", key, payload, now=now)
        ],
        now=now,
    )
    return len(silent)
