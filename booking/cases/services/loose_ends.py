"""What hangs on a line and ends with it: the talk about time that was taken back, and proposals to change it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.cases.models import ChangeState, Line, LineChange, TakeBack, TakeBackState
from booking.occupancy.services import release


def end_take_backs(lines: Iterable[Line], outcome: str, *, now: datetime) -> None:
    """Nobody waits for a reply about these lines any more."""
    ids = [line.pk for line in lines]
    TakeBack.objects.filter(line__in=ids).exclude(state=TakeBackState.OVER).update(
        state=TakeBackState.OVER, outcome=outcome, answered_at=now
    )


def withdraw_changes(lines: Iterable[Line], *, now: datetime, by: Any = None) -> None:
    """Open proposals on these lines go; in the caller's transaction, under the cells' locks."""
    ids = list(
        LineChange.objects.filter(line__in=[line.pk for line in lines], state=ChangeState.OPEN).values_list(
            "pk", flat=True
        )
    )
    if ids:
        release(cause_kind="change", cause_ids=ids, now=now)
        LineChange.objects.filter(pk__in=ids).update(state=ChangeState.WITHDRAWN, decided_at=now, decided_by=by)
