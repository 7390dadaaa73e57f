"""Addresses of the public pages of proposals, under ``seasons/``."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.public.proposals import changing, meeting, pages, runs

_ONE = "seasons/<slug:slug>/proposals/<int:number>/"

URLS: list[Any] = [
    path("seasons/<slug:slug>/proposals/", pages.proposals, name="season_proposals"),
    path("seasons/<slug:slug>/proposals/new/", changing.new, name="season_proposal_new"),
    path("seasons/<slug:slug>/proposals/runs/<int:pk>/", runs.run, name="season_run"),
    path(_ONE, pages.proposal, name="season_proposal"),
    path(f"{_ONE}compare/", pages.compare, name="season_compare"),
    path(f"{_ONE}print/", pages.printed, name="season_print"),
    path(f"{_ONE}organisations/<slug:organisation>/", pages.organisation, name="season_organisation"),
    path(f"{_ONE}edit/", changing.edit, name="season_proposal_edit"),
    path(f"{_ONE}edit/add/", changing.add, name="season_slot_add"),
    path(f"{_ONE}edit/<int:pk>/", changing.slot, name="season_slot"),
    path(f"{_ONE}edit/<int:pk>/lock/", changing.lock, name="season_slot_lock"),
    path(f"{_ONE}edit/undo/", changing.undo, name="season_proposal_undo"),
    path(f"{_ONE}edit/describe/", changing.describe, name="season_proposal_describe"),
    path(f"{_ONE}publish/", changing.publish, name="season_proposal_publish"),
    path(f"{_ONE}withdraw/", changing.withdraw, name="season_proposal_withdraw"),
    path(f"{_ONE}discard/", changing.discard, name="season_proposal_discard"),
    path(f"{_ONE}meeting/", meeting.meeting, name="season_meeting"),
    path(f"{_ONE}meeting/begin/", meeting.begin, name="season_meeting_begin"),
    path(f"{_ONE}meeting/move/", meeting.move, name="season_meeting_move"),
    path(f"{_ONE}meeting/agree/", meeting.agree, name="season_meeting_agree"),
]
