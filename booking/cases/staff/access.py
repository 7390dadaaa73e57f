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
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids
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
    return staff_cases(user, today(), units=unit_ids(user))


def cases_decided(user: Any) -> QuerySet[Case]:
    """Cases that the person may prepare and decide, conflicts of interest apart."""
    return staff_cases(user, today(), units=unit_ids(user, DECIDING_ROLES))


def is_staff(user: Any) -> bool:
    """Has a role in a unit today."""
    return bool(unit_ids(user))


def is_decider(user: Any) -> bool:
    """Officer or leader of a unit today."""
    return bool(unit_ids(user, DECIDING_ROLES))


def leads_the_top(user: Any) -> bool:
    """Leads a unit that has none above it."""
    led = unit_ids(user, ("leader",), with_children=False)
    return bool(led) and Unit.objects.filter(pk__in=led, parent__isnull=True).exists()


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
    if leads_the_top(user):
        wanted |= Q(case_id__isnull=True)
    return of_cases(correspondence.not_gone_out(clock.now())).filter(wanted)


CASE_POLICY = ScopedPermissionPolicy(
    Case,
    scope=cases_seen,
    may=is_staff,
    # Nobody adds, edits or deletes a case as a row: there are use cases for that.
    # "note": write down what somebody asked, whoever is to answer it.
    actions={"view": True, "note": True, "decide": Grant(may=is_decider, scope=cases_decided)},
)
LETTER_POLICY = ScopedPermissionPolicy(
    OutboxMessage, scope=letters_seen, may=is_decider, actions={"view": True, "retry": True}
)
register_permission_policy(Case, CASE_POLICY)
register_permission_policy(OutboxMessage, LETTER_POLICY)
