"""Rounds go from hand to hand: another officer, because somebody says so or because one has left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.foundation.errors import Invalid
from booking.seasons.access import RUNNING_ROLES, check_may_run
from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.selectors.standing import responsible
from booking.seasons.services.common import locked_round, record, today_of, touch


@transaction.atomic
def hand_round(round: SeasonRound, *, to: Any, by: Any, now: datetime) -> SeasonRound:
    """Another officer or leader of the unit answers for the round. Raises ``Forbidden``, ``Invalid``."""
    row = locked_round(round)
    hat = check_may_run(by, row, today_of(now))
    if not catalogue.units_of(to, today_of(now), roles=RUNNING_ROLES).filter(pk=row.unit_id).exists():
        raise Invalid("not_of_the_unit", _("Choose an officer or leader of the unit who can sign in."), loc=["to"])
    row.officer = to
    if row.deputy_id == to.pk:
        row.deputy = None
    row.taken_over = False
    record(row, "handed_over", at=now, by=by, hat=hat, public=False, facts={"to": to.pk})
    touch(row, now=now, fields=("officer", "deputy", "taken_over"))
    return row


@transaction.atomic
def take_over_rounds(leaver: Any, now: datetime) -> int:
    """Somebody can't sign in any more: their rounds go to the deputy, else to the unit's leader. How many.

    Runs in the transaction that takes the account away.
    """
    on = today_of(now)
    done = 0
    for pk in list(
        SeasonRound.objects.filter(officer=leaver).exclude(state=RoundState.ENDED).values_list("pk", flat=True)
    ):
        row = locked_round(pk)
        person, _why = responsible(row, on)
        if person is None or person.pk == leaver.pk:
            person = next((one for one in catalogue.leaders(row.unit, on) if one.pk != leaver.pk), None)
        if person is None:
            continue  # stays on the list of what nobody answers for
        row.officer = person
        if row.deputy_id == person.pk:
            row.deputy = None
        row.taken_over = True
        record(row, "taken_over", at=now, public=False, facts={"to": person.pk, "former": leaver.pk})
        touch(row, now=now, fields=("officer", "deputy", "taken_over"))
        done += 1
    SeasonRound.objects.filter(deputy=leaver).exclude(state=RoundState.ENDED).update(deputy=None)
    return done
