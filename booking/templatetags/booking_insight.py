"""Figures in words: shares, hours, working days."""

from __future__ import annotations

from fractions import Fraction

from django import template
from django.utils.formats import number_format
from django.utils.translation import ngettext

from booking.insight.seasons.own_shown import exact_hours as exact_hours_words

register = template.Library()


@register.filter
def share(value: Fraction | None) -> str:
    """0 to 1 as whole per cent; a dash where there is nothing to share. Never rounded up to "all" nor down to none."""
    if value is None:
        return "–"
    percent = round(value * 100)
    if 0 < value < 1:
        percent = min(max(percent, 1), 99)
    return f"{percent} %"


@register.filter
def working_days(value: Fraction | int | None) -> str:
    """Working days, with halves; a dash where nothing was answered."""
    if value is None:
        return "–"
    shown = number_format(float(value), 0 if value == int(value) else 1)
    return ngettext("%(n)s working day", "%(n)s working days", 1 if value == 1 else 2) % {"n": shown}


@register.filter
def hours(minutes: int) -> str:
    """Whole hours, with the language's separator of thousands."""
    return str(number_format(round(minutes / 60), 0, force_grouping=True))


@register.filter
def exact_hours(minutes: int) -> str:
    """Hours with as many decimals as they need, two at most: where there are few dates, each counts."""
    return exact_hours_words(minutes)
