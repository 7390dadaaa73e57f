"""What a person carries of season rounds, for the hand-over of everything (needs N5, N9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry as catalogue
from booking.catalogue.carrying import ROLES
from booking.catalogue.registry import Carried
from booking.foundation.errors import WrongState
from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.rules import flow
from booking.seasons.selectors.rounds import is_on
from booking.seasons.selectors.standing import dates_of
from booking.seasons.services import handing


def register() -> None:
    """Fill the registry of the floor below."""
    catalogue.register_carried(
        "seasons", carried, label=_("Season rounds"), hand_over=hand_over, unowned=unowned, named=named,
        taken_over=taken_over, roles=ROLES, order=45,
    )  # fmt: skip


def carried(user: Any, on: date) -> list[Carried]:
    """Rounds whose officer or deputy the person is. A constant number of queries."""
    return [
        _row(
            one,
            role="officer" if one.officer_id == user.pk else "deputy",
            suggested=[pk for pk in (one.deputy_id, one.unit.officer_id, one.unit.deputy_id) if pk and pk != user.pk],
            movable=one.officer_id == user.pk,
        )
        for one in _living().filter(Q(officer=user) | Q(deputy=user))
    ]


def unowned(on: date) -> list[Carried]:
    """Rounds without an officer who can sign in."""
    return [_row(one) for one in _living().filter(Q(officer=None) | Q(officer__is_active=False))]


def taken_over(units: Collection[int]) -> list[Carried]:
    """Rounds that went to somebody because another left, and that nobody has looked at since."""
    return [_row(one, detail=str(one.officer or "")) for one in _living().filter(unit__in=units, taken_over=True)]


def named() -> set[int]:
    """Everybody who runs a round, or stands in, that isn't over."""
    if not is_on():
        return set()
    pairs = SeasonRound.objects.exclude(state=RoundState.ENDED).order_by().values_list("officer_id", "deputy_id")
    return {pk for pair in pairs.distinct() for pk in pair if pk}


def hand_over(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """Another officer runs the round. The reason stands in the log of the hand-over of everything."""
    pk = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    with transaction.atomic():
        row = SeasonRound.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or row.officer_id != leaver.pk:
            raise WrongState("moved", _("Somebody else has this already."))
        handing.hand_round(row, to=to, by=by, now=now)


def _living() -> Any:
    rows = SeasonRound.objects if is_on() else SeasonRound.objects.none()
    return (
        rows.exclude(state=RoundState.ENDED).select_related("unit", "officer", "deputy").order_by("season_start", "pk")
    )


def _row(one: SeasonRound, **more: Any) -> Carried:
    facts = {"detail": str(one.get_state_display())} | more
    return Carried(
        key=str(one.pk), title=str(one), link=_link(one), unit=one.unit_id, due=flow.due_on(one.state, dates_of(one)),
        **facts,
    )  # fmt: skip


def _link(one: SeasonRound) -> str:
    try:
        return reverse("booking_seasons:inspect", args=[one.pk])
    except NoReverseMatch:
        return ""
