"""The page of a person about themselves: see it, take it along, put it right, take consent back, have it gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.foundation import clock, personal
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError, TooMany, Unmet
from booking.privacy import selectors, services
from booking.privacy.models import Consent

#: A file is work for the database; nobody needs it every minute.
ratelimit.LIMITS.setdefault("privacy_file", Limits(Limit(20, 3600), None))
#: Without a host that says better: how long a log-in counts as proof of who sits there.
FRESH = timedelta(minutes=15)
#: Rows of one class on the page with everything; the file has no such end.
MOST_ON_PAPER = 500


class CorrectForm(forms.Form):
    """What a person puts right themselves."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of letters"))

    def __init__(self, *args: Any, account: personal.Account, given: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=given, **kwargs)
        language: Any = self.fields["language"]
        language.choices = account.languages
        for name in list(self.fields):
            if name not in given:
                del self.fields[name]

    def show(self, error: DomainError) -> None:
        """A refusal at the fields it names."""
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc and str(fault.loc[0]) in self.fields else None
            self.add_error(name, fault.text)
        if not error.errors:
            self.add_error(None, error.text)


class ConfirmForm(forms.Form):
    """The second step before somebody is erased."""

    understood = forms.BooleanField(
        label=gettext_lazy("I know that this can't be undone"),
        error_messages={"required": gettext_lazy("Tick this to go on.")},
    )


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    # No secret in the address. `no-referrer` would make browsers send "Origin: null", which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What there is, in short; who looked; what was agreed to; how long things stay; and what can be done about it."""
    now = clock.now()
    sections = [one for one in selectors.sections(request.user) if one.data.name not in ("looks", "consents")]
    context = {
        "sections": [one for one in sections if one.records],
        "empty": [one.data.label for one in sections if not one.records],
        "consents": selectors.consents_of(request.user),
        "looks": selectors.looks_at(request.user),
        "names": booking_settings().show_officer_names,
        "classes": selectors.kept_how_long(),
        "may_correct": personal.account() is not None,
        "now": now,
    }
    return _private(render(request, "booking/privacy/mine.html", context))


@never_cache
@require_safe
@login_required
def everything(request: HttpRequest) -> HttpResponse:
    """Everything on one page, to read or to print."""
    context = {
        "sections": selectors.sections(request.user, most=MOST_ON_PAPER),
        "made_at": clock.now(),
        "tz": booking_settings().tz,
    }
    return _private(render(request, "booking/privacy/everything.html", context))


@never_cache
@require_safe
@login_required
def file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everything as a file that programs read."""
    now = clock.now()
    try:
        ratelimit.spend("privacy_file", now=now, contact=str(request.user.pk))
    except TooMany as error:
        messages.error(request, error.text)
        return redirect("booking:my_privacy")
    response = StreamingHttpResponse(selectors.export(request.user, now=now), content_type="application/json")
    day = clock.local_date(now, booking_settings().tz).isoformat()
    response["Content-Disposition"] = f'attachment; filename="about-me-{day}.json"'
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def correct(request: HttpRequest) -> HttpResponse:
    """Name, phone, language. For everything else the page says where."""
    account = personal.account()
    if account is None:
        raise Http404
    given = account.details(request.user)
    form = CorrectForm(request.POST if request.method == "POST" else None, account=account, given=given)
    if request.method == "POST" and form.is_valid():
        try:
            account.correct(user=request.user, now=clock.now(), **(dict(given) | form.cleaned_data))
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("booking:my_privacy")
    return _private(render(request, "booking/privacy/correct.html", {"form": form}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """One consent word for word, and the button that takes it back."""
    row = Consent.objects.filter(pk=pk, user=request.user).select_related("text").first()
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            services.withdraw(consent=row, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, _("It is taken back."))
        return redirect("booking:my_privacy")
    return _private(render(request, "booking/privacy/consent.html", {"one": selectors.consent_view(row)}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Step one: what goes, what stays and why, and what must be done before. The button leads to step two."""
    now = clock.now()
    waits = selectors.obstacles(request.user, now)
    if request.method == "POST" and not waits:
        return redirect("booking:my_privacy_erase_confirm")
    # Only what there is something of: a coach needn't read what becomes of an officer's work.
    context = {"waits": waits, "data": [one.data for one in selectors.sections(request.user, most=1) if one.records]}
    return _private(render(request, "booking/privacy/erase.html", context))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def erase_confirm(request: HttpRequest) -> HttpResponse:
    """Step two: only who has proved lately who they are, and with a tick. A session left open in the gym won't do."""
    here = reverse("booking:my_privacy_erase_confirm")
    if (proof := _proof_first(request, here)) is not None:
        return proof
    now = clock.now()
    if selectors.obstacles(request.user, now):
        return redirect("booking:my_privacy_erase")
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.erase_person(user=request.user, by=request.user, now=now)
        except Unmet as error:
            messages.error(request, error.text)
            return redirect("booking:my_privacy_erase")
        logout(request)
        return redirect("booking:privacy_erased")
    return _private(render(request, "booking/privacy/erase_confirm.html", {"form": form}))


def _proof_first(request: HttpRequest, back: str) -> HttpResponse | None:
    account = personal.account()
    if account is not None:
        return None if account.is_fresh(request) else redirect(account.prove_url(back))
    since = getattr(request.user, "last_login", None)
    if since is not None and clock.real() - since < FRESH:
        return None
    logout(request)
    return redirect_to_login(back, settings.LOGIN_URL)


@never_cache
@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """It is done. Whoever opens the address reads what happens to those who ask for it: it names nobody."""
    return _private(render(request, "booking/privacy/erased.html", {}))
