"""Tags about the hat one wears: `{% load booking_hats %}`."""

from __future__ import annotations

from django import template

from booking.organisations import hats

register = template.Library()


@register.simple_tag(takes_context=True)
def worn_hats(context: template.Context) -> hats.Worn:
    """{% worn_hats as worn %}: the reader's hats and the one in use; nothing for a page without a request."""
    request = context.get("request")
    return hats.worn(request) if request is not None else hats.Worn()
