"""Writes of the desk."""

from booking.cases.desk.services.links import LinkView, link_for, links_for, read, use_link
from booking.cases.desk.services.mornings import run_mornings, since_last_morning
from booking.cases.desk.services.views import begin_with, remove_view, rename_view, save_view

__all__ = [
    "LinkView", "begin_with", "link_for", "links_for", "read", "remove_view", "rename_view", "run_mornings",
    "save_view", "since_last_morning", "use_link",
]  # fmt: skip
