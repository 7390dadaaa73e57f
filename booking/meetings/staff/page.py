"""The meeting's page in the CMS admin, and what staff do there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.doors.acts import ActMixin, ThingPage
from booking.foundation.errors import Invalid, NotFound
from booking.meetings import forms, selectors, services
from booking.meetings.models import Commitment, Meeting, MeetingState
from booking.meetings.services.common import CALLING_ROLES
from booking.meetings.staff.access import POLICY, today
from booking.meetings.view import meeting_view


class MeetingPage(ThingPage):
    """Everything about one meeting, and the buttons."""

    namespace = "booking_meetings"
    heading = _("Meeting")
    list_label = _("Dialogue meetings")
    template_name = "booking/meetings/staff/meeting.html"

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(Meeting.objects.all())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The meeting, and what this person may do."""
        one, user, now = self.object, self.request.user, clock.now()
        on = today()
        units = catalogue.units_of(user, on, roles=CALLING_ROLES)
        calls = POLICY.user_has_permission_for_instance(user, "answer", one) and units.filter(pk=one.unit_id).exists()
        view = meeting_view(one, on=on, now=now, staff=True)
        begun, open_ = now >= one.start, one.state in (MeetingState.DRAFT, MeetingState.INVITED)
        minutes = calls and begun and one.state in (MeetingState.INVITED, MeetingState.HELD)
        return (
            super().get_context_data(**kwargs)
            | {
                "meeting": one,
                "view": view,
                "may_call": calls and one.state == MeetingState.DRAFT and not begun,
                "may_change": calls and open_,
                "may_cancel": calls and open_,
                "may_add": calls and open_,
                "may_close": calls,
                "own_units": set(units.values_list("pk", flat=True)),
                "may_write": minutes,
                "may_plan": calls and view.later is None and one.state not in (MeetingState.DRAFT,),
                "point_form": forms.PointForm(prefix="point"),
                "commitment_form": forms.CommitmentForm(meeting=one, prefix="commit"),
                "cancel_form": forms.ReasonForm(prefix="cancel"),
                "typed": {},
                "today": on,
            }
            | self.brought
        )


class MeetingAct(ActMixin, MeetingPage):
    """One act, named in the address. Refused, it shows the page again with what was typed and why."""

    def do_call(self) -> str:
        """Invite."""
        services.call_meeting(self.object, if_version=self.version(), **self.facts)
        return gettext("Everybody is invited. The agenda is open.")

    def do_cancel(self) -> str | None:
        """Call it off."""
        form = self.filled(forms.ReasonForm(self.request.POST, prefix="cancel"), "cancel_form")
        if form is None:
            return None
        services.cancel_meeting(
            self.object, reason=form.cleaned_data["reason"], if_version=self.version(), **self.facts
        )
        return gettext("The meeting is called off. Who was invited is told why.")

    def do_next(self) -> str:
        """The next one of the row."""
        self.target = services.plan_next(self.object, **self.facts)
        return gettext("The next meeting is prepared: same circle, same place. Nobody is invited before you say so.")

    def do_add_point(self) -> str | None:
        """A point of the municipality's."""
        form = self.filled(forms.PointForm(self.request.POST, prefix="point"), "point_form")
        if form is None:
            return None
        try:
            services.add_point(
                self.object, title=form.cleaned_data["title"], words=form.cleaned_data["text"], **self.facts
            )
        except Invalid as error:
            form.show(error)
            return None
        return gettext("It stands on the agenda.")

    def do_withdraw_point(self) -> str:
        """Take back a point of the municipality's."""
        services.withdraw_point(self.object, self.kwargs["row"], **self.facts)
        return gettext("The point is taken back.")

    def do_commit(self) -> str | None:
        """Who does what by when."""
        form = self.filled(
            forms.CommitmentForm(self.request.POST, meeting=self.object, prefix="commit"), "commitment_form"
        )
        if form is None:
            return None
        try:
            services.commit(self.object, **form.chosen(), **self.facts)
        except Invalid as error:
            form.show(error)
            return None
        return gettext("It is written down.")

    def do_minutes(self) -> str:
        """What was said; with the second button everybody gets it."""
        sent = self.request.POST
        outcomes = {point.pk: sent[name] for point in selectors.points_of(self.object)
                    if (name := f"outcome_{point.pk}") in sent}  # fmt: skip
        # What was typed stays in the fields when it is refused.
        self.keep(typed={"minutes": sent.get("minutes", ""), **outcomes})
        publish = sent.get("publish") == "yes"
        made = services.write_minutes(
            self.object,
            words=sent.get("minutes", ""),
            outcomes=outcomes,
            publish=publish,
            if_version=self.version(),
            **self.facts,
        )
        if publish and made.state == MeetingState.HELD:
            return gettext("The minutes are sent to everybody who was invited.")
        return gettext("The minutes are kept.")

    def _promised(self) -> Commitment:
        """A commitment that the page shows."""
        found = (
            Commitment.objects.select_related("meeting", "unit", "organisation")
            .filter(pk=self.kwargs["row"], meeting__chain=self.object.chain)
            .first()
        )
        if found is None:
            raise NotFound("not_found", _("There is no such commitment."))
        return found

    def do_done(self) -> str:
        """It is done."""
        services.report_done(self._promised(), **self.facts)
        return gettext("Marked as done. Everybody who is invited sees it.")

    def do_drop(self) -> str:
        """It won't be done."""
        services.drop(self._promised(), reason=self.request.POST.get("reason", ""), **self.facts)
        return gettext("It is written down. Everybody who is invited sees the reason.")

    def do_more_time(self) -> str:
        """A new day."""
        services.give_more_time(
            self._promised(), due_on=forms.as_day(self.request.POST.get("due_on", "")), **self.facts
        )
        return gettext("The new day is set.")


class PaperPage(PermissionCheckedMixin, BaseObjectMixin, View):
    """The agenda, or once it was held the minutes, on A4."""

    permission_required = "view"
    http_method_names: ClassVar[list[str]] = ["get", "head", "options"]

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(Meeting.objects.all())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page of its own, without the admin around it."""
        view = meeting_view(self.object, on=today(), now=clock.now(), staff=True)
        context = {"view": view, "meeting": self.object, "today": today(), "staff": True}
        return render(request, "booking/meetings/paper.html", context)
