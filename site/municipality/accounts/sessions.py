"""Where somebody is signed in: seen and ended by its owner; what has run out is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from booking.foundation import clock
from municipality.accounts.models import SignedIn, User

#: How exact "last used" is: a write now and then, not one for every page.
STEP = timedelta(minutes=15)
_SEEN = "signed_in_seen"

_PROGRAMS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("CriOS", "Chrome"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """``Firefox, Android``: enough to know one's own again, and no more. Empty when nothing is known."""
    names = [
        next((name for mark, name in known if re.search(re.escape(mark), user_agent)), "")
        for known in (_PROGRAMS, _SYSTEMS)
    ]
    return ", ".join(name for name in names if name)


def remember(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Somebody has signed in. Django's signal."""
    if request is None or not request.session.session_key:
        return
    now = clock.now()
    SignedIn.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "device": device(request.META.get("HTTP_USER_AGENT", "")),
            "began_at": now,
            "seen_at": now,
        },
    )
    request.session[_SEEN] = now.timestamp()


def forget(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    """Somebody signs out; the session is still there when Django tells so."""
    if request is not None and request.session.session_key:
        SignedIn.objects.filter(session_key=request.session.session_key).delete()


def connect() -> None:
    """Listen to sign-ins and sign-outs."""
    user_logged_in.connect(remember, dispatch_uid="municipality.accounts.sessions")
    user_logged_out.connect(forget, dispatch_uid="municipality.accounts.sessions")


class LastUsed:
    """Notes when a session was last used, at most every quarter of an hour. Costs the other requests no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only a session that knows when it was seen belongs to somebody: others aren't even loaded for this.
        if request.session.session_key and (seen := request.session.get(_SEEN)) is not None:
            now = clock.now()
            if abs(now.timestamp() - seen) > STEP.total_seconds():
                SignedIn.objects.filter(session_key=request.session.session_key).update(seen_at=now)
                request.session[_SEEN] = now.timestamp()
        return self.get_response(request)


def of(user: User) -> list[SignedIn]:
    """The browsers where ``user`` is signed in, the latest first."""
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return list(SignedIn.objects.filter(user=user, session_key__in=alive).order_by("-seen_at", "-pk"))


def end(user: User, pk: int) -> bool:
    """End one of ``user``'s sessions. False when it isn't one of theirs."""
    with transaction.atomic():
        row = SignedIn.objects.filter(user=user, pk=pk).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
    return True


def end_others(user: User, *, keep: str | None) -> int:
    """End all of ``user``'s sessions but the one with the key ``keep``. Returns how many."""
    with transaction.atomic():
        rows = SignedIn.objects.filter(user=user).exclude(session_key=keep or "")
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        rows.delete()
    return len(keys)


def forget_expired(now: datetime) -> int:
    """Delete sessions that have run out; ``tick`` does it. Returns how many. Safe twice and in two places."""
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return gone
