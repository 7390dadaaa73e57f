"""Addresses of the public pages of hearing, timetable and the running season."""

from __future__ import annotations

from typing import Any

from django.urls import path

from booking.seasons.public.hearing import mine, pages, timetable

_HEARING = "seasons/<slug:slug>/hearing/"
_MINE = "my/organisations/<slug:slug>/hours/"

URLS: list[Any] = [
    path("seasons/hours/free/", timetable.free, name="season_free"),
    path(_HEARING, pages.hearing, name="season_hearing"),
    path(f"{_HEARING}say/", pages.say, name="season_say"),
    path(f"{_HEARING}comments/<int:pk>/take-back/", pages.unsay, name="season_unsay"),
    path(f"{_HEARING}<slug:organisation>/confirm/", pages.confirm, name="season_confirm"),
    path(f"{_HEARING}<slug:organisation>/swap/", pages.swap, name="season_swap"),
    *(
        path(f"{_HEARING}swaps/<int:pk>/{act}/", pages.swap_answer, {"act": act}, name=f"season_swap_{act}")
        for act in ("accept", "decline", "withdraw")
    ),
    path("seasons/<slug:slug>/proposals/<int:number>/say/", pages.say_about, name="season_say_about"),
    path("seasons/<slug:slug>/timetable/", timetable.timetable, name="season_timetable"),
    path("seasons/<slug:slug>/timetable/print/", timetable.printed, name="season_timetable_print"),
    path(_MINE, mine.hours, name="my_hours"),
    path(f"{_MINE}dates/<int:pk>/give-up/", mine.release_date, name="my_hours_release"),
    path(f"{_MINE}dates/<int:pk>/use/", mine.report, name="my_hours_use"),
    path(f"{_MINE}<int:pk>/give-up/", mine.release_rest, name="my_hours_release_rest"),
    path(f"{_MINE}<int:pk>/keep/", mine.keep, name="my_hours_keep"),
]
