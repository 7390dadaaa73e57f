"""Privacy in the CMS admin: how long things are kept, what people are asked to agree to, and who looked.

The first two are the administrator's; a unit's leader sees who looked at contact data in the unit's cases.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import Case, Count, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.catalogue.models import UnitRoleName
from booking.catalogue.selectors import units_of
from booking.foundation import clock, personal
from booking.foundation.conf import LONGEST_RETENTION, booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.privacy import registry, selectors, services
from booking.privacy.models import ConsentText, Look, RetentionRule


def _today() -> Any:
    return clock.today(booking_settings().tz)


def _is_administrator(user: Any) -> bool:
    return bool(user.is_superuser)


def _leads(user: Any) -> bool:
    """Leads a unit. Kept on the user object, which lives as long as the request."""
    kept: tuple[Any, bool] | None = getattr(user, "_samskap_leads", None)
    if kept is None or kept[0] != _today():
        kept = (_today(), units_of(user, _today(), roles=[UnitRoleName.LEADER]).exists())
        user._samskap_leads = kept
    return kept[1]


RETENTION_POLICY = ScopedPermissionPolicy(
    RetentionRule,
    scope=lambda user: RetentionRule.objects.all(),
    may=_is_administrator,
    actions={"view": True, "change": True},
)
TEXT_POLICY = ScopedPermissionPolicy(
    ConsentText,
    scope=lambda user: ConsentText.objects.all(),
    may=_is_administrator,
    # A version is never changed nor deleted: a new one is added.
    actions={"view": True, "add": True},
)
LOOK_POLICY = ScopedPermissionPolicy(
    Look, scope=lambda user: selectors.looks_in_units_of(user, _today()), may=_leads, actions={"view": True}
)
for _model, _policy in ((RetentionRule, RETENTION_POLICY), (ConsentText, TEXT_POLICY), (Look, LOOK_POLICY)):
    register_permission_policy(_model, _policy)

_NO_ADDRESSES = ("add_url_name", "edit_url_name", "delete_url_name", "usage_url_name", "copy_url_name",
                 "history_url_name")  # fmt: skip


class _Listed(ScopedViewSetMixin, ModelViewSet):
    """A list, and perhaps a page for one: nothing is edited or deleted by Wagtail's own forms."""

    kept: ClassVar[tuple[str, ...]] = ("index", "index_results")
    index_template_name = "booking/cases/staff/list.html"
    list_per_page = 50
    form_fields = ("id",)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No address that isn't there."""
        gone = [*_NO_ADDRESSES, *(() if "inspect" in self.kept else ("inspect_url_name",))]
        return super().get_common_view_kwargs(**(dict.fromkeys(gone) | kwargs))

    def get_urlpatterns(self) -> list[Any]:
        """Those, and our acts."""
        return [*(one for one in super().get_urlpatterns() if one.name in self.kept), *self.acts()]

    def acts(self) -> list[Any]:
        """Addresses of our own."""
        return []


# --- how long things are kept -----------------------------------------------------------------------------------------


class RetentionView(generic.IndexView):
    """Every class: its time, how many rows the next run takes, and from when on there is more. Changes nothing."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("How long things are kept")
    results_template_name = "booking/privacy/staff/retention_results.html"

    def get_base_queryset(self) -> QuerySet[RetentionRule]:
        """A row for each class that can be chosen."""
        services.ensure_rules()
        names = [one.name for one in personal.retention_classes() if not one.fixed and not one.own_job]
        return RetentionRule.objects.filter(name__in=names)

    @cached_property
    def columns(self) -> list[Any]:
        """The table is our own."""
        return [Column("name", label=_("What"))]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Classes are described in code."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """All classes, also those whose time is promised elsewhere: a dry run."""
        views = selectors.class_views(clock.now())
        return super().get_context_data(*args, **kwargs) | {
            "views": views,
            "waiting": [one for one in views if one.terms.needs_ok],
        }


class DaysForm(forms.Form):
    """The time of one class."""

    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=1,
        max_value=LONGEST_RETENTION,
        help_text=_("Empty: as the settings or the product say. A shorter time waits for your yes on this page."),
    )


class RetentionPage(generic.InspectView):
    """One class: what goes, when, by whose choice; the form for the time, and the yes to a shorter one."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/privacy/staff/retention.html"
    header_more_buttons: ClassVar[list[Any]] = []
    form: DaysForm | None = None

    @cached_property
    def klass(self) -> personal.RetentionClass:
        """What is described in code. 404 for a row that is left of a part that is gone."""
        found = personal.retention_class(self.object.name)
        if found is None:
            raise Http404
        return found

    def get_page_title(self) -> str:
        """The list's name; the class stands beside it."""
        return gettext("How long things are kept")

    def get_page_subtitle(self) -> str:
        """Which class."""
        return str(self.klass.label)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this one."""
        index = {"url": reverse("booking_retention:index"), "label": gettext("How long things are kept")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.klass.label)}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The page has its own."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As it stands now."""
        view = selectors.class_view(self.klass, self.object, clock.now())
        return super().get_context_data(**kwargs) | {
            "view": view,
            "form": self.form or DaysForm(initial={"days": self.object.days}),
            "default": self.klass.keep,
        }


