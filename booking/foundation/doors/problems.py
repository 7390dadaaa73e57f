"""Problem details for HTTP APIs (RFC 9457), made from domain errors and from what Django and DRF raise.

``handle`` is set per view by :class:`booking.foundation.doors.api_base.ApiView`; the global ``REST_FRAMEWORK`` setting
belongs to the host site and is never touched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from booking.foundation.conf import booking_settings
from booking.foundation.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    Malformed,
    NotAuthenticated,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)

CONTENT_TYPE = "application/problem+json"
#: Seconds after which a caller may try again when the database is busy or away.
RETRY_SECONDS = 2
logger = logging.getLogger("samskap.api")


class MethodNotAllowed(DomainError):
    """The path is right, the method isn't."""

    status = 405
    kind = "method_not_allowed"
    title = gettext_lazy("This can't be done here")


class NotAcceptable(DomainError):
    """The caller accepts no form that we have."""

    status = 406
    kind = "not_acceptable"
    title = gettext_lazy("No such form of answer")


class UnsupportedMediaType(DomainError):
    """The body is not JSON."""

    status = 415
    kind = "unsupported_media_type"
    title = gettext_lazy("Send JSON")


def error_classes() -> dict[str, type[DomainError]]:
    """Every code of a problem document with its class: the catalogue behind the ``type`` addresses."""
    found: dict[str, type[DomainError]] = {}
    queue = list(DomainError.__subclasses__())
    while queue:
        cls = queue.pop()
        # A subclass that only narrows (no year without holidays) shares the code of its parent.
        if "kind" in vars(cls):
            found[cls.kind] = cls
        queue.extend(cls.__subclasses__())
    return found


def type_uri(kind: str) -> str:
    """The stable address of a kind of error; it answers with its title and status."""
    return f"{booking_settings().public_base_url}/api/booking/v1/problems/{kind}/"


def document(error: DomainError) -> dict[str, Any]:
    """The members of the problem document, in the active language."""
    body: dict[str, Any] = {
        "type": type_uri(error.kind),
        "title": str(error.title),
        "status": error.status,
        "detail": error.text,
        "code": error.kind,
        "errors": [item.as_dict() for item in error.errors],
    }
    if error.code != error.kind:
        body["reason"] = error.code
    if error.items:
        body[error.items_name] = error.items
    for name, value in error.extra.items():
        body.setdefault(name, value)
    return body


def headers(error: DomainError) -> dict[str, str]:
    """Headers that belong to the error: when to try again."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_SECONDS)}
    return {}


def as_response(error: DomainError, extra_headers: Mapping[str, str] | None = None) -> Response:
    """A DRF response that carries the problem."""
    return Response(
        document(error),
        status=error.status,
        headers={**headers(error), **(extra_headers or {})},
        content_type=CONTENT_TYPE,
    )


def as_plain_response(error: DomainError) -> JsonResponse:
    """The same outside of DRF (middleware, error handlers)."""
    return JsonResponse(document(error), status=error.status, headers=headers(error), content_type=CONTENT_TYPE)


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: a problem response, or None for what is a fault of ours (then it is a 500)."""
    error = translate(exc)
    if error is None:
        return None
    extra: dict[str, str] = {}
    if getattr(exc, "auth_header", None):
        extra["WWW-Authenticate"] = str(exc.auth_header)  # type: ignore[attr-defined]
    elif error.status == 401:
        extra["WWW-Authenticate"] = 'Bearer realm="samskap"'
    if error.status >= 500:
        logger.warning("answered %s: %s", error.status, exc)
    return as_response(error, extra)


def translate(exc: Exception) -> DomainError | None:
    """The domain error that stands for ``exc``; None when nobody foresaw it."""
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(_flatten(exc.detail))
    if isinstance(exc, DjangoValidationError):
        return _invalid(_flatten_django(exc))
    if isinstance(exc, exceptions.APIException):
        return _from_drf(exc)
    if isinstance(exc, Http404):
        return NotFound("not_found", gettext_lazy("There is nothing here, or it isn't yours to see."))
    if isinstance(exc, PermissionDenied):
        return Forbidden("forbidden", gettext_lazy("You may not do this."))
    if isinstance(exc, RequestDataTooBig):
        return TooLarge("too_large", gettext_lazy("The request is larger than we read."))
    if isinstance(exc, OperationalError | InterfaceError):
        # A lock that lasted too long, a deadlock's loser, a database that is away: nothing is stored, try again.
        return Unavailable("unavailable", gettext_lazy("We are very busy right now. Please try again in a moment."))
    return None


def _from_drf(exc: exceptions.APIException) -> DomainError:
    detail = str(exc.detail)
    if isinstance(exc, exceptions.ParseError):
        return Malformed("malformed", detail)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return NotAuthenticated("not_authenticated", detail)
    if isinstance(exc, exceptions.NotFound):
        return NotFound("not_found", detail)
    if isinstance(exc, exceptions.MethodNotAllowed):
        return MethodNotAllowed("method_not_allowed", detail)
    if isinstance(exc, exceptions.NotAcceptable):
        return NotAcceptable("not_acceptable", detail)
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return UnsupportedMediaType("unsupported_media_type", detail)
    if isinstance(exc, exceptions.Throttled):
        return TooMany("too_many", detail, retry_after=max(1, int(getattr(exc, "wait", None) or 1)))
    if isinstance(exc, exceptions.PermissionDenied):
        return Forbidden("forbidden", detail)
    return Unavailable("unavailable", detail) if exc.status_code >= 500 else Invalid("invalid", detail)


def _invalid(errors: list[FieldError]) -> Invalid:
    return Invalid("invalid", _("Something in the request is not right."), errors=errors)


def _flatten(detail: Any, loc: tuple[str | int, ...] = ()) -> list[FieldError]:
    """DRF's nested error detail as a list with a path each; positions in lists become numbers."""
    if isinstance(detail, Mapping):
        found: list[FieldError] = []
        for key, value in detail.items():
            # A ListSerializer of older form gives {index: errors}; form-wide errors have no name of their own.
            step: tuple[str | int, ...] = () if key in ("non_field_errors", "__all__") else (key,)
            found += _flatten(value, loc + step)
        return found
    if isinstance(detail, list | tuple):
        if all(isinstance(item, str) for item in detail):
            return [FieldError(loc, str(getattr(item, "code", "invalid")), str(item)) for item in detail]
        return [error for index, item in enumerate(detail) if item for error in _flatten(item, (*loc, index))]
    return [FieldError(loc, str(getattr(detail, "code", "invalid")), str(detail))]


def _flatten_django(exc: DjangoValidationError) -> list[FieldError]:
    if hasattr(exc, "error_dict"):
        named: Iterable[tuple[str, list[DjangoValidationError]]] = exc.error_dict.items()
    else:
        named = [("__all__", exc.error_list)]
    return [
        FieldError(() if name == "__all__" else (name,), str(item.code or "invalid"), text)
        for name, items in named
        for item in items
        for text in item.messages
    ]


def is_api_path(request: HttpRequest) -> bool:
    """True for addresses whose errors are problem documents."""
    return request.path.startswith("/api/booking/")
