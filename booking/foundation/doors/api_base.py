"""The base class of every API view: who calls, in which language, how much is read, and how a refusal looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking.foundation import text
from booking.foundation.clock import now
from booking.foundation.doors import idempotency, problems
from booking.foundation.doors.authentication import BearerAuthentication
from booking.foundation.doors.params import Hat, parse_hat
from booking.foundation.errors import Invalid, NotFound, TooLarge


class Deny(BasePermission):
    """Nobody. The default, so that a view that forgets to say who may is closed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """No."""
        return False


class StrictJSONParser(JSONParser):
    """JSON, and nothing that only looks like it; nesting that would exhaust the stack is malformed, not a 500."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body, UTF-8 whatever the header says (RFC 8259). Raises ``ParseError``.

        A name that stands twice in an object is refused (RFC 7493): another reader of the same bytes, such as a proxy
        or a log, might see the other value.
        """
        try:
            return json.loads(stream.read().decode(), parse_constant=_no_number, object_pairs_hook=_each_once)
        except RecursionError:
            raise ParseError(_("This is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("This is not JSON: %(error)s") % {"error": error}) from None


def _no_number(name: str) -> Any:
    raise ParseError(_("JSON knows no %(name)s.") % {"name": name})


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(_("The name “%(name)s” stands twice in one object.") % {"name": twice[:100]})
    return found


class AlwaysJSON(BaseContentNegotiation):
    """There is one form of answer; a browser that asks for HTML gets JSON rather than a refusal."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """The parser of the body's media type, or None (415)."""
        given = (request.content_type or "").split(";")[0].strip().lower()
        return next((p for p in parsers if given == p.media_type or (given.endswith("+json"))), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        first = next(iter(renderers))
        return first, str(first.media_type)


def preferred_language(request: HttpRequest | Request) -> str:
    """nb, nn or en by ``Accept-Language``; ``no`` means bokmål; the site's language without a wish we can fulfil.

    The locale middleware can't do it: with an unprefixed default language it gives every API path bokmål.
    """
    offered = {code for code, _name in settings.LANGUAGES}
    for wish, _quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        code = wish.lower().split("-")[0]
        code = "nb" if code == "no" else code
        if code in offered:
            return code
    return str(settings.LANGUAGE_CODE)


class ApiView(APIView):
    """Deny by default, JSON only, problem details, ``Idempotency-Key`` on every POST, the caller's language.

    A subclass names its ``permission_classes``. A handler may return a DRF ``Response`` or, for preformatted JSON, a
    plain ``HttpResponse``. Set ``idempotent = False`` where a POST only asks.
    """

    authentication_classes = [BearerAuthentication, SessionAuthentication]
    permission_classes: list[Any] = [Deny]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    throttle_classes: list[Any] = []
    versioning_class = None
    metadata_class = None
    schema: Any = AutoSchema()

    #: Answers to a POST are kept by their Idempotency-Key.
    idempotent = True
    #: Most bytes of a body.
    max_body = text.BODY_BYTES

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Problem details, per view."""
        return problems.handle

    @property
    def hat(self) -> Hat | None:
        """The header ``Samskap-Hat``, parsed. Raises ``Invalid``."""
        return parse_hat(self.request.META.get("HTTP_SAMSKAP_HAT"))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The body's size is looked at before anything is read or anybody is asked."""
        if request.method in ("POST", "PUT", "PATCH", "DELETE"):
            try:
                length = int(request.META.get("CONTENT_LENGTH") or 0)
            except ValueError:
                length = 0
            if length > self.max_body:
                raise TooLarge(
                    "too_large",
                    _("The request is larger than we read: at most %(limit)s bytes."),
                    params={"limit": self.max_body},
                )
        super().initial(request, *args, **kwargs)
        if any(isinstance(value, str) and text.is_unusable(value) for value in kwargs.values()):
            raise NotFound("not_found", _("There is nothing at this address."))
        for name, values in request.query_params.lists():
            if any(text.is_unusable(value) for value in values):
                raise Invalid(
                    "control_characters", _("This holds characters that can't be used in text."), loc=[name[:100]]
                )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """DRF's own life cycle, with the language set first and keyed POSTs answered once."""
        translation.activate(preferred_language(request))
        self.args, self.kwargs = args, kwargs
        drf_request = self.initialize_request(request, *args, **kwargs)
        self.request = drf_request
        self.headers = self.default_response_headers  # type: ignore[assignment]
        response: HttpResponseBase
        try:
            self.initial(drf_request, *args, **kwargs)
            name = (drf_request.method or "").lower()
            handler = (
                getattr(self, name, self.http_method_not_allowed)
                if name in self.http_method_names
                else self.http_method_not_allowed
            )
            response = self._answer(handler, drf_request, *args, **kwargs)
        except Exception as exc:  # noqa: BLE001 - DRF's contract: handle_exception re-raises what it doesn't know
            response = self.finalize_response(drf_request, self.handle_exception(exc), *args, **kwargs)
        self.response = response  # type: ignore[assignment]
        return response

    def _answer(
        self, handler: Callable[..., HttpResponseBase], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        key = idempotency.key_of(request) if request.method == "POST" and self.idempotent else None
        if key is None:
            return self.finalize_response(request, handler(request, *args, **kwargs), *args, **kwargs)  # type: ignore[arg-type]
        _parsed = request.data  # what can't be parsed is refused before, and not kept

        def work() -> HttpResponseBase:
            try:
                response = handler(request, *args, **kwargs)
            except Exception as exc:  # noqa: BLE001 - as in dispatch
                response = self.handle_exception(exc)
            final: HttpResponseBase = self.finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
            if isinstance(final, Response):
                final.render()
            return final

        return idempotency.answer_once(request, key, now(), work)[0]


class UnknownPath(ApiView):
    """The last pattern under the API's base: unknown paths give problem details too."""

    permission_classes: list[Any] = []
    authentication_classes = []
    idempotent = False
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """404, whatever the method."""
        translation.activate(preferred_language(request))
        message = (
            _("There is nothing at this address. Addresses end with a slash.")
            if not request.path.endswith("/")
            else _("There is nothing at this address.")
        )
        return problems.as_plain_response(NotFound("not_found", message))


class ProblemTypeView(ApiView):
    """What a ``type`` address of a problem document answers: its code, title and status."""

    permission_classes: list[Any] = []
    schema = None

    def get(self, request: Request, code: str) -> Response:
        """One kind of error. 404 for an unknown code."""
        cls = problems.error_classes().get(code)
        if cls is None:
            raise NotFound("not_found", _("There is no such kind of error."))
        return Response({"type": problems.type_uri(code), "code": code, "title": str(cls.title), "status": cls.status})
