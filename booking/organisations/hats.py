"""The hat that somebody wears on the public pages: chosen in the header, kept in the session, never trusted.

The session holds a code and nothing else; at every request it is looked up among the hats that the person has today, so
a role that has ended is gone from the header and the forms with the next page.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import selectors
from booking.organisations.rules import Hat, HatKind

_SESSION = "samskap_hat"
_KEPT = "_samskap_worn"


@dataclass(frozen=True, slots=True)
class Worn:
    """All hats of the reader, and the one in use; None while several fit and none was chosen."""

    hats: tuple[Hat, ...] = ()
    hat: Hat | None = None

    @property
    def shown(self) -> bool:
        """Whether the header speaks of hats: only to who acts for an organisation at all."""
        return any(hat.kind == HatKind.ORGANISATION for hat in self.hats)


def worn(request: HttpRequest) -> Worn:
    """The reader's hats. Two queries, once per request; none for a stranger."""
    kept: Worn | None = getattr(request, _KEPT, None)
    if kept is None:
        kept = _worn(request)
        setattr(request, _KEPT, kept)
    return kept


def _worn(request: HttpRequest) -> Worn:
    user = getattr(request, "user", None)
    if not getattr(user, "is_authenticated", False):
        return Worn()
    hats = tuple(selectors.hats_of(user, clock.today(booking_settings().tz)))
    chosen = request.session.get(_SESSION)
    hat = next((hat for hat in hats if hat.code == chosen), None)
    if hat is None:
        # Who acts for one organisation and nothing else needn't choose.
        acting = [hat for hat in hats if hat.kind != HatKind.PERSON]
        hat = acting[0] if len(acting) == 1 and acting[0].kind == HatKind.ORGANISATION else None
    return Worn(hats, hat)


def put_on(request: HttpRequest, code: str) -> Hat | None:
    """Wear the hat with this code, if the person has it; else nothing changes and the answer is None."""
    hat = next((hat for hat in worn(request).hats if hat.code == code), None)
    if hat is not None:
        request.session[_SESSION] = hat.code
        setattr(request, _KEPT, None)
    return hat
