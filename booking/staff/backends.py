"""Who may open the CMS admin: the rights of the group "Booking staff", held by role rows and their dates.

A role in a unit begins and ends on a date. Copying people into a group would need somebody, or some nightly job, to do
it on that date; so here everybody who holds a role *today* has the group's rights, and nobody is ever put into it. An
administrator may give the group more rights (choosing pictures, for one) in Wagtail's own pages.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission

from booking.catalogue import selectors
from booking.foundation import clock
from booking.foundation.conf import booking_settings

#: Made by ``migrate``; found by this name.
GROUP = "Booking staff"
_CACHE = "_samskap_staff_permissions"


class UnitRoleBackend(BaseBackend):
    """List it in ``AUTHENTICATION_BACKENDS``. It signs nobody in."""

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The group's rights for whoever holds a role in any unit today; kept for the request on the user object."""
        if obj is not None or user_obj.is_anonymous or not user_obj.is_active:
            return set()
        today = clock.today(booking_settings().tz)
        kept: tuple[Any, set[str]] | None = getattr(user_obj, _CACHE, None)
        if kept is None or kept[0] != today:
            kept = (today, self._look_up(user_obj) if selectors.roles_of(user_obj, today).exists() else set())
            setattr(user_obj, _CACHE, kept)
        return set(kept[1])

    @staticmethod
    def _look_up(user_obj: Any) -> set[str]:
        rows = Permission.objects.filter(group__name=GROUP).order_by()
        return {f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")}
