"""Addresses of the public pages about rounds and wishes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.public import rounds

URLS: list[Any] = [
    path("seasons/", rounds.rounds, name="seasons"),
    path("seasons/<slug:slug>/", rounds.round_page, name="season"),
]
