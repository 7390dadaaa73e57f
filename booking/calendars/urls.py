"""Addresses of feeds. They stand outside of the language prefix: an address that was subscribed to never changes."""

from __future__ import annotations

from django.urls import path, re_path

from booking.calendars import public

app_name = "booking_feeds"
urlpatterns = [
    path("resource-<slug:slug>.ics", public.resource_feed, name="resource"),
    re_path(r"^(?P<rest>.*)$", public.unknown_feed),
]
