"""What every act on works shares: who may, the lock, the log with its gapless numbers, and who shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, Forbidden, NotFound, Stale
from booking.foundation.models import ReferenceCounter
from booking.foundation.signals import send_revised
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.works.models import Works, WorksEvent, WorksVersion

#: Who plans works for a unit.
PLANNING_ROLES = ("planner", "leader")
#: Who may say that it can't wait: whoever works there and is awake.
EMERGENCY_ROLES = ("planner", "leader", "officer", "caretaker")
LEADING = ("leader",)
#: The counter of the public feed's numbers.
_COUNTER = ("works_event", 0)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which hat. ``user`` None: the system."""

    user: Any = None
    hat: str = ""


SYSTEM = Actor()


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def planner(user: Any, unit: Unit, now: datetime, *, roles: Iterable[str] = PLANNING_ROLES) -> Actor:
    """``user`` as somebody who acts for the unit. Raises ``Forbidden`` for who has none of these roles in it."""
    if not catalogue.units_of(user, today_of(now), roles=tuple(roles)).filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
    return Actor(user, organisations.unit_hat(unit).code)


def leader(user: Any, unit: Unit, now: datetime) -> Actor:
    """``user`` as who leads the unit, or one above it. Raises ``Forbidden``."""
    if not catalogue.units_of(user, today_of(now), roles=LEADING).filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only the leader of the unit can do this."))
    return Actor(user, organisations.unit_hat(unit).code)


def check_impartial(user: Any, parties: Iterable[Organisation], now: datetime) -> None:
    """Who leads an affected organisation doesn't decide what it gets (needs N10). Raises ``Disqualified``."""
    if organisations.has_leading_role(user, list(parties), today_of(now)):
        raise Disqualified("disqualified", _("You have a conflict of interest here. A colleague must decide this."))


def locked(works: Works, *, if_version: int | None = None) -> Works:
    """The works, read fresh under their lock. Raises ``Stale`` when somebody changed what was looked at."""
    row = (
        Works.objects.select_for_update(of=("self",))
        .select_related("unit", "current", "owner", "deputy")
        .filter(pk=works.pk)
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("There are no such works."))
    if if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed these works in the meantime. Look at them again."))
    return row


def current(works: Works) -> WorksVersion:
    """The version that holds. Works always have one."""
    version = works.current
    if version is None:
        raise NotFound("not_found", _("There are no such works."))
    return version


def log(
    works: Works, kind: str, /, *, by: Actor = SYSTEM, now: datetime, public: bool = True, **data: Any
) -> WorksEvent:
    """One entry of the log: ids, dates and codes only. Public ones are numbered when they are first read."""
    return WorksEvent.objects.create(
        works=works, number=works.current.number if works.current else 0, public=public, at=now, type=kind,
        actor=by.user, hat=by.hat, data=data,
    )  # fmt: skip


@transaction.atomic
def number_events() -> int:
    """Give new public entries the next numbers of the feed. How many.

    Under one lock, and only for what has been committed: numbers have no gaps, and nobody sees a later one before an
    earlier one. No act on works waits for another because of them.
    """
    if not WorksEvent.objects.filter(public=True, n__isnull=True).exists():
        return 0
    kind, year = _COUNTER
    counter, _made = ReferenceCounter.objects.select_for_update().get_or_create(
        kind=kind, year=year, defaults={"last": 0}
    )
    rows = list(WorksEvent.objects.filter(public=True, n__isnull=True).order_by("pk"))
    for row in rows:
        counter.last += 1
        row.n = counter.last
    WorksEvent.objects.bulk_update(rows, ["n"], batch_size=500)
    counter.save(update_fields=["last"])
    return len(rows)


def store(works: Works, now: datetime) -> Works:
    """Save with a new version, and tell who shows it: feeds, pages, lists."""
    if works.current is not None:
        works.search_text = f"{works.reference.lower()} {works.current.search_words()}"
    works.version += 1
    works.revised_at = now
    works.save()
    tell(works)
    return works


def tell(works: Works) -> None:
    """`revised` for all that shows these works."""
    scopes = {f"unit:{works.unit_id}", "works"}
    if works.current is not None:
        scopes |= {f"resource:{pk}" for pk in works.current.targets.values_list("resource_id", flat=True)}
    send_revised(cause=f"works:{works.reference}", scopes=scopes)
