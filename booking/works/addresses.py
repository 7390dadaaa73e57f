"""Where works are read about: whole addresses for letters, SMS, feeds and the API.

The pages' names are fixed here: ``booking:works_page`` (reference), ``booking:works_party`` (the secret of a party's
link), ``booking_works:inspect`` (primary key; the planner's page in the CMS admin). Where a host shows them elsewhere
the front page stands in.
"""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils import translation

from booking.foundation.conf import booking_settings
from booking.works import selectors
from booking.works.models import Works, WorksParty

PUBLIC, PARTY, STAFF = "booking:works_page", "booking:works_party", "booking_works:inspect"


def _whole(name: str, argument: object, language: str | None) -> str:
    with translation.override(language or translation.get_language() or "nb"):
        try:
            path = reverse(name, args=[argument])
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def public_url(works: Works, language: str | None = None) -> str:
    """The public page of the works."""
    return _whole(PUBLIC, works.reference, language)


def party_url(party: WorksParty, language: str | None = None) -> str:
    """The party's own page: what of theirs is hit, and what they can do. Opens without an account; keep it secret."""
    token = selectors.token_of(party)
    return _whole(PARTY, token, language) if token else public_url(party.works, language)


def staff_url(works: Works) -> str:
    """The planner's page."""
    return _whole(STAFF, works.pk, None)
