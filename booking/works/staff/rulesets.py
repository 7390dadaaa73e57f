"""Notice rules in the CMS admin: which hold, every version, a draft with what it would change, publishing."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet

from booking.catalogue.staff.views import ObjectPage
from booking.foundation import clock
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.works.models import Category, Impact
from booking.works.rulesets import comparing, engine, reading, selectors, services
from booking.works.rulesets.engine import RuleSet
from booking.works.rulesets.models import NoticeRuleSet, RuleSetState
from booking.works.staff.access import RULES


def name_of(rules: RuleSet) -> str:
    """The set's name in the reader's language, else in any."""
    language = (get_language() or "nb")[:2]
    return rules.name.get(language) or rules.name.get("nb") or next(iter(rules.name.values()), rules.code)


def table_of(rules: RuleSet) -> list[dict[str, Any]]:
    """The figures by category, for works that close a place: what people ask about first."""
    return [
        {"category": Category(one).label, "need": engine.required(rules, one, Impact.CLOSED)}
        for one in engine.CATEGORIES
    ]


class RuleSetIndex(generic.IndexView):
    """Which rules hold, and every version there is."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("Notice rules")
    results_template_name = "booking/works/staff/rulesets_results.html"
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """Drafts and published versions."""
        return NoticeRuleSet.objects.exclude(state=RuleSetState.DISCARDED).select_related("published_by", "created_by")

    @cached_property
    def columns(self) -> list[Any]:
        """The table is our own."""
        return [Column("code", label=_("Rules"))]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """They stand above the list."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The rules in use as a table, the presets, and who may write."""
        rules = selectors.ruleset()
        return super().get_context_data(*args, **kwargs) | {
            "rules": rules,
            "rules_name": name_of(rules),
            "table": table_of(rules),
            "presets": [(code, name_of(reading.preset(code))) for code in reading.PRESETS],
            "may": RULES.user_has_permission(self.request.user, "add"),
        }


