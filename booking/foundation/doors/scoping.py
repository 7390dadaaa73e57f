"""Wagtail viewsets, choosers, forms and bulk actions that show and touch only what exists for the user.

Wagtail's generic views check permissions of the model only. Here every view that a viewset makes is wrapped, whatever
its class, so a view that Wagtail adds one day is guarded too:

* an address with a key (edit, delete, history, usage, inspect, copy, revisions, ...): 404 unless the object is in the
  policy's scope; then 403 unless the view's action is granted for that very object;
* a listing and its export: only objects of the scope; search by the ORM (the index can't be filtered by a subquery);
* saving: an object that ends up outside of the user's scope rolls back;
* choosers: listing, chosen, chosen-multiple; form fields: only choices of the scope.

The policy is the one registered for the model (``register_permission_policy``); it must be a ScopedPermissionPolicy,
otherwise making the viewset fails at start-up.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib.admin.utils import unquote
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.permissions import policy_registry

from booking.foundation.doors.policy import ScopedPermissionPolicy

#: A source of a copy, and what is previewed before it exists, must be visible; the action itself is checked apart.
_LOOKS_ONLY = frozenset({"add"})
#: Wagtail's addresses of a row that nobody edits as a row: there are use cases for that.
ROW_DOORS = ("add", "edit", "delete", "usage", "copy", "history")


def scoped_policy(model: type[Model]) -> ScopedPermissionPolicy:
    """The policy registered for ``model``. Raises ``ImproperlyConfigured`` when it isn't a scoped one."""
    policy = policy_registry.get_by_type(model, fallback=False)
    if not isinstance(policy, ScopedPermissionPolicy):
        raise ImproperlyConfigured(
            f"Register a ScopedPermissionPolicy for {model._meta.label} before its viewset "
            "(register_permission_policy in the capability's staff.py)."
        )
    return policy


def _same(queryset: Any, model: type[Model]) -> bool:
    return isinstance(queryset, QuerySet) and issubclass(queryset.model, model)


