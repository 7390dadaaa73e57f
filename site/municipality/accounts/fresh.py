"""Before the ways in are changed, somebody proves again who they are: a session left open in the gym won't do."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from booking.foundation import clock

#: How long a proof counts. Seconds of true time.
LIFETIME = 15 * 60


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session has proved in the last quarter of an hour who uses it."""
    records = get_authentication_records(request, request.user)
    return any(clock.real().timestamp() - record["at"] < LIFETIME for record in records)


class FreshMixin(LoginRequiredMixin):
    """For pages that change a way in: signed in, and lately proved."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Off to the proof first, and back again."""
        if request.user.is_authenticated and not is_fresh(request):
            return HttpResponseRedirect(f"{reverse('account_prove')}?{urlencode({'next': request.path})}")
        return super().dispatch(request, *args, **kwargs)
