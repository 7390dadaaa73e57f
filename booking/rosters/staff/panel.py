"""Duties without anybody, on the front page of the CMS admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from wagtail.admin.ui.components import Component

from booking.cases.letters.facts import title_of
from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.rosters import rules, selectors
from booking.rosters.access import is_on
from booking.rosters.desk import page_of

#: So many stand on the front page.
FIRST = 5


class UnfilledPanel(Component):
    """The next few duties without anybody, in the units of the reader."""

    name = "booking_duties"
    template_name = "booking/rosters/staff/panel.html"
    order = 30

    def __init__(self, duties: list[Any]) -> None:
        self.duties = duties

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """No more queries: the list is at hand."""
        today = local_date(clock.now(), booking_settings().tz)
        return {
            "rows": [
                {
                    "url": page_of(duty.case_id), "case": duty.case, "title": title_of(duty.case),
                    "words": selectors.in_words(duty, today=today), "condition": duty.condition,
                }
                for duty in self.duties[:FIRST]
            ],
            "more": max(0, len(self.duties) - FIRST),
        }  # fmt: skip


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """Only where something is missing."""
    if not is_on():
        return
    now = clock.now()
    units = catalogue.units_of(request.user, local_date(now, booking_settings().tz))
    duties = selectors.unfilled_duties(now=now, until=now + rules.AHEAD, units=units)
    if duties:
        panels.append(UnfilledPanel(duties))
