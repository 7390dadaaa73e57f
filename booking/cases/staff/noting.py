"""Writing down what somebody asked: who, what, how to reach them. Twenty seconds, no mouse (needs N4)."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.cases import services
from booking.cases.models import Case, Channel
from booking.cases.staff.access import CASE_POLICY, cases_seen
from booking.catalogue.models import Unit
from booking.foundation import clock, text
from booking.foundation.doors import ratelimit
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized

#: At the beginning of a line, in the reader's language.
_capital = lazy(lambda label: capfirst(str(label)), str)
#: How it was asked; the most usual first, so that Enter is enough.
_CHANNELS = [
    (one.value, _capital(one.label)) for one in (Channel.SPOKEN, Channel.PHONE, Channel.MESSENGER, Channel.LETTER)
]


class NoteForm(forms.Form):
    """The cursor stands in the first field; Tab leads through, Enter in a line sends."""

    message = forms.CharField(
        label=_("What do they ask?"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "3", "autofocus": True}),
    )
    who = forms.CharField(label=_("Who asks?"), max_length=150)
    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("With an e-mail address the receipt goes there at once."),
    )
    channel = forms.ChoiceField(label=_("How?"), choices=_CHANNELS, widget=forms.RadioSelect, initial=Channel.SPOKEN)
    unit = forms.ModelChoiceField(
        label=_("Who answers?"),
        queryset=Unit.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("By the routing rules, else the town's front desk"),
    )
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(active=True).order_by("name")


class NotePage(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """For everybody with a role in a unit; the case may go to a unit whose cases they can't see."""

    permission_required = "note"
    permission_policy = CASE_POLICY
    form_class = NoteForm
    template_name = "booking/cases/staff/note.html"
    header_icon = "edit"
    _show_breadcrumbs = True

    def get_page_title(self) -> str:
        """What it is for."""
        return gettext("Write down a question")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Queue, this."""
        queue = {"url": reverse("booking_cases:index"), "label": gettext("Cases")}
        return [*self.breadcrumbs_items, queue, {"url": "", "label": self.get_page_title()}]

    def get_initial(self) -> dict[str, Any]:
        """A key, so that a double click is one case."""
        return {"submission_key": uuid.uuid4().hex, "channel": Channel.SPOKEN}

    def form_valid(self, form: NoteForm) -> HttpResponse:
        """Store it, and say what to tell the person who stands there."""
        now, data = clock.now(), form.cleaned_data
        try:
            ratelimit.spend("message", now=now, contact=str(self.request.user.pk))
            case = services.log_question(
                message=data["message"], who=data["who"], contact=data["contact"], channel=data["channel"],
                unit=data["unit"], by=self.request.user, now=now, submission_key=data["submission_key"] or None,
            )  # fmt: skip
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        messages.success(self.request, said_of(case, self.request))
        return redirect("booking_cases:note")


def said_of(case: Case, request: HttpRequest) -> str:
    """What the person can be told: number, who answers, until when, and whether the receipt is on its way."""
    day = f"{date_format(case.answer_by, 'l')} {date_format(case.answer_by, 'DATE_FORMAT')}" if case.answer_by else "–"
    words = gettext("Written down as %(reference)s. %(unit)s answers by %(day)s.") % {
        "reference": case.reference, "unit": localized(case.unit, "name"), "day": day,
    }  # fmt: skip
    if case.contact_email or case.requester_id:
        words += " " + gettext("The receipt is on its way.")
    else:
        words += " " + gettext("There is no e-mail address, so tell them the number.")
    if not cases_seen(request.user).filter(pk=case.pk).exists():
        words += " " + gettext("It belongs to another unit now.")
    return words
