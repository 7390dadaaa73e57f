"""The last letter to somebody who has been erased. Neither its text nor its address is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation

from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.correspondence.models import OutboxMessage
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.privacy.models import Erasure

Payload = Mapping[str, Any]
#: A mail server may be away for some days; then the address is forgotten without a letter.
LIFE = timedelta(days=14)


def register() -> None:
    """Make it known to the outbox."""
    registry.register("privacy_erased", erased, on_sent=forget_address, secret=True, life=LIFE)
    registry.register_job("addresses of erased people", forget_unsent)


def erased(payload: Payload, language: str) -> Letter:
    """It is done, on this day; what stays no longer says who it was."""
    row = Erasure.objects.get(pk=payload["erasure"])
    with translation.override(language):
        try:
            path = reverse("booking:enquiry")
        except NoReverseMatch:
            path = "/"
    conf = booking_settings()
    context = {"day": local_date(row.at, conf.tz), "link": conf.public_base_url + path}
    return render("privacy_erased", context, language)


def forget_address(payload: Payload, now: datetime) -> None:
    """The letter has left: the address goes in the same transaction."""
    OutboxMessage.objects.filter(key=f"erased:{payload['erasure']}").update(recipient="")


def forget_unsent(now: datetime) -> int:
    """What could not be sent in its time is dropped by the outbox, or given up before: its address goes too."""
    rows = OutboxMessage.objects.filter(handler="privacy_erased", state__in=["dropped", "failed"])
    return rows.exclude(recipient="").filter(created_at__lt=now - LIFE).update(recipient="", payload={}, last_error="")
