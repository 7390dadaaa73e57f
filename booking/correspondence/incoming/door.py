"""The HTTP door: a mail provider posts a raw mail. Only with the shared secret, and only when one is set."""

from __future__ import annotations

import hmac

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from booking.correspondence.incoming.accepting import accept
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import TooMany


@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """``POST /mail-in/`` with the mail as its body (``message/rfc822``), the secret as a bearer token; ``?to=`` names
    whom it was delivered to. 202 when it is stored; anything else means: keep it and try again, except 413."""
    conf = booking_settings().mail_in
    if not conf.http_secret:
        raise Http404
    now = clock.now()
    if not _knows(request, conf.http_secret):
        try:
            ratelimit.spend("feed_secret", now=now, address=ratelimit.client_address(request))
        except TooMany as error:
            return _problem(429, "too_many", {"Retry-After": str(error.retry_after)})
        return _problem(401, "not_authenticated", {"WWW-Authenticate": "Bearer"})
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > conf.max_bytes:
        return _problem(413, "too_large")
    raw = request.read(conf.max_bytes + 1)
    if len(raw) > conf.max_bytes:
        return _problem(413, "too_large")
    if not raw.strip():
        return _problem(400, "malformed")
    row = accept(raw, now=now, recipients=request.GET.getlist("to")[:50])
    return JsonResponse({"id": row.key, "state": row.state}, status=202)


def _knows(request: HttpRequest, secret: str) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {secret}".encode())


def _problem(status: int, code: str, headers: dict[str, str] | None = None) -> HttpResponse:
    body = {"type": "about:blank", "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
