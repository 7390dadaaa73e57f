"""Which hat to wear: chosen here, shown in the header of every page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.organisations import hats


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def hat(request: HttpRequest) -> HttpResponse:
    """All my hats as buttons. A hat that isn't mine (any more) is 404 and changes nothing."""
    back = _back(request)
    if request.method == "POST":
        chosen = hats.put_on(request, request.POST.get("hat", ""))
        if chosen is None:
            raise Http404
        messages.success(request, _("You act now: %(hat)s") % {"hat": chosen.label})
        return HttpResponseRedirect(back)
    return render(request, "booking/organisations/public/hat.html", {"worn": hats.worn(request), "back": back})


def _back(request: HttpRequest) -> str:
    """Where the reader came from, on this very host; else one's own cases."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("booking:my_organisations")
