"""What the acts share: locking the case first, the log, the version, letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.services.shared import Actor, event, lock_cases, refresh, states_of
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, WrongState
from booking.permits.models import Permit

NOTE = 250
_OVER = ("closed", "dismissed")


def today_of(now: datetime) -> date:
    """The municipality's date."""
    return local_date(now, booking_settings().tz)


def locked(permit: Permit) -> Permit:
    """The permit, read afresh under the lock of its case."""
    case = lock_cases([permit.case_id]).get(permit.case_id)
    row = (
        Permit.objects.select_for_update(of=("self",))
        .select_related("requirement__granting_unit")
        .filter(pk=permit.pk)
        .first()
    )
    if case is None or row is None:
        raise NotFound("not_found", _("There is no such permit."))
    row.case = case
    return row


def need_open(permit: Permit) -> None:
    """Nothing is handed in to a case that is over. Raises ``WrongState``."""
    if permit.case.stored_act in _OVER:
        raise WrongState("wrong_state", _("This case is over."))


def clean_day(value: Any, loc: str, *, latest: date | None = None) -> date:
    """A local date. Raises ``Invalid`` for none, and for one after ``latest``."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Invalid("required", _("Give the date."), loc=(loc,))
    if latest is not None and value > latest:
        raise Invalid("in_future", _("This day has not come yet."), loc=(loc,))
    if value.year < 1970:
        raise Invalid("impossible_date", _("This date is out of range."), loc=(loc,))
    return value


def clean_note(value: Any) -> str:
    """A short note, such as a reference."""
    return text.clean(value, max_length=NOTE, loc=("note",))


def put(permit: Permit, state: str, *, day: date | None, by: Actor, now: datetime, **values: Any) -> None:
    """Store the state with who said so, log it, and give the case a new version."""
    before = permit.state
    permit.state, permit.date = state, day
    for name, value in values.items():
        setattr(permit, name, value)
    if state not in ("granted", "expired"):
        permit.valid_to = None
    permit.changed_by, permit.changed_hat, permit.changed_at = by.user, by.hat, now
    permit.save()
    note(permit, by=by, now=now, before=before)


def note(permit: Permit, *, by: Actor, now: datetime, before: str = "", document: int | None = None) -> None:
    """The event ``permit_changed``: ids, codes, dates, and the requirement's name as it was then."""
    need = permit.requirement
    data: dict[str, Any] = {
        "permit": permit.pk,
        "requirement": need.pk,
        "what": {"what": need.what, "what_nn": need.what_nn, "what_en": need.what_en},
        "requirement_kind": need.kind,
        "state": permit.state,
        "before": before or permit.state,
        "date": permit.date.isoformat() if permit.date else None,
    }
    if document is not None:
        data["document"] = document
    event(permit.case, "permit_changed", now=now, by=by, **data).save()
    refresh([permit.case], states_of([permit.case_id]), now=now)
