"""Limits on tries: per contact first and strict, per address generous (a school or a town hall has one address).

Counted in the database, so that all web processes share the count. Keys are keyed hashes: the table tells nobody who
tried. Call :func:`spend` at the door, before the use case's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from booking.foundation.conf import booking_settings
from booking.foundation.errors import TooMany


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` tries in ``seconds``; then the window must run out."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one action; None: not counted that way."""

    contact: Limit | None
    address: Limit | None


#: quality.md "Security and privacy". Codes by e-mail, requests, enquiries, wrong feed secrets.
LIMITS: dict[str, Limits] = {
    "login_code": Limits(Limit(5, 600), Limit(200, 600)),
    "request": Limits(Limit(60, 3600), Limit(600, 3600)),
    "enquiry": Limits(Limit(10, 3600), Limit(200, 3600)),
    "message": Limits(Limit(60, 3600), Limit(600, 3600)),
    "mail": Limits(Limit(30, 3600), None),
    "feed_secret": Limits(None, Limit(60, 600)),
    "works_reply": Limits(Limit(30, 3600), Limit(300, 3600)),
    "works_report": Limits(Limit(10, 3600), Limit(100, 3600)),
    "anonymous_check": Limits(None, Limit(600, 600)),
}


def client_address(request: HttpRequest | Request) -> str:
    """The caller's address: the socket's, or the one the trusted proxies wrote (``BOOKING["trusted_proxies"]``).

    Only the entries that our own proxies appended are believed; what a client writes itself stands further left.
    """
    proxies = booking_settings().trusted_proxies
    if proxies:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= proxies:
            return str(chain[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def spend(action: str, *, now: datetime, contact: str = "", address: str = "") -> None:
    """Count one try of ``action``. Raises ``TooMany`` with the seconds to wait, ``KeyError`` for an unknown action."""
    limits = LIMITS[action]
    if limits.contact and contact:
        _count(f"{action}:contact", contact.strip().casefold(), limits.contact, now)
    if limits.address and address:
        _count(f"{action}:address", address, limits.address, now)


def _count(what: str, who: str, limit: Limit, now: datetime) -> None:
    from booking.foundation.models import RateWindow

    key = f"{what}:{salted_hmac('samskap.ratelimit', who, algorithm='sha256').hexdigest()[:40]}"
    with transaction.atomic():
        window, _created = RateWindow.objects.select_for_update().get_or_create(
            key=key, defaults={"started_at": now, "count": 0}
        )
        ends = window.started_at + timedelta(seconds=limit.seconds)
        # One that begins in the future was counted by a clock that ran ahead: nobody is locked out until it comes.
        if ends <= now or window.started_at > now + timedelta(minutes=1):
            window.started_at, window.count = now, 0
        elif window.count >= limit.count:
            wait = max(1, ceil((ends - now).total_seconds()))
            raise TooMany(
                "too_many",
                _("That was too many tries. Please wait %(minutes)s minutes and try again."),
                params={"minutes": ceil(wait / 60)},
                retry_after=wait,
            )
        window.count += 1
        window.save(update_fields=["started_at", "count"])


def forget_old_windows(now: datetime) -> int:
    """Delete windows that have run out; ``tick`` calls it. Returns how many."""
    from booking.foundation.models import RateWindow

    longest = max(limit.seconds for both in LIMITS.values() for limit in (both.contact, both.address) if limit)
    return RateWindow.objects.filter(started_at__lt=now - timedelta(seconds=longest)).delete()[0]
