"""Webhooks in the CMS admin."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.webhooks.access import is_on
from booking.webhooks.staff.panel import put_in_place
from booking.webhooks.staff.routes import WebhookViewSet


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where no other program is told anything."""
    return [WebhookViewSet] if is_on() else []


HOMEPAGE_PANELS = [put_in_place]
LOG_ACTIONS = [
    ("samskap.webhook.paused", _("Paused"), _("Paused the webhook")),
    ("samskap.webhook.resumed", _("Switched on"), _("Switched the webhook on")),
    ("samskap.webhook.removed", _("Removed"), _("Removed the webhook")),
    ("samskap.webhook.rotated", _("New secret"), _("Made a new secret for the webhook")),
    ("samskap.webhook.revealed", _("Secret shown"), _("Looked at the webhook's secret")),
    ("samskap.webhook.tested", _("Test"), _("Sent a test to the webhook")),
    ("samskap.webhook.sent_again", _("Sent again"), _("Had the webhook's events sent again")),
]
