"""The pages behind the code on the wall: what is known, report something, and what becomes of it. Nobody signs in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.cases.public.forms import Faults, say
from booking.catalogue.models import Resource
from booking.faults import selectors, services
from booking.faults.models import FaultKind
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError, TooMany
from booking.foundation.i18n import current_language

#: Reports of one address: a school has one. Codes that don't exist: against those who try them all.
ratelimit.LIMITS.setdefault("fault", Limits(Limit(5, 3600), Limit(40, 3600)))
ratelimit.LIMITS.setdefault("fault_code", Limits(None, Limit(60, 600)))
ratelimit.LIMITS.setdefault("fault_too", Limits(Limit(1, 86_400), Limit(60, 3600)))


class FaultForm(Faults):
    """What is wrong; the rest is help."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"),
        choices=FaultKind.choices,
        widget=forms.RadioSelect,
        error_messages=say(gettext_lazy("Choose what is wrong.")),
    )
    words = forms.CharField(
        label=gettext_lazy("Where is it, and what happens?"),
        required=False,
        max_length=text.PURPOSE,
        widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=gettext_lazy("Only the unit reads this. Don't write names of people."),
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("No people in it, please. We keep nothing of where it was taken."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        required=False,
        max_length=text.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=gettext_lazy("Only if you want to be told what becomes of it."),
    )
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: HttpRequest, code: str) -> HttpResponse:
    """What the code on the wall opens: what is known about the thing, and the form. 404 for no such code."""
    thing = selectors.thing_at(code)
    if thing is None:
        return _no_such_code(request)
    if request.method == "POST" and request.POST.get("act") == "too":
        return _too(request, thing, code)
    form = FaultForm(request.POST or None, request.FILES or None, initial={"submission_key": uuid.uuid4().hex})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _report(request, thing, form.cleaned_data)
            except DomainError as error:
                form.show(error)
                status = error.status
    context = {"thing": thing, "code": code, "form": form, "known": selectors.known_faults(thing)}
    return render(request, "booking/faults/wall.html", context, status=status)


def _report(request: HttpRequest, thing: Resource, data: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    ratelimit.spend("fault", now=now, contact=data["email"], address=ratelimit.client_address(request))
    photo = data.get("photo")
    fault = services.report_fault(
        thing,
        kind=data["kind"],
        words=data["words"],
        photo=photo.read(services.pictures.LARGEST + 1) if photo else None,
        email=data["email"],
        language=current_language(get_language()),
        now=now,
        submission_key=data["submission_key"] or None,
    )
    messages.success(request, _("Thank you. We have it, and you see here what becomes of it."))
    return redirect("booking:fault", fault.case.reference)


def _too(request: HttpRequest, thing: Resource, code: str) -> HttpResponse:
    """Counted once a day from an address; pressing again is no fault."""
    raw = request.POST.get("fault", "")
    known = {str(one.pk): one for one in selectors.known_faults(thing)}
    fault = known.get(raw)
    if fault is None:
        raise Http404
    now, address = clock.now(), ratelimit.client_address(request)
    try:
        ratelimit.spend("fault_too", now=now, contact=f"{fault.pk}:{address}", address=address)
    except TooMany:
        pass
    else:
        services.me_too(fault, now=now)
    messages.success(request, _("Thank you. It is counted."))
    return redirect("booking:wall", code)


def _no_such_code(request: HttpRequest) -> HttpResponse:
    try:
        ratelimit.spend("fault_code", now=clock.now(), address=ratelimit.client_address(request))
    except TooMany as error:
        return render(request, "booking/faults/nothing.html", {"words": error.text}, status=429)
    words = _("Look at the sign again: six letters and figures.")
    return render(request, "booking/faults/nothing.html", {"words": words}, status=404)


@never_cache
@require_safe
def fault(request: HttpRequest, reference: str) -> HttpResponse:
    """What became of it, for everybody: number, thing, state, unit, date. Nothing of who told it, nor their words."""
    found = selectors.by_reference(reference)
    if found is None:
        raise Http404
    context = {"fault": found, "case": found.case, "tz": booking_settings().tz}
    return render(request, "booking/faults/fault.html", context)
