"""Somebody is away: who answers on those days is settled by date, without anybody doing anything (needs N5).

Source: requests.md "The answer clock" 7. Set by oneself, or by who leads a unit in which the person works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from booking.catalogue import guards
from booking.catalogue.models import Absence, Resource, Unit, UnitRoleName
from booking.catalogue.selectors.access import roles_of, units_of
from booking.catalogue.selectors.people import responsibles
from booking.catalogue.services.common import local_day, record
from booking.catalogue.services.post import write_to
from booking.foundation.errors import Forbidden, Invalid

#: Longer than this is no absence: somebody else should have the things.
LONGEST = timedelta(days=731)
DECIDING = (UnitRoleName.OFFICER, UnitRoleName.LEADER)


def may_look_after(by: Any, user: Any, on: date) -> bool:
    """Whether ``by`` may note when ``user`` is away, and hand on what they carry: oneself, and who leads their unit."""
    if by.pk == user.pk:
        return True
    led = units_of(by, on, roles=[UnitRoleName.LEADER])
    return led.filter(pk__in=roles_of(user, on).order_by().values("unit")).exists() or _named_in(user, led)


def _named_in(user: Any, units: Any) -> bool:
    """Named in one of ``units`` without any role there."""
    return any(
        rows.filter(**{name: user}).exists()
        for rows in (units, Resource.objects.filter(unit__in=units))
        for name in ("officer", "deputy")
    )


def record_absence(
    *, user: Any, start: date, end: date, deputy: Any = None, by: Any = None, now: datetime | None = None
) -> Absence:
    """``user`` is away from ``start`` to ``end``, both included: ``deputy``, else each thing's own deputy, answers.

    Who is away too on one of the days is passed over on those: the next in line answers (`gaps` says who). ``by`` None:
    an import. The deputy gets a letter. Raises ``Invalid`` by field: ``overlap`` for days on which the person is away
    already, ``not_an_officer`` for a deputy who doesn't decide in every unit of theirs; ``Forbidden``.
    """
    if end < start:
        raise Invalid("end_before_start", _("The end must not be before the start."), loc=("end",))
    if by is not None and end - start > LONGEST:
        raise Invalid("too_long", _("This is longer than two years. Hand over what the person has."), loc=("end",))
    day = local_day(now) if now is not None else start
    if by is not None and end < day:
        raise Invalid("past", _("These days have passed."), loc=("end",))
    if by is not None and not may_look_after(by, user, day):
        raise Forbidden("forbidden", _("Only the person, or who leads their unit, can do this."))
    if deputy is not None:
        _check_deputy(user, deputy, start)
    # Two at once: the guard of the database lets one through.
    try:
        with transaction.atomic():
            return _store(user, start, end, deputy, by, now)
    except IntegrityError as error:
        if not guards.is_overlap(error):
            raise
        raise _overlap(Absence.objects.filter(user=user, start__lte=end, end__gte=start).first()) from None


def _store(user: Any, start: date, end: date, deputy: Any, by: Any, now: datetime | None) -> Absence:
    there = Absence.objects.filter(user=user, start__lte=end, end__gte=start).first()
    if there is not None:
        if (there.start, there.end, there.deputy) == (start, end, deputy):
            return there  # pressed twice
        raise _overlap(there)
    row = Absence.objects.create(user=user, start=start, end=end, deputy=deputy, recorded_by=by)
    if now is not None:
        _log(row, "absence_noted", by, now)
        if deputy is not None and (by is None or deputy.pk != by.pk):
            write_to(deputy, "staff_stands_in", f"staff_stands_in:{row.pk}", {"absence": row.pk}, now=now)
    return row


def _overlap(there: Absence | None) -> Invalid:
    if there is None:
        return Invalid("overlap", _("The person is away on some of these days already."), loc=("start",))
    return Invalid(
        "overlap",
        _("The person is away from %(start)s to %(end)s already. Change that, or choose other days."),
        params={"start": _in_words(there.start), "end": _in_words(there.end)},
        loc=("start",),
    )


@transaction.atomic
def end_absence(*, absence: Absence, by: Any, now: datetime) -> None:
    """They are back (or don't go at all): from today on they answer themselves. Twice is once; raises ``Forbidden``."""
    row = Absence.objects.select_for_update().filter(pk=absence.pk).first()
    if row is None:
        return
    today = local_day(now)
    if not may_look_after(by, row.user, today):
        raise Forbidden("forbidden", _("Only the person, or who leads their unit, can do this."))
    if row.end < today:
        return
    _log(row, "absence_ended", by, now)
    if row.start >= today:
        row.delete()
    else:
        row.end = today - timedelta(days=1)
        row.save(update_fields=["end"])


def _check_deputy(user: Any, deputy: Any, start: date) -> None:
    if deputy.pk == user.pk or not deputy.is_active:
        raise Invalid("not_an_officer", _("Choose somebody else who can sign in."), loc=("deputy",))
    wanted = set(roles_of(user, start).filter(role__in=DECIDING).order_by().values_list("unit_id", flat=True))
    has = set(units_of(deputy, start, roles=DECIDING).order_by().values_list("pk", flat=True))
    if wanted - has or not has:
        raise Invalid(
            "not_an_officer",
            _("This person doesn't decide cases in every unit where they would stand in. Choose somebody else."),
            loc=("deputy",),
        )


def _log(row: Absence, act: str, by: Any, now: datetime) -> None:
    data = {"user": row.user_id, "start": row.start.isoformat(), "end": row.end.isoformat(), "deputy": row.deputy_id}
    for unit in Unit.objects.filter(roles__in=roles_of(row.user, local_day(now))).distinct().order_by("pk"):
        record(unit, act, by=by, now=now, data=data)


# --- who is away at the same time ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which the one who should stand in is away too, and who answers for ``unit`` then (None: nobody)."""

    unit: Unit
    deputy: Any
    start: date
    end: date
    acting: Any


def gaps(absence: Absence) -> list[Gap]:
    """Days of ``absence`` on which who should stand in is away too: told at once, to whoever notes the absence.

    Looked at per unit whose officer or deputy the person is, or in which they have a role.
    """
    units = Unit.objects.filter(active=True, roles__in=roles_of(absence.user, absence.start)).distinct()
    found = []
    for unit in units.select_related("deputy", "officer").order_by("name"):
        expected = absence.deputy or (unit.deputy if unit.deputy_id != absence.user_id else unit.officer)
        if expected is None:
            continue
        for other in Absence.objects.filter(user=expected, start__lte=absence.end, end__gte=absence.start):
            first, last = max(other.start, absence.start), min(other.end, absence.end)
            acting = responsibles([Resource(pk=0, unit=unit)], first)[0].acting
            found.append(Gap(unit, expected, first, last, acting))
    return found


def _day_in_words(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


#: In the reader's language, when it is read.
_in_words = lazy(_day_in_words, str)
