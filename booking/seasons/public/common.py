"""A round as a reader of the public pages has it: who they are, what they may see, and the tabs."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.seasons.access import may_run
from booking.seasons.models import SeasonRound
from booking.seasons.selectors import visible
from booking.seasons.selectors.rounds import find_visible
from booking.seasons.tabs import public_tabs


class Reading:
    """One request for a page of a round. 404 for a round that the reader may not know of, or if rounds are off."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        self.request = request
        self.now: datetime = clock.now()
        self.today: date = clock.local_date(self.now, booking_settings().tz)
        try:
            self.round: SeasonRound = find_visible(slug, request.user, self.today)
        except NotFound as error:
            raise Http404 from error

    @cached_property
    def mine(self) -> list[Organisation]:
        """Organisations that the reader acts for, by name."""
        return list(organisations.organisations_of(self.request.user, self.today).order_by("name", "pk"))

    @cached_property
    def runs(self) -> bool:
        """Officer or leader of the round's unit."""
        return may_run(self.request.user, self.round, self.today)

    @cached_property
    def takes_wishes(self) -> bool:
        return visible.takes_wishes(self.round, self.today)

    @cached_property
    def wishes_are_open(self) -> bool:
        return visible.wishes_are_open(self.round, self.today)

    def page(
        self, template: str, tab: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """A page of the round under its tabs; the template extends ``booking/seasons/base_round.html``."""
        whole = {
            "reading": self,
            "round": self.round,
            "mine": self.mine,
            "runs": self.runs,
            "tabs": public_tabs(self.round, self.request.user, self.today, tab),
            "tab": tab,
            "today": self.today,
            "now": self.now,
        } | (context or {})
        return render(self.request, template, whole, status=status)
