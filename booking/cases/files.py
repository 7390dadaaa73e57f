"""Files of the conversation: who may have one, and how it is handed out. The same at every door."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from booking.cases.access import is_staff_for
from booking.cases.models import Case, MessageFile
from booking.cases.services.continuing import chain_of
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.text import is_unusable


def file_of(case: Case, user: Any, **named: Any) -> MessageFile | None:
    """A file of the case, or of the enquiry that it goes on from: by ``pk``, or by ``sha256`` of its content.

    None for who may not read the message that it came with. The caller has scoped the case.
    """
    if is_unusable(str(named.get("sha256", ""))):
        return None
    rows = MessageFile.objects.select_related("message", "message__case")
    on = clock.today(booking_settings().tz)
    for found in rows.filter(message__case__in=[case, *chain_of(case)], **named).order_by("pk"):
        if not found.message.internal or is_staff_for(user, found.message.case, on):
            return found
    return None


def as_download(found: MessageFile) -> HttpResponse:
    """Never shown in place, whatever it is."""
    response = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name)
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it all the same: it is nobody's page, and may do nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
