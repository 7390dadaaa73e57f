"""Addresses of this part in the CMS admin, under the viewset of rounds (namespace ``booking_seasons``)."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.staff.hearing import pages


def paths(viewset: Any) -> list[Any]:
    """Hearing, adoption, the running season."""

    def view(page: Any) -> Any:
        return viewset.construct_view(page)

    return [
        path("hearing/<int:pk>/", view(pages.HearingPage), name="hearing"),
        path("answer/<int:pk>/<int:row>/", view(pages.AnswerAct), name="answer"),
        path("adopt/<int:pk>/", view(pages.AdoptPage), name="adopt"),
        path("running/<int:pk>/", view(pages.RunningPage), name="running"),
    ]
