"""Addresses of the HTTP API of this part, under ``seasons/``."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.api import one_proposal, proposals

_ONE = "seasons/<slug:slug>/proposals/<int:number>/"

URLS: list[Any] = [
    path("seasons/<slug:slug>/proposals/", proposals.SeasonProposalsView.as_view(), name="season_proposals"),
    path(_ONE, one_proposal.SeasonProposalView.as_view(), name="season_proposal"),
    path(f"{_ONE}publish/", one_proposal.PublishView.as_view(), name="season_publish"),
    path(f"{_ONE}withdraw/", one_proposal.WithdrawView.as_view(), name="season_withdraw"),
    path(f"{_ONE}undo/", one_proposal.UndoView.as_view(), name="season_undo"),
    path(f"{_ONE}diff/", proposals.SeasonDiffView.as_view(), name="season_diff"),
]
