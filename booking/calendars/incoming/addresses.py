"""Which addresses calendars may be fetched from (feeds.md "Calendars in"). Pure: plain values in, verdicts out.

Who may be asked at all is judged on the ground floor (`foundation.reaching`); here is what is peculiar to calendars.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from booking.calendars.incoming.reading import Unreadable
from booking.foundation import reaching
from booking.foundation.reaching import MOST_CHARACTERS, Place, Unreachable, may_connect

__all__ = ["MOST_CHARACTERS", "Place", "is_own", "may_connect", "next_place", "place_of"]


def place_of(address: str) -> Place:
    """``address`` taken apart. https and webcal (which is read as https) only. Raises ``Unreadable``."""
    try:
        return reaching.place_of(address, schemes=("https", "webcal", "webcals"))
    except Unreachable as error:
        raise Unreadable(error.code, **error.params) from None


def next_place(place: Place, location: str) -> Place:
    """Where a redirect leads. Raises ``Unreadable`` for anything but https."""
    return place_of(urljoin(place.url, location))


def is_own(place: Place, base_url: str) -> bool:
    """True for a feed of this very site: taking it in would be a loop."""
    own = urlsplit(base_url)
    paths = ("/feeds/", "/api/booking/")
    return place.host.lower() == (own.hostname or "").lower() and any(part in place.path for part in paths)