class _Guard:
    """Stands first in the order of inheritance of every wrapped view."""

    scope_model: ClassVar[type[Model]]
    pk_url_kwarg: str = "pk"

    @property
    def scope_policy(self) -> ScopedPermissionPolicy:
        """The model's policy, looked up when asked."""
        return scoped_policy(self.scope_model)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Before the view does anything: is there such an object for this user, and may it be done to it?"""
        if self.pk_url_kwarg in kwargs:
            self._guard_object(request.user, unquote(str(kwargs[self.pk_url_kwarg])))
        super().setup(request, *args, **kwargs)  # type: ignore[misc]

    def _guard_object(self, user: Any, pk: str) -> None:
        policy = self.scope_policy
        if not policy.in_scope(user, pk):
            raise Http404
        needed = self._actions()
        if needed and not policy.instances_user_has_any_permission_for(user, needed).filter(pk=pk).exists():
            raise PermissionDenied

    def _actions(self) -> list[str]:
        """What the view asks for on its object; "view" where it names nothing."""
        one = getattr(self, "permission_required", None)
        several = getattr(self, "any_permission_required", None)
        if one in _LOOKS_ONLY:
            return ["view"]
        if one:
            return [one]
        return list(several) if several else ["view"]

    def save_instance(self) -> Any:
        """Save, and look again: nobody saves an object into another unit, or takes it out of the own one unseen."""
        with transaction.atomic():
            instance = super().save_instance()  # type: ignore[misc]
            if not self.scope_policy.in_scope(self.request.user, instance.pk):  # type: ignore[attr-defined]
                raise PermissionDenied
            return instance


class _ListGuard:
    """For views with ``get_base_queryset``. A history's or usage's rows are of other models and pass."""

    @cached_property
    def _answers(self) -> dict[Any, bool]:
        return {}

    def user_has_permission(self, permission: str) -> bool:
        """Asked once per request: Wagtail asks again for the buttons of every row, and each asking is a query."""
        if permission not in self._answers:
            self._answers[permission] = super().user_has_permission(permission)  # type: ignore[misc]
        return self._answers[permission]

    def user_has_any_permission(self, permissions: Any) -> bool:
        """The same for several."""
        key = frozenset(permissions)
        if key not in self._answers:
            self._answers[key] = super().user_has_any_permission(permissions)  # type: ignore[misc]
        return self._answers[key]

    def get_base_queryset(self) -> Any:
        queryset = super().get_base_queryset()  # type: ignore[misc]
        if not _same(queryset, self.scope_model):  # type: ignore[attr-defined]
            return queryset
        return queryset.filter(pk__in=self.scope_policy.scope(self.request.user).values("pk"))  # type: ignore[attr-defined]


class _PlainListGuard:
    """For views that have ``get_queryset`` alone (reordering)."""

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()  # type: ignore[misc]
        if not _same(queryset, self.scope_model):  # type: ignore[attr-defined]
            return queryset
        return queryset.filter(pk__in=self.scope_policy.scope(self.request.user).values("pk"))  # type: ignore[attr-defined]


class _ChooserGuard:
    """For the views of a chooser."""

    scope_model: ClassVar[type[Model]]
    request: HttpRequest

    def _choices(self) -> QuerySet[Any]:
        return scoped_policy(self.scope_model).instances_user_has_any_permission_for(self.request.user, ["choose"])

    def get_object_list(self) -> Any:
        return super().get_object_list().filter(pk__in=self._choices().values("pk"))  # type: ignore[misc]

    def get_object(self, pk: Any) -> Any:
        try:
            return self._choices().get(pk=pk)
        except (ValueError, TypeError, ValidationError, OverflowError):
            raise Http404 from None

    def get_objects(self, pks: Any) -> Any:
        try:
            return list(self._choices().filter(pk__in=pks))
        except (ValueError, TypeError, ValidationError, OverflowError):
            raise Http404 from None


def guarded(view_class: type[Any], model: type[Model]) -> type[Any]:
    """``view_class`` with the guards in front. The result is a class of the same name."""
    if issubclass(view_class, _Guard):
        return view_class
    bases: list[type[Any]] = [_Guard]
    if hasattr(view_class, "get_base_queryset"):
        bases.append(_ListGuard)
    elif hasattr(view_class, "get_queryset"):
        bases.append(_PlainListGuard)
    pk_name = getattr(view_class, "pk_url_kwarg", "pk")
    body = {"scope_model": model, "pk_url_kwarg": pk_name, "__module__": view_class.__module__}
    return type(view_class.__name__, (*bases, view_class), body)


class ScopedViewSetMixin:
    """Put it before ``ModelViewSet`` or ``SnippetViewSet``; every view that the viewset makes is then guarded."""

    model: Any
    #: ORM search: filters by unit break the search index (architecture.md "Traps"). Name ``search_fields``.
    search_backend_name = None
    copy_view_enabled = False
    #: What points where is shown by our own pages, not guessed from foreign keys.
    add_to_reference_index = False
    #: Wagtail's addresses that this viewset doesn't have: no page links to them. ``get_urlpatterns`` leaves them out.
    without: tuple[str, ...] = ()

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """What every view is told; of what isn't there, no address."""
        gone = {f"{name}_url_name": None for name in self.without}
        return super().get_common_view_kwargs(**(gone | kwargs))  # type: ignore[misc,no-any-return]

    def construct_view(self, view_class: type[Any], **kwargs: Any) -> Any:
        """Wagtail's factory of views, with the guard."""
        return super().construct_view(guarded(view_class, self.model), **kwargs)  # type: ignore[misc]

    def on_register(self) -> None:
        """Fails at start-up when the model has no scoped policy."""
        scoped_policy(self.model)
        super().on_register()  # type: ignore[misc]


def guarded_chooser(view_class: type[Any], model: type[Model]) -> type[Any]:
    """A chooser's view with the guard in front."""
    if issubclass(view_class, _ChooserGuard):
        return view_class
    return type(
        view_class.__name__, (_ChooserGuard, view_class), {"scope_model": model, "__module__": view_class.__module__}
    )


