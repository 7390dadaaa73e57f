"""System checks: a retention setting of a class that isn't there, and a host that hasn't told about its users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from booking.foundation import personal
from booking.foundation.conf import booking_settings


@register("samskap")
def check_retention(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """``BOOKING["retention_days"]`` names classes that are there and whose time may be chosen."""
    messages: list[CheckMessage] = []
    try:
        given = booking_settings().retention_days
    except Exception:  # noqa: BLE001 - the settings' own check tells what is wrong
        return []
    for name in given:
        klass = personal.retention_class(name)
        if klass is None:
            known = ", ".join(one.name for one in personal.retention_classes() if not one.fixed)
            messages.append(
                Error(
                    f"BOOKING['retention_days.{name}'] is no class of data.", hint=f"Known: {known}.", id="samskap.E030"
                )
            )
        elif klass.fixed or klass.own_job:
            messages.append(
                Error(
                    f"BOOKING['retention_days.{name}'] can't be chosen: its time is promised elsewhere.",
                    id="samskap.E031",
                )
            )
    return messages


@register("samskap")
def check_account(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Erasing a person is empty while the host's own row still says who they are."""
    covered = set(personal.covered_fields())
    label = settings.AUTH_USER_MODEL.lower()
    if any(name.startswith(f"{label}.") for name in covered):
        return []
    return [
        Caution(
            "Nobody has described what the user model knows about people, so it is neither exported nor erased.",
            hint="Call foundation.personal.register_personal_data in the app that owns it "
            "(docs/administrators/privacy.md).",
            id="samskap.W032",
        )
    ]
