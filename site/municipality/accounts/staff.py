"""Wagtail's pages about users, for users who have one name, an e-mail address and no password."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.ui.tables import BooleanColumn, BulkActionsCheckboxColumn, Column, DateColumn
from wagtail.admin.views import account
from wagtail.users.utils import user_can_delete_user
from wagtail.users.views import users
from wagtail.users.views.bulk_actions import DeleteBulkAction, SetActiveStateBulkAction

from booking.foundation import clock
from municipality.accounts import factors, letters, sessions
from municipality.accounts.forms import clean_text
from municipality.accounts.models import AddressChange, User


def has_history(user: User) -> bool:
    """Whether something in the product points at ``user``: then the account can be deactivated, never deleted."""
    collector = Collector(using=router.db_for_write(User, instance=user))
    try:
        collector.collect([user])
    except (ProtectedError, RestrictedError):
        return True
    return False


class UserForm(forms.ModelForm):
    """A person who may sign in. The code goes to the address, so the address is all it takes."""

    required_css_class = "required"

    class Meta:
        model = User
        fields = ["email", "name", "phone", "language", "is_superuser", "groups"]
        labels = {"is_superuser": _("Administrator")}
        help_texts = {
            "email": _("Sign-in codes go to this address."),
            "is_superuser": _("Administrators may do everything, in all units."),
            "groups": _(
                "Groups give rights to pages and pictures. Rights in a unit come from the person's role in the unit."
            ),
        }
        widgets = {"groups": forms.CheckboxSelectMultiple}

    def clean_email(self) -> str:
        """Lower case: an address has one spelling here."""
        return clean_text(self.cleaned_data["email"], max_length=254).lower()

    def clean_name(self) -> str:
        """One tidy line."""
        return clean_text(self.cleaned_data["name"], max_length=150)

    def save(self, commit: bool = True) -> Any:
        """A new account gets an unusable password: nobody signs in with one."""
        if not self.instance.pk:
            self.instance.set_unusable_password()
        return super().save(commit)


class UserEditForm(UserForm):
    """The same, whether the account is in use, and help for who has lost the phone. Nobody switches off oneself."""

    lost_phone = forms.BooleanField(
        label=_("Remove the second step"),
        help_text=_(
            "For somebody who has lost both the phone and the recovery codes. Be sure who is asking: meet them, or call"
            " the number that you know. They are logged out everywhere, get a letter, and add a new second step when"
            " they log in."
        ),
        required=False,
    )

    def __init__(self, *args: Any, editing_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if editing_self:
            del self.fields["is_active"], self.fields["is_superuser"]
        # One's own is removed on the page "Ways to log in", with proof.
        if editing_self or not factors.has_second_factor(self.instance):
            del self.fields["lost_phone"]

    def save(self, commit: bool = True) -> Any:
        """A new address is told to the old one and logs everybody out; the municipality's choice can't be undone."""
        now, old = clock.now(), self.initial["email"]
        with transaction.atomic():
            user = super().save(commit)
            if user.email != old:
                AddressChange.objects.filter(user=user).delete()
                sessions.end_others(user, keep=None)
                letters.send_notice(user, "address_by_staff", now=now, to=old)
            if self.cleaned_data.get("lost_phone"):
                factors.reset(user, now=now)
        return user

    class Meta(UserForm.Meta):
        fields = [*UserForm.Meta.fields, "is_active"]
        help_texts = UserForm.Meta.help_texts | {
            "is_active": _("Without this the person can't sign in, and what they answered for goes to the deputy.")
        }


class OnlyAdministratorsMakeAdministrators:
    """Somebody who may manage users is not thereby an administrator, and can't become one."""

    request: HttpRequest

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(*args, **kwargs)  # type: ignore[misc]
        if not self.request.user.is_superuser:
            form.fields.pop("is_superuser", None)
            form.fields.pop("lost_phone", None)
        return form


