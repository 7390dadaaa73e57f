"""The pages of signing in through a provider."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from booking.foundation import clock
from booking.foundation.errors import TooMany
from booking.foundation.i18n import current_language
from municipality.accounts import factors, letters, limits, oidc
from municipality.accounts.fresh import is_fresh
from municipality.accounts.models import Identity, User
from municipality.accounts.signin import account_for
from municipality.accounts.views import safe_next, too_many

log = logging.getLogger(__name__)
_INTENT = "oidc_intent"


def _provider(name: str) -> oidc.Provider:
    try:
        return oidc.providers()[name]
    except KeyError:
        raise Http404 from None


@never_cache
@require_POST
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    """Off to the provider. With ``connect``, the one who is signed in connects it to the account.

    Answers a page that leads on, not a redirect: the content security policy lets no form lead to a foreign host, and
    it shall stay that strict.
    """
    chosen = _provider(provider)
    connect = request.POST.get("connect") == "1"
    if connect and not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    if connect and not is_fresh(request):
        return HttpResponseRedirect(f"{reverse('account_prove')}?next={reverse('account_security')}")
    try:
        limits.count_other_door(request, now=clock.now())
        callback = request.build_absolute_uri(reverse("oidc_callback", args=[provider]))
        address = oidc.begin(request, chosen, callback)
    except TooMany as error:
        return too_many(request, error)
    except oidc.NotAvailable as error:
        return _failed(request, chosen, "down", error)
    request.session[_INTENT] = {
        "provider": provider,
        "connect": request.user.pk if connect else None,
        "next": safe_next(request),
        "language": current_language(),
    }
    return render(request, "account/leaving.html", {"provider": chosen, "address": address})


@never_cache
@require_GET
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the provider."""
    chosen = _provider(provider)
    intent = request.session.pop(_INTENT, None) or {}
    # The address is the same in all languages; the person set out in one of them.
    translation.activate(intent.get("language") or get_language())
    try:
        limits.count_other_door(request, now=clock.now())
        if intent.get("provider") != provider:
            raise oidc.NotBelieved(f"{provider}: nobody set out from here")
        person = oidc.finish(request, chosen)
    except TooMany as error:
        return too_many(request, error)
    except oidc.Cancelled:
        messages.info(request, _("You cancelled. Nothing is changed."))
        return HttpResponseRedirect(reverse("account_security" if intent.get("connect") else "account_login"))
    except oidc.NotAvailable as error:
        return _failed(request, chosen, "down", error)
    except oidc.NotBelieved as error:
        return _failed(request, chosen, "refused", error)
    if person.old_enough is False:
        # No accounts for children under 13 (age.py). Nothing is kept of who came.
        return render(request, "account/too_young.html", status=403)
    if intent.get("connect"):
        return _connect(request, chosen, person, intent["connect"])
    return _sign_in(request, chosen, person, intent.get("next"))


def _failed(request: HttpRequest, provider: oidc.Provider, why: str, error: Exception) -> HttpResponse:
    log.warning("Sign-in through %s failed (%s): %s", provider.name, why, error)
    # The page links to itself in other languages: the provider's code has no business there.
    request.META["QUERY_STRING"] = ""
    status = {"down": 503, "refused": 400}.get(why, 403)
    return render(request, "account/provider_failed.html", {"provider": provider, "why": why}, status=status)


def _connect(request: HttpRequest, provider: oidc.Provider, person: oidc.Person, user_id: int) -> HttpResponse:
    """The one who set out is the one who comes back, else nothing is connected."""
    if not request.user.is_authenticated or request.user.pk != user_id:
        return _failed(request, provider, "refused", oidc.NotBelieved("somebody else came back"))
    known = Identity.objects.filter(provider=provider.name, subject=person.subject).first()
    if known is not None and known.user_id != request.user.pk:
        messages.error(request, _("That login is connected to another account already."))
    elif known is None:
        _remember(request.user, provider, person)
        messages.success(request, _("Connected. You can log in with %(name)s now.") % {"name": provider.label})
    return HttpResponseRedirect(reverse("account_security"))


def _remember(user: User, provider: oidc.Provider, person: oidc.Person) -> Identity:
    now = clock.now()
    try:
        with transaction.atomic():
            row = Identity.objects.create(
                user=user, provider=provider.name, subject=person.subject, created_at=now, used_at=now
            )
            letters.send_notice(user, "identity_added", now=now)
            return row
    except IntegrityError:
        return Identity.objects.get(provider=provider.name, subject=person.subject)


def _recognise(user: User, provider: oidc.Provider, person: oidc.Person) -> Identity | None:
    """Connect the account of a trusted address. Not one with a second factor: its owner does that while signed in.

    A provider's word about a mailbox is worth no more than the mailbox, and that alone doesn't open such an account.
    """
    return None if factors.has_second_factor(user) else _remember(user, provider, person)


def _sign_in(request: HttpRequest, provider: oidc.Provider, person: oidc.Person, target: str | None) -> HttpResponse:
    """By ``sub``; else by an address that this provider is trusted with; else not at all."""
    known = Identity.objects.select_related("user").filter(provider=provider.name, subject=person.subject).first()
    if known is not None:
        Identity.objects.filter(pk=known.pk).update(used_at=clock.now())
    elif person.email:
        known = _recognise(account_for(person.email)[0], provider, person)
    if known is None:
        # The same whether there is an account with such an address or not.
        return _failed(request, provider, "unknown", oidc.NotBelieved("not connected to an account"))
    user = known.user
    if person.old_enough and user.age_declared_at is None:
        user.age_declared_at = clock.now()
        user.save(update_fields=["age_declared_at"])
    clear_login(request)
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    record_authentication(request, user, method="oidc", provider=provider.name, strong=provider.strong)
    return perform_login(request, Login(user=user, email=user.email, redirect_url=target))


@never_cache
@require_POST
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a provider off the account. The code by e-mail always remains."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    if not is_fresh(request):
        return HttpResponseRedirect(f"{reverse('account_prove')}?next={reverse('account_security')}")
    row: Any = get_object_or_404(Identity, pk=pk, user=request.user)
    with transaction.atomic():
        row.delete()
        letters.send_notice(request.user, "identity_removed", now=clock.now())
    messages.success(request, _("Disconnected."))
    return HttpResponseRedirect(reverse("account_security"))
