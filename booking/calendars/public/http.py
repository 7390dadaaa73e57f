"""How every feed answers (feeds.md "HTTP"): methods, validators, types, packing. No session, no cookie, no redirect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import ResponseHeaders
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from booking.calendars import services
from booking.calendars.rules import SCHEMA, Window
from booking.calendars.selectors import Audience
from booking.foundation.conf import booking_settings

CONTENT_TYPE = "text/calendar; charset=utf-8"
LANGUAGES = services.LANGUAGES
_EXPAND = ("1", "true", "yes")


def plain(status: int, text: str) -> HttpResponse:
    """A refusal as programs and people can read it: never a page or a login."""
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


class _Headers(ResponseHeaders):
    """Headers of a feed. It is the same in whatever language its reader prefers (``variant_of``), so it must not say
    `Vary: Accept-Language`, which Django's locale middleware adds to everything: shared caches would keep many copies.
    """

    def __setitem__(self, key: str, value: str | bytes) -> None:
        if key.lower() == "vary":
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            kept = [one for one in (part.strip() for part in text.split(",")) if one.lower() != "accept-language"]
            if not any(kept):
                return
            value = ", ".join(kept)
        super().__setitem__(key, value)


def feed_view(view: Callable[..., HttpResponseBase]) -> Any:
    """A view that is read only: 405 with Allow for everything but GET and HEAD, packed where the client takes it."""
    packed = gzip_page(view)

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response: HttpResponseBase = plain(405, "Only GET and HEAD.")
            response["Allow"] = "GET, HEAD"
        else:
            # Packing nothing gives bytes, and HEAD sends none.
            response = (view if request.method == "HEAD" else packed)(request, *args, **kwargs)
        response.headers = _Headers(dict(response.items()))
        return response

    return inner


def variant_of(request: HttpRequest, audience: Audience, language: str = "") -> services.Variant:
    """The form that is asked for. The language comes from ``?lang=`` only, never from Accept-Language, so that a
    subscription doesn't change its language with the client that fetches it; else ``language``, the feed's own."""
    asked = request.GET.get("lang", "")
    own = language if language in LANGUAGES else settings.LANGUAGE_CODE.split("-")[0]
    return services.Variant(
        language=asked if asked in LANGUAGES else own,
        expand=request.GET.get("expand", "") in _EXPAND,
        audience=audience,
    )


def etag_of(variant: services.Variant, shown: Window, version: int, *more: Any) -> str:
    """Weak: gzip and plain are the same calendar. From schema, audience, language, version, window start, settings,
    and whatever else its bytes depend on."""
    conf = booking_settings()
    words = f"{conf.public_base_url}|{conf.municipality_name}|{conf.timezone}|{more!r}"
    site = hashlib.blake2b(words.encode(), digest_size=6).hexdigest()
    return f'W/"{SCHEMA}.{variant.code}.{version}.{shown.code}.{site}"'


def respond(
    request: HttpRequest,
    *,
    name: str,
    etag: str,
    changed_at: datetime,
    language: str,
    body: Callable[[], Iterable[bytes]],
    private: bool = False,
) -> HttpResponseBase:
    """304, the head alone, or the whole calendar. ``body`` is asked for only when it is sent.

    ``private``: nobody else may keep it, and neither search engines nor other sites get to know the address.
    """
    changed = int(changed_at.timestamp())
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag, last_modified=changed)
    if response is None:
        # HEAD is streamed as well, so that nobody counts the body that isn't sent and says that it has 0 bytes.
        pieces = iter(()) if request.method == "HEAD" else iter(body())
        response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPE)
        response["Content-Disposition"] = f'inline; filename="{name}"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Content-Language"] = language
    response["X-Content-Type-Options"] = "nosniff"
    if private:
        quiet(response)
    else:
        response["Cache-Control"] = "public, max-age=300"
        # Calendars on web pages of others read it too; it is public, and no cookie goes with it.
        response["Access-Control-Allow-Origin"] = "*"
    return response


def quiet(response: HttpResponseBase) -> HttpResponseBase:
    """What every answer behind a secret carries, refusals too."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
