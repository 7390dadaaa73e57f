"""The hand-over of everything that a person carries: choose, look at the consequences, do it; then the last day.

One page, one form, no script: each press of a button is a step. What is done stays done when somebody stops half-way.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages

from booking.catalogue import selectors, services
from booking.catalogue.models import Unit
from booking.catalogue.registry import Carried
from booking.catalogue.staff.access import today
from booking.catalogue.staff.people import NAMESPACE, PersonMixin, _Act
from booking.foundation import clock
from booking.foundation.doors.params import parse_date
from booking.foundation.errors import DomainError

#: More at once is nothing that somebody has looked at.
MOST = 500


class HandOverPage(PersonMixin, TemplateView):
    """GET: step 1. POST ``act``: ``fill`` (all to one), ``look`` (step 2), ``back``, ``do``."""

    template_name = "booking/catalogue/staff/hand_over.html"
    page_title = _("Hand over")
    error: DomainError | None = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One step."""
        act = request.POST.get("act", "")
        chosen = self.chosen()
        if act == "fill":
            everybody = request.POST.get("all_to", "")
            chosen = dict.fromkeys((field for field, _kind, _row in self.rows if _row.movable), everybody)
            return self.step(1, chosen)
        if act not in ("look", "do"):
            return self.step(1, chosen)
        wishes = self.wishes(chosen)
        facts = {"leaver": self.person, "reason": self.reason, "by": request.user, "now": clock.now()}
        try:
            if act == "look":
                outcomes = services.preview_hand_over(wishes, **facts)
                return self.step(2, chosen, outcomes=outcomes) if wishes else self.nothing_chosen(chosen)
            outcomes = services.hand_over_carried(wishes, **facts)
        except DomainError as error:
            self.error = error
            return self.step(1, chosen, status=error.status)
        self.say(outcomes)
        return redirect(reverse(f"{NAMESPACE}:hand_over", args=[self.person.pk]))

    def nothing_chosen(self, chosen: dict[str, str]) -> HttpResponse:
        """Every row stays where it is."""
        messages.warning(self.request, gettext("Choose who is to have it, for at least one row."))
        return self.step(1, chosen, status=400)

    def step(self, step: int, chosen: dict[str, str], *, outcomes: Any = (), status: int = 200) -> HttpResponse:
        """The page at that step."""
        context = self.get_context_data(step=step, chosen=chosen, outcomes=outcomes)
        return self.render_to_response(context, status=status)

    @cached_property
    def rows(self) -> list[tuple[str, Any, Carried]]:
        """(name of the field, kind, row) of everything that the reader sees of it."""
        found = selectors.carried_by(self.person, today(), units=self.units)
        return [(f"to:{one.kind.name}:{row.key}", one.kind, row) for one in found for row in one.rows][:MOST]

    @property
    def reason(self) -> str:
        """As it was typed."""
        return self.request.POST.get("reason", "")

    def chosen(self) -> dict[str, str]:
        """What was chosen for each row that there is."""
        return {field: self.request.POST.get(field, "") for field, _kind, _row in self.rows}

    def wishes(self, chosen: dict[str, str]) -> list[services.Wish]:
        """Those with a receiver whom the row offers."""
        found = []
        for field, kind, row in self.rows:
            receiver = self.people.get(chosen.get(field, ""))
            if receiver is not None and row.movable:
                found.append(services.Wish(kind.name, row.key, receiver))
        return found

    @cached_property
    def choices(self) -> dict[int, list[Any]]:
        """Who can have what lies in each unit."""
        units = {row.unit for _field, _kind, row in self.rows if row.unit is not None}
        return selectors.receivers(units, today(), leaver=self.person)

    @cached_property
    def people(self) -> dict[str, Any]:
        """All of them, by id as a form writes it."""
        return {str(one.pk): one for line in self.choices.values() for one in line}

    def say(self, outcomes: Any) -> None:
        """How many went over, and what didn't, with why."""
        done = sum(one.ok for one in outcomes)
        if done:
            words = ngettext("%(count)s has been handed over.", "%(count)s have been handed over.", done)
            messages.success(self.request, words % {"count": done})
        for one in outcomes:
            if not one.ok and one.row is not None:
                messages.error(self.request, f"{one.row.title}: {one.error.text}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Step 1: rows with their receivers. Step 2: what would happen. Below both: the last day."""
        step = kwargs.pop("step", 1)
        chosen = kwargs.pop("chosen", None)
        outcomes = kwargs.pop("outcomes", ())
        on = today()
        absent = selectors.missing(on)
        groups: dict[str, dict[str, Any]] = {}
        for field, kind, row in self.rows:
            options = self.choices.get(row.unit, []) if row.unit is not None else []
            best = selectors.suggestion(row, options, absent)
            picked = chosen.get(field, "") if chosen is not None else (str(best.pk) if best is not None else "")
            movable = row.movable and kind.hand_over is not None
            group = groups.setdefault(kind.name, {"label": kind.label, "rows": [], "rest": []})
            group["rows" if movable else "rest"].append(
                {
                    "field": field,
                    "row": row,
                    "role": kind.roles.get(row.role, row.role),
                    "late": bool(row.due and row.due < on),
                    "options": [(str(one.pk), self.label(one, absent), str(one.pk) == picked) for one in options],
                }
            )
        roles = services.roles_to_end(user=self.person, by=self.request.user, on=on)
        last = selectors.leaving_on(self.person, on)
        return super().get_context_data(**kwargs) | {
            "person": self.person,
            "own": self.own,
            "step": step,
            "groups": list(groups.values()),
            "everybody": [(key, self.label(one, absent)) for key, one in self.sorted_people()],
            "reason": self.reason if chosen is not None else self.usual_reason(last),
            "chosen": [(field, value) for field, value in (chosen or {}).items() if value],
            "outcomes": [
                {"row": one.row, "to": one.wish.to, "error": one.error.text if one.error else ""} for one in outcomes
            ],
            "possible": sum(one.ok for one in outcomes),
            "receivers": sorted({str(one.wish.to.get_full_name()) for one in outcomes if one.ok}),
            "requesters": sum(one.ok and one.wish.kind == "cases" for one in outcomes),
            "error": self.error,
            "roles": roles,
            "last": last,
            "least": on,
            "heirs": self.heirs(on),
            "back_url": self.person_url(),
        }

    def sorted_people(self) -> list[tuple[str, Any]]:
        """For "all to"."""
        return sorted(self.people.items(), key=lambda pair: str(pair[1].get_full_name()).casefold())

    def label(self, person: Any, absent: Any) -> str:
        """The name; and that they are away today."""
        name = str(person.get_full_name())
        return name if absent.present(person) else gettext("%(name)s (away today)") % {"name": name}

    def usual_reason(self, last: date | None) -> str:
        """A sentence to begin with; requesters read it."""
        name = self.person.get_full_name()
        if last is None:
            return ""
        return gettext("%(name)s leaves on %(day)s.") % {"name": name, "day": date_format(last, "DATE_FORMAT")}

    def heirs(self, on: date) -> list[dict[str, Any]]:
        """Who gets what is left when the last day has passed, by unit."""
        found = []
        units = Unit.objects.filter(pk__in={row.unit for _field, _kind, row in self.rows if row.unit})
        units = units.select_related("officer", "deputy").order_by("name")
        for unit in units:
            line = self.choices.get(unit.pk, [])
            named = [one for one in (unit.deputy, unit.officer) if one is not None and one.pk != self.person.pk]
            heir = next((one for one in (*named, *line) if one.is_active), None)
            found.append({"unit": unit, "heir": heir})
        return found


class LastDayAct(_Act):
    """The person works here until a day: their roles end then."""

    def perform(self) -> str:
        """Through the service."""
        last = parse_date(self.request.POST.get("last", ""), loc=["last"])
        ended = services.set_last_day(user=self.person, last=last, by=self.request.user, now=clock.now())
        count = len(ended)
        words = ngettext("%(count)s role ends after %(day)s.", "%(count)s roles end after %(day)s.", count)
        return words % {"count": count, "day": date_format(last, "DATE_FORMAT")}
