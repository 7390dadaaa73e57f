"""Another e-mail address for an account: proved by a code there, told to the old one, who can undo it for two weeks."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import View

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.i18n import current_language
from municipality.accounts import codes, factors, letters, limits, sessions
from municipality.accounts.forms import CodeForm, SignInForm
from municipality.accounts.fresh import FreshMixin
from municipality.accounts.models import AddressChange, User
from municipality.accounts.signin import MAX_TRIES
from municipality.accounts.views import AccountFormView

#: How long the old address may undo the change, and how long we know it.
UNDO = timedelta(days=14)
#: Ways in that were added since the change, or this long before it, go with it: whoever steals an account adds one.
ADDED_BEFORE = timedelta(days=1)
_STATE = "address_change"


class Taken(Exception):
    """Another account has the address."""


def change(user: User, new: str, *, now: datetime) -> AddressChange:
    """Give ``user`` the proven address ``new``; the old one is told. Raises :class:`Taken`."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        old, user.email = user.email, new
        try:
            with transaction.atomic():
                user.save(update_fields=["email"])
        except IntegrityError:
            raise Taken from None
        row = AddressChange.objects.create(user=user, old=old, new=new, nonce=secrets.token_urlsafe(24), changed_at=now)
        letters.send_address_notice(old=old, new=new, nonce=row.nonce, language=user.language, now=now)
    return row


def undoable(token: str, *, now: datetime) -> AddressChange | None:
    """The change that this link may still undo."""
    nonce = codes.nonce_of(token)
    if nonce is None:
        return None
    return AddressChange.objects.select_related("user").filter(nonce=nonce, changed_at__gt=now - UNDO).first()


def undo(row: AddressChange, *, now: datetime) -> bool:
    """The old address back, and everybody out; ways in that were added around the change go, or the thief stays in.

    Later changes are undone with it. The address that loses the account is told. False when the old one is taken by
    now.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=row.user_id)
        if not AddressChange.objects.filter(pk=row.pk).exists():
            return True  # undone by an earlier press of the same button
        lost, user.email = user.email, row.old
        try:
            with transaction.atomic():
                user.save(update_fields=["email"])
        except IntegrityError:
            return False
        AddressChange.objects.filter(user=user, changed_at__gte=row.changed_at).delete()
        factors.forget_added_since(user, row.changed_at - ADDED_BEFORE)
        sessions.end_others(user, keep=None)
        letters.send_notice(user, "address_undone", now=now, to=lost)
    return True


def forget_old(now: datetime) -> int:
    """Forget addresses that can't undo anything any more; ``tick`` does it."""
    return AddressChange.objects.filter(changed_at__lte=now - UNDO).delete()[0]


class AddressForm(SignInForm):
    """The new address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Your new e-mail address")


class AddressView(FreshMixin, AccountFormView):
    """Step one: where to."""

    form_class = AddressForm
    template_name = "account/address.html"

    def form_valid(self, form: AddressForm) -> HttpResponse:
        """A code goes there. The same for taken and free addresses."""
        now, email = clock.now(), form.cleaned_data["email"]
        if email == self.request.user.email:
            form.add_error("email", _("That is the address you have."))
            return self.form_invalid(form)
        limits.count_request(self.request, email, now=now)
        nonce = codes.new_nonce()
        self.request.session[_STATE] = {"email": email, "nonce": nonce, "at": now.timestamp(), "tries": 0}
        letters.send_code(
            email=email, nonce=nonce, expires_at=now + codes.LIFETIME, language=current_language(), now=now,
            purpose="address",
        )  # fmt: skip
        return HttpResponseRedirect(reverse("account_address_code"))


class AddressCodeView(FreshMixin, AccountFormView):
    """Step two: the code that came to the new address."""

    form_class = CodeForm
    template_name = "account/address_code.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for who has asked."""
        if not request.session.get(_STATE):
            return HttpResponseRedirect(reverse("account_address"))
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """Changed; the other browsers are logged out."""
        state, now = self.request.session.get(_STATE), clock.now()
        if not state:
            return HttpResponseRedirect(reverse("account_address"))
        limits.count_try(self.request, state["email"], now=now)
        asked = datetime.fromtimestamp(state["at"], UTC)
        alive = now - asked < codes.LIFETIME and state["tries"] < MAX_TRIES
        if not (alive and codes.fits(form.cleaned_data["code"], state["nonce"], state["email"])):
            self.request.session[_STATE] = state | {"tries": state["tries"] + 1}
            form.add_error("code", _("This is not the code, or it has run out. Begin again for a new one."))
            return self.form_invalid(form)
        del self.request.session[_STATE]
        try:
            change(self.request.user, state["email"], now=now)
        except Taken:
            messages.error(self.request, _("Another account has that address. Log in with it instead."))
            return HttpResponseRedirect(reverse("account_address"))
        sessions.end_others(self.request.user, keep=self.request.session.session_key)
        messages.success(self.request, _("Your address is changed. The old one has got a notice."))
        return HttpResponseRedirect(reverse("account_security"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the code went; in the demo the code itself."""
        state = self.request.session.get(_STATE) or {"email": "", "nonce": ""}
        shown = booking_settings().demo and state["nonce"]
        return super().get_context_data(**kwargs) | {
            "email": state["email"],
            "demo_code": codes.spaced(codes.code_for(state["nonce"], state["email"])) if shown else "",
        }


@method_decorator(secret_page, name="dispatch")
class UndoView(View):
    """From the letter to the old address: no log-in needed, since the change may have taken that away."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask: programs that follow links in letters undo nothing."""
        return self._page(request, undoable(token, now=clock.now()))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Undo."""
        row = undoable(token, now=clock.now())
        if row is None:
            return self._page(request, None)
        return self._page(request, row, done=undo(row, now=clock.now()))

    def _page(self, request: HttpRequest, row: AddressChange | None, *, done: bool | None = None) -> HttpResponse:
        context = {"change": row, "done": done}
        return render(request, "account/address_undo.html", context, status=200 if row else 404)
