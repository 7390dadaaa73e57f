"""What really happened in the field, and its correction: the old word stays beside the new one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Invalid, WrongState
from booking.works.models import Works, WorksFact
from booking.works.services.common import Actor, locked, log, planner, store

#: The field of the works that shows a fact.
_SHOWN = {"started": "started_at", "stopped": "ended_at", "restored": "restored_at"}
_ORDER = ("started", "stopped", "restored")


def note_fact(works: Works, kind: str, happened_at: datetime, actor: Actor, now: datetime) -> WorksFact:
    """Write a fact down, under the works' lock. The caller stores the works."""
    row = WorksFact.objects.create(
        works=works, kind=kind, happened_at=happened_at, recorded_at=now, by=actor.user, hat=actor.hat
    )
    if kind in _SHOWN:
        setattr(works, _SHOWN[kind], happened_at)
    return row


@transaction.atomic
def correct_fact(fact: WorksFact, *, happened_at: datetime, why: str, by: Any, now: datetime) -> WorksFact:
    """It happened at another time than was written down. Raises ``Invalid``, ``WrongState``, ``Forbidden``."""
    words = text.clean(why, max_length=300, loc=("why",), required=True)
    if happened_at.tzinfo is None:
        raise Invalid("no_zone", _("A time needs a time zone."), loc=("happened_at",))
    if happened_at > now:
        raise Invalid("future", _("This hasn't happened yet."), loc=("happened_at",))
    works = locked(fact.works)
    actor = planner(by, works.unit, now)
    old = WorksFact.objects.get(pk=fact.pk)
    if hasattr(old, "corrected_by"):
        raise WrongState("corrected", _("This has been corrected already. Correct the newer one."))
    if happened_at == old.happened_at:
        return old
    _check_order(works, old.kind, happened_at)
    row = WorksFact.objects.create(
        works=works, kind=old.kind, happened_at=happened_at, recorded_at=now, by=by, hat=actor.hat, corrects=old,
        why=words,
    )  # fmt: skip
    if old.kind in _SHOWN:
        setattr(works, _SHOWN[old.kind], happened_at)
    log(
        works,
        "corrected",
        by=actor,
        now=now,
        kind=old.kind,
        at=happened_at.isoformat(),
        was=old.happened_at.isoformat(),
    )
    store(works, now)
    return row


def _check_order(works: Works, kind: str, at: datetime) -> None:
    """Started, done, restored: in this order."""
    if kind not in _ORDER:
        return
    place = _ORDER.index(kind)
    for index, other in enumerate(_ORDER):
        moment = getattr(works, _SHOWN[other])
        if moment is not None and ((index < place and moment > at) or (index > place and moment < at)):
            raise Invalid("order", _("It can't have happened in that order."), loc=("happened_at",))
