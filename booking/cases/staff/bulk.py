"""One answer for several marked cases: what would happen first, then one press of a button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.cases import services
from booking.cases.models import Case
from booking.cases.staff import words
from booking.cases.staff.access import CASE_POLICY, today
from booking.cases.staff.moves import chosen_text
from booking.cases.staff.queue import go_to_queue, listing, queue_url
from booking.foundation import clock
from booking.foundation.errors import DomainError, Invalid

#: More than this at once is nothing that somebody has looked at.
MOST = 100
TITLES: dict[str, Any] = {
    "grant": _("Grant several cases"),
    "refuse": _("Refuse several cases"),
    "waiting_list": _("Put several cases on the waiting list"),
}
#: These need grounds.
_SAY_WHY = ("refuse", "waiting_list")


class BulkPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """GET: the consequences, and a field for the grounds. POST: decide those, as they were shown.

    Only marked cases of one's own units count; a key from elsewhere is as if it weren't there. "All" means the list as
    it was shown, with its filters; more than ``MOST`` are cut, and the page says so.
    """

    permission_required = "decide"
    permission_policy = CASE_POLICY
    template_name = "booking/cases/staff/bulk.html"
    header_icon = "tasks"
    _show_breadcrumbs = True
    error: DomainError | None = None
    outcome = "grant"
    #: How many cases of the list there was no room for.
    left_out = 0

    def get_page_title(self) -> str:
        """Which answer."""
        return str(TITLES[self.outcome])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Queue, this."""
        queue = {"url": reverse("booking_cases:index"), "label": gettext("Cases")}
        return [*self.breadcrumbs_items, queue, {"url": "", "label": self.get_page_title()}]

    def marked(self, keys: list[str]) -> QuerySet[Case]:
        """The marked cases that exist for this user, first received first: so rivals are served in turn."""
        numbers = [int(key) for key in keys[:MOST] if key.isascii() and key.isdigit() and len(key) < 18]
        rows = CASE_POLICY.instances_user_has_any_permission_for(self.request.user, ["decide"]).filter(pk__in=numbers)
        return rows.select_related("unit", "organisation", "requester").order_by("received_at", "pk")

    def all_of(self, request: HttpRequest) -> QuerySet[Case]:
        """The cases of the list that was shown which this user decides: the first by the promised day."""
        shown = listing(request, request.GET.urlencode()).values_list("pk", flat=True)
        keys = list(shown[: MOST + 1])
        if len(keys) > MOST:
            self.left_out = shown.count() - MOST
        return self.marked([str(key) for key in keys[:MOST]])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What would happen."""
        self.outcome = request.GET.get("outcome", "")
        cases = list(self.all_of(request) if request.GET.get("all") else self.marked(request.GET.getlist("id")))
        if self.outcome not in TITLES or not cases:
            messages.warning(request, gettext("Mark at least one case first."))
            return go_to_queue(request)
        return self.render_to_response(self.get_context_data(cases=cases, grounds=""))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decide, and tell of each that could not be decided why not."""
        self.outcome = request.POST.get("outcome", "")
        seen = dict(pair.partition(":")[::2] for pair in request.POST.getlist("case"))
        cases = list(self.marked(list(seen)))
        if self.outcome not in TITLES or not cases:
            messages.warning(request, gettext("Mark at least one case first."))
            return go_to_queue(request)
        grounds = request.POST.get("grounds", "")
        text = request.POST.get("text", "")
        if self.outcome in _SAY_WHY and not grounds.strip() and not text:
            self.error = Invalid("required", _("Say why."), loc=("grounds",))
            context = self.get_context_data(cases=cases, grounds=grounds)
            return self.render_to_response(context, status=self.error.status)
        fresh = [case for case in cases if str(case.version) == seen[str(case.pk)]]
        try:
            answers = services.decide_many(fresh, self.outcome, _words(grounds, text), by=request.user, now=clock.now())
        except DomainError as error:
            self.error = error
            context = self.get_context_data(cases=cases, grounds=grounds)
            return self.render_to_response(context, status=error.status)
        done = sum(answer.ok for answer in answers)
        if done:
            said = {
                "grant": ngettext("%(count)s case granted.", "%(count)s cases granted.", done),
                "refuse": ngettext("%(count)s case refused.", "%(count)s cases refused.", done),
                "waiting_list": ngettext(
                    "%(count)s case put on the waiting list.", "%(count)s cases put on the waiting list.", done
                ),
            }[self.outcome]
            messages.success(request, said % {"count": done})
        for answer in answers:
            if answer.error is not None:
                messages.error(request, f"{answer.case.reference}: {answer.error.text}")
        for case in cases:
            if case not in fresh:
                changed = gettext("Somebody changed this case in the meantime. Look at it again.")
                messages.error(request, f"{case.reference}: {changed}")
        return go_to_queue(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The consequences, case by case."""
        cases = kwargs.pop("cases")
        found = services.preview_many(cases, self.outcome, by=self.request.user, now=clock.now())
        return super().get_context_data(**kwargs) | {
            "outcome": self.outcome,
            "left_out": self.left_out,
            "needs_grounds": self.outcome in _SAY_WHY,
            "error": self.error,
            "rows": [
                {
                    "case": one.case,
                    "who": words.who(one.case),
                    "answer_by": words.answer_by(one.case, today()),
                    "lines": len(one.lines),
                    "taken": ", ".join(str(number) for number in one.taken),
                    "against": ", ".join(one.against_each_other),
                    "rivals": one.rivals,
                    "error": one.error.text if one.error else "",
                }
                for one in found
            ],
            "possible": sum(one.error is None and not one.taken for one in found),
            "texts": _texts_of_all(cases, self.outcome),
            "queue_url": queue_url(self.request),
        }


def _words(grounds: str, text: str) -> str | Callable[[Case], str]:
    """What stands in each letter: the ready text in its receiver's language, and what was written below it."""
    if not text:
        return grounds

    def words(case: Case) -> str:
        ready = chosen_text(case, text)
        if not ready and not grounds.strip():
            raise Invalid("required", _("Say why."), loc=("grounds",))
        return "\n\n".join(part for part in (ready, grounds.strip()) if part)

    return words


def _texts_of_all(cases: Sequence[Case], outcome: str) -> list[Any]:
    """Ready texts that fit every one of the marked cases."""
    units = {case.unit_id: case.unit for case in cases}
    found = [{row.pk: row for row in services.texts_for(unit, (outcome,))} for unit in units.values()]
    common = set.intersection(*(set(one) for one in found)) if found else set()
    return [row for pk, row in (found[0] if found else {}).items() if pk in common]
