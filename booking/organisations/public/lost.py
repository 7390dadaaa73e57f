""" "Our leader has died or left": told here by anybody, answered as an enquiry, decided by two people."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError
from booking.organisations import selectors, services
from booking.organisations.public.forms import LostForm

#: The receipt page of enquiries shows the visitor's last one: its reference lies here (``cases.public.enquiry``).
_ENQUIRY = "samskap_enquiry"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leader_lost(request: HttpRequest, slug: str) -> HttpResponse:
    """Members and outsiders alike; 404 for an organisation that the visitor may not know of."""
    now, user = clock.now(), request.user
    today = clock.local_date(now, booking_settings().tz)
    found = selectors.visible_organisations(user, today).exclude(state="inactive").filter(slug=slug).first()
    if found is None:
        raise Http404
    form = LostForm(request.POST if request.method == "POST" else None)
    if user.is_authenticated:
        for name in ("name", "email", "phone"):
            del form.fields[name]
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            contact = str(user.pk or "") or data.get("email", "")
            ratelimit.spend("enquiry", now=now, contact=contact, address=ratelimit.client_address(request))
            matter = services.report_lost_leader(
                organisation=found,
                reason=data["reason"],
                message=data["message"],
                user=user,
                name=data.get("name", ""),
                email=data.get("email", ""),
                phone=data.get("phone", ""),
                now=now,
            )
        except DomainError as error:
            form.show(error)
        else:
            if user.is_authenticated:
                return redirect("booking:case", matter.reference)
            request.session[_ENQUIRY] = matter.reference
            return redirect("booking:enquiry_sent")
    return render(request, "booking/organisations/public/leader_lost.html", {"organisation": found, "form": form})
