"""The page behind a link of invitation. Whoever signs in with it takes the role; used and old links say so."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError, NotFound, TooMany, WrongState
from booking.organisations import selectors, services
from booking.organisations.services.inviting import check_usable, find_invitation

#: Wrong links, per address: a link has 250 bits, so this only keeps the noise down.
ratelimit.LIMITS.setdefault("invitation_secret", Limits(None, Limit(60, 600)))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link gives, from whom; pressing the button takes it. The address is told to no other host."""
    answer = _join(request, token)
    # Not `no-referrer`: it acts for the session's user, and browsers would send "Origin: null", which is refused.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _join(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    try:
        invitation = find_invitation(token)
    except NotFound:
        try:
            ratelimit.spend("invitation_secret", now=now, address=ratelimit.client_address(request))
        except TooMany as error:
            return _sorry(request, error.text, 429)
        return _sorry(request, _("There is no such invitation. Perhaps the end of the link is missing."), 404)
    user = request.user
    organisation = invitation.organisation
    if user.is_authenticated and invitation.accepted_by_id == user.pk:
        return redirect("booking:my_organisation", organisation.slug)
    try:
        check_usable(invitation, now)
    except WrongState as error:
        return _sorry(request, error.text, 410)
    if request.method == "POST":
        if not user.is_authenticated:
            here = reverse("booking:join", args=[token])
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': here})}")
        try:
            services.accept_invitation(token=token, user=user, now=now)
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            return _sorry(request, error.text, 410)
        messages.success(request, _("Welcome. You are in."))
        return redirect("booking:my_organisation", organisation.slug)
    today = clock.local_date(now, booking_settings().tz)
    context = {
        "invitation": invitation,
        "organisation": organisation,
        "has": invitation.role in selectors.role_names(user, organisation, today),
    }
    return render(request, "booking/organisations/public/join.html", context)


def _sorry(request: HttpRequest, words: str, status: int) -> HttpResponse:
    return render(request, "booking/organisations/public/join.html", {"sorry": words}, status=status)
