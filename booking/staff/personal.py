"""The log of what staff did, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass
from booking.staff.models import StaffLogEntry


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="staff_log",
            label=_("Log of the booking system"),
            why=_("So that it can be found again who changed what."),
            stays=_("That somebody did it: entries hold numbers and codes, and no longer say who you are."),
            collect=_collect,
            erase=_erase,
            covers=("samskap_booking.stafflogentry.user",),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="staff_log",
            label=_("Log of what was done in the booking system"),
            what=_("Deleted. The log of each case is part of the case, and stays with it."),
            rows=StaffLogEntry.objects.all,
            moment="timestamp",
            keep=timedelta(days=3650),
            forget=lambda rows, now: rows.delete()[0],
        )
    )


def _collect(user: Any) -> Iterator[Record]:
    for row in StaffLogEntry.objects.filter(user=user).order_by("-timestamp", "-pk").iterator(chunk_size=500):
        yield Record(
            row.label,
            (
                Fact("at", _("When"), row.timestamp),
                Fact("what", _("What"), row.action),
                Fact("about", _("About"), row.label),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    # What is logged is ids and codes; only a thing's own title is written out, and a person's name may stand in one.
    name = str(getattr(user, "name", "") or "")
    return StaffLogEntry.objects.filter(label__icontains=name).update(label="") if name else 0
