"""A list of hours given in the CMS admin: a preview of every row first, then the same once more for good."""

from __future__ import annotations

import base64
import binascii
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.calendars.incoming import lines
from booking.calendars.incoming.access import NAMESPACE, POLICY
from booking.cases.models import Case
from booking.catalogue.imports import FileRefused
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.staff.access import KEEPERS, unit_ids
from booking.foundation import clock
from booking.foundation.i18n import localized

#: A file travels through the preview inside of the form; bigger ones are for the command.
MOST_BYTES = 1_000_000
ENDINGS = (".ics", ".csv", ".xlsx")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LinesForm(forms.Form):
    """The file, and what its rows don't say themselves."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A list or a timetable (.xlsx, .csv), or a calendar (.ics). At most one megabyte."),
    )
    resource = forms.ChoiceField(
        label=_("Place, where the file names none"), required=False, help_text=_("A timetable is about one place.")
    )
    first = forms.DateField(label=_("First day of weekly times"), required=False, widget=DateInput())
    last = forms.DateField(label=_("Last day of weekly times"), required=False, widget=DateInput())
    title_public = forms.BooleanField(label=_("Show what the times are called, to everybody"), required=False)
    name = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    content = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2 * MOST_BYTES, strip=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        things = Resource.objects.filter(unit__in=unit_ids(user, KEEPERS)).exclude(state=ResourceState.RETIRED)
        field: Any = self.fields["resource"]
        field.choices = [("", "–"), *((one.slug, str(localized(one, "name"))) for one in things.order_by("name", "pk"))]

    def clean(self) -> dict[str, Any]:
        """The file that was given now, or the one that the preview was of."""
        data = super().clean() or {}
        file = data.get("file")
        if file is not None:
            if file.size > MOST_BYTES:
                self.add_error(
                    "file", gettext("The file is too big: at most one megabyte. An administrator can import it.")
                )
                return data
            data["name"], data["raw"] = Path(file.name).name, file.read()
        else:
            try:
                data["raw"] = base64.b64decode(data.get("content", ""), validate=True)
            except (binascii.Error, ValueError):
                data["raw"] = b""
        if "file" not in self.errors and not data["raw"]:
            self.add_error("file", gettext("Give a file."))
        elif "file" not in self.errors and Path(data.get("name", "")).suffix.lower() not in ENDINGS:
            self.add_error("file", gettext("Give a file that ends in .xlsx, .csv or .ics."))
        return data


STATUS_WORDS = {
    "taken": _("taken in"),
    "unchanged": _("unchanged"),
    "passed": _("passed already"),
    "refused": _("not taken in"),
}


class LinesPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Upload, preview of every row, and taking in."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    permission_required = "add"
    template_name = "booking/calendars/staff/lines.html"
    page_title = _("Take in a list of hours")
    header_icon = "upload"
    form: LinesForm | None = None
    outcomes: list[lines.Outcome] | None = None
    notes: list[str] = []
    stored = False

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List of calendars, this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Calendars of others")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, and every row's outcome."""
        found = self.outcomes or []
        cases = dict(
            Case.objects.filter(reference__in={one.case for one in found if one.case}).values_list("reference", "pk")
        )
        rows = [(one, STATUS_WORDS[one.status], cases.get(one.case)) for one in found]
        refused = sum(1 for one in found if one.status == "refused")
        taken = sum(1 for one in found if one.status == "taken")
        return super().get_context_data(**kwargs) | {
            "form": self.form or LinesForm(user=self.request.user),
            "rows": rows,
            "looked": self.outcomes is not None,
            "taken": taken,
            "refused": refused,
            "notes": self.notes,
            "stored": self.stored,
            "back_url": reverse(f"{NAMESPACE}:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Preview, or take in."""
        form = self.form = LinesForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(), status=400)
        data = form.cleaned_data
        try:
            rows = self._drafts(data)
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
            return self.render_to_response(self.get_context_data(), status=400)
        store = "take" in request.POST
        self._load(rows, data, store=store)
        again = form.data.copy()
        again["name"], again["content"] = data["name"], base64.b64encode(data["raw"]).decode()
        self.form = LinesForm(again, user=request.user)
        if store:
            self._say(request)
            self.form = None
        return self.render_to_response(self.get_context_data())

    def _drafts(self, data: dict[str, Any]) -> list[lines.Draft]:
        defaults = lines.Defaults(resource=data["resource"], first=data["first"], last=data["last"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"list{Path(data['name']).suffix.lower()}"
            path.write_bytes(data["raw"])
            _shape, rows, self.notes = lines.drafts(path, defaults, now=clock.now())
        return rows

    def _load(self, rows: list[lines.Draft], data: dict[str, Any], *, store: bool) -> None:
        options: dict[str, Any] = {
            "source": lines.source_of(Path(data["name"]).stem),
            "now": clock.now(),
            "by": self.request.user,
            "title_public": data["title_public"],
            "unit_ids": unit_ids(self.request.user, KEEPERS),
        }
        self.stored = store
        if store:
            self.outcomes = list(lines.load(rows, **options))
            return
        # The preview does everything and takes it back: it can't say anything else than what will happen.
        with transaction.atomic():
            self.outcomes = list(lines.load(rows, **options))
            transaction.set_rollback(True)
        for one in self.outcomes:
            if one.status == "taken":
                one.case = ""

    def _say(self, request: HttpRequest) -> None:
        found = self.outcomes or []
        taken = sum(1 for one in found if one.status == "taken")
        refused = sum(1 for one in found if one.status == "refused")
        words = ngettext("%(count)s row is taken in.", "%(count)s rows are taken in.", taken) % {"count": taken}
        if refused:
            more = ngettext("%(count)s row is not.", "%(count)s rows are not.", refused) % {"count": refused}
            messages.warning(request, f"{words} {more}")
        else:
            messages.success(request, words)
