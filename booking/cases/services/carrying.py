"""A case goes from who carries it to somebody else: the ordinary hand-over, called by the hand-over of everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.cases.services.handing import hand_over
from booking.foundation.errors import WrongState


def hand_over_carried_case(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """`hand_over` to a person in the case's own unit. It counts as a hand-over like any other (decision 024).

    The requester reads the reason. The receiver hears of everything in one letter, not of each case.
    """
    pk = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    case = Case.objects.filter(pk=pk).first()
    if case is None:
        raise WrongState("moved", _("Somebody else has this already."))
    hand_over(case, officer=to, reason=reason, by=by, now=now, held_by=leaver, tell_receiver=False)