class ChooseDays(RetentionPage):
    """Another time. What is refused comes back with what was typed."""

    any_permission_required: ClassVar[list[str]] = ["change"]
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store it."""
        self.form = DaysForm(request.POST)
        if self.form.is_valid():
            try:
                services.choose_days(
                    name=self.klass.name, days=self.form.cleaned_data["days"], by=request.user, now=clock.now()
                )
            except DomainError as error:
                add_refusal(self.form, error)
            else:
                messages.success(request, gettext("The time is stored."))
                return redirect("booking_retention:inspect", self.object.pk)
        return self.render_to_response(self.get_context_data(object=self.object), status=422)


class AgreeToShorter(RetentionPage):
    """Yes, let these rows go."""

    any_permission_required: ClassVar[list[str]] = ["change"]
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only what was seen is agreed to."""
        seen = request.POST.get("seen", "")
        try:
            services.agree_to_shorter(
                name=self.klass.name,
                seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else 0,
                by=request.user,
                now=clock.now(),
            )
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("Agreed. The rows go at the next run."))
        return redirect("booking_retention:inspect", self.object.pk)


class RetentionViewSet(_Listed):
    """In the "Booking" menu."""

    model = RetentionRule
    name = "booking_retention"
    url_prefix = "booking/retention"
    icon = "history"
    menu_label = _("How long things are kept")
    menu_name = "booking-retention"
    kept = ("index", "index_results", "inspect")
    index_view_class = RetentionView
    index_results_template_name = RetentionView.results_template_name
    inspect_view_class = RetentionPage
    inspect_view_enabled = True
    inspect_template_name = RetentionPage.template_name
    inspect_view_fields = ("name",)

    def acts(self) -> list[Any]:
        """Choose, and agree."""
        return [
            path("choose/<int:pk>/", self.construct_view(ChooseDays), name="choose"),
            path("agree/<int:pk>/", self.construct_view(AgreeToShorter), name="agree"),
        ]


# --- what people are asked to agree to --------------------------------------------------------------------------------


def _kind_words(row: ConsentText) -> str:
    kind = registry.consent_kind(row.kind)
    return str(kind.label) if kind else row.kind


def _edited_kinds() -> list[registry.ConsentKind]:
    """Kinds with one text for all. House rules are written at each thing, and versioned when somebody accepts them."""
    return [kind for kind in registry.consent_kinds() if kind.default is not None]


class TextsView(generic.IndexView):
    """All versions, newest first in each kind."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("Consent texts")
    results_template_name = "booking/privacy/staff/texts_results.html"

    def get_base_queryset(self) -> Any:
        """With how many have agreed."""
        return ConsentText.objects.annotate(given=Count("consents"))

    def order_queryset(self, queryset: Any) -> Any:
        """Those that are written here first; in each kind the newest version, which is in force."""
        here = Case(When(kind__in=[kind.name for kind in _edited_kinds()], then=0), default=1)
        return queryset.order_by(here, "kind", "-number")

    @cached_property
    def columns(self) -> list[Any]:
        """What, which version, since when, how many."""
        tz = booking_settings().tz
        return [
            self._get_title_column_class(generic.models.TitleColumn)(
                "kind", label=_("What"), accessor=_kind_words, get_url=self.get_inspect_url
            ),
            Column("number", label=_("Version")),
            Column("body", label=_("Begins"), accessor=lambda one: localized(one, "body")[:60]),
            Column("created_at", label=_("Since"), accessor=lambda one: clock.local_date(one.created_at, tz)),
            Column("given", label=_("Have agreed")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """They stand above the list: their names are long."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The kinds of which a new version can be written here."""
        return super().get_context_data(*args, **kwargs) | {"kinds": _edited_kinds()}

    @property
    def no_results_message(self) -> str:
        """The first version comes with the first consent."""
        return gettext("Nobody has agreed to anything yet. The texts that come with the product hold until then.")


class TextPage(generic.InspectView):
    """One version, word for word."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/privacy/staff/text.html"
    header_more_buttons: ClassVar[list[Any]] = []

    def get_page_title(self) -> str:
        """What it is."""
        return _kind_words(self.object)

    def get_page_subtitle(self) -> str:
        """Which version."""
        return gettext("Version %(number)s") % {"number": self.object.number}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this one."""
        index = {"url": reverse("booking_consent_texts:index"), "label": gettext("Consent texts")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.get_page_title()}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """It is never changed."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With how many have agreed, and how many still do."""
        open_ = self.object.consents.filter(withdrawn_at=None).count()
        given = self.object.consents.count()
        return super().get_context_data(**kwargs) | {"text": self.object, "given": given, "open": open_}


