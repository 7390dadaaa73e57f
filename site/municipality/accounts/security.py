"""The pages about one's ways in: second factors, connected logins, and where one is signed in."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base.internal.flows import delete_and_cleanup, post_authentication
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import flows as totp
from allauth.mfa.webauthn.forms import LoginWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.internal import flows as passkey_flows
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import TooMany
from booking.foundation.i18n import current_language
from municipality.accounts import codes, factors, letters, limits, oidc, sessions
from municipality.accounts.forms import CodeForm
from municipality.accounts.fresh import FreshMixin
from municipality.accounts.models import Identity
from municipality.accounts.signin import MAX_TRIES
from municipality.accounts.views import AccountFormView, safe_next, too_many

_PROOF = "account_proof"


def _home() -> HttpResponse:
    return HttpResponseRedirect(reverse("account_security"))


@method_decorator(never_cache, name="dispatch")
class SecurityView(LoginRequiredMixin, TemplateView):
    """All ways in, and all browsers that are in."""

    template_name = "account/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What there is; secrets never."""
        user = self.request.user
        mine = list(Authenticator.objects.filter(user=user).order_by("created_at"))
        recovery = next((one for one in mine if one.type == Authenticator.Type.RECOVERY_CODES), None)
        identities = list(Identity.objects.filter(user=user).order_by("created_at"))
        linked = {one.provider for one in identities}
        return super().get_context_data(**kwargs) | {
            "factors": [one for one in mine if one.type in factors.SECOND],
            "has_app": any(one.type == Authenticator.Type.TOTP for one in mine),
            "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else None,
            "identities": [(one, oidc.label(one.provider)) for one in identities],
            "providers": [one for one in oidc.providers().values() if one.name not in linked],
            "sessions": sessions.of(user),
            "this_session": self.request.session.session_key,
            "must": factors.must_prove(self.request),
            "staff": user.has_perm("wagtailadmin.access_admin"),
        }


