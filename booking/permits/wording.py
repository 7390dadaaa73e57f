"""Where a permit stands, in words: by what kind of thing it is, for pages, log and letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.foundation.i18n import localized

_STATES: dict[str, dict[str, Any]] = {
    "permit": {
        "needed": gettext_lazy("not applied for"),
        "applied": gettext_lazy("applied for"),
        "granted": gettext_lazy("granted"),
        "refused": gettext_lazy("refused"),
        "not_needed": gettext_lazy("not needed"),
        "expired": gettext_lazy("has run out"),
    },
    "condition": {
        "needed": gettext_lazy("not confirmed"),
        "applied": gettext_lazy("not confirmed"),
        "granted": gettext_lazy("confirmed"),
        "refused": gettext_lazy("not met"),
        "not_needed": gettext_lazy("not needed"),
        "expired": gettext_lazy("must be confirmed again"),
    },
    "document": {
        "needed": gettext_lazy("not handed in"),
        "applied": gettext_lazy("handed in"),
        "granted": gettext_lazy("approved"),
        "refused": gettext_lazy("not approved"),
        "not_needed": gettext_lazy("not needed"),
        "expired": gettext_lazy("has run out"),
    },
}
#: The colours of states that other chips use already.
CHIPS = {
    "needed": "waiting_for_requester",
    "applied": "in_review",
    "granted": "granted",
    "refused": "refused",
    "not_needed": "closed",
    "expired": "overdue",
}


def state_words(kind: str, state: str) -> str:
    """ "applied for", "confirmed", "not approved"."""
    return str(_STATES.get(kind, _STATES["permit"]).get(state, state))


def event_words(data: Mapping[str, Any]) -> str:
    """The event ``permit_changed``: "Serving licence: granted"; a file says that it was added."""
    if "what" not in data:
        return ""
    what = str(localized(dict(data["what"]), "what"))
    if data.get("document"):
        return _("%(what)s: a document was added") % {"what": what}
    return f"{what}: {state_words(str(data.get('requirement_kind', 'permit')), data['state'])}"
