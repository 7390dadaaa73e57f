"""Somebody leaves, or hands on what they carry: row by row, by a person, with a reason (needs N5, N9).

Each row is a transaction of its own, so a hand-over that stops half-way keeps what is done. What would happen is found
out by doing it and taking it back: the list of consequences can't say anything else than the deed.
Source: requests.md "The answer clock" 6-7.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry
from booking.catalogue.models import HandOver, UnitRole, UnitRoleName
from booking.catalogue.selectors.access import roles_of, units_of
from booking.catalogue.selectors.carrying import OWNERS
from booking.catalogue.selectors.people import missing
from booking.catalogue.services.common import local_day
from booking.catalogue.services.post import write_to
from booking.catalogue.services.takeover import take_over_from
from booking.catalogue.services.units import end_role
from booking.correspondence.selectors import heartbeats
from booking.correspondence.services import beat
from booking.foundation import text
from booking.foundation.errors import DomainError, Forbidden, Invalid, NotFound

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """One row, and who is to have it."""

    kind: str
    key: str
    to: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became (or would become) of a wish. ``error`` None: handed over."""

    wish: Wish
    row: registry.Carried | None
    error: DomainError | None = None

    @property
    def ok(self) -> bool:
        """It has (or would have) another owner."""
        return self.error is None


class _TakenBack(Exception):
    """Undoes what the rehearsal did."""


def preview_hand_over(wishes: Sequence[Wish], *, leaver: Any, reason: str, by: Any, now: datetime) -> list[Outcome]:
    """What `hand_over_carried` would do, wish by wish. Writes nothing. Raises ``Invalid`` without a reason."""
    return _all(wishes, leaver, reason, by, now, rehearse=True)


def hand_over_carried(wishes: Sequence[Wish], *, leaver: Any, reason: str, by: Any, now: datetime) -> list[Outcome]:
    """Give each row that ``leaver`` carries to its receiver. One that can't be is told, and stops no other.

    ``by``: the leaver, or who leads the unit of the row. Each receiver gets one letter about all of it. Pressed twice,
    the second finds nothing to do. Raises ``Invalid`` without a reason.
    """
    outcomes = _all(wishes, leaver, reason, by, now, rehearse=False)
    _tell(outcomes, leaver, by, now)
    return outcomes


def _all(wishes: Sequence[Wish], leaver: Any, reason: str, by: Any, now: datetime, *, rehearse: bool) -> list[Outcome]:
    why = text.clean(reason, max_length=500, loc=("reason",), multiline=True, required=True)
    on = local_day(now)
    rows = {(kind, row.key): row for kind in {wish.kind for wish in wishes} for row in _carried(kind, leaver, on)}
    led = set(units_of(by, on, roles=[UnitRoleName.LEADER]).order_by().values_list("pk", flat=True))
    outcomes = []
    for wish in wishes:
        row = rows.get((wish.kind, wish.key))
        # The leaver's own rows, or those of units that one leads: others don't exist.
        if row is not None and by.pk != leaver.pk and row.unit not in led:
            row = None
        outcomes.append(Outcome(wish, row, _one(wish, row, leaver, why, by, now, rehearse=rehearse)))
    return outcomes


def _carried(name: str, leaver: Any, on: date) -> Iterable[registry.Carried]:
    kind = registry.carried_kind(name)
    return kind.carries(leaver, on) if kind is not None else ()


def _one(
    wish: Wish, row: registry.Carried | None, leaver: Any, why: str, by: Any, now: datetime, *, rehearse: bool
) -> DomainError | None:
    kind = registry.carried_kind(wish.kind)
    if row is None or kind is None or kind.hand_over is None:
        return NotFound("moved", _("Somebody else has this already."))
    try:
        _check_receiver(wish.to, leaver, now)
        with transaction.atomic():
            kind.hand_over(wish.key, leaver=leaver, to=wish.to, reason=why, by=by, now=now)
            # What went by itself and is now given by a person has been seen.
            HandOver.objects.filter(kind=wish.kind, key=wish.key, seen_at__isnull=True).update(seen_at=now, seen_by=by)
            HandOver.objects.create(
                kind=wish.kind, key=wish.key, title=row.title[:200], unit_id=row.unit, former=leaver, receiver=wish.to,
                by=by, reason=why, at=now, seen_at=now, seen_by=by,
            )  # fmt: skip
            if rehearse:
                raise _TakenBack
    except _TakenBack:
        return None
    except DomainError as error:
        return error
    return None