class ProveView(LoginRequiredMixin, AccountFormView):
    """It is really you: by app, passkey or recovery code where there is one, else by a code in the mailbox."""

    template_name = "account/prove.html"

    def get_form_class(self) -> Any:
        """Whoever has a second factor proves it with that one: a mailbox alone must not take it away."""
        return factors.ProveForm if factors.has_second_factor(self.request.user) else CodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """allauth's forms want to know whose code it is."""
        kwargs = super().get_form_kwargs()
        if factors.has_second_factor(self.request.user):
            kwargs["user"] = self.request.user
        return kwargs

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A code by mail was asked for, a passkey answered, or a code was typed."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if request.POST.get("credential") and factors.has_second_factor(request.user):
            limits.count_second_factor(request, request.user.pk, now=clock.now())
            form = ReauthenticateWebAuthnForm(data=request.POST, user=request.user)
            if factors.is_sound(form):
                form.save()
                return self._on()
            messages.error(request, _("The passkey was not recognised."))
            return HttpResponseRedirect(request.get_full_path())
        if request.POST.get("action") == "send" and not factors.has_second_factor(request.user):
            now = clock.now()
            limits.count_request(request, request.user.email, now=now)
            nonce = codes.new_nonce()
            request.session[_PROOF] = {"nonce": nonce, "at": now.timestamp(), "tries": 0}
            letters.send_code(
                email=request.user.email,
                nonce=nonce,
                expires_at=now + codes.LIFETIME,
                language=current_language(),
                now=now,
                purpose="prove",
            )
            return HttpResponseRedirect(request.get_full_path())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """In order: on to where one wanted."""
        if isinstance(form, factors.ProveForm):
            form.save()
            return self._on()
        now = clock.now()
        limits.count_try(self.request, self.request.user.email, now=now)
        proof = self.request.session.get(_PROOF) or {}
        alive = proof and now.timestamp() - proof["at"] < codes.LIFETIME.total_seconds() and proof["tries"] < MAX_TRIES
        if alive and codes.fits(form.cleaned_data["code"], proof["nonce"], self.request.user.email):
            del self.request.session[_PROOF]
            record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
            return self._on()
        if proof:
            self.request.session[_PROOF] = proof | {"tries": proof["tries"] + 1}
        form.add_error("code", _("This is not the code, or it has run out. Ask for a new one."))
        return self.form_invalid(form)

    def _on(self) -> HttpResponse:
        return HttpResponseRedirect(safe_next(self.request) or reverse("account_security"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which proof is asked for."""
        context = super().get_context_data(**kwargs)
        user = self.request.user
        proof = self.request.session.get(_PROOF)
        has_key = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()
        demo = booking_settings().demo and proof
        return context | {
            "second": factors.has_second_factor(user),
            "must": factors.must_prove(self.request),
            "sent": bool(proof),
            "demo_code": codes.spaced(codes.code_for(proof["nonce"], user.email)) if demo else "",
            "passkey_options": passkeys.begin_authentication(user) if has_key else None,
        }


class AddAppView(FreshMixin, AccountFormView):
    """An authenticator app: a picture to scan, or a key to type, and its first code."""

    form_class = factors.AddAppForm
    template_name = "account/add_app.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whose."""
        return super().get_form_kwargs() | {"user": self.request.user}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One app at a time: another one takes the place of the first when that is removed."""
        return _home() if self._has_one() else super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A second press finds the app added."""
        return _home() if self._has_one() else super().post(request, *args, **kwargs)

    def _has_one(self) -> bool:
        return Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.TOTP).exists()

    def form_valid(self, form: factors.AddAppForm) -> HttpResponse:
        """Keep it; the session counts as proved twice from now on."""
        with factors.one_at_a_time(self.request.user):
            if self._has_one():
                return _home()
            added, recovery = totp.activate_totp(self.request, form)
            letters.send_notice(self.request.user, "totp_activated", now=clock.now())
        post_authentication(self.request, added, reauthenticated=True)
        messages.success(self.request, _("The app is added. From now on you are asked for its code when you log in."))
        return _to_codes(self.request) if recovery else _home()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The picture and the key."""
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        picture = mfa_adapter().build_totp_svg(mfa_adapter().build_totp_url(self.request.user, secret))
        return context | {
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            "picture": "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode(),
        }


class AddPasskeyView(FreshMixin, AccountFormView):
    """A passkey: the browser makes it, we keep its public half."""

    form_class = factors.AddPasskeyForm
    template_name = "account/add_passkey.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whose."""
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        """The device's own name is as good as any."""
        return {"name": sessions.device(self.request.META.get("HTTP_USER_AGENT", ""))}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the browser has made."""
        form = self.get_form()
        return self.form_valid(form) if factors.is_sound(form) else self.form_invalid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """What the device said stands in a hidden field: told as a message."""
        messages.error(self.request, _("The passkey could not be added. Try again, or choose the app."))
        return HttpResponseRedirect(reverse("account_add_passkey"))

    def form_valid(self, form: factors.AddPasskeyForm) -> HttpResponse:
        """Keep it."""
        with factors.one_at_a_time(self.request.user):
            added, recovery = passkey_flows.add_authenticator(
                self.request, name=form.cleaned_data["name"], credential=form.cleaned_data["credential"]
            )
            letters.send_notice(self.request.user, "webauthn_added", now=clock.now())
        post_authentication(self.request, added, reauthenticated=True)
        messages.success(self.request, _("The passkey is added. You can log in with it from now on."))
        return _to_codes(self.request) if recovery else _home()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the browser needs to make one that opens by itself (with face, finger or PIN)."""
        return super().get_context_data(**kwargs) | {
            "creation_options": passkeys.begin_registration(self.request.user, True)
        }


def _to_codes(request: HttpRequest) -> HttpResponse:
    request.session["show_recovery_codes"] = True
    return HttpResponseRedirect(reverse("account_recovery_codes"))


@method_decorator(never_cache, name="dispatch")
class RecoveryCodesView(FreshMixin, TemplateView):
    """Ten codes for the day the phone is lost: shown once, when they are made."""

    template_name = "account/recovery_codes.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """New codes in place of the old."""
        with factors.one_at_a_time(request.user):
            if not factors.has_second_factor(request.user):
                return _home()
            Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).delete()
            RecoveryCodes.activate(request.user)
            letters.send_notice(request.user, "recovery_codes_generated", now=clock.now())
        return _to_codes(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The codes, the first time only."""
        row = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.RECOVERY_CODES).first()
        show = self.request.session.pop("show_recovery_codes", False)
        unused = row.wrap().get_unused_codes() if row else []
        return super().get_context_data(**kwargs) | {
            "codes": [f"{code[:4]} {code[4:]}" for code in unused] if show else [],
            "left": len(unused) if row else None,
        }


