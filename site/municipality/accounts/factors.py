"""Passkeys, authenticator apps and recovery codes: the second step of signing in, and who must have one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.foundation import clock
from municipality.accounts import letters, limits, sessions
from municipality.accounts.codes import tidy
from municipality.accounts.forms import clean_text
from municipality.accounts.models import Identity, User

SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
#: What Wagtail's log calls :func:`reset`.
RESET = "accounts.remove_second_step"
_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


def has_second_factor(user: Any) -> bool:
    """Whether ``user`` has an app or a passkey."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND).exists()


def proved_twice(request: HttpRequest) -> bool:
    """Whether this session was opened with a passkey, a second step, or through a provider that asks for two."""
    return any(
        record.get("method") == "mfa" or (record.get("method") == "oidc" and record.get("strong"))
        for record in get_authentication_records(request, request.user)
    )


def must_prove(request: HttpRequest) -> bool:
    """Whether this session is shut until its owner, a municipal employee, has shown a second factor."""
    return bool(
        settings.SECOND_FACTOR_FOR_STAFF
        and request.user.has_perm("wagtailadmin.access_admin")
        and not proved_twice(request)
    )


@contextmanager
def one_at_a_time(user: User) -> Iterator[None]:
    """A transaction in which nobody else changes the factors of ``user``: two clicks add one app, not an error."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        yield


def forget_added_since(user: User, since: datetime) -> None:
    """Take away the second factors and connected logins that were added after ``since``."""
    Authenticator.objects.filter(user=user, type__in=SECOND, created_at__gte=since).delete()
    Identity.objects.filter(user=user, created_at__gte=since).delete()
    # Recovery codes stand in for an app or a passkey; alone they would ask for what nobody has.
    delete_dangling_recovery_codes(user)


def reset(user: User, *, now: datetime) -> bool:
    """Take all second factors away, for somebody who has lost them. Every session ends and the owner is told.

    False when there was none. Who may ask for it, and how they know that it is the owner who asks, is the matter of
    the door: docs/administrators/signing-in.md, "The phone is lost".
    """
    with one_at_a_time(user):
        if not has_second_factor(user):
            return False
        Authenticator.objects.filter(user=user).delete()
        sessions.end_others(user, keep=None)
        letters.send_notice(user, "second_step_reset", now=now)
        log(instance=user, action=RESET)
    return True


def is_sound(form: forms.Form) -> bool:
    """``form.is_valid()`` for what a device answers: nonsense is a wrong answer, where the library breaks over it."""
    try:
        return bool(form.is_valid())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


class SecondFactorStage(AuthenticateStage):
    """Asked after the e-mail's code, or after a provider's word, of everybody who has a second factor."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        if any(record.get("method") == "oidc" and record.get("strong") for record in records):
            return False
        return bool(super()._should_handle(request))


class _OneUse:
    """A code of an app or a recovery code: counted before it is compared, and good once in all web processes."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Authenticator

    def clean_code(self) -> str:
        now = clock.now()
        limits.count_second_factor(context.request, self.user.pk, now=now)
        self.cleaned_data["code"] = tidy(self.cleaned_data["code"])
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            raise forms.ValidationError(_("This is not the code. Wait for the next one and try again.")) from None
        # allauth strikes recovery codes off, but two requests at once would both find one there.
        if not limits.is_first_use(self.user.pk, code, now=now):
            raise forms.ValidationError(_("This code has been used. Wait for the next one."))
        return code


class SecondFactorForm(_OneUse, AuthenticateForm):
    """The second step when signing in."""

    code = forms.CharField(
        label=_("Code from the app, or a recovery code"),
        max_length=100,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("Write the code.")},
    )


class ProveForm(_OneUse, ReauthenticateForm):
    """The same, by somebody who is signed in already."""

    code = SecondFactorForm.base_fields["code"]


class AddAppForm(ActivateTOTPForm):
    """The first code of a new app proves that the secret has arrived there."""

    code = forms.CharField(
        label=_("Code from the app"),
        max_length=100,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("Write the code.")},
    )

    def clean_code(self) -> str:
        limits.count_second_factor(context.request, self.user.pk, now=clock.now())
        self.cleaned_data["code"] = tidy(self.cleaned_data["code"])
        try:
            return str(super().clean_code())
        except forms.ValidationError:
            raise forms.ValidationError(_("This is not the code. Wait for the next one and try again.")) from None


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey, and what its owner calls it."""

    name = forms.CharField(
        label=_("What do you call it?"),
        help_text=_("For instance “My phone”. It helps you when you want to remove it."),
        max_length=200,
        required=False,
    )

    def clean_name(self) -> str:
        """A short line; a name of ours when there is none, since the device keeps the key already."""
        return clean_text(self.cleaned_data["name"], max_length=60) or gettext("Passkey")


class RequireSecondFactor:
    """With ``SECOND_FACTOR_FOR_STAFF``, who may open the admin gets no further than to the page that adds one.

    Everything is shut, not the admin alone: an officer's rights follow them to cases, files and the API too. Nobody is
    locked out: whoever has a factor is asked for it, whoever has none adds one on the spot.
    """

    #: Names of what stays open: signing in and out, adding a factor.
    OPEN = ("account_", "mfa_", "oidc_")
    #: And what opens by a secret in its address or by nothing, whoever is signed in (feeds.md: "never a redirect").
    OPEN_PATHS = ("/feeds/", "/healthz", "/readyz", "/metrics", "/media/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Decide when the address is known."""
        if not settings.SECOND_FACTOR_FOR_STAFF or not request.user.is_authenticated:
            return None  # before anything costs a query
        match = request.resolver_match
        ours = match is not None and not match.namespaces and (match.url_name or "").startswith(self.OPEN)
        if ours or request.path.startswith(self.OPEN_PATHS):
            return None
        if not must_prove(request):
            return None
        if request.path.startswith("/api/"):
            title = gettext("Log in with a second step first.")
            return JsonResponse(
                {"type": "about:blank", "title": title, "status": 403, "code": "second_factor_needed"},
                status=403,
                content_type="application/problem+json",
            )
        if not has_second_factor(request.user):
            return HttpResponseRedirect(reverse("account_security"))
        wanted = {"next": request.get_full_path()} if request.method == "GET" else {}
        return HttpResponseRedirect(f"{reverse('account_prove')}?{urlencode(wanted)}".rstrip("?"))
