"""The HTTP door of works (api.md "Works"): the public feed, one works, its events; planning, transitions, replies."""

from __future__ import annotations

from booking.works.api.acts import AffectedView, RepliesView, TransitionsView
from booking.works.api.records import WorksEventsView, WorksListView, WorksView

__all__ = [
    "AffectedView",
    "RepliesView",
    "TransitionsView",
    "WorksEventsView",
    "WorksListView",
    "WorksView",
]
