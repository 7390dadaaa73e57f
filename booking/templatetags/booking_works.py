"""What pages about works need besides the components: times for addresses."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.urls import NoReverseMatch, reverse

from booking.foundation.conf import booking_settings

register = template.Library()


@register.filter
def wall_time(value: datetime) -> str:
    """A moment on the municipality's wall clock, as an address carries it: 2026-06-01T07:00."""
    return value.astimezone(booking_settings().tz).strftime("%Y-%m-%dT%H:%M")


@register.simple_tag
def works_address() -> str:
    """The list of works; "" where the municipality doesn't plan its works here, or the host has no such page."""
    try:
        return reverse("booking:works_list") if booking_settings().is_on("works") else ""
    except NoReverseMatch:
        return ""
