"""What waits for the officer of a round: a date has passed, and nobody has moved the round on.

A date never moves a round by itself (seasons.md "Flow"); it nags.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.access import RUNNING_ROLES
from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.selectors.rounds import staff_rounds


def overdue(on: date) -> Q:
    """Rounds whose next step is due: the date that the present state lasts until has come or passed."""
    return (
        Q(state=RoundState.PREPARING, opens_on__lte=on)
        | Q(state=RoundState.OPEN, closes_on__lt=on)
        | Q(state=RoundState.PROPOSALS, proposals_until__lt=on)
        | Q(state=RoundState.HEARING, adopt_on__lte=on)
    )


def due_rounds(user: Any, on: date) -> list[SeasonRound]:
    """Those that this person runs: as officer, or for anybody of the unit where none is named."""
    rows = staff_rounds(user, on, RUNNING_ROLES).filter(overdue(on))
    return list(rows.filter(Q(officer=user) | Q(deputy=user) | Q(officer=None)).order_by("adopt_on", "pk"))


def count_for(user: Any) -> int:
    """How many of them: the number in the menu. One query and those of the roles."""
    on = clock.today(booking_settings().tz)
    rows = staff_rounds(user, on, RUNNING_ROLES).filter(overdue(on))
    return rows.filter(Q(officer=user) | Q(deputy=user) | Q(officer=None)).count()