class IndexView(users.IndexView):
    """Name, address, level, state."""

    search_fields = ["name", "email"]
    search_backend_name = None

    @cached_property
    def columns(self) -> list[Any]:
        """Our user has no username column."""
        title = self._get_title_column_class(users.UserColumn)
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="user"),
            title("name", accessor=str, label=_("Name"), sort_key="name", get_url=self.get_edit_url, classname="name"),
            Column("email", label=_("E-mail"), sort_key="email", width="25%"),
            Column(
                "is_superuser",
                accessor=lambda user: _("Administrator") if user.is_superuser else None,
                label=_("Access level"),
                sort_key="is_superuser",
                width="15%",
            ),
            BooleanColumn("is_active", label=_("Active"), sort_key="is_active", width="10%"),
            DateColumn("last_login", label=_("Last sign-in"), sort_key="last_login", width="15%"),
        ]

    def order_queryset(self, queryset: Any) -> Any:
        """People without a name come last."""
        if self.ordering in ("name", "-name"):
            return queryset.order_by(self.ordering, "email")
        return super().order_queryset(queryset)


class CreateView(OnlyAdministratorsMakeAdministrators, users.CreateView):
    """A new account."""


class EditView(OnlyAdministratorsMakeAdministrators, users.EditView):
    """An account. An administrator's is changed by administrators only: the address opens it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.object.is_superuser and not request.user.is_superuser:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class DeleteView(users.DeleteView):
    """For accounts made by mistake. One with history is deactivated instead."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if has_history(self.get_object()):
            messages.error(
                request, gettext("This account has a history and can't be deleted. Make it inactive instead.")
            )
            return redirect(reverse("wagtailusers_users:edit", args=[self.kwargs["pk"]]))
        return super().dispatch(request, *args, **kwargs)


class UserViewSet(users.UserViewSet):
    """Registered by ``apps.MunicipalityUsersConfig``."""

    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    delete_view_class = DeleteView
    copy_view_enabled = False
    search_fields = ["name", "email"]
    # Wagtail's own form templates name its fields one by one; the generic ones take the form as it is.
    template_prefix = "municipality/users/"

    def get_form_class(self, for_update: bool = False) -> type[UserForm]:
        """The form for a new or an existing account."""
        return UserEditForm if for_update else UserForm


class DeleteUnused(DeleteBulkAction):
    """Many at once: only those without history go."""

    def check_perm(self, obj: User) -> bool:
        """As for a single one."""
        return user_can_delete_user(self.request.user, obj) and not has_history(obj)


class SetActiveOneByOne(SetActiveStateBulkAction):
    """Saves each account by itself, so that what the person answered for is taken over (Wagtail updates in bulk)."""

    def check_perm(self, obj: User) -> bool:
        """Administrators are switched off by administrators."""
        return super().check_perm(obj) and (self.request.user.is_superuser or not obj.is_superuser)

    @classmethod
    def execute_action(
        cls, objects: list[User], mark_as_active: bool = False, user: User | None = None, **kwargs: Any
    ) -> tuple[int, int]:
        """Switch all but oneself."""
        others = [obj for obj in objects if user is None or obj.pk != user.pk]
        with transaction.atomic():
            for obj in others:
                obj.is_active = mark_as_active
                obj.save(update_fields=["is_active"])
        return len(others), 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        """How many."""
        return ngettext("%(count)d account was changed.", "%(count)d accounts were changed.", num_parent_objects) % {
            "count": num_parent_objects
        }


class NameForm(forms.ModelForm):
    """One's own name, phone and language of letters. The address stays: it is the key to the account."""

    class Meta:
        model = User
        fields = ["name", "phone", "language"]

    def clean_name(self) -> str:
        """One tidy line, and not empty."""
        name = clean_text(self.cleaned_data["name"], max_length=150)
        if not name:
            raise forms.ValidationError(gettext("Write your name."), code="required")
        return name


class NamePanel(account.BaseSettingsPanel):
    """Stands where Wagtail asks for a first name, a last name and an address."""

    name = "name_email"
    title = _("Name and contact")
    order = 100
    form_class = NameForm


class AccountView(account.AccountView):
    """Wagtail's "account" page with our panel."""

    def get_panels(self) -> list[Any]:
        """Wagtail's panels, the first one replaced."""
        panels = super().get_panels()
        return [
            NamePanel(panel.request, panel.user, panel.profile)
            if isinstance(panel, account.NameEmailSettingsPanel)
            else panel
            for panel in panels
        ]
