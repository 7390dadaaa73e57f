"""Addresses of feeds. They stand outside of the language prefix: an address that was subscribed to never changes."""

from __future__ import annotations

from django.urls import path, re_path

from booking.calendars import public

app_name = "booking_feeds"
urlpatterns = [
    path("resource-<slug:slug>.ics", public.resource_feed, name="resource"),
    path("resource-<slug:slug>.ifb", public.free_busy_feed, name="free_busy"),
    path("organisation-<slug:slug>.ics", public.organisation_feed, name="organisation"),
    path("happenings.ics", public.happenings_feed, name="happenings"),
    path("works.ics", public.registered_feed, {"kind": "works"}, name="works"),
    path("area-<slug:slug>.ics", public.registered_feed, {"kind": "area"}, name="area"),
    path("season-<slug:slug>.ics", public.registered_feed, {"kind": "season"}, name="season"),
    path("<slug:feed_id>/<str:secret>/<str:slug>.ics", public.secret_feed, name="secret"),
    re_path(r"^(?P<rest>.*)$", public.unknown_feed),
]