class TextForm(forms.Form):
    """A new version, in three languages."""

    nb = forms.CharField(label=_("Text (bokmål)"), widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000)
    nn = forms.CharField(
        label=_("Text (nynorsk)"), widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000, required=False
    )
    en = forms.CharField(
        label=_("Text (English)"), widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000, required=False
    )


class NewTextView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Begins with the words that are in force."""

    permission_required = "add"
    permission_policy = TEXT_POLICY
    form_class = TextForm
    template_name = "booking/privacy/staff/new_text.html"
    header_icon = "doc-full"

    @cached_property
    def kind(self) -> registry.ConsentKind:
        """404 for one that isn't edited here."""
        found = next((kind for kind in _edited_kinds() if kind.name == self.kwargs["kind"]), None)
        if found is None:
            raise Http404
        return found

    def get_page_title(self) -> str:
        """What it is about."""
        return gettext("New version")

    def get_page_subtitle(self) -> str:
        """Of what."""
        return str(self.kind.label)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this."""
        index = {"url": reverse("booking_consent_texts:index"), "label": gettext("Consent texts")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.get_page_title()}]

    def get_initial(self) -> dict[str, Any]:
        """The newest version, or the words that come with the product. Looking makes no version."""
        return selectors.bodies_in_force(self.kind.name)

    def form_valid(self, form: TextForm) -> HttpResponse:
        """Make it; the same words make none."""
        try:
            text = services.new_text(
                kind=self.kind.name, bodies=form.cleaned_data, by=self.request.user, now=clock.now()
            )
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        messages.success(self.request, gettext("Version %(number)s is in force from now on.") % {"number": text.number})
        return redirect("booking_consent_texts:inspect", text.pk)


class ConsentTextViewSet(_Listed):
    """In the "Booking" menu."""

    model = ConsentText
    name = "booking_consent_texts"
    url_prefix = "booking/consent-texts"
    icon = "doc-full"
    menu_label = _("Consent texts")
    menu_name = "booking-consent-texts"
    kept = ("index", "index_results", "inspect")
    index_view_class = TextsView
    index_results_template_name = TextsView.results_template_name
    inspect_view_class = TextPage
    inspect_view_enabled = True
    inspect_template_name = TextPage.template_name
    inspect_view_fields = ("kind",)

    def acts(self) -> list[Any]:
        """A new version."""
        return [path("new/<slug:kind>/", NewTextView.as_view(), name="new")]


# --- who looked -------------------------------------------------------------------------------------------------------


class LooksView(generic.IndexView):
    """Newest first; searched by the case's reference or a name."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("Who has looked at contact data")
    results_template_name = "booking/privacy/staff/looks_results.html"
    is_searchable = True
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """With who and where."""
        return Look.objects.select_related("viewer", "unit")

    def order_queryset(self, queryset: Any) -> Any:
        """Newest first."""
        return queryset.order_by("-at", "-pk")

    def search_queryset(self, queryset: Any) -> Any:
        """By reference."""
        return queryset.filter(label__icontains=self.search_query.strip()) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Any]:
        """When, who, at what, how."""
        return [
            Column("day", label=_("Day")),
            Column("viewer", label=_("Who"), accessor=lambda one: str(one.viewer)),
            Column("label", label=_("At what")),
            Column("unit", label=_("Unit"), accessor=lambda one: str(localized(one.unit, "name")) if one.unit else "–"),
            Column("get_door_display", label=_("How")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Nobody writes here."""
        return []

    @property
    def no_results_message(self) -> str:
        """Nothing yet."""
        if self.is_searching:
            return gettext("Nobody has looked at that.")
        return gettext("Nobody has looked at contact data in your units.")


class LookViewSet(_Listed):
    """In the "Booking" menu of who leads a unit."""

    model = Look
    name = "booking_looks"
    url_prefix = "booking/looks"
    icon = "view"
    menu_label = _("Who has looked")
    menu_name = "booking-looks"
    index_view_class = LooksView
    index_results_template_name = LooksView.results_template_name
    search_fields = ("label",)


VIEWSETS = [RetentionViewSet, ConsentTextViewSet, LookViewSet]

LOG_ACTIONS = [
    ("samskap.retention.chosen", _("Time chosen"), _("Chose how long it is kept")),
    ("samskap.retention.agreed", _("Shorter time agreed"), _("Agreed to a shorter time")),
]
