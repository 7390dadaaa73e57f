"""Which program fetched a calendar, as a family: enough to answer "does my phone still get it?", and no more."""

from __future__ import annotations

#: In the order in which they are looked for: Google's and Microsoft's servers call themselves Mozilla as well.
_FAMILIES = (
    ("google", ("google-calendar", "googlebot", "google")),
    ("outlook", ("outlook", "microsoft", "exchange", "office")),
    ("thunderbird", ("thunderbird", "lightning")),
    ("android", ("icsx5", "davx5", "ical4j", "android", "okhttp")),
    ("apple", ("ios/", "macos/", "mac_os_x", "mac os x/", "dataaccessd", "calendaragent", "remindd", "darwin")),
    ("browser", ("mozilla/", "opera/")),
)
FAMILIES = (*(name for name, _words in _FAMILIES), "other")


def family(agent: str) -> str:
    """The family of a User-Agent; `other` for what isn't known. The text itself is never kept."""
    folded = agent[:300].casefold()
    for name, words in _FAMILIES:
        if any(word in folded for word in words):
            return name
    return "other"
