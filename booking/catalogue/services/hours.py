"""Opening hours and their exceptions, of a resource or of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import OpeningException, OpeningHours, Resource, Unit
from booking.catalogue.services.common import feed_ids, locked, record, tell, tidy
from booking.foundation.errors import FieldError, Invalid

MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours on one weekday (0 = Monday), on the wall clock. ``closes <= opens``: the next day."""

    weekday: int
    opens: time
    closes: time
    valid_from: date | None = None
    valid_to: date | None = None


def _owner(owner: Resource | Unit) -> dict[str, Any]:
    """The owner's row locked, as the column that points at it."""
    if isinstance(owner, Resource):
        return {"resource": locked(Resource, owner.pk)}
    return {"unit": locked(Unit, owner.pk)}


def _told(owner: Resource | Unit, now: datetime) -> None:
    if isinstance(owner, Resource):
        tell(f"resource:{owner.slug}", feed_ids(owner))
    else:
        tell(f"unit:{owner.slug}", Resource.objects.filter(unit=owner).values_list("pk", flat=True), f"unit:{owner.pk}")


@transaction.atomic
def set_opening_hours(
    owner: Resource | Unit, *, hours: Sequence[Hours], now: datetime, by: Any = None
) -> list[OpeningHours]:
    """Replace the weekly hours; [] means: inherit, and always open where nobody has hours.

    Granted time outside of the new hours stands; ``occupancy.services.change_opening_hours`` is the use case with the
    impact list. Raises ``Invalid`` by row.
    """
    column = _owner(owner)
    if len(hours) > MAX_ROWS:
        raise Invalid("too_many", _("These are more opening hours than a week can hold."), loc=("opening_hours",))
    faults: list[FieldError] = []
    for index, row in enumerate(hours):
        if row.weekday not in range(7):
            faults.append(
                FieldError(("opening_hours", index, "weekday"), "bad_weekday", _("There is no such weekday."))
            )
        if any(value.second or value.microsecond or value.tzinfo for value in (row.opens, row.closes)):
            faults.append(FieldError(("opening_hours", index, "opens"), "bad_time", _("Give whole minutes.")))
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            faults.append(
                FieldError(
                    ("opening_hours", index, "valid_to"), "end_before_start", _("The end must not be before the start.")
                )
            )
    if faults:
        raise Invalid.of(faults)
    OpeningHours.objects.filter(**column).delete()
    rows = OpeningHours.objects.bulk_create(
        OpeningHours(
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            **column,
        )
        for row in dict.fromkeys(hours)
    )
    record(owner, "hours_set", by=by, now=now, data={"rows": len(rows)})
    _told(owner, now)
    return rows


@transaction.atomic
def add_opening_exception(
    owner: Resource | Unit,
    *,
    start: date,
    end: date,
    now: datetime,
    opens: time | None = None,
    closes: time | None = None,
    reason: str = "",
    by: Any = None,
) -> OpeningException:
    """Other hours on ``[start, end]`` (dates, both included); without times: closed. Raises ``Invalid`` by field."""
    column = _owner(owner)
    if end < start:
        raise Invalid("end_before_start", _("The end must not be before the start."), loc=("end",))
    if (opens is None) != (closes is None):
        raise Invalid("one_time", _("Give both times, or none when it is closed."), loc=("closes",))
    text = tidy(OpeningException, {"reason": reason}, allowed={"reason"})["reason"]
    row = OpeningException.objects.create(start=start, end=end, opens=opens, closes=closes, reason=text, **column)
    record(owner, "exception_added", by=by, now=now, data={"start": start.isoformat(), "end": end.isoformat()})
    _told(owner, now)
    return row


@transaction.atomic
def remove_opening_exception(exception: OpeningException, *, now: datetime, by: Any = None) -> None:
    """The ordinary hours hold again on those days."""
    owner = exception.resource or exception.unit
    exception.delete()
    if owner is not None:
        data = {"start": exception.start.isoformat(), "end": exception.end.isoformat()}
        record(owner, "exception_removed", by=by, now=now, data=data)
        _told(owner, now)
