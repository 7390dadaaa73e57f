"""Works go from hand to hand: another planner, because somebody says so or because one has left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.foundation.errors import Forbidden, Invalid
from booking.works.models import Works
from booking.works.services.common import PLANNING_ROLES, Actor, locked, log, planner, store, today_of


@transaction.atomic
def hand_works(works: Works, *, to: Any, by: Any, now: datetime) -> Works:
    """Another planner or leader of the unit answers for the works, and for the replies that wait.

    Raises ``Forbidden`` for who has no part in the unit, ``Invalid`` for a receiver who hasn't.
    """
    fresh = locked(works)
    actor = _handing(by, fresh, now)
    if not catalogue.units_of(to, today_of(now), roles=(*PLANNING_ROLES, "officer")).filter(pk=fresh.unit_id).exists():
        raise Invalid("not_in_unit", _("They have no role in the unit."), loc=("to",))
    if fresh.owner_id == to.pk and not fresh.taken_over:
        return fresh
    _give(fresh, to, now)
    fresh.taken_over = False
    log(fresh, "handed_over", by=actor, now=now, public=False, to=to.pk)
    return store(fresh, now)


def _handing(by: Any, works: Works, now: datetime) -> Actor:
    try:
        return planner(by, works.unit, now)
    except Forbidden:
        # Who hands everything over for a colleague who leaves may, where they lead the unit that person works in.
        return planner(by, works.unit, now, roles=("officer", "leader"))


def _give(works: Works, to: Any, now: datetime) -> None:
    works.replies.filter(answer__isnull=True, officer__isnull=False).update(officer=to)
    if works.deputy_id == to.pk:
        works.deputy = None
    works.owner = to


@transaction.atomic
def take_over_works(leaver: Any, now: datetime) -> int:
    """Somebody can't sign in any more: their works go to the deputy, else to the unit's leader. How many.

    Runs in the transaction that takes the account away.
    """
    from booking.works import letters, selectors

    done = 0
    for pk in list(
        Works.objects.filter(owner=leaver).exclude(state__in=["closed", "cancelled"]).values_list("pk", flat=True)
    ):
        works = locked(Works(pk=pk))
        person, _reason = selectors.acting_for(works, today_of(now))
        if person is None or person.pk == leaver.pk:
            people = [one for one in catalogue.leaders(works.unit, today_of(now)) if one.pk != leaver.pk]
            person = people[0] if people else None
        if person is None:
            continue  # stays on the list of what nobody answers for
        _give(works, person, now)
        works.taken_over = True
        log(works, "taken_over", now=now, public=False, to=person.pk, former=leaver.pk)
        store(works, now)
        letters.to_officer(works, "taken_over", f"taken-over:{works.pk}:{leaver.pk}", now=now)
        done += 1
    Works.objects.filter(deputy=leaver).exclude(state__in=["closed", "cancelled"]).update(deputy=None)
    return done
