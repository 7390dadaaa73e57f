"""Who in Lilleby has a calendar in their own program, and which programs fetch it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """``login``: of the demo. ``slug``: of the organisation or unit. ``fetched``: (User-Agent, days ago)."""

    login: str
    kind: str
    slug: str = ""
    fetched: tuple[tuple[str, int], ...] = ()


SUBSCRIPTIONS = (
    Subscription(
        "coach", "organisation", "lilleby-idrettslag", (("iOS/18.1 dataaccessd/1.0", 0), ("Google-Calendar-Importer", 1))
    ),
    Subscription("coach", "person"),
    Subscription("officer", "unit", "kultur-og-idrett", (("Microsoft Office/16.0 (Microsoft Outlook 16.0)", 0),)),
)
