"""Co-hosts on the case's page: who they are, asking one more, answering, leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from booking.cases import selectors, services
from booking.cases.models import HOSTING, CaseKind, HostState
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

_OVER = ("closed", "dismissed", "draft")


def hosting(detail: selectors.CaseDetail) -> dict[str, Any] | None:
    """Who stands behind the request, and what this reader can do about it. None: nobody, and nobody can be asked."""
    hats, binding = set(detail.party_hats), set(detail.binding_hats)
    main = detail.case.requester_hat
    leads_main = bool(binding & {main, f"organisation:{detail.organisation.slug}" if detail.organisation else main})
    rows = []
    for row in detail.host_rows:
        own = f"organisation:{row.organisation.slug}" in hats
        rows.append(
            {
                "organisation": row.organisation,
                "state": row.state,
                "label": row.get_state_display(),
                "may_answer": own and row.state == HostState.ASKED,
                "may_leave": (own and row.state == HostState.ACCEPTED)
                or (leads_main and not own and row.state in HOSTING),
                "own": own,
            }
        )  # fmt: skip
    may_ask = (
        bool(binding)
        and detail.case.kind == CaseKind.REQUEST
        and bool(detail.lines)
        and detail.case.stored_act not in _OVER
    )
    if not rows and not may_ask:
        return None
    return {"rows": rows, "may_ask": may_ask, "asked": any(row["may_answer"] for row in rows)}


@never_cache
@require_POST
@login_required
def case_hosts(request: HttpRequest, reference: str) -> HttpResponse:
    """One act: ask, accept, decline, leave. The page of the case shows what came of it."""
    from booking.cases.public.case import count, visible_case

    found = visible_case(request, reference)
    now = clock.now()
    act = request.POST.get("act", "")
    try:
        count(request, now)
        if act == "ask":
            said = _ask(request, found, now)
        else:
            slug = text.clean(request.POST.get("organisation", ""), max_length=text.SLUG)
            host = Organisation.objects.filter(slug=slug).first()
            if host is None or act not in ("accept", "decline", "leave"):
                raise Http404
            if act == "leave":
                services.end_co_host(found, host, by=request.user, now=now)
                said = _("%(name)s is no longer co-host.") % {"name": host.name}
            else:
                services.answer_co_host(found, host, accept=act == "accept", by=request.user, now=now)
                said = _("You are co-host now.") if act == "accept" else _("You have said no. The others are told.")
    except DomainError as error:
        if error.status == 404:
            raise Http404 from error
        messages.error(request, error.text)
    else:
        messages.success(request, said)
    if selectors.visible_cases(request.user).filter(pk=found.pk).exists():
        return redirect("booking:case", reference=reference)
    return redirect("booking:my_cases")


def _ask(request: HttpRequest, found: Any, now: Any) -> str:
    """By name or number: an entry of the register, or one's own. Several fit: nothing is asked, and they are named."""
    from booking.foundation.errors import Invalid

    words = text.clean(request.POST.get("name", ""), max_length=150, loc=("name",), required=True)
    on = clock.today(booking_settings().tz)
    rows = organisations.visible_organisations(request.user, on).exclude(state="inactive")
    exact = list(rows.filter(name__iexact=words)[:2])
    some = exact if len(exact) == 1 else list(organisations.search(rows, words).order_by("name")[:4])
    if not some:
        raise Invalid("unknown_organisation", _("There is no such organisation in the register."), loc=("name",))
    if len(some) > 1:
        raise Invalid(
            "several_organisations",
            _("Several fit. Write the whole name: %(names)s."),
            params={"names": ", ".join(one.name for one in some)},
            loc=("name",),
        )
    services.ask_co_host(found, some[0], by=request.user, now=now)
    return _("%(name)s is asked. You hear when they answer.") % {"name": some[0].name}
