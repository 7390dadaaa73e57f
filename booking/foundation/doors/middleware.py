"""A database that is busy or away gives an honest 503 on every page, not a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from booking.foundation.doors import problems

logger = logging.getLogger("samskap.web")


class UnavailableMiddleware:
    """503 with ``Retry-After`` when a view loses the database; problem details under the API, a page elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Only what the database server says; every other fault stays a fault."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.warning("answered 503 on %s: %s", request.path, exception)
        error = problems.translate(exception)
        if error is not None and problems.is_api_path(request):
            return problems.as_plain_response(error)
        # No request context here: its processors would ask the database that is away.
        return HttpResponse(
            render_to_string("booking/503.html"),
            status=503,
            headers={"Retry-After": str(problems.RETRY_SECONDS)},
        )
