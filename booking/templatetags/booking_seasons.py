"""Words of season rounds for templates."""

from __future__ import annotations

from django import template

from booking.seasons import wording_rounds as wording

register = template.Library()


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
