"""Tags about what can be lent: `{% load booking_catalogue %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from booking.occupancy import public as occupancy
from booking.public.icons import KIND_ICONS
from booking.templatetags.booking_ui import icon

register = template.Library()


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """{% kind_icon resource.kind %}: the drawing that stands for a kind of thing."""
    return icon(KIND_ICONS.get(str(kind), "house"))


@register.simple_tag(takes_context=True)
def index_address(context: template.Context, kind: str) -> str:
    """{% index_address "venue" as url %}: the list of that kind; the site's own page if it has one."""
    return occupancy.index_url(context.get("request"), kind)
