"""How allauth behaves here: where people land, what is asked once, and that it sends no letters of its own."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from booking.foundation.doors.ratelimit import client_address


class AccountAdapter(DefaultAccountAdapter):
    """The municipality's choices."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No sign-up form: the first code makes the account."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """allauth has nothing to say here: every letter goes through the outbox (``municipality.accounts.letters``)."""
        raise NotImplementedError(template_prefix)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """allauth tells after the commit, and a crash between the two would say nothing: our pages write the notice in
        the same transaction (``letters.send_notice``)."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what was done."""

    def is_reauthentication_required(self, *, app: str) -> bool:
        """``municipality.accounts.fresh`` asks, also those who have neither a password nor a second factor."""
        return False

    def get_login_stages(self) -> list[str]:
        """Our second step in place of allauth's, and last the name and the age of whoever is new."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "municipality.accounts.factors.SecondFactorStage"}
        stages = [ours.get(path, path) for path in super().get_login_stages()]
        return [*stages, "municipality.accounts.signin.NameStage"]

    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of this very host may follow a sign-in or sign-out. Stricter than allauth's own rule."""
        request = self.request
        return bool(url) and url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address as everywhere else in the product."""
        return client_address(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Unit staff begin in the admin, everybody else at their own requests."""
        if request.user.has_perm("wagtailadmin.access_admin"):
            return reverse("wagtailadmin_home")
        try:
            return resolve_url(settings.LOGIN_REDIRECT_URL)
        except NoReverseMatch:
            # A host may leave the plugin's public pages out.
            return "/"

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """A new account goes where any other goes."""
        return self.get_login_redirect_url(request)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Home."""
        return resolve_url(settings.LOGOUT_REDIRECT_URL)
