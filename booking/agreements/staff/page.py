"""The agreement's page in the CMS admin, and what staff do there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.agreements import forms, selectors, services
from booking.agreements.downloads import as_download
from booking.agreements.models import Agreement, AgreementState, Side
from booking.agreements.services.common import DECIDING_ROLES
from booking.agreements.services.hours import horizon_words
from booking.agreements.staff.access import POLICY, today
from booking.agreements.view import agreement_view, clash_rows
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import clock, files
from booking.foundation.doors.acts import ActMixin, ThingPage
from booking.foundation.errors import DomainError, Invalid, NotFound
from booking.organisations import selectors as organisations


class AddTaskForm(forms.Refusable):
    """A task for an agreement that stands."""

    what = forms.forms.CharField(label=_("What is done?"), max_length=150)
    side = forms.forms.ChoiceField(label=_("Who does it?"), choices=Side.choices)
    first_on = forms.forms.DateField(label=_("First time"), widget=forms.DateInput())
    every = forms.forms.ChoiceField(label=_("How often?"), choices=forms.AgreementTask.Every.choices)


class AgreementPage(ThingPage):
    """Everything about one agreement, and the buttons."""

    namespace = "booking_agreements"
    heading = _("Agreement")
    list_label = _("Agreements")
    template_name = "booking/agreements/staff/agreement.html"

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(Agreement.objects.all())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The agreement, what waits, and what this person may do."""
        one, user, on, now = self.object, self.request.user, today(), clock.now()
        services.note_look_at(one, user, now=now)
        view = agreement_view(one, side=Side.MUNICIPALITY, staff=True, on=on, now=now)
        may = POLICY.user_has_permission_for_instance(user, "answer", one)
        tied = organisations.has_leading_role(user, [party.organisation for party in one.parties.all()], on)
        acts = may and not tied
        proposed, agreed = one.state == AgreementState.PROPOSED, one.state == AgreementState.AGREED
        preview = services.clashes(one, now=now) if proposed and view.hours else []
        return (
            super().get_context_data(**kwargs)
            | {
                "agreement": one,
                "view": view,
                "may": may,
                "tied": may and tied,
                "asked": acts and proposed and one.confirmed_at is None,
                "may_correct": acts and proposed,
                "may_end": acts and agreed and one.notice_at is None,
                "may_add": acts,
                "may_hand_on": may,
                "may_retry": acts and agreed and bool(view.left_out),
                "clashes": clash_rows(preview, staff=True, on=on),
                "horizon": horizon_words(now),
                "earliest": services.earliest_end(one, on) if agreed else None,
                "decline_form": forms.ReasonForm(prefix="decline"),
                "notice_form": forms.NoticeForm(prefix="notice"),
                "task_form": AddTaskForm(prefix="task"),
                "document_form": forms.DocumentForm(),
                "units": list(Unit.objects.filter(active=True).exclude(pk=one.unit_id).order_by("name")) if may else [],
                "officers": [
                    person
                    for person in catalogue.people_of(one.unit, on, DECIDING_ROLES)
                    if person.pk != one.officer_id
                ]
                if may
                else [],
            }
            | self.brought
        )


