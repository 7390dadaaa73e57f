"""What a party does with an agreement: confirm, decline, give notice, mark a task as done, documents."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.agreements import forms, services
from booking.agreements.downloads import as_download
from booking.agreements.models import AgreementState
from booking.agreements.public.pages import Ours, _version, page
from booking.agreements.view import clash_rows
from booking.foundation import files
from booking.foundation.errors import DomainError, Taken


@never_cache
@require_POST
@login_required
def confirm(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Yes for the organisation. Dates that somebody else has are shown first."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds)
    try:
        made = services.confirm(
            found,
            by=request.user,
            organisation=me.organisation,
            leave_out=request.POST.get("leave_out") == "yes",
            now=me.now,
            if_version=_version(request),
        )
    except Taken as error:
        rows = clash_rows(error.items, staff=False, on=me.today)
        return page(me, me.agreement(reference), status=409, clashes=rows, refusal=error.text)
    except DomainError as error:
        messages.error(request, error.text)
        return me.to(found)
    if made.state == AgreementState.AGREED:
        messages.success(request, _("Everybody has confirmed. The agreement holds."))
    else:
        messages.success(request, _("You have confirmed. It holds when the others have, too."))
    return me.to(found)


@never_cache
@require_POST
@login_required
def decline(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """No, and why."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds)
    form = forms.ReasonForm(request.POST, prefix="decline")
    if form.is_valid():
        try:
            services.decline(
                found,
                by=request.user,
                organisation=me.organisation,
                reason=form.cleaned_data["reason"],
                now=me.now,
                if_version=_version(request),
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("You have declined it. The others are told why."))
            return me.to(found)
    return page(me, me.agreement(reference), status=400, decline_form=form, declining=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notice(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """End it with the notice agreed on: first what that means, then the act."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds and found.state == AgreementState.AGREED and found.notice_at is None)
    form = forms.NoticeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.give_notice(
                found,
                by=request.user,
                organisation=me.organisation,
                reason=form.cleaned_data["reason"],
                ends_on=form.cleaned_data["ends_on"],
                now=me.now,
                if_version=_version(request),
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Notice is given. Everybody is told by letter."))
            return me.to(found)
    context = {
        "organisation": me.organisation,
        "agreement": found,
        "form": form,
        "earliest": services.earliest_end(found, me.today),
        "gives_hours": bool(found.hours.all()),
    }
    return render(request, "booking/agreements/public/notice.html", context)


@never_cache
@require_POST
@login_required
def task_done(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """The organisation has done its task."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    try:
        services.mark_done(found, pk, by=request.user, organisation=me.organisation, now=me.now)
    except DomainError as error:
        if error.status == 404:
            raise Http404 from error
        messages.error(request, error.text)
    else:
        messages.success(request, _("Marked as done. The municipality sees it."))
    return me.to(found)


@never_cache
@require_POST
@login_required
def document_new(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Add a document."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds)
    form = forms.DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            me.spend()
            services.add_document(
                found,
                name=upload.name,
                # One byte more than is allowed is enough to see that it is too much.
                content=upload.read(files.DOCUMENT_BYTES + 1),
                by=request.user,
                organisation=me.organisation,
                now=me.now,
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("The document is added."))
            return me.to(found)
    return page(me, me.agreement(reference), status=400, document_form=form)


@never_cache
@require_safe
@login_required
def document(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """Download a document. Never shown in place, whatever it is."""
    me = Ours(request, slug)
    return as_download(me.agreement(reference), pk)


@never_cache
@require_POST
@login_required
def document_remove(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """Take a document off the page."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds)
    try:
        services.remove_document(found, pk, by=request.user, organisation=me.organisation, now=me.now)
    except DomainError as error:
        if error.status == 404:
            raise Http404 from error
        messages.error(request, error.text)
    else:
        messages.success(request, _("The document is removed."))
    return me.to(found)
