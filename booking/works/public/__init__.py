"""Works for everybody: the list and the map, each works' record, a poster, and a party's own page by its link."""

from booking.works.public.pages import affected_too, poster, short, works_list, works_page
from booking.works.public.party import acknowledge, consent, offer, party, reply

__all__ = [
    "acknowledge",
    "affected_too",
    "consent",
    "offer",
    "party",
    "poster",
    "reply",
    "short",
    "works_list",
    "works_page",
]
