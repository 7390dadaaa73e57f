"""Bearer tokens: ``Authorization: Bearer <token>`` over Wagtail's own ``APIToken``.

Wagtail's check is written for Ninja; this is the same for DRF. List it before session authentication: DRF takes the
``WWW-Authenticate`` header of a 401 from the first class.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from wagtail.models import APIToken  # type: ignore[attr-defined]

from booking.foundation.clock import now


class BearerAuthentication(BaseAuthentication):
    """The user behind a living token. A wrong, revoked or inactive user's token is 401, also where anybody may read."""

    def authenticate(self, request: Request) -> tuple[Any, APIToken] | None:
        """``(user, token)``, or None when the request brings no bearer token. Raises ``AuthenticationFailed``."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        try:
            presented = parts[1].decode("ascii") if len(parts) == 2 else ""
        except UnicodeDecodeError:
            presented = ""
        # The checksum is looked at first: guesses cost no query.
        if not presented or not APIToken.validate_token_format(presented):
            raise AuthenticationFailed(_("This token is not valid."))
        hashes = APIToken.candidate_key_hashes(presented)
        token = APIToken.objects.select_related("user").filter(key_hash__in=hashes, revoked_at__isnull=True).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        self._touch(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 answers: which scheme to use."""
        return 'Bearer realm="samskap"'

    @staticmethod
    def _touch(token: APIToken) -> None:
        """Note the use, at most once a minute (Wagtail's own setting), so that reading stays reading."""
        interval = getattr(settings, "WAGTAILAPI_TOKEN_LAST_USED_INTERVAL", 60)
        moment = now()
        if interval is not None and (
            token.last_used_at is None or (moment - token.last_used_at).total_seconds() >= interval
        ):
            APIToken.objects.filter(pk=token.pk).update(last_used_at=moment)


class BearerScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document names it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme's description."""
        return {"type": "http", "scheme": "bearer"}
