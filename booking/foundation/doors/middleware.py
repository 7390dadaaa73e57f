"""A database that is busy or away gives an honest 503 on every page, not a crash, and keeps what was typed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views import defaults

from booking.foundation.doors import problems

logger = logging.getLogger("samskap.web")
#: More than any form of ours holds; what is longer (a file as well) must be sent from the form itself.
MOST_KEPT = 100_000


class UnavailableMiddleware:
    """503 with ``Retry-After`` when a view loses the database; problem details under the API, a page elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Only what the database server says; every other fault stays a fault."""
        return unavailable(request, exception)


def unavailable(request: HttpRequest, exception: BaseException | None) -> HttpResponseBase | None:
    """The answer to a request that has lost the database; None when that isn't what happened.

    A form that was sent is on the page, hidden, with a button that sends it again: what was typed isn't lost. Nothing
    of it was stored; should that ever be untrue, a request's own token makes one case of two sendings.
    """
    if not isinstance(exception, OperationalError | InterfaceError):
        return None
    logger.warning("answered 503 on %s: %s", request.path, exception)
    error = problems.translate(exception)
    if error is not None and problems.is_api_path(request):
        return problems.as_plain_response(error)
    # No request context here: its processors would ask the database that is away.
    context = {"address": request.get_full_path(), "sent": request.method == "POST", "typed": _typed(request)}
    return HttpResponse(
        render_to_string("booking/503.html", context),
        status=503,
        headers={"Retry-After": str(problems.RETRY_SECONDS), "Cache-Control": "no-store"},
    )


def server_error(request: HttpRequest) -> HttpResponseBase:
    """``handler500`` of a site: a database that is lost outside of the views (saving a session) is a 503 too."""
    return unavailable(request, sys.exc_info()[1]) or defaults.server_error(request)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields of the form that was sent, in order; [] when it can't be sent from here."""
    if request.method != "POST" or request.content_type != "application/x-www-form-urlencoded":
        return []
    try:
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
    except (SuspiciousOperation, OSError):
        return []
    return fields if sum(len(name) + len(value) for name, value in fields) <= MOST_KEPT else []
