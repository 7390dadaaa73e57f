"""Acts on a whole case from its page: a new date, a question, a hand-over, an end. Thin: parse, one service, back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.cases import services
from booking.cases.access import DECIDING_ROLES
from booking.cases.models import Case
from booking.cases.services.promising import proposed_date
from booking.cases.staff.access import cases_seen, today
from booking.cases.staff.page import CasePage, DecideAct, Typed
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import clock
from booking.foundation.doors.params import parse_date
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.text import is_unusable


def units_to_choose() -> QuerySet[Unit]:
    """Who may be given a case."""
    return Unit.objects.filter(active=True).order_by("name")


def officers_of(unit: Unit) -> list[Any]:
    """Who decides cases in the unit today, by name."""
    return catalogue.people_of(unit, today(), DECIDING_ROLES)


class CaseAct(CasePage):
    """One act, named in the address. Refused, it shows the page again with what was typed and why."""

    permission_required = "decide"
    http_method_names = ("get", "post", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back: to the case, or to the queue when it is another unit's now."""
        act = _ACTS.get(str(self.kwargs["act"]))
        if act is None:
            raise Http404
        do, said = act
        try:
            case = do(self.object, request, DecideAct.version(request))
        except DomainError as error:
            fields = {name: request.POST.get(name, "") for name in ("until", "text", "unit", "officer")}
            return self.again(error, Typed(act=str(self.kwargs["act"]), fields=fields))
        messages.success(request, str(said) % {"reference": case.reference})
        if cases_seen(request.user).filter(pk=case.pk).exists():
            return redirect(self.page_url())
        return redirect(reverse("booking_cases:index"))


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "")


def _holding(case: Case, request: HttpRequest, version: int) -> Case:
    until = parse_date(request.POST.get("until", ""), loc=["until"])
    return services.holding_reply(
        case, until=until, message=_text(request), by=request.user, now=clock.now(), if_version=version
    )


def _ask(case: Case, request: HttpRequest, version: int) -> Case:
    return services.ask(case, message=_text(request), by=request.user, now=clock.now(), if_version=version)


def _hand_over(case: Case, request: HttpRequest, version: int) -> Case:
    slug = request.POST.get("unit", "")
    unit = units_to_choose().filter(slug=slug).first() if slug and not is_unusable(slug) else None
    return services.hand_over(
        case, unit=unit, reason=_text(request), by=request.user, now=clock.now(), if_version=version
    )


def _assign(case: Case, request: HttpRequest, version: int) -> Case:
    raw = request.POST.get("officer", "")
    pk = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
    officer = get_user_model()._default_manager.filter(pk=pk).first()
    if officer is None:
        raise Invalid("required", _("Choose who is to have it."), loc=("officer",))
    return services.assign(case, officer=officer, by=request.user, now=clock.now(), if_version=version)


def _dismiss(case: Case, request: HttpRequest, version: int) -> Case:
    return services.dismiss(case, grounds=_text(request), by=request.user, now=clock.now(), if_version=version)


def _close(case: Case, request: HttpRequest, version: int) -> Case:
    return services.close_case(case, message=_text(request), by=request.user, now=clock.now(), if_version=version)


def _uphold(case: Case, request: HttpRequest, version: int) -> Case:
    return services.answer_appeal(
        case, outcome="uphold", grounds=_text(request), by=request.user, now=clock.now(), if_version=version
    )


def _reopen(case: Case, request: HttpRequest, version: int) -> Case:
    return services.answer_appeal(
        case, outcome="reopen", grounds=_text(request), by=request.user, now=clock.now(), if_version=version
    )


def _seen(case: Case, request: HttpRequest, version: int) -> Case:
    return services.seen(case, by=request.user, now=clock.now())


_ACTS: dict[str, tuple[Callable[[Case, HttpRequest, int], Case], Any]] = {
    "holding-reply": (_holding, _("The holding reply is on its way.")),
    "ask": (_ask, _("The question is on its way. The clock stands until they reply.")),
    "hand-over": (_hand_over, _("%(reference)s has been handed over.")),
    "assign": (_assign, _("%(reference)s has another case officer.")),
    "dismiss": (_dismiss, _("%(reference)s has been dismissed.")),
    "close": (_close, _("%(reference)s is closed.")),
    "uphold": (_uphold, _("The decision stands. The letter is on its way.")),
    "reopen": (_reopen, _("The appeal is admitted. Decide anew.")),
    "seen": (_seen, _("The mark is gone.")),
}


def choices(case: Case, *, may_decide: bool, may_hand_on: bool) -> dict[str, Any]:
    """What the page offers for this case, as it stands."""
    over = case.state in ("closed", "dismissed", "withdrawn")
    owes = case.waiting_on == "municipality"
    appealed = case.state == "appealed"
    offered = {
        "holding": may_decide and owes,
        "ask": may_decide and not over and (owes or case.state == "waiting_for_requester") and not appealed,
        "hand_over": may_hand_on and not over,
        "dismiss": may_decide and not over and case.answered_at is None and not appealed,
        "close": may_decide and not over and not appealed and case.kind == "enquiry",
        "appeal": may_decide and appealed,
    }
    return {
        "offered": offered,
        "any": any(offered.values()),
        "attention": case.get_attention_display() if case.attention else "",
        "may_mark_seen": may_decide and bool(case.attention),
        "drafted": case.events.filter(type="interim_drafted").exists() and case.promises == 1,
        "proposed": proposed_date(case, now=clock.now()) if offered["holding"] else None,
        "least": today(),
        "units": list(units_to_choose().exclude(pk=case.unit_id)) if offered["hand_over"] else [],
        "officers": [one for one in officers_of(case.unit) if one.pk != case.officer_id]
        if offered["hand_over"]
        else [],
        "draft_text": gettext("We have not been able to decide your case yet. We are sorry that it takes time.")
        if offered["holding"]
        else "",
    }