class ScopedChooserViewSetMixin:
    """Put it before ``ChooserViewSet``. For snippets set ``chooser_viewset_class`` to a class that has it."""

    model: Any

    def construct_view(self, view_class: type[Any], **kwargs: Any) -> Any:
        """Wagtail's factory of views, with the guard."""
        model = apps.get_model(self.model) if isinstance(self.model, str) else self.model
        return super().construct_view(guarded_chooser(view_class, model), **kwargs)  # type: ignore[misc]


class ScopedFormMixin:
    """A form whose choices of scoped models are those of ``for_user``; a posted key from elsewhere is no choice.

    The object that stands there already stays a choice, so that a form with an old value can be saved.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = getattr(self, "for_user", None)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
                continue
            policy = policy_registry.get_by_type(field.queryset.model, fallback=False)
            if isinstance(policy, ScopedPermissionPolicy):
                field.queryset = self._choices(policy, field.queryset, user, name)

    def _choices(self, policy: ScopedPermissionPolicy, rows: QuerySet[Any], user: Any, name: str) -> QuerySet[Any]:
        allowed = rows.filter(pk__in=policy.instances_user_has_any_permission_for(user, ["choose"]).values("pk"))
        instance = getattr(self, "instance", None)
        current = getattr(instance, f"{name}_id", None) if instance is not None and instance.pk else None
        return allowed if current is None else allowed | rows.filter(pk=current)


class ScopedModelForm(ScopedFormMixin, WagtailAdminModelForm):  # type: ignore[misc]
    """The base form for scoped viewsets: ``base_form_class`` of panels, or the parent of an own form."""


class ScopedBulkAction(BulkAction):  # type: ignore[misc]
    """A bulk action over what is marked and granted; "all" means the listing as filtered, never the whole table.

    Set ``viewset`` (the registered viewset, for its listing), ``action`` (the policy's name of the action), and write
    ``execute_action``. Objects out of scope are as if they weren't there; those without the action are listed apart.
    """

    viewset: ClassVar[Any] = None
    action: ClassVar[str] = "change"
    #: More than this at once is a job, not a click.
    most: ClassVar[int] = 500

    def get_listing_queryset(self) -> QuerySet[Any]:
        """The rows of the listing with the filters and the search of this request."""
        index = self.viewset.index_view
        view = index.view_class(**index.view_initkwargs)
        view.setup(self.request)
        rows: QuerySet[Any] = view.get_queryset()
        return rows

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """Wagtail would answer with every key of the table."""
        return self.get_listing_queryset().values_list("pk", flat=True)

    def get_actionable_objects(self) -> tuple[list[Any], dict[str, list[Any]]]:
        """``(objects, {"items_with_no_access": [...]})``, both inside the scope. 404 when nothing is left."""
        policy = scoped_policy(self.model)
        user = self.request.user
        marked = self.request.GET.getlist("id")
        rows = policy.scope(user)
        try:
            if "all" in marked:
                rows = rows.filter(pk__in=self.get_all_objects_in_listing_query(None))
            else:
                rows = rows.filter(pk__in=[unquote(key) for key in marked])
            found = list(rows.order_by("pk")[: self.most + 1])
        except (ValueError, TypeError, ValidationError, OverflowError):
            raise Http404 from None
        if not found or len(found) > self.most:
            raise Http404
        granted = policy.instances_user_has_any_permission_for(user, [self.action])
        keys = set(granted.filter(pk__in=[item.pk for item in found]).values_list("pk", flat=True))
        return (
            [item for item in found if item.pk in keys],
            {"items_with_no_access": [item for item in found if item.pk not in keys]},
        )

    def check_perm(self, obj: Model) -> bool:
        """As :meth:`get_actionable_objects` does it, for one."""
        return scoped_policy(self.model).user_has_permission_for_instance(self.request.user, self.action, obj)
