"""Words of season rounds for templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons import wording_rounds as wording
from booking.seasons.selectors import rounds as selectors

register = template.Library()


@register.simple_tag
def seasons_address() -> str:
    """The list of rounds; "" where the municipality doesn't share out hours by rounds, or the host has no such page."""
    try:
        return reverse("booking:seasons") if booking_settings().is_on("seasons") else ""
    except NoReverseMatch:
        return ""


@register.simple_tag
def rounds_that_take_wishes() -> list[dict[str, Any]]:
    """For the front page: rounds in which organisations can wish today, with name, last day and address. One query."""
    if not seasons_address():
        return []
    on = clock.today(booking_settings().tz)
    rows = selectors.public_rounds().filter(state="open", closes_on__gte=on).order_by("closes_on", "pk")[:3]
    return [{"round": one, "until": one.closes_on, "url": reverse("booking:season", args=[one.slug])} for one in rows]


@register.filter
def hours_number(minutes: int) -> str:
    """{{ 270|hours_number }}: "4,5"."""
    return wording.hours_number(minutes)


@register.filter
def minutes_words(minutes: int) -> str:
    """{{ 90|minutes_words }}: "1 t 30 min"."""
    return wording.minutes_words(minutes)


@register.filter
def week_clock(minutes: int) -> str:
    """{{ 1080|week_clock }}: "18:00"."""
    return wording.clock(minutes)


@register.filter
def week_day(number: int) -> str:
    """{{ 0|week_day }}: "mandag"."""
    return wording.weekday(number)
