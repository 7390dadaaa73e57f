"""Words for the pages about privacy."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from booking.foundation.conf import booking_settings
from booking.templatetags.booking_ui import date_only, moment

register = template.Library()


@register.filter
def fact_words(value: Any) -> SafeString | str:
    """A value as people read it: dates in words, lists with commas, texts with their lines."""
    if isinstance(value, datetime):
        return moment(value, booking_settings().tz)
    if isinstance(value, date):
        return date_only(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    text = str(value)
    if "\n" in text:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped
    return text


@register.filter
def keep_words(value: timedelta) -> str:
    """A time of keeping in the greatest unit that fits: 730 days are two years."""
    days, hours = value.days, int(value.total_seconds() // 3600)
    if days and days % 365 == 0:
        return ngettext("%(count)s year", "%(count)s years", days // 365) % {"count": days // 365}
    if days:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
