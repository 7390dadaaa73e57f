"""The conversation on an officer's page: the parties' talk and the unit's notes apart, and mail that waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from booking.cases import selectors
from booking.cases.models import EarlyPlan, ParkedState
from booking.cases.public.forms import takes_of
from booking.cases.public.talk import now_read, seen_by
from booking.cases.services.continuing import chain_of
from booking.cases.staff.access import cases_seen


def context(request: HttpRequest, detail: selectors.CaseDetail) -> dict[str, Any]:
    """What the page needs. What is new is marked as such once: then it has been read."""
    case = detail.case
    earlier = [
        {
            "case": one,
            "messages": [word for word in selectors.case_detail(one, request.user).messages if not word.internal],
        }
        for one in chain_of(case)
    ]
    later = case.followed_by.order_by("pk").first()
    plan = EarlyPlan.objects.filter(case=case).first()
    if detail.viewer == "staff":
        now_read(request, case, internal=True)
    return {
        "talk_messages": [one for one in detail.messages if not one.internal],
        "talk_notes": [one for one in detail.messages if one.internal],
        "talk_earlier": earlier,
        "talk_later": later if later is not None and cases_seen(request.user).filter(pk=later.pk).exists() else None,
        "talk_parked": list(case.parked_mails.filter(state=ParkedState.OPEN).select_related("mail").defer("mail__raw")),
        "talk_seen_by": seen_by(detail, request.user),
        "plan": plan,
        "takes": takes_of(plan) if plan is not None else [],
    }
