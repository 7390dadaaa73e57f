"""Organisations and their people in the CMS admin. All case officers and unit leaders share the register."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permissions import register_permission_policy

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.errors import DomainError, Unavailable
from booking.organisations import register as national
from booking.organisations import rules, selectors, services
from booking.organisations.followers.staff import FollowersViewSet
from booking.organisations.models import MemberRole, Membership, Organisation, OrganisationKind, OrganisationState
from booking.organisations.services.looking import note_look_at
from booking.organisations.staff.matters import LeaderMatterViewSet
from booking.organisations.staff.merging import MergeView


def _today() -> Any:
    return clock.today(booking_settings().tz)


def _is_staff(user: Any) -> bool:
    # Kept on the user object, which lives as long as the request: a listing asks for every row.
    today = _today()
    kept: tuple[Any, bool] | None = getattr(user, "_samskap_register_staff", None)
    if kept is None or kept[0] != today:
        kept = (today, selectors.is_staff(user, today))
        user._samskap_register_staff = kept
    return kept[1]


POLICY = ScopedPermissionPolicy(
    Organisation,
    scope=lambda user: selectors.visible_organisations(user, _today()),
    may=_is_staff,
    # Deleting is for nobody: an organisation is set inactive.
    actions={"view": True, "add": True, "change": True, "verify": True},
)
register_permission_policy(Organisation, POLICY)


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a service's refusal where it belongs: at the fields it names, or on top."""
    if not error.errors:
        form.add_error(None, error.text)
    for fault in error.errors:
        field = str(fault.loc[0]) if fault.loc and str(fault.loc[0]) in form.fields else None
        form.add_error(field, fault.text)


