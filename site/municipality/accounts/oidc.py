"""Signing in through OpenID Connect providers (ID-porten, Entra ID, any other), named in ``SIGN_IN_PROVIDERS``.

Authlib speaks the protocol: discovery, PKCE, state, nonce, the signature and the claims of the ID token. Here stands
what is ours: whom an identity belongs to, and that nothing of what the provider tells is kept but its ``sub``.
Why not allauth's own: docs/decisions/019-ways-in.md. How to set it up: docs/administrators/signing-in.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from joserfc.errors import JoseError

from municipality.accounts import age

#: Seconds that a provider may take to answer.
TIMEOUT = 8
#: Signatures that only the provider can make.
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Where a provider may be without https: on this machine, for trying.
_NEAR = ("localhost", "127.0.0.1", "::1")
#: Clocks differ a little. Seconds.
_LEEWAY = 60


class NotAvailable(Exception):
    """The provider doesn't answer, or not as it should."""


class NotBelieved(Exception):
    """The answer is not the one that was asked for: state, nonce, signature, audience, time."""


class Cancelled(Exception):
    """The person pressed "cancel" at the provider."""


@dataclass(frozen=True)
class Provider:
    """One entry of ``SIGN_IN_PROVIDERS``; the key is its name in our addresses."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = ""
    scope: str = "openid email"
    #: Further parameters of the way there, such as ``acr_values``.
    authorize: Mapping[str, str] | None = None
    #: The ID token's ``acr`` must be one of these. Empty: not looked at.
    acr: tuple[str, ...] = ()
    #: It asks for two factors itself: no second step with us. Only together with ``acr``.
    strong: bool = False
    #: Whose addresses open an account that exists: True, those that the provider calls verified; a list of domains,
    #: addresses there (one's own tenant); False, nobody's: people connect the two while they are signed in.
    trusted_email: bool | tuple[str, ...] = False


@dataclass(frozen=True)
class Person:
    """What is taken from a provider's answer; the rest is dropped here, the national number with it."""

    subject: str
    #: Only an address that this provider is trusted with, in lower case.
    email: str = ""
    #: From a date of birth, which is compared and dropped. None: the provider doesn't tell.
    old_enough: bool | None = None


@cache
def providers() -> dict[str, Provider]:
    """The providers by name. Raises ``ImproperlyConfigured`` for an entry that can't be right."""
    known = {item.name for item in fields(Provider)} - {"name"}
    found = {}
    for name, entry in settings.SIGN_IN_PROVIDERS.items():
        if unknown := set(entry) - known:
            raise ImproperlyConfigured(f"SIGN_IN_PROVIDERS[{name!r}]: unknown {', '.join(sorted(unknown))}")
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
        try:
            provider = Provider(name=name, **values)
        except TypeError as error:
            raise ImproperlyConfigured(f"SIGN_IN_PROVIDERS[{name!r}]: {error}") from error
        where = urlsplit(provider.issuer)
        if where.scheme != "https" and where.hostname not in _NEAR:
            raise ImproperlyConfigured(f"SIGN_IN_PROVIDERS[{name!r}]: the issuer must be https")
        if provider.strong and not provider.acr:
            raise ImproperlyConfigured(f"SIGN_IN_PROVIDERS[{name!r}]: strong needs acr, the levels that it accepts")
        found[name] = provider
    return found


def label(name: str) -> str:
    """The provider's name for people, also when it is not offered any more."""
    provider = providers().get(name)
    return provider.label if provider else name


@cache
def _client(name: str) -> Any:
    provider = providers()[name]
    return OAuth().register(
        name=name,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": provider.scope, "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "SIGN_IN_PROVIDERS":
        providers.cache_clear()
        _client.cache_clear()


setting_changed.connect(_forget, dispatch_uid="municipality.accounts.oidc")


def _checked_metadata(provider: Provider, client: Any) -> Mapping[str, Any]:
    """The provider's own description, if it is that provider's (OpenID Connect Discovery 1.0, 4.3)."""
    metadata: dict[str, Any] = client.load_server_metadata()
    if metadata.get("issuer", "").rstrip("/") != provider.issuer.rstrip("/"):
        raise NotAvailable(f"{provider.name}: issuer is {metadata.get('issuer')!r}")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [one for one in offered if one in _SIGNATURES]
    return metadata


def begin(request: HttpRequest, provider: Provider, callback: str) -> str:
    """The address at the provider to go to; what has to come back is kept in the session.

    Raises :class:`NotAvailable`.
    """
    client = _client(provider.name)
    try:
        _checked_metadata(provider, client)
        return str(client.authorize_redirect(request, callback, **(provider.authorize or {})).url)
    except (requests.RequestException, AuthlibBaseError, ValueError, KeyError, RuntimeError) as error:
        raise NotAvailable(f"{provider.name}: {error!r}") from error


@sensitive_variables()
def finish(request: HttpRequest, provider: Provider) -> Person:
    """Who has come back. Raises :class:`Cancelled`, :class:`NotAvailable`, :class:`NotBelieved`."""
    client = _client(provider.name)
    state = request.GET.get("state", "")
    # An answer nobody asked for is refused before the provider is troubled with it.
    if not client.framework.get_state_data(request.session, state):
        raise NotBelieved(f"{provider.name}: unknown state")
    if "error" in request.GET:
        client.framework.clear_state_data(request.session, state)
        if request.GET["error"] == "access_denied":
            raise Cancelled
        raise NotAvailable(f"{provider.name}: {request.GET['error'][:80]!r}")
    try:
        metadata = _checked_metadata(provider, client)
        token = client.authorize_access_token(
            request,
            leeway=_LEEWAY,
            claims_options={
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": provider.client_id},
                "exp": {"essential": True},
                "sub": {"essential": True},
            },
        )
    except requests.RequestException as error:
        raise NotAvailable(f"{provider.name}: {error!r}") from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError) as error:
        # The message of a broken token can hold the token: the kind of error is enough.
        raise NotBelieved(f"{provider.name}: {type(error).__name__}") from error
    claims = token.get("userinfo")
    if not claims:
        raise NotBelieved(f"{provider.name}: no ID token")
    if provider.acr and claims.get("acr") not in provider.acr:
        # Never the value: what stands in a claim is the provider's choice, and this goes to the log.
        raise NotBelieved(f"{provider.name}: acr is not one that is accepted")
    return _person(provider, claims)


@sensitive_variables()
def _person(provider: Provider, claims: Mapping[str, Any]) -> Person:
    subject = str(claims["sub"])
    if not 0 < len(subject) <= 255:
        raise NotBelieved(f"{provider.name}: no usable sub")
    if re.search(r"(?<!\d)\d{11}(?!\d)", subject):
        # A provider that calls people by their national number can't be used: we would have to store it. Any eleven
        # digits: the rule for the last two changes in 2032, and a wrong guess must not let one through.
        raise NotAvailable(f"{provider.name}: sub holds a national number; ask for a pairwise one")
    old_enough = age.is_old_enough(claims.get("birthdate"), age.today())
    return Person(subject=subject, email=_trusted(provider, claims), old_enough=old_enough)


def _trusted(provider: Provider, claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email") or "").strip().lower()
    verified = claims.get("email_verified")
    if "@" not in email or verified is False or len(email) > 254:
        return ""
    if provider.trusted_email is True:
        return email if verified is True else ""
    domains = provider.trusted_email or ()
    return email if email.rpartition("@")[2] in {domain.lower() for domain in domains} else ""
