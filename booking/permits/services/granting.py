"""What who grants it says: granted, refused, not needed; and corrections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.services.shared import Actor, letters, post
from booking.foundation.errors import Invalid, WrongState
from booking.permits import rules
from booking.permits.access import check_may_grant
from booking.permits.models import Permit
from booking.permits.services.common import clean_day, clean_note, locked, put, today_of

CHOICES = ("applied", "granted", "refused", "not_needed", "needed")
#: The parties hear of these.
_TOLD = frozenset({"granted", "refused", "not_needed"})


def decide(
    permit: Permit,
    *,
    state: str,
    on: date | None = None,
    valid_to: date | None = None,
    note: str = "",
    by: Any,
    now: datetime,
) -> Permit:
    """Say where it stands, since which day (default today), and until when it holds. The parties hear by letter.

    The same again changes nothing. Raises ``Invalid`` by field, ``Forbidden`` for another unit's, ``Disqualified`` for
    a conflict of interest, ``WrongState``.
    """
    with transaction.atomic():
        fresh = locked(permit)
        today = today_of(now)
        actor = Actor(by, check_may_grant(by, fresh, today))
        if state not in CHOICES:
            params = {"choices": ", ".join(CHOICES)}
            raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), loc=("state",), params=params)
        words = clean_note(note)
        day = None if state == "needed" else clean_day(on if on is not None else today, "date", latest=today)
        if valid_to is not None:
            clean_day(valid_to, "valid_to")
            if state != "granted":
                raise Invalid("not_granted", _("Only what is granted has a last day."), loc=("valid_to",))
            if day is not None and valid_to < day:
                raise Invalid("end_before_start", _("The last day is before the first."), loc=("valid_to",))
        if state == "refused" and not words:
            raise Invalid("required", _("Say why."), loc=("note",))
        if (fresh.state, fresh.date, fresh.valid_to, fresh.note) == (state, day, valid_to, words):
            return fresh
        if not rules.may_move(fresh.state, state, "granter"):
            raise WrongState("wrong_state", _("It can't go there from where it stands."))
        told = state in _TOLD and state != fresh.state
        put(fresh, state, day=day, by=actor, now=now, valid_to=valid_to, note=words)
        if told:
            key = f"permit:{fresh.pk}:{state}:{fresh.case.version}"
            payload = {"permit": fresh.pk, "state": state}
            post(letters(fresh.case, "permit_decided", key, payload, due_at=now, legal=False), now=now)
    return fresh