def _check_receiver(to: Any, leaver: Any, now: datetime) -> None:
    if to.pk == leaver.pk:
        raise Invalid("same", _("They have it already."), loc=("to",))
    if not missing(local_day(now)).living(to):
        raise Invalid("inactive_user", _("This person can't sign in any more."), loc=("to",))


def _tell(outcomes: Sequence[Outcome], leaver: Any, by: Any, now: datetime) -> None:
    """One letter to each receiver, unless they did it themselves."""
    got: dict[Any, list[Outcome]] = {}
    for one in outcomes:
        if one.ok and one.wish.to.pk != by.pk:
            got.setdefault(one.wish.to, []).append(one)
    for receiver, mine in got.items():
        keys = Q(pk__in=[])
        for one in mine:
            keys |= Q(kind=one.wish.kind, key=one.wish.key)
        with transaction.atomic():
            rows = HandOver.objects.filter(keys, former=leaver, receiver=receiver, by=by, at=now)
            ids = sorted(rows.values_list("pk", flat=True))
            if ids:
                payload = {"rows": ids, "receiver": receiver.pk}
                write_to(receiver, "staff_has_got", f"staff_has_got:{ids[0]}", payload, now=now)


@transaction.atomic
def mark_seen(*, handover: HandOver, by: Any, now: datetime) -> HandOver:
    """Somebody who leads the unit has looked: it goes from the list. Twice is once; raises ``Forbidden``."""
    row = HandOver.objects.select_for_update(of=("self",)).get(pk=handover.pk)
    if (
        row.unit_id is None
        or not units_of(by, local_day(now), roles=[UnitRoleName.LEADER]).filter(pk=row.unit_id).exists()
    ):
        raise Forbidden("forbidden", _("Only who leads the unit can do this."))
    if row.seen_at is None:
        row.seen_at, row.seen_by = now, by
        row.save(update_fields=["seen_at", "seen_by"])
    return row


# --- the last day ----------------------------------------------------------------------------------------------------


def set_last_day(*, user: Any, last: date, by: Any, now: datetime) -> list[UnitRole]:
    """The person works here to ``last``, included: their roles end then. What they carry on the day after goes to the
    deputy, else to a leader, by itself. Answers the roles that end.

    ``by``: the person, or who leads the units: roles in other units stay as they are. Said again with another day, it
    is that day. Raises ``Invalid`` for a day that has passed, ``Forbidden`` when there is no role that ``by`` may end.
    """
    today = local_day(now)
    if last < today:
        raise Invalid("past", _("Choose today or a later day."), loc=("last",))
    with transaction.atomic():
        get_user_model()._default_manager.select_for_update().filter(pk=user.pk).first()
        roles = roles_to_end(user=user, by=by, on=today)
        if not roles:
            raise Forbidden("forbidden", _("There is no role here that you can end."))
        return [role if role.end == last else end_role(role=role, last=last, by=by, now=now) for role in roles]


def roles_to_end(*, user: Any, by: Any, on: date) -> list[UnitRole]:
    """The person's roles of today that ``by`` may end: one's own, and those in units that one leads."""
    rows = roles_of(user, on).order_by("pk")
    if by.pk != user.pk:
        rows = rows.filter(unit__in=units_of(by, on, roles=[UnitRoleName.LEADER]))
    return list(rows)


# --- the nightly check -----------------------------------------------------------------------------------------------


def check_owners(now: datetime) -> int:
    """Once a day: who is named for something, and can't sign in or doesn't work here any more, hands it on. How many.

    Catches what sends no signal: ``queryset.update(is_active=False)``, SQL by hand, and a last day that has passed.
    Others own it since that very second (`selectors.missing`); here it is written down, and put on the leader's list.
    """
    day = local_day(now)
    last = heartbeats().get(OWNERS)
    if last is not None and local_day(last) >= day:
        return 0
    failed = []
    gone = owners_gone(day)
    for user in gone:
        try:
            take_over_from(user, now=now)
        except Exception:
            log.exception("What user %s had could not be handed on", user.pk)
            failed.append(user.pk)
    if failed:
        raise RuntimeError(f"what {len(failed)} people had could not be handed on: {failed[:20]}")
    beat(OWNERS)
    return len(gone)


def named_people() -> set[int]:
    """Ids of everybody who is named for something that is open."""
    return {pk for kind in registry.carried_kinds() if kind.named is not None for pk in kind.named() if pk}


def owners_gone(on: date) -> list[Any]:
    """Everybody who is named for something open and can't sign in, or whose last role has ended."""
    users = get_user_model()._default_manager.in_bulk(named_people())
    absent = missing(on)
    return [users[pk] for pk in sorted(users) if not absent.living(users[pk])]
