"""The letter to those who keep a webhook that was switched off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from booking.catalogue.models import UnitRoleName
from booking.catalogue.selectors.carrying import with_units_above
from booking.catalogue.selectors.people import role_rows
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.personal import address_of
from booking.webhooks.models import EndpointState, WebhookEndpoint

Payload = Mapping[str, Any]
DISABLED = "webhook_disabled"


def register() -> None:
    """Make it known to the outbox."""
    registry.register(DISABLED, disabled, still_disabled)


def keepers(endpoint: WebhookEndpoint, now: datetime) -> list[Any]:
    """Whom it concerns: the unit's leaders, or those of a unit above it; of the whole municipality, and where nobody
    leads, the administrators."""
    found: list[Any] = []
    if endpoint.unit is not None:
        rows = role_rows(local_date(now, booking_settings().tz)).filter(role=UnitRoleName.LEADER)
        found = _users(rows.filter(unit=endpoint.unit)) or _users(
            rows.filter(unit__in=with_units_above([endpoint.unit.pk]))
        )
    if not found:
        people = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
        found = list(people.order_by("pk"))
    return [user for user in found if address_of(user)]


def _users(rows: Any) -> list[Any]:
    return list(dict.fromkeys(row.user for row in rows.select_related("user").order_by("pk")))


def tell_disabled(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """One letter to each, in the transaction that switches it off."""
    enqueue_many(
        [
            Outgoing(
                key=f"webhook:{endpoint.pk}:off:{now.isoformat()}:{user.pk}",
                handler=DISABLED,
                payload={"endpoint": endpoint.pk},
                recipient=address_of(user),
                recipient_user=user,
                language=getattr(user, "language", "nb") or "nb",
                due_at=now,
            )
            for user in keepers(endpoint, now)
        ],
        now=now,
    )


def disabled(payload: Payload, language: str) -> Letter:
    """Which one, why, and what to do."""
    row = WebhookEndpoint.objects.get(pk=payload["endpoint"])
    base = booking_settings().public_base_url
    try:
        link = base + reverse("booking_webhooks:inspect", args=[row.pk])
    except NoReverseMatch:
        link = base
    context = {
        "subject": _("The webhook “%(name)s” was switched off") % {"name": row.name},
        "paragraphs": [
            row.get_because_display(),
            _("Nothing is sent there any more, and what happens from now on isn't kept for it."),
            _(
                "When the receiver works again, switch the webhook on and send again what was given up. Its page shows "
                "what the receiver answered."
            ),
        ],
        "rows": [],
        "quote": "",
        "quoted": "",
        "link": link,
    }
    return render("staff", context, language)


def still_disabled(payload: Payload) -> bool:
    return WebhookEndpoint.objects.filter(pk=payload["endpoint"], state=EndpointState.DISABLED).exists()
