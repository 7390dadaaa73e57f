"""What the services of rounds share: the lock, the record, the stamp."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound, Stale
from booking.seasons.models import RoundEvent, SeasonRound


def today_of(now: datetime) -> date:
    """The municipality's date."""
    return clock.local_date(now, booking_settings().tz)


def locked_round(round: SeasonRound | int, *, if_version: int | None = None) -> SeasonRound:
    """The row, locked until the transaction ends: the first lock of every write about a round.

    Raises ``NotFound``, and ``Stale`` when the caller looked at another version.
    """
    pk = round if isinstance(round, int) else round.pk
    # Nullable relations can't be locked with an outer join (PostgreSQL): only the row itself.
    found = SeasonRound.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=pk).first()
    if found is None:
        raise NotFound("not_found", _("There is no such round."))
    if if_version is not None and found.version != if_version:
        raise Stale("stale", _("Somebody changed the round in the meantime. Look at it again."))
    return found


def record(
    round: SeasonRound,
    type: str,
    *,
    at: datetime,
    by: Any = None,
    hat: str = "",
    public: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> RoundEvent:
    """A line of the record. The caller holds the round's lock, which makes the numbers gapless."""
    last = RoundEvent.objects.filter(round=round).aggregate(last=Max("number"))["last"] or 0
    return RoundEvent.objects.create(
        round=round, number=last + 1, at=at, type=type, by=by, hat=hat, public=public, facts=dict(facts or {})
    )


def touch(round: SeasonRound, *, now: datetime, fields: tuple[str, ...] = ()) -> None:
    """Save these fields with a new version."""
    round.version += 1
    round.revised_at = now
    round.save(update_fields=[*fields, "version", "revised_at"])
