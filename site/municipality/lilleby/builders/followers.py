"""People of Lilleby who follow places without an account: all that is known of them is an address of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.organisations.followers import links, services

#: Address ("" for a page alone), what is followed, what was chosen otherwise than the default.
FOLLOWERS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("elin.folger@example.org", ("lillebyhallen", "elvesletta"), {"happening": "weekly"}),
    ("noah.folger@example.org", ("lillebyhallen-c",), {}),
    ("siv.folger@example.org", ("lillebyhallen",), {"closed": "evening", "cancelled": "evening"}),
    ("", ("elvesletta",), {}),
)


def build_followers(things: Mapping[str, Any], *, now: datetime) -> None:
    """As if each had typed the address and pressed the button in the letter."""
    for address, slugs, choices in FOLLOWERS:
        for slug in slugs:
            if address:
                pending = services.ask_by_email(target=things[slug], address=address, language="nb", now=now)
                made = services.confirm(token=links.open_link(pending.token_sealed), now=now)
            else:
                made = services.follow_by_link(target=things[slug], language="nb", now=now)
        if choices:
            services.choose(follower=made.follower, choices=choices)
