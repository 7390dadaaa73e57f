"""Addresses of the HTTP API of this part, under ``seasons/``."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.api import hearing

_ONE = "seasons/<slug:slug>/proposals/<int:number>/"

URLS: list[Any] = [
    path(f"{_ONE}comments/", hearing.CommentsView.as_view(), name="season_comments"),
    path(f"{_ONE}adopt/", hearing.AdoptView.as_view(), name="season_adopt"),
]
