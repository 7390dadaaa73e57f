"""Entity tags: 304 for what a client has already, 412 for what changed under its hands."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from booking.foundation.errors import Stale


def etag_of(*parts: object) -> str:
    """A strong entity tag, with its quotes, from what identifies a version (a number, a time, a language)."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
    return f'"{digest[:32]}"'


def not_modified(request: Request | HttpRequest, etag: str) -> bool:
    """True when ``If-None-Match`` names this version (compared weakly, RFC 9110 13.1.2): answer 304."""
    given = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return "*" in given or etag in {tag.removeprefix("W/") for tag in given}


def require_match(request: Request | HttpRequest, etag: str) -> None:
    """Raise ``Stale`` (412) when the caller sent ``If-Match`` and it doesn't name this version (compared strongly)."""
    header = request.META.get("HTTP_IF_MATCH")
    if header is None:
        return
    given = parse_etags(header)
    if "*" not in given and etag not in given:
        raise Stale("stale", _("This was changed after you read it. Read it again, then decide."))