class OrganisationForm(forms.ModelForm):
    """What staff may write about an organisation. Its state has buttons of its own."""

    number = forms.CharField(label=_("Organisation number"), max_length=40, required=False)
    activities = forms.CharField(
        label=_("Activities"),
        max_length=1500,
        required=False,
        help_text=_("Several with commas between them, such as “handball, football”."),
    )
    website = forms.URLField(label=_("Website"), max_length=250, required=False, assume_scheme="https")
    contact_public = forms.BooleanField(label=_("Contact shown to everybody"), required=False)

    class Meta:
        model = Organisation
        fields = [
            "name",
            "number",
            "kind",
            "about",
            "contact_name",
            "email",
            "phone",
            "language",
            "listed",
        ]
        widgets = {"language": forms.Select(choices=[("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")])}

    field_order: ClassVar[list[str]] = ["name", "number", "kind", "activities", "about"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["activities"] = ", ".join(row.name for row in self.instance.activities.all())

    def clean_number(self) -> str | None:
        """Nine digits that fit together, or none."""
        value = self.cleaned_data["number"]
        if not value.strip():
            return None
        try:
            return rules.check_number(value)
        except DomainError as error:
            raise forms.ValidationError(error.text, code=error.code) from None


class RegisterForm(OrganisationForm):
    """A new organisation; it stands in the public register only when it says yes later."""

    class Meta(OrganisationForm.Meta):
        fields = [name for name in OrganisationForm.Meta.fields if name != "listed"]


class MemberForm(forms.Form):
    """Give somebody a role."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The address that the person signs in with. Somebody new signs in once first."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices, initial=MemberRole.LEADER)
    end = forms.DateField(
        label=_("To and including"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """The person behind the address."""
        data = super().clean() or {}
        if data.get("email"):
            model = get_user_model()
            lookup = {f"{model.get_email_field_name()}__iexact": data["email"], "is_active": True}
            data["user"] = model._default_manager.filter(**lookup).first()
            if data["user"] is None:
                self.add_error("email", _("Nobody signs in with this address yet. Ask the person to log in once."))
        return data


class OrganisationFilterSet(WagtailFilterSet):
    """By state and kind."""

    state = django_filters.ChoiceFilter(choices=OrganisationState.choices, label=_("State"))
    kind = django_filters.ChoiceFilter(choices=OrganisationKind.choices, label=_("Kind"))

    class Meta:
        model = Organisation
        fields = ["state", "kind"]


class RefusalMixin:
    """A form page whose service may refuse: the words go to the form, what was typed stays."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, or show why not."""
        try:
            return super().form_valid(form)  # type: ignore[misc, no-any-return]
        except DomainError as error:
            add_refusal(form, error)
            self.produced_error_code = "validation_error"
            self.produced_error_message = error.text
            return self.form_invalid(form)  # type: ignore[attr-defined, no-any-return]


class IndexView(generic.IndexView):
    """The register: those that wait for a look come first."""

    default_ordering = "name"
    any_permission_required = ["view"]

    @cached_property
    def columns(self) -> list[Any]:
        """Name, number, kind, state."""
        return [
            self._get_title_column("name", get_url=self.get_inspect_url),
            Column("number", label=_("Number"), sort_key="number", width="15%"),
            Column("get_kind_display", label=_("Kind"), sort_key="kind", width="25%"),
            Column("get_state_display", label=_("State"), sort_key="state", width="15%"),
        ]

    def _get_title_column(self, field_name: str, **kwargs: Any) -> Any:
        column_class = self._get_title_column_class(generic.models.TitleColumn)
        return column_class(field_name, label=_("Name"), sort_key=field_name, **kwargs)

    def search_queryset(self, queryset: Any) -> Any:
        """By every word of the name, the activities, or digits of the number."""
        return selectors.search(queryset, self.search_query) if self.is_searching else queryset


class RegisterView(RefusalMixin, generic.CreateView):
    """A new organisation."""

    def save_instance(self) -> Organisation:
        """Through the service."""
        return services.register_organisation(**self.form.cleaned_data, by=self.request.user, now=clock.now())

    def get_success_url(self) -> str:
        """To its page, where its people are added."""
        return reverse("booking_organisations:inspect", args=[self.object.pk])


class EditView(RefusalMixin, generic.EditView):
    """Name, number, contact."""

    def save_instance(self) -> Organisation:
        """Through the service."""
        return services.update_organisation(
            organisation=self.object, changes=self.form.cleaned_data, by=self.request.user, now=clock.now()
        )

    def get_success_url(self) -> str:
        """Back to its page."""
        return reverse("booking_organisations:inspect", args=[self.object.pk])


class OrganisationPage(generic.InspectView):
    """Everything about one organisation: facts, people, what was done, and the buttons."""

    any_permission_required = ["view"]
    template_name = "booking/organisations/staff/organisation.html"
    # The "…" menu would offer editing a second time.
    header_more_buttons: ClassVar[list[Any]] = []

    def get_page_title(self) -> str:
        """The organisation's name stands beside it."""
        return gettext("Organisation")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Register, then this one."""
        index = {"url": reverse(self.index_url_name), "label": gettext("Organisations")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.name}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Edit and history."""
        return [
            HeaderButton(gettext("Edit"), url=reverse(self.edit_url_name, args=[self.object.pk]), icon_name="edit"),
            HeaderButton(
                gettext("History"),
                url=reverse("booking_organisations:history", args=[self.object.pk]),
                icon_name="history",
            ),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """People of today and before, and what may be done."""
        today = _today()
        rows = list(selectors.members(self.object))
        note_look_at(self.object, self.request.user, now=clock.now())
        return (
            super().get_context_data(**kwargs)
            | {
                "organisation": self.object,
                "members": [row for row in rows if rules.is_current(row.start, row.end, today)],
                "coming": [row for row in rows if row.start and row.start > today],
                "former": [row for row in rows if row.end and row.end < today],
                "is_tied": selectors.has_leading_role(self.request.user, [self.object], today),
                "activities": list(self.object.activities.all()),
                "counts": [
                    (band, self.object.member_counts[band])
                    for band in rules.BANDS
                    if self.object.member_counts.get(band)
                ],
                "likely": selectors.duplicates_of(self.object),
                "matters": list(selectors.open_matters().filter(organisation=self.object)),
            }
            | self._register()
        )

    def _register(self) -> dict[str, Any]:
        """What the national register says: asked while somebody is about to verify, else as it was kept."""
        number = self.object.number
        if not number or not national.is_on():
            return {"register": None}
        waits = self.object.state == OrganisationState.UNVERIFIED
        answer = national.lookup(number, now=clock.now()) if waits else national.kept_answer(number)
        return {
            "register": answer,
            "register_name": answer.likeness(self.object.name) if answer is not None and answer.name else "",
        }


class ActView(PermissionCheckedMixin, BaseObjectMixin, View):
    """One press of a button on the organisation's page."""

    http_method_names = ["post"]
    act: str = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Verifying has a right of its own."""
        rights = ("verify", "set_active", "ask_register")
        self.permission_required = "verify" if self.act in rights else "change"
        super().setup(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        try:
            messages.success(request, self.perform())
        except DomainError as error:
            messages.error(request, error.text)
        return redirect("booking_organisations:inspect", self.object.pk)

    def perform(self) -> str:
        """The act itself, and the words for it."""
        facts = {"organisation": self.object, "by": self.request.user, "now": clock.now()}
        if self.act == "verify":
            services.verify_organisation(**facts)
            return gettext("The organisation is verified.")
        if self.act == "ask_register":
            answer = national.lookup(self.object.number or "", now=clock.now(), ask_again=True)
            if not answer.fresh:
                raise Unavailable("register", _("The national register doesn't answer now. Try again later."))
            return gettext("The national register has answered.")
        if self.act == "set_inactive":
            services.set_inactive(**facts)
            return gettext("The organisation is inactive. It can't ask for anything any more.")
        services.set_active(**facts)
        return gettext("The organisation is active again, and waits to be verified.")


class AddMemberView(PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, FormView):
    """Give somebody a role in the organisation."""

    permission_required = "change"
    form_class = MemberForm
    template_name = "booking/organisations/staff/add_member.html"
    header_icon = "user"

    def get_page_title(self) -> str:
        """What it is about."""
        return gettext("Add a person")

    def get_page_subtitle(self) -> str:
        """To which organisation."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Register, organisation, this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("booking_organisations:index"), "label": gettext("Organisations")},
            {"url": reverse("booking_organisations:inspect", args=[self.object.pk]), "label": self.object.name},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For the template."""
        return super().get_context_data(**kwargs) | {"organisation": self.object}

    def form_valid(self, form: MemberForm) -> HttpResponse:
        """Through the service."""
        try:
            services.add_member(
                organisation=self.object,
                user=form.cleaned_data["user"],
                role=form.cleaned_data["role"],
                end=form.cleaned_data["end"],
                by=self.request.user,
                now=clock.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        messages.success(self.request, gettext("The person has been added."))
        return redirect("booking_organisations:inspect", self.object.pk)


class EndMembershipView(ActView):
    """A role is over."""

    act = "end_membership"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The membership must be one of this organisation."""
        if not self.user_has_permission("change"):
            raise PermissionDenied
        if not Membership.objects.filter(pk=kwargs["membership"], organisation=self.object).exists():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def perform(self) -> str:
        """End it today."""
        row = get_object_or_404(selectors.members(self.object), pk=self.kwargs["membership"])
        services.end_membership(membership=row, by=self.request.user, now=clock.now())
        return gettext("The role is over.")


class OrganisationViewSet(ScopedViewSetMixin, ModelViewSet):
    """The register in the "Booking" menu."""

    model = Organisation
    without = ("delete", "usage", "copy")
    name = "booking_organisations"
    url_prefix = "booking/organisations"
    icon = "group"
    menu_label = _("Organisations")
    menu_name = "booking-organisations"
    index_view_class = IndexView
    add_view_class = RegisterView
    edit_view_class = EditView
    inspect_view_class = OrganisationPage
    inspect_view_enabled = True
    inspect_template_name = OrganisationPage.template_name
    search_fields = ["name", "number", "activities"]
    filterset_class = OrganisationFilterSet
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[OrganisationForm]:
        """Registering asks less than editing."""
        return OrganisationForm if for_update else RegisterForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage, and those of our acts."""
        kept = [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
        acts = [
            path(f"{act.replace('_', '-')}/<int:pk>/", self.construct_view(ActView, act=act), name=act)
            for act in ("verify", "set_inactive", "set_active", "ask_register")
        ]
        return [
            *kept,
            *acts,
            path("merge/<int:pk>/", self.construct_view(MergeView), name="merge"),
            path("members/<int:pk>/new/", self.construct_view(AddMemberView), name="add_member"),
            path(
                "members/<int:pk>/<int:membership>/end/", self.construct_view(EndMembershipView), name="end_membership"
            ),
        ]


VIEWSETS = [OrganisationViewSet, LeaderMatterViewSet, FollowersViewSet]

LOG_ACTIONS = [
    ("samskap.organisation.registered", _("Registered"), _("Registered")),
    ("samskap.organisation.changed", _("Changed"), _("Changed")),
    ("samskap.organisation.verified", _("Verified"), _("Verified")),
    ("samskap.organisation.set_inactive", _("Set inactive"), _("Set inactive")),
    ("samskap.organisation.set_active", _("Set active"), _("Made active again")),
    ("samskap.organisation.member_added", _("Person added"), _("Added a person")),
    ("samskap.organisation.member_ended", _("Role ended"), _("Ended a person's role")),
    ("samskap.organisation.invited", _("Invited"), _("Made an invitation")),
    ("samskap.organisation.invitation_accepted", _("Invitation accepted"), _("Accepted an invitation")),
    ("samskap.organisation.invitation_revoked", _("Invitation taken back"), _("Took an invitation back")),
    ("samskap.organisation.leadership_offered", _("Hand-over offered"), _("Asked somebody to lead instead")),
    ("samskap.organisation.leadership_accepted", _("Hand-over accepted"), _("Said yes to leading")),
    ("samskap.organisation.leadership_declined", _("Hand-over declined"), _("Said no to leading")),
    ("samskap.organisation.leadership_withdrawn", _("Hand-over taken back"), _("Took the question back")),
    ("samskap.organisation.leader_lost", _("Leader gone"), _("Told that the leader is gone")),
    ("samskap.organisation.leader_matter_opened", _("Matter opened"), _("Opened the matter of a lost leader")),
    ("samskap.organisation.leader_confirmed", _("New leader confirmed"), _("Confirmed the new leader")),
    ("samskap.organisation.leader_matter_dismissed", _("Matter dismissed"), _("Dismissed the matter")),
    ("samskap.organisation.merged", _("Merged"), _("Merged another entry into this one")),
]
