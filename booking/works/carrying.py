"""What a person carries of works, for the hand-over of everything (needs N5, N9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry as catalogue
from booking.catalogue.carrying import ROLES
from booking.catalogue.registry import Carried
from booking.foundation.errors import WrongState
from booking.works import addresses, selectors
from booking.works.models import Works
from booking.works.rules import states
from booking.works.services import handing


def register() -> None:
    """Fill the registry of the floor below."""
    catalogue.register_carried(
        "works", carried, label=_("Works"), hand_over=hand_over, unowned=unowned, named=named, taken_over=taken_over,
        roles=ROLES, order=50,
    )  # fmt: skip


def carried(user: Any, on: date) -> list[Carried]:
    """Works whose planner or deputy the person is. A constant number of queries."""
    rows = _living().filter(Q(owner=user) | Q(deputy=user))
    return [
        _row(
            one,
            role="officer" if one.owner_id == user.pk else "deputy",
            suggested=[pk for pk in (one.deputy_id, one.unit.officer_id, one.unit.deputy_id) if pk and pk != user.pk],
            movable=one.owner_id == user.pk,
        )
        for one in rows
    ]


def unowned(on: date) -> list[Carried]:
    """Works whose planner can't sign in any more."""
    return [_row(one) for one in _living().filter(owner__is_active=False)]


def taken_over(units: Collection[int]) -> list[Carried]:
    """Works that went to somebody because another left, and that nobody has looked at since."""
    rows = _living().filter(unit__in=units, taken_over=True)
    return [_row(one, detail=str(one.owner)) for one in rows]


def named() -> set[int]:
    """Everybody who plans works, or stands in, that aren't over."""
    if not selectors.is_on():
        return set()
    pairs = Works.objects.exclude(state__in=_DONE).order_by().values_list("owner_id", "deputy_id").distinct()
    return {pk for pair in pairs for pk in pair if pk}


def hand_over(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """Another planner answers for them. The reason stands in the log of the hand-over of everything."""
    pk = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    with transaction.atomic():
        row = Works.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or row.owner_id != leaver.pk:
            raise WrongState("moved", _("Somebody else has this already."))
        handing.hand_works(row, to=to, by=by, now=now)


_DONE = ("closed", "cancelled")


def _living() -> Any:
    rows = Works.objects if selectors.is_on() else Works.objects.none()
    return rows.exclude(state__in=_DONE).select_related("unit", "owner", "deputy", "current").order_by("reference")


def _row(one: Works, **more: Any) -> Carried:
    title = f"{one.reference} {one.current.title}" if one.current else one.reference
    due = one.current.window_start.date() if one.current else None
    facts = {"detail": str(states.LABELS[one.state])} | more
    return Carried(
        key=str(one.pk), title=title[:200], link=addresses.staff_url(one), unit=one.unit_id, due=due, **facts
    )
