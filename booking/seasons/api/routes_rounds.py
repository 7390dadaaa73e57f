"""Addresses of the HTTP API of rounds and wishes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.api import rounds

URLS: list[Any] = [
    path("seasons/", rounds.SeasonListView.as_view(), name="seasons"),
    path("seasons/<slug:slug>/", rounds.SeasonView.as_view(), name="season"),
    path("seasons/<slug:slug>/wishes/", rounds.WishesView.as_view(), name="season_wishes"),
]
