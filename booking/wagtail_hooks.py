"""Wiring only: the "Booking" menu and the log of what staff did."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext
from wagtail import hooks

from booking.staff import menu
from booking.staff.editors import may_edit_pages
from booking.staff.models import StaffLogEntry


@hooks.register("register_admin_viewset")
def booking_menu() -> menu.BookingGroup:
    return menu.BookingGroup()


@hooks.register("register_log_actions")
def staff_log(registry: Any) -> None:
    """Things of the plugin are logged in a model of their own, whose rows are shown by unit."""
    for model in apps.get_app_config("samskap_booking").get_models():
        registry.register_model(model, StaffLogEntry)
    for action, label, message in menu.log_actions():
        registry.register_action(action, label, message)


@hooks.register("construct_homepage_panels")
def what_waits(request: HttpRequest, panels: list[Any]) -> None:
    """What a capability has to say on the admin's front page."""
    for put_in_place in menu.homepage_panels():
        put_in_place(request, panels)


@hooks.register("construct_main_menu")
def help_for_editors(request: HttpRequest, menu_items: list[Any]) -> None:
    """Wagtail's help is about writing pages: who has none doesn't see it, and it isn't called what the municipality
    lends ("help" is a kind of thing here, and our word for it would be found first)."""
    shown = may_edit_pages(request.user)
    menu_items[:] = [item for item in menu_items if shown or item.name != "help"]
    for item in menu_items:
        if item.name == "help":
            item.label = pgettext("menu", "Help")


@hooks.register("construct_help_menu")
def no_product_news(request: HttpRequest, menu_items: list[Any]) -> None:
    """Wagtail's release notes and guide are foreign addresses and no help with a case; the shortcuts stay."""
    menu_items[:] = [item for item in menu_items if item.name == "keyboard-shortcuts-trigger"]


@hooks.register("insert_global_admin_css")
def within_reach() -> SafeString:
    """What keeps lists and forms of things, units and organisations usable on a phone and in the dark."""
    return format_html('<link rel="stylesheet" href="{}">', static("booking/css/staff.css"))
