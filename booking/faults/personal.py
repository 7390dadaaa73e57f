"""What faults keep about people: who settled one; words and photos, in which somebody may be named or seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.faults.models import Fault, FaultPhoto
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, naming

_TABLE = "samskap_booking.fault"


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="faults",
            label=_("Faults that were reported or settled"),
            why=_("So that what is broken is mended, and one can see that it was."),
            goes=_("Your name, address and phone where they stand in the words of a report."),
            stays=_("What was wrong with which thing, and what became of it. It no longer says who you are."),
            collect=_collect,
            erase=_erase,
            covers=(f"{_TABLE}.settled_by", f"{_TABLE}.words", f"{_TABLE}.why"),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="fault_details",
            label=_("Words and photos of faults that were settled"),
            what=_("The words are emptied and the photo is deleted. That something was wrong, and when, stays."),
            rows=lambda: Fault.objects.filter(settled_at__isnull=False).filter(~Q(words="") | Q(photo__isnull=False)),
            moment="settled_at",
            keep=timedelta(days=365),
            forget=_forget,
        )
    )


def _mine(user: Any) -> QuerySet[Fault]:
    return Fault.objects.filter(Q(settled_by=user) | naming(user).in_any("words", "why"))


def _collect(user: Any) -> Iterator[Record]:
    for fault in _mine(user).select_related("case", "resource").order_by("pk"):
        facts = (
            Fact("case", _("Case"), fault.case.reference),
            Fact("thing", _("Thing"), fault.resource.name),
            Fact("what", _("What is wrong"), str(fault.get_kind_display())),
            Fact("state", _("State"), str(fault.get_state_display())),
            Fact("settled", _("Settled"), fault.settled_at),
        )
        yield Record(_("Fault"), facts)


def _erase(user: Any, now: datetime) -> int:
    found, touched = naming(user), 0
    for fault in Fault.objects.filter(found.in_any("words", "why")):
        words, why = found.without(fault.words), found.without(fault.why)
        if (words, why) != (fault.words, fault.why):
            Fault.objects.filter(pk=fault.pk).update(words=words, why=why)
            touched += 1
    return touched


def _forget(rows: QuerySet[Any], now: datetime) -> int:
    ids = list(rows.values_list("pk", flat=True))
    FaultPhoto.objects.filter(fault__in=ids).delete()
    return Fault.objects.filter(pk__in=ids).update(words="")
