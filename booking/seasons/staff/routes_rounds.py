"""Addresses about rounds and wishes in the CMS admin."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.staff.page import RoundAct
from booking.seasons.staff.rules_page import RulesPage
from booking.seasons.staff.setup import BasicsPage, BreaksPage, NewPage, OwnUsePage, PlacesPage
from booking.seasons.staff.wishes import WishesPage, WishPage, WithdrawPage

ACTS = ("open", "close", "hear", "copy", "delete")
SETUP = {
    "setup": BasicsPage, "places": PlacesPage, "own_use": OwnUsePage, "breaks": BreaksPage, "rules": RulesPage,
}  # fmt: skip


def paths(viewset: Any) -> list[Any]:
    """Pages and acts of a round."""
    page = viewset.get_inspect_view_kwargs()
    return [
        path("new/", viewset.construct_view(NewPage), name="add"),
        *(path(f"{act}/<int:pk>/", viewset.construct_view(RoundAct, act=act, **page), name=act) for act in ACTS),
        *(
            path(f"{name.replace('_', '-')}/<int:pk>/", viewset.construct_view(view), name=name)
            for name, view in SETUP.items()
        ),
        path("wishes/<int:pk>/", viewset.construct_view(WishesPage), name="wishes"),
        path("wishes/<int:pk>/new/", viewset.construct_view(WishPage), name="wish_new"),
        path("wishes/<int:pk>/<int:number>/", viewset.construct_view(WishPage), name="wish"),
        path("wishes/<int:pk>/<int:number>/withdraw/", viewset.construct_view(WithdrawPage), name="wish_withdraw"),
    ]
