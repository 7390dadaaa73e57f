"""Handing out a document of an agreement: always as a download, never shown by the browser (quality.md "Security")."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from booking.agreements.models import Agreement, DocumentContent
from booking.foundation.doors.downloads import download


def as_download(agreement: Agreement, pk: int) -> HttpResponse:
    """The bytes with the type they really have. 404 for a document of another agreement, and for a removed one.

    Who asks has been checked by the caller: ``agreement`` is one that the reader may see.
    """
    found = (
        DocumentContent.objects.filter(document=pk, document__agreement=agreement, document__removed_at=None)
        .select_related("document")
        .first()
    )
    if found is None:
        raise Http404
    return download(found.document.name, found.document.content_type, bytes(found.data))
