"""Who may do what to cases and to their letters in the CMS admin."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from wagtail.permissions import register_permission_policy

from booking.cases.access import DECIDING_ROLES
from booking.cases.models import Case
from booking.cases.selectors import staff_cases
from booking.catalogue import selectors as catalogue
from booking.correspondence import selectors as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def cases_seen(user: Any) -> QuerySet[Case]:
    """Cases of the units in which the person has any role."""
    return staff_cases(user, today())


def cases_decided(user: Any) -> QuerySet[Case]:
    """Cases that the person may prepare and decide, conflicts of interest apart."""
    return staff_cases(user, today(), roles=DECIDING_ROLES)


def _kept(user: Any, name: str, answer: Any) -> bool:
    # Kept on the user object, which lives as long as the request: a listing asks for every row.
    known: dict[tuple[str, date], bool] = user.__dict__.setdefault("_samskap_case_staff", {})
    key = (name, today())
    if key not in known:
        known[key] = bool(answer())
    return known[key]


def is_staff(user: Any) -> bool:
    """Has a role in a unit today."""
    return _kept(user, "staff", lambda: catalogue.units_of(user, today()).exists())


def is_decider(user: Any) -> bool:
    """Officer or leader of a unit today."""
    return _kept(user, "decider", lambda: catalogue.units_of(user, today(), roles=DECIDING_ROLES).exists())


def _leads_the_top(user: Any) -> bool:
    return _kept(
        user,
        "top",
        lambda: (
            catalogue.units_of(user, today(), roles=("leader",), with_children=False)
            .filter(parent__isnull=True)
            .exists()
        ),
    )


def of_cases(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """With `case_id`: the case that the letter is about, None for letters about other things."""
    return messages.annotate(case_id=Cast(KeyTextTransform("case", "payload"), BigIntegerField()))


def letters_seen(user: Any) -> QuerySet[OutboxMessage]:
    """What has not gone out and concerns the person's own cases.

    Letters about other things than cases (log-in codes, for one) are for administrators and the leaders of a unit that
    has none above it: their addresses are nobody else's business.
    """
    mine = Exists(cases_decided(user).filter(pk=OuterRef("case_id")))
    wanted = Q(mine)
    if _leads_the_top(user):
        wanted |= Q(case_id__isnull=True)
    return of_cases(correspondence.not_gone_out(clock.now())).filter(wanted)


CASE_POLICY = ScopedPermissionPolicy(
    Case,
    scope=cases_seen,
    may=is_staff,
    # Nobody adds, edits or deletes a case as a row: there are use cases for that.
    actions={"view": True, "decide": Grant(may=is_decider, scope=cases_decided)},
)
LETTER_POLICY = ScopedPermissionPolicy(
    OutboxMessage, scope=letters_seen, may=is_decider, actions={"view": True, "retry": True}
)
register_permission_policy(Case, CASE_POLICY)
register_permission_policy(OutboxMessage, LETTER_POLICY)
