"""Early enquiries: "we are thinking of ...", with what the project takes as far as anybody knows (needs N19)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, hosts_of
from booking.cases.models import Answer, Case, EarlyPlan
from booking.cases.services.promising import fresh_case
from booking.cases.services.shared import Actor, event
from booking.cases.services.submitting import submit_enquiry
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, WrongState
from booking.organisations.models import Organisation

#: What a project may take, in the order in which it is asked.
TAKES = ("permits", "land", "money", "running", "upkeep")


def submit_early_enquiry(
    *,
    title: str,
    message: str,
    takes: Mapping[str, str],
    notes: Mapping[str, str],
    wants_public: bool = False,
    user: Any,
    organisation: Organisation | None = None,
    hat: str = "person",
    now: datetime,
    submission_key: str | None = None,
) -> Case:
    """An enquiry with a plan: the same receipt and promise as any other. ``takes``: yes, no or unknown for each of
    `TAKES`; what isn't said is unknown. ``notes``: from whom, how much, who. Raises ``Invalid`` with the field."""
    name = text.clean(title, max_length=150, loc=("title",), required=True)
    values: dict[str, Any] = {"wants_public": wants_public}
    for one in TAKES:
        said = takes.get(one) or Answer.UNKNOWN
        if said not in Answer.values:
            raise Invalid("unknown_choice", _("Choose yes, no or not known yet."), loc=(one,))
        values[one] = said
        values[f"{one}_note"] = text.clean(notes.get(one, ""), max_length=300, loc=(f"{one}_note",))
    return submit_enquiry(
        title=name, message=message, user=user, organisation=organisation, hat=hat, now=now,
        submission_key=submission_key, then=lambda case: EarlyPlan.objects.create(case=case, **values),
    )  # fmt: skip


def publish_plan(case: Case, *, by: Any, now: datetime) -> EarlyPlan:
    """Show the plan on a public page: its title, words, and what it takes; the organisation, never a person. Only if
    the asker has said that it may. Twice is once. Raises ``WrongState``, ``Forbidden``, ``Disqualified``."""
    with transaction.atomic():
        fresh = fresh_case(case, None)
        actor = Actor(by, check_may_prepare(by, fresh, hosts_of(fresh), local_date(now, booking_settings().tz)))
        plan = _plan(fresh)
        if not plan.wants_public:
            raise WrongState("not_wanted", _("The asker has not said that it may be shown."))
        if plan.published_at is None:
            plan.published_at, plan.published_by = now, by
            plan.save(update_fields=["published_at", "published_by"])
            event(fresh, "plan_published", now=now, by=actor).save()
        return plan


def unpublish_plan(case: Case, *, by: Any, now: datetime) -> EarlyPlan:
    """Take the public page away. Twice is the same as once. Raises as `publish_plan` does."""
    with transaction.atomic():
        fresh = fresh_case(case, None)
        actor = Actor(by, check_may_prepare(by, fresh, hosts_of(fresh), local_date(now, booking_settings().tz)))
        plan = _plan(fresh)
        if plan.published_at is not None:
            plan.published_at, plan.published_by = None, None
            plan.save(update_fields=["published_at", "published_by"])
            event(fresh, "plan_hidden", now=now, by=actor).save()
        return plan


def _plan(case: Case) -> EarlyPlan:
    plan = EarlyPlan.objects.select_for_update().filter(case=case).first()
    if plan is None:
        raise WrongState("no_plan", _("This enquiry has no plan."))
    return plan
