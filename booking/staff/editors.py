"""Who looks after pages, and who only answers cases: the admin shows each what is theirs."""

from __future__ import annotations

from typing import Any

from wagtail.permission_policies.pages import PagePermissionPolicy


def may_edit_pages(user: Any) -> bool:
    """True when the user may write or publish any page."""
    return bool(PagePermissionPolicy().user_has_any_permission(user, ["add", "change", "publish"]))
