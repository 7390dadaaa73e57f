"""The pages of signing in and out."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.logout import logout
from allauth.account.stages import LoginStageController
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import TooMany
from municipality.accounts import age, codes, limits, oidc
from municipality.accounts.forms import CodeForm, NameForm, SignInForm
from municipality.accounts.models import User
from municipality.accounts.signin import NameStage, SignIn


def safe_next(request: HttpRequest) -> str | None:
    """``next`` from the form or the address, if it is an address of ours; else None."""
    wanted = request.POST.get("next") or request.GET.get("next")
    return wanted if get_adapter(request).is_safe_url(wanted) else None


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """The page for somebody who has to wait: how long, and that nothing else is wrong."""
    response = render(request, "account/too_many.html", {"message": error.text}, status=429)
    response["Retry-After"] = str(error.retry_after)
    return response


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class AccountFormView(FormView):
    """A form page of ours: never cached, told to search engines as nothing to keep."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The checked ``next`` goes along with every form."""
        return super().get_context_data(**kwargs) | {"next": safe_next(self.request) or ""}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As usual; being told to wait is a page, not an error."""
        try:
            response = super().dispatch(request, *args, **kwargs)
        except TooMany as error:
            return too_many(request, error)
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response


class SignInView(AccountFormView):
    """Step one: the address. Answers the same for addresses with and without an account."""

    form_class = SignInForm
    template_name = "account/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Whoever is signed in goes on, unless that would only lead back here."""
        if request.user.is_authenticated:
            return self._already_signed_in(request)
        return super().dispatch(request, *args, **kwargs)

    def _already_signed_in(self, request: HttpRequest) -> HttpResponse:
        target = safe_next(request) or get_adapter(request).get_login_redirect_url(request)
        # Wagtail sends people without the right to its admin here, with the admin as next: an endless loop.
        if target.startswith(reverse("wagtailadmin_home")) and not request.user.has_perm("wagtailadmin.access_admin"):
            # Wagtail has left a message that says the same in other words; it would stand on the next page.
            list(messages.get_messages(request))
            return render(request, "account/no_access.html", {"next": target}, status=403)
        return HttpResponseRedirect(target)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The other doors, where there are any."""
        return super().get_context_data(**kwargs) | {"providers": list(oidc.providers().values())}

    def get_initial(self) -> dict[str, Any]:
        """ "Another address" and a new code begin with what was typed."""
        process = SignIn.resume(self.request)
        return {"email": process.email} if process else {}

    def form_valid(self, form: SignInForm) -> HttpResponse:
        """Send the code and ask for it."""
        now = clock.now()
        email = form.cleaned_data["email"]
        limits.count_request(self.request, email, now=now)
        SignIn.begin(self.request, email, redirect_url=safe_next(self.request), now=now)
        return HttpResponseRedirect(reverse("account_confirm_login_code"))


class ConfirmView(AccountFormView):
    """Step two: the code. "Send a new one" is a button of the same page."""

    form_class = CodeForm
    template_name = "account/confirm_login_code.html"
    process: SignIn

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Without a sign-in begun in this session there is nothing to confirm."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(get_adapter(request).get_login_redirect_url(request))
        process = SignIn.resume(request)
        if process is None:
            return HttpResponseRedirect(reverse("account_login"))
        self.process = process
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A new code, or a try of the one that was sent."""
        if request.POST.get("action") == "resend":
            now = clock.now()
            limits.count_request(request, self.process.email, now=now)
            self.process.send_code(now=now)
            return HttpResponseRedirect(reverse("account_confirm_login_code"))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """In, or back with a sentence that says what to do."""
        now = clock.now()
        limits.count_try(self.request, self.process.email, now=now)
        if self.process.check(form.cleaned_data["code"], now=now):
            return self.process.finish()
        if self.process.is_expired(now):
            form.add_error("code", _("This code has run out. Press “Send a new code”."))
        elif not self.process.tries_left:
            form.add_error("code", _("That was too many wrong codes. Press “Send a new code”."))
        else:
            form.add_error("code", _("This is not the code. Look for the newest e-mail and try again."))
        return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Address, until when the code is good; in the demo also the code itself."""
        conf = booking_settings()
        context = super().get_context_data(**kwargs)
        context |= {
            "email": self.process.email,
            "expires_at": clock.local(self.process.expires_at, conf.tz),
            "expired": self.process.is_expired(clock.now()),
            "demo_code": codes.spaced(codes.code_for(self.process.nonce, self.process.email)) if conf.demo else "",
        }
        return context


class NameView(AccountFormView):
    """The last step of the first sign-in (``signin.NameStage``); who is signed in changes the name here later."""

    form_class = NameForm
    template_name = "account/name.html"
    user: User
    stage: NameStage | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """For who is signed in, or about to be."""
        if request.user.is_authenticated:
            self.user = request.user
        else:
            self.stage = LoginStageController.enter(request, NameStage.key)
            # The user is None when the account has gone meanwhile.
            if self.stage is None or self.stage.login.user is None:
                return redirect_to_login(request.get_full_path(), reverse("account_login"))
            self.user = self.stage.login.user
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Under 13: the account goes, nothing is kept, and the page says what to do instead."""
        if request.POST.get("action") == "younger" and self.user.age_declared_at is None:
            logout(request)
            age.close(self.user)
            return render(request, "account/too_young.html")
        return super().post(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """What we have."""
        return {"name": self.user.name, "phone": self.user.phone}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The age is asked once."""
        return super().get_form_kwargs() | {"ask_age": self.user.age_declared_at is None}

    def form_valid(self, form: NameForm) -> HttpResponse:
        """Keep it and go on."""
        user = self.user
        user.name, user.phone = form.cleaned_data["name"], form.cleaned_data["phone"]
        user.age_declared_at = user.age_declared_at or clock.now()
        user.save(update_fields=["name", "phone", "age_declared_at"])
        if self.stage is not None:
            return self.stage.exit()
        return HttpResponseRedirect(
            safe_next(self.request) or get_adapter(self.request).get_login_redirect_url(self.request)
        )


@method_decorator(never_cache, name="dispatch")
class SignOutView(TemplateView):
    """Signing out takes a press of a button (POST): a picture in some e-mail can't do it."""

    template_name = "account/logout.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, or go on when nobody is signed in."""
        if not request.user.is_authenticated:
            return HttpResponseRedirect(self._target())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session."""
        target = self._target()
        logout(request)
        return HttpResponseRedirect(target)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The checked ``next`` goes along."""
        return super().get_context_data(**kwargs) | {"next": safe_next(self.request) or ""}

    def _target(self) -> str:
        return safe_next(self.request) or get_adapter(self.request).get_logout_redirect_url(self.request)


@method_decorator(never_cache, name="dispatch")
class InactiveView(TemplateView):
    """Told to the owner of a deactivated account, after the right code."""

    template_name = "account/account_inactive.html"
