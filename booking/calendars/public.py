"""A resource's public calendar over HTTP (feeds.md "HTTP"). Addresses: `urls.py`; the API's serves the same view."""

from __future__ import annotations

import hashlib
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from booking.calendars import services, statements
from booking.calendars.rules import SCHEMA, Window, window
from booking.catalogue.models import Resource, ResourceState
from booking.foundation import clock
from booking.foundation.conf import booking_settings

CONTENT_TYPE = "text/calendar; charset=utf-8"
LANGUAGES = ("nb", "nn", "en")
_EXPAND = ("1", "true", "yes")


def _plain(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


def _get_only(view: Any) -> Any:
    """405 with Allow for everything but GET and HEAD, before anything else is asked of the request."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response = _plain(405, "Only GET and HEAD.")
            response["Allow"] = "GET, HEAD"
            return response
        return view(request, *args, **kwargs)

    return inner


def _gzip_but_no_head(view: Any) -> Any:
    """Packed, except for HEAD: packing nothing gives bytes, and HEAD sends none."""
    packed = gzip_page(view)

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if request.method == "HEAD" else packed)(request, *args, **kwargs)  # type: ignore[no-any-return]

    return inner


@csrf_exempt
@_get_only
@_gzip_but_no_head
def resource_feed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The public feed of a resource: 200, 304, 404 for what isn't public, 410 for what is no longer lent.

    304 costs one query: the resource with its version row. The language comes from ``?lang=`` only, never from
    Accept-Language, so that a subscription doesn't change its language with the client that fetches it.
    """
    head = statements.head(slug)
    if head is None:
        return _absent(slug)
    language = request.GET.get("lang", "")
    variant = services.Variant(
        language=language if language in LANGUAGES else settings.LANGUAGE_CODE.split("-")[0],
        expand=request.GET.get("expand", "") in _EXPAND,
    )
    shown = window(clock.now(), clock.zone(head.timezone or booking_settings().timezone))
    etag = _etag(variant, shown, head.version)
    changed = int(head.changed_at.timestamp())
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag, last_modified=changed)
    if response is None:
        if request.method == "HEAD":
            # Streamed, so that nobody counts the body that isn't sent and says that the calendar has 0 bytes.
            response = StreamingHttpResponse(iter(()), content_type=CONTENT_TYPE)
        else:
            resource = Resource.objects.get(pk=head.pk)
            feed = services.resource_feed(resource, variant=variant, window=shown)
            response = StreamingHttpResponse(iter(feed), content_type=CONTENT_TYPE)
        response["Content-Disposition"] = f'inline; filename="{head.slug}.ics"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Content-Language"] = variant.language
    response["Cache-Control"] = "public, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    # Calendars on web pages of others read it too; it is public, and no cookie goes with it.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _absent(slug: str) -> HttpResponse:
    """410 tells clients to stop asking: only for what was public and was taken out of use."""
    if Resource.objects.filter(slug=slug, state=ResourceState.RETIRED, public=True).exists():
        return _plain(410, "This is no longer lent.")
    return _plain(404, "No such calendar.")


def _etag(variant: services.Variant, shown: Window, version: int) -> str:
    """Weak: gzip and plain are the same calendar. From schema, audience, language, version, window start, settings."""
    conf = booking_settings()
    words = f"{conf.public_base_url}|{conf.municipality_name}|{conf.timezone}"
    site = hashlib.blake2b(words.encode(), digest_size=4).hexdigest()
    return f'W/"{SCHEMA}.{variant.code}.{version}.{shown.code}.{site}"'


@csrf_exempt
@_get_only
def unknown_feed(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Anything else under /feeds/: said in plain text, never a page or a login."""
    return _plain(404, "No such calendar.")
