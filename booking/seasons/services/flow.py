"""The steps of a round. A person takes them; only `adopted → running → ended` follow the calendar.

Source: seasons.md "Flow". Adopting itself, with all that it makes, is ``services.adopting``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Invalid, Unmet, WrongState
from booking.foundation.signals import send_revised
from booking.seasons import wording_rounds as wording
from booking.seasons.access import check_may_decide, check_may_run
from booking.seasons.models import Proposal, ProposalState, RoundState, SeasonRound
from booking.seasons.rules import flow
from booking.seasons.selectors.rounds import is_on
from booking.seasons.selectors.standing import dates_of, standing_of
from booking.seasons.services import telling
from booking.seasons.services.common import locked_round, record, today_of, touch


def need(round: SeasonRound, to: str, now: datetime, *, heard: Proposal | None = None) -> None:
    """Raises ``WrongState`` when the round isn't where the step begins, ``Unmet`` with all that must come first."""
    if flow.follows(round.state) != to:
        raise WrongState(
            "wrong_state",
            _("This can't be done now: the round is “%(state)s”."),
            params={"state": round.get_state_display()},
        )
    on = today_of(now)
    missing = flow.lacking(standing_of(round, on, heard=heard), to, on)
    if missing:
        items = [
            {"code": one.code, "message": wording.lacking_text(one), "until": one.until and one.until.isoformat()}
            for one in missing
        ]  # fmt: skip
        raise Unmet(missing[0].code, wording.lacking_text(missing[0]), items=items)


def move(
    round: SeasonRound, to: str, *, now: datetime, by: Any = None, hat: str = "", fields: tuple[str, ...] = (),
    **facts: Any,
) -> None:  # fmt: skip
    """Into the next state, with its line in the public record. The caller holds the lock and has asked ``need``."""
    event = flow.STEPS[round.state][1]
    round.state = to
    record(round, event, at=now, by=by, hat=hat, facts=facts)
    touch(round, now=now, fields=("state", *fields))
    send_revised(cause=f"season:{round.slug}", scopes={f"unit:{round.unit_id}", f"season:{round.slug}"})


@transaction.atomic
def open_round(round: SeasonRound, *, by: Any, now: datetime, if_version: int | None = None) -> SeasonRound:
    """Let the organisations wish. Opened before its date, the date is today; the lottery's seed is fixed and recorded.

    Every active organisation is told. Raises ``Unmet`` with what is missing.
    """
    row = locked_round(round, if_version=if_version)
    hat = check_may_run(by, row, today_of(now))
    need(row, RoundState.OPEN, now)
    row.opens_on = min(row.opens_on, today_of(now))
    if not row.seed:
        # From what is known when it opens, so that nobody chooses it: address and moment.
        digest = hashlib.sha256(f"{row.slug}|{now.isoformat()}".encode()).digest()
        row.seed = int.from_bytes(digest[:4], "big") % 2_000_000_000 + 1
    move(
        row, RoundState.OPEN, now=now, by=by, hat=hat, fields=("opens_on", "seed"), closes_on=row.closes_on.isoformat(),
        seed=row.seed,
    )  # fmt: skip
    telling.tell_opened(row, now=now)
    return row


@transaction.atomic
def close_wishes(round: SeasonRound, *, by: Any, now: datetime, if_version: int | None = None) -> SeasonRound:
    """On to the proposals. Never before the closing date that everybody was told."""
    row = locked_round(round, if_version=if_version)
    hat = check_may_run(by, row, today_of(now))
    need(row, RoundState.PROPOSALS, now)
    row.wishes_closed_at = now
    count = row.wishes.filter(withdrawn_at__isnull=True).count()
    move(row, RoundState.PROPOSALS, now=now, by=by, hat=hat, fields=("wishes_closed_at",), wishes=count)
    telling.tell_closed(row, now=now)
    return row


@transaction.atomic
def open_hearing(
    round: SeasonRound, proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None
) -> SeasonRound:
    """Put one of the proposals on the table to the hearing. Its organisations are asked to say what they think of it
    and to confirm their hours (``services.hearing``). Raises ``Disqualified`` for who leads one of them."""
    row = locked_round(round, if_version=if_version)
    hat = check_may_decide(by, row, today_of(now))
    _check_heard(row, proposal)
    need(row, RoundState.HEARING, now, heard=proposal)
    row.heard = proposal
    move(row, RoundState.HEARING, now=now, by=by, hat=hat, fields=("heard",), proposal=proposal.number)
    return row


@transaction.atomic
def hear_another(
    round: SeasonRound, proposal: Proposal, *, by: Any, now: datetime, if_version: int | None = None
) -> SeasonRound:
    """While the hearing goes on, a later proposal takes the place of the one that was heard."""
    row = locked_round(round, if_version=if_version)
    hat = check_may_decide(by, row, today_of(now))
    if row.state != RoundState.HEARING:
        raise WrongState("wrong_state", _("There is no hearing going on."))
    _check_heard(row, proposal)
    if row.heard_id == proposal.pk:
        return row
    before = row.heard.number if row.heard is not None else None
    row.heard = proposal
    record(row, "heard_changed", at=now, by=by, hat=hat, facts={"proposal": proposal.number, "before": before})
    touch(row, now=now, fields=("heard",))
    return row


def _check_heard(round: SeasonRound, proposal: Proposal) -> None:
    if proposal.round_id != round.pk or proposal.state != ProposalState.PUBLISHED:
        raise Invalid("not_on_the_table", _("Choose a proposal that is on the table."), loc=["proposal"])


def run_rounds(now: datetime) -> int:
    """Everything that is due: steps of the calendar, and letters that a date calls for. Safe twice and late.

    A step that a person must take is never taken here: it nags (``selectors.waiting``).
    """
    if not is_on():
        return 0
    on = today_of(now)
    done = 0
    for pk in SeasonRound.objects.filter(state__in=[RoundState.ADOPTED, RoundState.RUNNING]).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            row = locked_round(pk)
            while (to := flow.follows(row.state)) in flow.BY_CALENDAR and flow.is_due(row.state, dates_of(row), on):
                move(row, str(to), now=now)
                done += 1
    open_ones = SeasonRound.objects.filter(state=RoundState.OPEN)
    for pk in open_ones.values_list("pk", flat=True):
        with transaction.atomic():
            row = locked_round(pk)
            if row.state != RoundState.OPEN:
                continue
            done += telling.remind_to_wish(row, now=now)
            if on > row.closes_on:
                done += telling.tell_closed(row, now=now)
    return done
