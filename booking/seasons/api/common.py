"""What the API of rounds shares: the round of an address, bodies, weekly times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors.etags import etag_of
from booking.foundation.errors import Forbidden, HatRequired, Invalid, NotFound
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.seasons import wording_rounds as wording
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.rounds import find_visible, is_on


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def round_or_404(request: Request, slug: str) -> SeasonRound:
    """The round, or 404 also for one that the caller may not know of, and where rounds are switched off."""
    if not is_on():
        raise NotFound("not_found", _("There is nothing at this address."))
    return find_visible(slug, request.user, today())


def etag(round: SeasonRound, *more: object) -> str:
    """Of the round as it stands; the language is part of it, since texts follow the reader."""
    from django.utils.translation import get_language

    return etag_of("season", round.pk, round.version, get_language(), *more)


def body_of(request: Request) -> Mapping[str, Any]:
    """The body as an object. Raises ``Invalid``."""
    if not isinstance(request.data, Mapping):
        raise Invalid("not_an_object", _("The body must be a JSON object."))
    return request.data


def minutes(value: Any, loc: tuple[Any, ...]) -> int:
    """ "18:30" as minutes of the day; "24:00" is its end. Raises ``Invalid``."""
    if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value[:2].isascii() and value[3:].isascii():
        hour, minute = value[:2], value[3:]
        if hour.isdigit() and minute.isdigit() and int(minute) < 60:
            found = int(hour) * 60 + int(minute)
            if found <= 24 * 60:
                return found
    raise Invalid("not_a_time", _("Write a time as 18:30."), loc=loc)


def hours(weekday: int, start: int, end: int) -> dict[str, Any]:
    """A weekly time as the API says it."""
    return {"weekday": weekday, "start": wording.clock(start), "end": wording.clock(end)}


def acting_for(request: Request, data: Mapping[str, Any], hat: Any) -> Organisation:
    """The organisation that the caller acts for: named in the body or the hat, or the only one.

    Raises ``HatRequired`` when several fit, ``Forbidden`` when none does, ``NotFound`` for one that isn't theirs.
    """
    mine = organisations.organisations_of(request.user, today())
    wanted = data.get("organisation")
    if wanted is None and hat is not None and hat.kind == "organisation":
        wanted = hat.slug
    if wanted is not None:
        if not isinstance(wanted, str):
            raise Invalid("not_text", _("This must be text."), loc=["organisation"])
        found = None if text.is_unusable(wanted) else mine.filter(slug=wanted[:100]).first()
        if found is None:
            raise NotFound("unknown_organisation", _("There is no such organisation."), loc=["organisation"])
        return found
    several = list(mine[:2])
    if not several:
        raise Forbidden("forbidden", _("Only the organisation's leader, board or booker can do this."))
    if len(several) > 1:
        raise HatRequired("hat_required", _("Say for which organisation."), loc=["organisation"])
    return several[0]
