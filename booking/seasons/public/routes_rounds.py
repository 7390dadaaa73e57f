"""Addresses of the public pages about rounds and wishes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.public import rounds, wishing

_MINE = "seasons/<slug:slug>/wishes/<slug:organisation>/"

URLS: list[Any] = [
    path("seasons/", rounds.rounds, name="seasons"),
    path("seasons/<slug:slug>/", rounds.round_page, name="season"),
    path("seasons/<slug:slug>/demand/", rounds.demand, name="season_demand"),
    path("seasons/<slug:slug>/wishes/", rounds.all_wishes, name="season_wishes"),
    path(_MINE, wishing.mine, name="season_wishes_of"),
    path(f"{_MINE}new/", wishing.new, name="season_wish_new"),
    path(f"{_MINE}same/", wishing.same, name="season_wishes_same"),
    path(f"{_MINE}<int:number>/", wishing.change, name="season_wish"),
    path(f"{_MINE}<int:number>/withdraw/", wishing.withdraw, name="season_wish_withdraw"),
]