@method_decorator(never_cache, name="dispatch")
class RemoveFactorView(FreshMixin, TemplateView):
    """Asks, and removes."""

    template_name = "account/remove_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which."""
        return super().get_context_data(**kwargs) | {"factor": self._mine(self.request, kwargs["pk"])}

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Gone, and its owner is told by letter."""
        factor = self._mine(request, pk)
        change = "totp_deactivated" if factor.type == Authenticator.Type.TOTP else "webauthn_removed"
        with factors.one_at_a_time(request.user):
            delete_and_cleanup(request, factor)
            letters.send_notice(request.user, change, now=clock.now())
        messages.success(request, _("Removed."))
        return _home()

    def _mine(self, request: HttpRequest, pk: int) -> Authenticator:
        return get_object_or_404(Authenticator, pk=pk, user=request.user, type__in=factors.SECOND)


@method_decorator(never_cache, name="dispatch")
class SecondFactorView(AuthenticateView):
    """The second step when signing in."""

    form_class = factors.SecondFactorForm
    template_name = "account/second_factor.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Too many tries are a page."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except TooMany as error:
            return too_many(request, error)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A code, or a passkey's answer, which stands in a hidden field: what is wrong with it becomes a message."""
        if "code" in request.POST:
            return super().post(request, *args, **kwargs)
        limits.count_second_factor(request, self.stage.login.user.pk, now=clock.now())
        if factors.is_sound(self.form):
            return self.form_valid(self.form)
        messages.error(request, _("The passkey was not recognised."))
        return HttpResponseRedirect(reverse("mfa_authenticate"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Options for a passkey only where there is one."""
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        has_key = Authenticator.Type.WEBAUTHN in types
        return context | {
            "passkey_options": context["js_data"]["request_options"] if has_key else None,
            "has_app": Authenticator.Type.TOTP in types,
        }


@method_decorator(never_cache, name="dispatch")
class PasskeySignInView(View):
    """Sign-in with a passkey alone: it holds who one is, and asks for face, finger or PIN by itself."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The challenge. The same for everybody: whose key it will be isn't known yet."""
        try:
            limits.count_other_door(request, now=clock.now())
        except TooMany as error:
            return too_many(request, error)
        return JsonResponse(dict(passkeys.begin_authentication(user=None)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """The device's answer."""
        try:
            limits.count_other_door(request, now=clock.now())
        except TooMany as error:
            return too_many(request, error)
        form = LoginWebAuthnForm(data=request.POST)
        if not factors.is_sound(form):
            messages.error(request, _("The passkey was not recognised. Log in with a code by e-mail instead."))
            return HttpResponseRedirect(reverse("account_login"))
        key = form.cleaned_data["credential"]
        post_authentication(request, key, passwordless=True)
        return perform_login(request, Login(user=key.user, redirect_url=safe_next(request)))


class EndSessionView(LoginRequiredMixin, View):
    """Ends one session, or all but this one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Ended at once: the next page there asks to log in."""
        if pk is None:
            sessions.end_others(request.user, keep=request.session.session_key)
            messages.success(request, _("You are logged out everywhere else."))
        elif sessions.end(request.user, pk):
            messages.success(request, _("That device is logged out."))
        else:
            raise Http404
        return _home()
