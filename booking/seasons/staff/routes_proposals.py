"""Addresses of this part in the CMS admin, under the viewset of rounds (namespace ``booking_seasons``)."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.staff.proposals import AskDraft, ProposalsPage, StopDraft


def paths(viewset: Any) -> list[Any]:
    """``viewset.construct_view(View, **viewset.get_inspect_view_kwargs())`` makes a view of a round's page."""
    view = viewset.construct_view
    return [
        path("proposals/<int:pk>/", view(ProposalsPage), name="proposals"),
        path("proposals/<int:pk>/calculate/", view(AskDraft), name="calculate"),
        path("proposals/<int:pk>/simulate/", view(AskDraft, simulation=True), name="simulate"),
        path("proposals/<int:pk>/runs/<int:row>/stop/", view(StopDraft), name="stop_draft"),
    ]
