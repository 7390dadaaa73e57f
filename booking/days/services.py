"""Links of caretakers: make, renew, end; and that one was used. Source: needs N16, quality.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, ResourceState, Unit, UnitRoleName
from booking.catalogue.selectors import units_of, with_child_units
from booking.days import secrets
from booking.days.models import CaretakerLink
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, WrongState

#: Reading writes at most this often: readers of SQLite shouldn't wait for a writer.
USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A link with its secret, which can't be read again from anywhere."""

    link: CaretakerLink
    token: str


@transaction.atomic
def make_link(*, unit: Unit, building: Resource | None, label: str, by: Any, now: datetime) -> Made:
    """A new link to the days of ``unit``, or of one of its buildings. Only its leader makes one.

    Raises ``Invalid`` (no label, a building of another unit, one that is part of another), ``Forbidden``.
    """
    _check_leads(by, unit, now)
    words = text.clean(label, max_length=100, loc=("label",), required=True)
    if building is not None and (
        building.state == ResourceState.RETIRED or building.unit_id not in with_child_units([unit.pk])
    ):
        raise Invalid("not_of_unit", _("Choose a building of the unit."), loc=("building",))
    token = secrets.new_token()
    link = CaretakerLink.objects.create(
        unit=unit, building=building, label=words, token_hash=secrets.hash_of(token), made_by=by, made_at=now
    )
    return Made(link, token)


@transaction.atomic
def renew_link(link: CaretakerLink, *, by: Any, now: datetime) -> Made:
    """Another secret; the old address opens nothing from now on. Raises ``WrongState``, ``Forbidden``."""
    row = _locked(link)
    _check_leads(by, row.unit, now)
    if row.ended_at is not None:
        raise WrongState("ended", _("This link has been ended. Make a new one."))
    token = secrets.new_token()
    row.token_hash, row.renewed_at, row.last_used_at = secrets.hash_of(token), now, None
    row.save(update_fields=["token_hash", "renewed_at", "last_used_at"])
    return Made(row, token)


@transaction.atomic
def end_link(link: CaretakerLink, *, by: Any, now: datetime) -> CaretakerLink:
    """It opens nothing from now on. Twice is the same as once. Raises ``Forbidden``."""
    row = _locked(link)
    _check_leads(by, row.unit, now)
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, by
        row.save(update_fields=["ended_at", "ended_by"])
    return row


def note_use(link: CaretakerLink, token: str, *, now: datetime) -> None:
    """The link was opened: its leader sees when it last was. After a change of keys its hash is renewed as well."""
    newest = secrets.hash_of(token)
    fresh = link.last_used_at is not None and now - USE_NOTED_EVERY < link.last_used_at <= now
    if fresh and link.token_hash == newest:
        return
    # Only if it is still the same link: one that was renewed in the meantime keeps its new secret.
    CaretakerLink.objects.filter(pk=link.pk, token_hash=link.token_hash, ended_at__isnull=True).update(
        token_hash=newest, last_used_at=now
    )


def _locked(link: CaretakerLink) -> CaretakerLink:
    return CaretakerLink.objects.select_for_update(of=("self",)).select_related("unit").get(pk=link.pk)


def _check_leads(by: Any, unit: Unit, now: datetime) -> None:
    on = local_date(now, booking_settings().tz)
    if not units_of(by, on, roles=[UnitRoleName.LEADER]).filter(pk=unit.pk).exists():
        raise Forbidden("not_leader", _("Only the unit's leader can do this."))