class SourceForm(forms.Form):
    """Rules as YAML."""

    source = forms.CharField(
        label=_("Rules (YAML)"),
        max_length=reading.LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "sk-staff-code"}),
    )
    note = forms.CharField(label=_("What is different, and why"), required=False, max_length=300)

    def show(self, error: DomainError) -> None:
        """Each fault with its place in the text."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault.loc)
            inside = fault.loc[:1] not in (("source",), ("note",), ())
            self.add_error(
                "note" if fault.loc == ("note",) else "source", f"{place}: {fault.text}" if inside else fault.text
            )


class NewDraftPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A new draft, begun from what holds now: ``?from=<code or name>``."""

    permission_policy = RULES
    permission_required = "add"
    template_name = "booking/works/staff/ruleset_form.html"
    page_title = _("Write new rules")
    header_icon = "list-ul"
    form: SourceForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_rulesets:index"), "label": gettext("Notice rules")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def begin_with(self) -> str:
        """The text to begin with. 404 for rules that aren't there."""
        code = self.request.GET.get("from") or selectors.code_in_use()
        row = selectors.current_row(code)
        if row is not None:
            return row.source
        if code not in reading.PRESETS:
            raise Http404
        return reading.preset_source(code)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.form or SourceForm(initial={"source": self.begin_with()}),
            "back_url": reverse("booking_rulesets:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store the draft, or show every fault."""
        self.form = form = SourceForm(request.POST)
        status = 400
        if form.is_valid():
            try:
                made = services.write_draft(**form.cleaned_data, by=request.user, now=clock.now())
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                messages.success(request, gettext("The draft is stored. It holds for nobody yet."))
                return redirect("booking_rulesets:inspect", made.pk)
        return self.render_to_response(self.get_context_data(), status=status)


class EditDraftPage(ObjectPage, TemplateView):
    """Another text for a draft."""

    permission_required = "change"
    namespace = "booking_rulesets"
    list_label = _("Notice rules")
    heading = _("Edit the draft")
    template_name = "booking/works/staff/ruleset_form.html"
    form: SourceForm | None = None

    def get_base_object_queryset(self) -> Any:
        """Only drafts: what is published never changes."""
        return NoticeRuleSet.objects.filter(state=RuleSetState.DRAFT)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what stands there or as it was refused."""
        start = {"source": self.object.source, "note": self.object.note}
        return super().get_context_data(**kwargs) | {"form": self.form or SourceForm(initial=start)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store it, or show every fault."""
        self.form = form = SourceForm(request.POST)
        status = 400
        if form.is_valid():
            try:
                services.write_draft(**form.cleaned_data, by=request.user, now=clock.now(), row=self.object)
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                messages.success(request, gettext("The draft is stored. It holds for nobody yet."))
                return redirect(self.object_url())
        return self.render_to_response(self.get_context_data(), status=status)


class RuleSetPage(generic.InspectView):
    """One version: its table, what it changes, and for a draft the buttons."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/works/staff/ruleset.html"
    header_more_buttons: ClassVar[list[Any]] = []
    refusal = ""

    def get_page_title(self) -> str:
        """What it is."""
        return gettext("Notice rules")

    def get_page_subtitle(self) -> str:
        """Which version."""
        return str(self.object.name)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this one."""
        index = {"url": reverse("booking_rulesets:index"), "label": gettext("Notice rules")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.name}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The page has its own."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rules, and what they change against those before."""
        row = self.object
        rules = selectors.parsed(row)
        before = comparing.before(row)
        return super().get_context_data(**kwargs) | {
            "row": row,
            "rules": rules,
            "rules_name": name_of(rules),
            "table": table_of(rules),
            "before": before,
            "differences": comparing.differences(before, rules) if before is not None else [],
            "lines": comparing.lines(before, rules) if before is not None else [],
            "is_draft": row.state == RuleSetState.DRAFT,
            "may": RULES.user_has_permission(self.request.user, "change"),
            "used": selectors.is_used(row),
            "refusal": self.refusal,
        }


class RuleSetAct(RuleSetPage):
    """Publish, use, throw away."""

    any_permission_required: ClassVar[list[str]] = ["change"]
    http_method_names = ("get", "post", "head", "options")
    act: str = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect("booking_rulesets:inspect", self.object.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        facts: dict[str, Any] = {"by": request.user, "now": clock.now()}
        try:
            if self.act == "publish":
                services.publish(self.object, in_use=request.POST.get("in_use") == "yes", **facts)
                said = gettext("Published. Works that have been noticed keep the rules that held then.")
            elif self.act == "use":
                services.use(self.object, **facts)
                said = gettext("New works follow these rules from now on.")
            else:
                services.discard_draft(self.object, **facts)
                messages.success(request, gettext("The draft is thrown away."))
                return redirect("booking_rulesets:index")
        except DomainError as error:
            self.refusal = error.text
            self.object = NoticeRuleSet.objects.get(pk=self.object.pk)
            return self.render_to_response(self.get_context_data(object=self.object), status=error.status)
        messages.success(request, said)
        return redirect("booking_rulesets:inspect", self.object.pk)


class RuleSetViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = NoticeRuleSet
    without = ROW_DOORS
    name = "booking_rulesets"
    url_prefix = "booking/notice-rules"
    icon = "list-ul"
    menu_label = _("Notice rules")
    menu_name = "booking-notice-rules"
    index_view_class = RuleSetIndex
    index_template_name = "booking/cases/staff/list.html"
    index_results_template_name = RuleSetIndex.results_template_name
    inspect_view_class = RuleSetPage
    inspect_view_enabled = True
    inspect_template_name = RuleSetPage.template_name
    inspect_view_fields = ("code",)
    list_per_page = 50
    form_fields = ("code",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, a version, a draft, and what is done with it."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()
        return [
            *kept,
            path("new/", self.construct_view(NewDraftPage), name="add"),
            path("edit/<int:pk>/", self.construct_view(EditDraftPage), name="edit_draft"),
            *(
                path(f"{act}/<int:pk>/", self.construct_view(RuleSetAct, act=act, **page), name=act)
                for act in ("publish", "use", "discard")
            ),
        ]
