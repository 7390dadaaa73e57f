"""What a party does about a permit on the page of the case; and the download of what was handed in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.cases import selectors as cases
from booking.cases.access import party_hats
from booking.cases.public.case import count, title_of, visible_case
from booking.foundation import clock, files
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.doors.downloads import download
from booking.foundation.errors import DomainError
from booking.permits import selectors, services
from booking.permits.forms import AppliedForm, FileForm
from booking.permits.models import Permit, PermitDocumentContent
from booking.permits.parts import may_act
from booking.permits.selectors import PermitView


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def case_permit(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """One permit, condition or document: what it is, who grants it, and what the party does about it."""
    found = visible_case(request, reference)
    now = clock.now()
    on = local_date(now, booking_settings().tz)
    hats = party_hats(request.user, found, on)
    if not hats:
        raise Http404
    detail = cases.case_detail(found, request.user, now=now)
    view = next((one for one in selectors.permits_of(found, detail.lines, now=now) if one.permit.pk == pk), None)
    if view is None:
        raise Http404
    act = request.POST.get("act", "") if request.method == "POST" else ""
    applied = AppliedForm(request.POST if act == "apply" else None, initial={"applied_on": on})
    file = FileForm(*((request.POST, request.FILES) if act == "upload" else ()))
    if act:
        hat = found.requester_hat if found.requester_hat in hats else hats[0]
        try:
            count(request, now)
            done = _do(request, view, act, applied, file, {"by": request.user, "hat": hat, "now": now})
        except DomainError as error:
            form = {"apply": applied, "upload": file}.get(act)
            if form is None:
                messages.error(request, error.text)
            else:
                form.show(error)
        else:
            if done:
                messages.success(request, done)
                return redirect("booking:case", reference=reference)
    context = {
        "case": found,
        "title": title_of(found),
        "view": view,
        "may": may_act(found, view),
        "applied": applied,
        "file": file,
        "act": act,
        "tz": booking_settings().tz,
    }
    return render(request, "booking/permits/permit.html", context, status=400 if act else 200)


def _do(
    request: HttpRequest, view: PermitView, act: str, applied: AppliedForm, file: FileForm, common: dict[str, Any]
) -> str:
    """Carry out what was pressed; "" when the form isn't filled in right. Raises what the service refuses."""
    permit: Permit = view.permit
    if act == "apply":
        if not applied.is_valid():
            return ""
        data = applied.cleaned_data
        services.say_applied(permit, applied_on=data["applied_on"], note=data["note"], **common)
        return _("Noted: you have applied.")
    if act == "confirm":
        sent = request.POST.get("version", "")
        version = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None
        services.confirm(permit, version=version, **common)
        return _("You have confirmed the condition.")
    if act == "upload":
        if not file.is_valid():
            return ""
        upload = file.cleaned_data["file"]
        services.add_document(permit, name=upload.name, content=upload.read(files.DOCUMENT_BYTES + 1), **common)
        return _("The document is handed in.")
    raise Http404


@never_cache
@require_safe
@login_required
def case_permit_document(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Download a file that was handed in; for parties and the case's unit."""
    found = visible_case(request, reference)
    row = (
        PermitDocumentContent.objects.filter(document=pk, document__permit__case=found)
        .select_related("document")
        .first()
    )
    if row is None:
        raise Http404
    return download(row.document.name, row.document.content_type, bytes(row.data))
