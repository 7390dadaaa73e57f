"""What webhooks keep: nothing about people, and for a month."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import RetentionClass
from booking.webhooks.services.keeping import forget_deliveries, forgettable


def register() -> None:
    """Tell the registries."""
    personal.register_retention(
        RetentionClass(
            name="webhook_deliveries",
            label=_("What was sent to other programs by webhooks"),
            what=_("Deleted, with what the receivers answered. It holds numbers of cases and no names."),
            rows=forgettable,
            moment="created_at",
            keep=timedelta(days=30),
            forget=forget_deliveries,
        )
    )
    personal.not_about_people("names another program and where it is", "samskap_booking.webhookendpoint.name")
