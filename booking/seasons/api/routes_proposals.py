"""Addresses of the HTTP API of this part, under ``seasons/``."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.api import proposals

URLS: list[Any] = [
    path("seasons/<slug:slug>/proposals/", proposals.SeasonProposalsView.as_view(), name="season_proposals"),
    path("seasons/<slug:slug>/proposals/<int:number>/", proposals.SeasonProposalView.as_view(), name="season_proposal"),
    path("seasons/<slug:slug>/proposals/<int:number>/diff/", proposals.SeasonDiffView.as_view(), name="season_diff"),
]
