"""Who may do what to which objects in the CMS admin, from a selector instead of Django's permission rows.

Wagtail groups only open the admin; unit rights are rows of the capability. It hands its selector in:

    POLICY = ScopedPermissionPolicy(
        Case,
        scope=cases.selectors.visible_to_staff,      # user -> queryset of what the user may see at all
        may=organisations.selectors.is_unit_staff,   # user -> bool: may come in, also with an empty list
        actions={
            "view": True,                            # everything in the scope
            "change": True,
            "add": Grant(may=is_officer),            # some of those who may come in
            "hand_over": Grant(scope=led_by),        # a narrower queryset
        },                                           # anything not named is for nobody: "delete", for one
    )
    register_permission_policy(Case, POLICY)

An object outside of the scope doesn't exist for the user; one inside, with an action that isn't granted, is forbidden.
Superusers get no exception here: the selector decides about them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from wagtail.permission_policies import BasePermissionPolicy

Scope = Callable[[Any], QuerySet[Any]]
May = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Grant:
    """One action: who may at all (default: who may come in) and on which objects (default: the policy's scope)."""

    may: May | None = None
    scope: Scope | None = None


class ScopedPermissionPolicy(BasePermissionPolicy):  # type: ignore[misc]
    """Wagtail's permission policy over a scope selector. Register one per model with ``register_permission_policy``."""

    def __init__(
        self,
        model: type[Model] | str,
        *,
        scope: Scope,
        may: May,
        actions: Mapping[str, bool | Grant],
        holders: Callable[[], QuerySet[Any]] | None = None,
    ) -> None:
        super().__init__(model)  # type: ignore[no-untyped-call]
        self._scope = scope
        self._may = may
        self._holders = holders
        self._grants = {
            name: Grant() if rule is True else rule for name, rule in actions.items() if isinstance(rule, Grant) or rule
        }
        # A chooser shows what may be seen.
        if "view" in self._grants:
            self._grants.setdefault("choose", self._grants["view"])

    # --- what the scoping mixin asks --------------------------------------------------------------------------

    def scope(self, user: Any) -> QuerySet[Any]:
        """What exists for ``user``: empty for anonymous, inactive, and those who may not come in."""
        if not self._is_let_in(user):
            return self._none()
        return self._scope(user)

    def in_scope(self, user: Any, pk: Any) -> bool:
        """True when the object with that key exists for ``user``. A key of the wrong kind is no object."""
        try:
            return self.scope(user).filter(pk=pk).exists()
        except (ValueError, TypeError, ValidationError, OverflowError):
            return False

    def _is_let_in(self, user: Any) -> bool:
        return bool(user is not None and user.is_authenticated and user.is_active and self._may(user))

    def _none(self) -> QuerySet[Any]:
        return self.model._default_manager.none()  # type: ignore[no-any-return]

    def _grant_for(self, user: Any, action: str) -> Grant | None:
        grant = self._grants.get(action)
        if grant is None or not self._is_let_in(user):
            return None
        return grant if grant.may is None or grant.may(user) else None

    def _granted(self, user: Any, action: str) -> QuerySet[Any]:
        grant = self._grant_for(user, action)
        if grant is None:
            return self._none()
        whole = self._scope(user)
        # A narrower selector can't widen: what isn't in the scope doesn't exist.
        return whole if grant.scope is None else whole.filter(pk__in=grant.scope(user).values("pk"))

    # --- Wagtail's questions ----------------------------------------------------------------------------------

    def user_has_permission(self, user: Any, action: str) -> bool:
        """May the user do it to anything? Without a narrower scope this needs no object to exist yet."""
        grant = self._grant_for(user, action)
        if grant is None:
            return False
        return grant.scope is None or self._granted(user, action).exists()

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        """May the user do one of them to anything?"""
        return any(self.user_has_permission(user, action) for action in actions)

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Model) -> bool:
        """May the user do it to this object? An unsaved one asks for the action alone."""
        if instance.pk is None:
            return self.user_has_permission(user, action)
        return self._granted(user, action).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        """All objects to which the user may do one of the actions."""
        grants = [(action, grant) for action in actions if (grant := self._grant_for(user, action)) is not None]
        if not grants:
            return self._none()
        if any(grant.scope is None for _action, grant in grants):
            return self._scope(user)
        either = Q()
        for action, _grant in grants:
            either |= Q(pk__in=self._granted(user, action).values("pk"))
        return self._scope(user).filter(either)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Active users that ``holders`` names; nobody without it."""
        if self._holders is None:
            return get_user_model()._default_manager.none()
        return self._holders().filter(is_active=True)
