"""Where a case is shown to its parties, as an address for letters and answers."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils import translation

from booking.foundation.conf import booking_settings


def case_path(reference: str, language: str | None = None) -> str:
    """The path of the case's page in `language` (default: the active one)."""
    with translation.override(language or translation.get_language() or "nb"):
        try:
            return reverse("booking:case", kwargs={"reference": reference})
        except NoReverseMatch:
            # A host that shows cases elsewhere (only the API, its own pages): its front page leads on.
            return "/"


def case_url(reference: str, language: str | None = None) -> str:
    """The whole address, for letters."""
    return booking_settings().public_base_url + case_path(reference, language)
