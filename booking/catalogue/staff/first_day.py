"""Your first day: for who is new in a unit. What is open, what comes back each year, whom to ask (needs N9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.ui.components import Component

from booking.catalogue import selectors
from booking.catalogue.staff.access import is_leader, is_staff, today, unit_ids
from booking.catalogue.staff.people import NAMESPACE, PeoplePage, sections_of


class FirstDayPage(PeoplePage, TemplateView):
    """For the reader, in the units where they have a role."""

    template_name = "booking/catalogue/staff/first_day.html"
    page_title = _("Your first day")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Queries by the number of kinds, not by the number of things."""
        user, on = self.request.user, today()
        own = unit_ids(user, with_children=False)
        before = {person: count for person, count in selectors.predecessors(user).items() if person.pk != user.pk}
        known = {person.pk for person in before}
        return super().get_context_data(**kwargs) | {
            "roles": list(selectors.roles_of(user, on).order_by("unit__name", "role")),
            "sections": sections_of(user, on, None),
            "returning": selectors.returning(own, on),
            "colleagues": [
                one
                for one in selectors.colleagues(user, selectors.with_units_above(own), on)
                if one.user.pk not in known
            ],
            "before": list(before.items()),
            "person_url": reverse(f"{NAMESPACE}:person", args=[user.pk]),
        }


class PeoplePanel(Component):  # type: ignore[misc]
    """On the admin's front page: the first day of who is new, and what a leader must look at."""

    name = "booking_people"
    template_name = "booking/catalogue/staff/people_panel.html"
    order = 20

    def __init__(self, *, new: bool, taken_over: int, unowned: int) -> None:
        self.facts = {"new": new, "taken_over": taken_over, "unowned": unowned}

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What was found."""
        return self.facts | {
            "first_day_url": reverse(f"{NAMESPACE}:first_day"),
            "people_url": reverse(f"{NAMESPACE}:index"),
        }


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """Only where there is something to say."""
    user = request.user
    if not is_staff(user):
        return
    on = today()
    new = selectors.is_new(user, on)
    taken_over = unowned = 0
    if is_leader(user):
        led = unit_ids(user, ["leader"])
        taken_over = selectors.count_take_overs(led)
        unowned = sum(len(section.rows) for section in selectors.unowned(on, units=led))
    if new or taken_over or unowned:
        panels.append(PeoplePanel(new=new, taken_over=taken_over, unowned=unowned))
