"""Early enquiries: "we are thinking of ...", and the public pages of those that may be shown (needs N19)."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from booking.cases import drafts, services
from booking.cases.models import EarlyPlan
from booking.cases.public.ask import once
from booking.cases.public.enquiry import own_hats
from booking.cases.public.forms import TAKES_LABELS, EarlyForm, takes_of
from booking.foundation import clock
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError
from booking.organisations.rules import HatKind

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def early_enquiry(request: HttpRequest) -> HttpResponse:
    """The form. Who tells of a project signs in: there will be many words about it."""
    hats = own_hats(request)
    form = EarlyForm(request.POST or None, initial={"submission_key": uuid.uuid4().hex}, hats=hats)
    if request.method == "POST" and form.is_valid():
        now, data = clock.now(), form.cleaned_data
        try:
            address = ratelimit.client_address(request)
            ratelimit.spend("enquiry", now=now, contact=str(request.user.pk), address=address)
            hat = data.get("hat") or (hats[0][0] if hats else HatKind.PERSON.value)
            organisation, worn_hat = drafts.organisation_of("", request.user, hat)
            case = services.submit_early_enquiry(
                title=data["title"],
                message=data["message"],
                takes={name: data[name] for name in TAKES_LABELS},
                notes={name: data[f"{name}_note"] for name in TAKES_LABELS},
                wants_public=data["wants_public"],
                user=request.user,
                organisation=organisation,
                hat=worn_hat,
                now=now,
                submission_key=once(data.get("submission_key"), [data["title"], data["message"]]),
            )
        except DomainError as error:
            form.show(error)
        else:
            return redirect("booking:case", reference=case.reference)
    return render(request, "booking/cases/early.html", {"form": form})


def shown_plans() -> QuerySet[EarlyPlan]:
    """Those that the asker and the municipality both want shown."""
    return EarlyPlan.objects.filter(published_at__isnull=False).select_related(
        "case", "case__organisation", "case__unit"
    )


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """What people are thinking of, newest first."""
    page = Paginator(shown_plans().order_by("-published_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "booking/cases/plans.html", {"page_obj": page})


@require_safe
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    """One of them: its words and what it takes. No person's name, no conversation."""
    found = get_object_or_404(shown_plans(), case__reference=reference)
    return render(request, "booking/cases/plan.html", {"plan": found, "case": found.case, "takes": takes_of(found)})
