"""Handing out what somebody uploaded: always as a download, never shown by the browser (quality.md "Security")."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(name: str, content_type: str, data: bytes) -> HttpResponse:
    """The bytes with the type they really have. Who may have them has been checked by the caller."""
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it after all: nothing in it may run or load anything.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
