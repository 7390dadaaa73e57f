"""The "Booking" menu of the CMS admin, put together from what each capability offers.

A capability's ``staff.py`` has a list ``VIEWSETS`` (classes or instances of Wagtail's ``ViewSet``), and registers its
permission policies when it is imported. ``VIEWSETS`` may also be a function that answers the list: a part of the
product that is switched off has none. ``LOG_ACTIONS`` are triples (action, label, message) for Wagtail's log.
``HOMEPAGE_PANELS`` are functions (request, panels) that change the list of panels of the admin's front page.

Who sees which entry is the viewset's business: a ``ModelViewSet`` asks the policy of its model; a plain ``ViewSet``
needs a ``menu_item_class`` with ``is_shown``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import Menu, SubmenuMenuItem
from wagtail.admin.viewsets.base import ViewSetGroup

#: In the order of the menu.
CAPABILITIES = (
    "cases",
    "days",
    "faults",
    "rosters",
    "permits",
    "works",
    "seasons",
    "agreements",
    "meetings",
    "catalogue",
    "catalogue.kits",
    "occupancy",
    "organisations",
    "correspondence",
    "calendars",
    "calendars.incoming",
    "webhooks",
    "privacy",
)


def staff_modules() -> list[Any]:
    """Every capability's ``staff`` module, in the order of the menu."""
    names = [f"booking.{name}" for name in CAPABILITIES]
    there = [name for name in names if find_spec(name) is not None and find_spec(f"{name}.staff") is not None]
    return [import_module(f"{name}.staff") for name in there]


def collect() -> list[Any]:
    """Every capability's viewsets as instances, in the order of the menu."""
    found: list[Any] = []
    for module in staff_modules():
        offered = getattr(module, "VIEWSETS", ())
        for viewset in offered() if callable(offered) else offered:
            found.append(viewset() if isinstance(viewset, type) else viewset)
    return found


def log_actions() -> list[tuple[str, Any, Any]]:
    """Every capability's log actions."""
    return [action for module in staff_modules() for action in getattr(module, "LOG_ACTIONS", ())]


def homepage_panels() -> list[Any]:
    """Every capability's functions that change the admin's front page."""
    return [one for module in staff_modules() for one in getattr(module, "HOMEPAGE_PANELS", ())]


class BookingMenuItem(SubmenuMenuItem):
    """The entry that opens the menu: with the sum of what its entries say is waiting (``waiting(request)``)."""

    def render_component(self, request: HttpRequest) -> Any:
        """Folded, the menu shows this entry alone; so the number stands here too."""
        component = super().render_component(request)
        shown = self.menu.menu_items_for_request(request)
        count = sum(item.waiting(request) for item in shown if hasattr(item, "waiting"))
        if count:
            component.label = f"{self.label} ({count})"
        return component


class BookingGroup(ViewSetGroup):
    """The menu group. Its entries are hidden from those who can do nothing there; an empty menu isn't shown."""

    menu_label = _("Booking")
    menu_name = "booking"
    menu_icon = "calendar-alt"
    menu_order = 50

    def __init__(self) -> None:
        self.items = collect()
        super().__init__()

    def get_menu_item(self, order: int | None = None) -> BookingMenuItem:
        """As Wagtail's, with a number."""
        return BookingMenuItem(
            label=self.menu_label,
            menu=Menu(register_hook_name=self.submenu_hook, items=self.get_submenu_items()),
            name=self.menu_name,
            icon_name=self.menu_icon,
            order=self.get_menu_item_order(order),
        )
