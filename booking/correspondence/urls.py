"""Wiring only: where a mail provider hands mail in. Outside of the language prefix; no page for people."""

from django.urls import path

from booking.correspondence.incoming import door

app_name = "booking_mail_in"
urlpatterns = [path("", door.receive, name="receive")]