class AgreementAct(ActMixin, AgreementPage):
    """One act, named in the address. Refused, it shows the page again with what was typed and why."""

    def after(self) -> str:
        """An agreement that went to another unit is out of sight; then the list."""
        if POLICY.in_scope(self.request.user, self.object.pk):
            return self.page_url()
        return reverse(f"{self.namespace}:index")

    def do_confirm(self) -> str:
        """Yes for the municipality."""
        leave_out = self.request.POST.get("leave_out") == "yes"
        made = services.confirm(self.object, leave_out=leave_out, if_version=self.version(), **self.facts)
        if made.state == AgreementState.AGREED:
            return gettext("Everybody has confirmed. The agreement holds.")
        return gettext("Confirmed for the municipality. It holds when the others have, too.")

    def do_decline(self) -> str | None:
        """No, and why."""
        form = self.filled(forms.ReasonForm(self.request.POST, prefix="decline"), "decline_form")
        if form is None:
            return None
        services.decline(self.object, reason=form.cleaned_data["reason"], if_version=self.version(), **self.facts)
        return gettext("Declined. The others are told why.")

    def do_notice(self) -> str | None:
        """End it with the notice agreed on."""
        form = self.filled(forms.NoticeForm(self.request.POST, prefix="notice"), "notice_form")
        if form is None:
            return None
        try:
            services.give_notice(
                self.object,
                reason=form.cleaned_data["reason"],
                ends_on=form.cleaned_data["ends_on"],
                if_version=self.version(),
                **self.facts,
            )
        except Invalid as error:
            form.show(error)
            return None
        return gettext("Notice is given. Everybody is told by letter.")

    def do_done(self) -> str:
        """The municipality has done its task."""
        services.mark_done(self.object, self.kwargs["row"], **self.facts)
        return gettext("Marked as done. The organisation sees it.")

    def do_add_task(self) -> str | None:
        """One more task."""
        form = self.filled(AddTaskForm(self.request.POST, prefix="task"), "task_form")
        if form is None:
            return None
        try:
            services.add_task(self.object, **form.cleaned_data, **self.facts)
        except Invalid as error:
            form.show(error)
            return None
        return gettext("The task is added.")

    def do_stop_task(self) -> str:
        """Enough of that."""
        task = self.object.tasks.filter(pk=self.kwargs["row"]).first()
        if task is None:
            raise NotFound("not_found", _("There is no such task."))
        services.stop_task(self.object, task, **self.facts)
        return gettext("The task is stopped. What was done stays in sight.")

    def do_upload(self) -> str | None:
        """Add a document."""
        form = self.filled(forms.DocumentForm(self.request.POST, self.request.FILES), "document_form")
        if form is None:
            return None
        upload = form.cleaned_data["file"]
        try:
            services.add_document(
                self.object, name=upload.name, content=upload.read(files.DOCUMENT_BYTES + 1), **self.facts
            )
        except DomainError as error:
            if not error.errors:
                raise
            form.show(error)
            return None
        return gettext("The document is added.")

    def do_remove(self) -> str:
        """Take a document off the page."""
        services.remove_document(self.object, self.kwargs["row"], **self.facts)
        return gettext("The document is removed.")

    def do_retry(self) -> str:
        """Dates that somebody else had."""
        taken, left = services.try_left_out_again(self.object, **self.facts)
        return gettext("%(taken)s taken, %(left)s still somebody else's.") % {"taken": taken, "left": left}

    def do_seen(self) -> str:
        """Somebody has looked at what was taken over."""
        services.mark_seen(self.object, **self.facts)
        return gettext("The mark is gone.")

    def do_assign(self) -> str:
        """Another officer, or another unit."""
        unit = self._chosen(Unit.objects.filter(active=True), "unit")
        officer = self._chosen(get_user_model()._default_manager.filter(is_active=True), "officer")
        if unit is None and officer is None:
            raise Invalid("required", _("Choose who is to have it."), loc=("unit",))
        services.assign_agreement(self.object, unit=unit, officer=officer if unit is None else None, **self.facts)
        return gettext("Somebody else answers for it now.")

    def _chosen(self, rows: Any, name: str) -> Any:
        sent = self.request.POST.get(name, "")
        return rows.filter(pk=int(sent)).first() if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


class LetterPage(PermissionCheckedMixin, BaseObjectMixin, View):
    """The agreement on paper."""

    permission_required = "view"
    http_method_names: ClassVar[list[str]] = ["get", "head", "options"]

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(Agreement.objects.all())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page of its own, without the admin around it."""
        on, now = today(), clock.now()
        services.note_look_at(self.object, request.user, now=now)
        view = agreement_view(self.object, side=Side.MUNICIPALITY, staff=True, on=on, now=now)
        context = {"view": view, "agreement": self.object, "back": None, "today": on}
        return render(request, "booking/agreements/letter.html", context)


class DocumentPage(LetterPage):
    """Download a document. Never shown in place."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """404 for a document of another agreement."""
        answer = as_download(self.object, kwargs["row"])
        services.note_look_at(self.object, request.user, now=clock.now())
        return answer
