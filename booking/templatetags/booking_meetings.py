"""What templates ask about dialogue meetings."""

from __future__ import annotations

from django import template
from django.urls import NoReverseMatch, reverse

from booking.foundation.conf import booking_settings

register = template.Library()


@register.simple_tag
def meetings_address() -> str:
    """The list of meetings; "" where the municipality holds none with the product, or the host has no such page."""
    try:
        return reverse("booking:meetings") if booking_settings().is_on("meetings") else ""
    except NoReverseMatch:
        return ""
