"""An enquiry becomes a request: a case with a promise of its own, that goes on from the enquiry's thread (N19)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.access import is_staff_for, party_hats
from booking.cases.models import Case, CaseKind
from booking.cases.services.promising import finish
from booking.cases.services.shared import Actor, event, lock_cases
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, NotFound, WrongState


def check_may_go_on(enquiry: Case, *, by: Any, now: datetime) -> None:
    """Raises ``NotFound`` for who is neither party nor its unit's staff, ``WrongState`` for what is no enquiry."""
    on = local_date(now, booking_settings().tz)
    if not party_hats(by, enquiry, on) and not is_staff_for(by, enquiry, on):
        raise NotFound("not_found", _("There is no such case."))
    if enquiry.kind != CaseKind.ENQUIRY or enquiry.stored_act == "dismissed":
        raise WrongState("wrong_state", _("Only an enquiry can become a request."))


def open_enquiry_of(reference: str, *, by: Any, now: datetime) -> Case | None:
    """The enquiry with that reference, if ``by`` may make a request of it; None otherwise."""
    case = (
        Case.objects.select_related("unit", "organisation").filter(reference=reference, kind=CaseKind.ENQUIRY).first()
    )
    if case is None or case.followed_by.exists():
        return None
    try:
        check_may_go_on(case, by=by, now=now)
    except (NotFound, WrongState):
        return None
    return case


def go_on_as(enquiry: Case, request: Case, *, by: Any, now: datetime) -> None:
    """The enquiry ends, and ``request`` goes on from it. In the transaction that stores the request.

    The request has its own reference and promise: the dates that were promised for the enquiry stay true on it. Its
    thread is shown with the request's, and answers to its letters reach the request. What was published of it stays.
    An enquiry that nobody had answered ends all the same: the request's promise takes its place.
    """
    fresh = lock_cases([enquiry.pk])[enquiry.pk]
    check_may_go_on(fresh, by=by, now=now)
    if fresh.organisation_id and request.organisation_id and fresh.organisation_id != request.organisation_id:
        raise Forbidden("forbidden", _("The enquiry was sent for another organisation."))
    request.follows = fresh
    request.save(update_fields=["follows"])
    actor = Actor(by, request.requester_hat)
    event(request, "goes_on_from", now=now, by=actor, reference=fresh.reference).save()
    event(fresh, "became_request", now=now, by=actor, reference=request.reference).save()
    if fresh.stored_act != "closed":
        fresh.stored_act, fresh.paused_on, fresh.owed_since = "closed", None, None
        fresh.answered_at = fresh.answered_at or now
        finish(fresh, now)


def last_of(case: Case) -> Case:
    """The case that goes on from this one, or from that one; itself when none does."""
    seen = {case.pk}
    while (later := case.followed_by.order_by("-pk").first()) is not None and later.pk not in seen:
        seen.add(later.pk)
        case = later
    return case


def chain_of(case: Case) -> list[Case]:
    """What the case goes on from, the nearest first. Never the case itself."""
    found: list[Case] = []
    while case.follows is not None and case.follows not in found:
        case = case.follows
        found.append(case)
    return found
