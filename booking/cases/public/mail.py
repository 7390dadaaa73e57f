"""The sent mail of a demo: what has gone out, to read without a mailbox. Nowhere else does the page exist."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.correspondence import selectors as correspondence
from booking.foundation.conf import booking_settings

PER_PAGE = 30


def _open() -> None:
    if not booking_settings().demo:
        raise Http404


@never_cache
@require_safe
def sent_mail(request: HttpRequest) -> HttpResponse:
    """The letters, newest first."""
    _open()
    page = Paginator(correspondence.sent_mail(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "booking/cases/sent_mail.html", {"page_obj": page})


@never_cache
@require_safe
def sent_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter as it was sent."""
    _open()
    letter = get_object_or_404(correspondence.sent_mail(), pk=pk)
    return render(request, "booking/cases/sent_letter.html", {"letter": letter})
