"""Sign-in by a code sent to the e-mail address: the only way in, the same for known and unknown addresses.

allauth carries the login (its stages, its signals, the session); this module replaces its code process, because there

* an unknown address gets another letter and a detour by a sign-up page: here the account is made when the first code
  has proved that the mailbox is one's own, so that nobody learns who has an account, and nobody fills in a form;
* the code lies in the session in plain text, and limits are counted in each web process's own memory.

The account is looked up by ``User.email`` alone: an address that an administrator has changed opens nothing any more.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login, stash_login
from allauth.account.models import Login
from allauth.account.signals import user_signed_up
from allauth.account.stages import LoginByCodeStage, LoginStage, LoginStageController
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language

from booking.foundation import clock
from booking.foundation.i18n import current_language
from municipality.accounts import codes, letters
from municipality.accounts.models import User

#: Wrong tries of one code; then a new one has to be asked for.
MAX_TRIES = 5


class SignIn:
    """One visitor on the way from an address to a session. Its state lies in the session, without the code."""

    def __init__(self, request: HttpRequest, stage: LoginByCodeStage) -> None:
        self.request = request
        self.stage = stage
        self.state: dict[str, Any] = stage.state

    @classmethod
    def begin(cls, request: HttpRequest, email: str, *, redirect_url: str | None, now: datetime) -> SignIn:
        """Send a code to ``email`` (lower case) and remember the visitor's intent. Ends an earlier, unfinished one.

        ``redirect_url`` must have been checked to be one of ours.
        """
        clear_login(request)
        # The user stays out of it until the code is right: known and unknown addresses leave the same traces.
        login = Login(user=None, email=email, redirect_url=redirect_url)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        process = cls(request, LoginByCodeStage(LoginStageController(request, login), request, login))
        process.state["email"] = email
        process.send_code(now=now)
        return process

    @classmethod
    def resume(cls, request: HttpRequest) -> SignIn | None:
        """The sign-in that this session has begun, or None."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        if stage is None or not {"email", "nonce", "sent_at"} <= stage.state.keys():
            return None
        return cls(request, stage)

    @property
    def email(self) -> str:
        """The address that was typed."""
        return str(self.state["email"])

    @property
    def nonce(self) -> str:
        """What the current code is computed from."""
        return str(self.state["nonce"])

    @property
    def expires_at(self) -> datetime:
        """Until when the code is good."""
        return datetime.fromtimestamp(self.state["sent_at"], UTC) + codes.LIFETIME

    def is_expired(self, now: datetime) -> bool:
        """Whether the code has run out."""
        return now >= self.expires_at

    @property
    def tries_left(self) -> int:
        """How many more wrong codes this one survives."""
        return max(0, MAX_TRIES - int(self.state["tries"]))

    def send_code(self, *, now: datetime) -> None:
        """A new code, which ends the former one; the letter goes through the outbox and is tried at once."""
        self.state["nonce"] = codes.new_nonce()
        self.state["sent_at"] = now.timestamp()
        self.state["tries"] = 0
        # allauth forgets a login an hour after it began, by the machine's own clock; a new code is a new beginning.
        self.stage.login.initiated_at = clock.real().timestamp()
        stash_login(self.request, self.stage.login)
        letters.send_code(
            email=self.email, nonce=self.nonce, expires_at=self.expires_at, language=current_language(), now=now
        )

    def check(self, typed: str, *, now: datetime) -> bool:
        """Whether ``typed`` is the code and the code is still good. A wrong one is counted against this code."""
        if self.is_expired(now) or not self.tries_left:
            return False
        if codes.fits(typed, self.nonce, self.email):
            return True
        self.state["tries"] += 1
        stash_login(self.request, self.stage.login)
        return False

    def finish(self) -> HttpResponse:
        """The code was right: make the account if there is none, and sign in. Answers where to go.

        A deactivated account is told so here, to the owner of the mailbox and to nobody else.
        """
        user, created = account_for(self.email)
        redirect_url = self.stage.login.redirect_url
        clear_login(self.request)
        if created:
            user_signed_up.send(sender=User, request=self.request, user=user)
        record_authentication(self.request, user, method="code", email=self.email)
        login = Login(user=user, email=self.email, redirect_url=redirect_url, signup=created)
        return perform_login(self.request, login)


class NameStage(LoginStage):
    """The last question before a session opens, asked once: a name, and that one is 13 or older (age.py).

    Before, not after: until it is answered nobody is signed in, so nobody can walk past it.
    """

    key = "name"
    urlname = "account_name"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Asked of who has no name yet, or never said the age."""
        user = self.login.user
        if user.name and user.age_declared_at:
            return None, True
        return HttpResponseRedirect(reverse(self.urlname)), True


def account_for(email: str) -> tuple[User, bool]:
    """The account of a proven address, and whether it was just made. Two first sign-ins at once make one account."""
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        return known, False
    language = current_language(get_language())
    try:
        with transaction.atomic():
            return User.objects.create_user(email=email, language=language), True
    except IntegrityError:
        return User.objects.get(email__iexact=email), False
