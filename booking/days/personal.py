"""What the days keep about people: who made and ended a caretaker's link, and for whom it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.days.models import CaretakerLink
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, naming

_TABLE = "samskap_booking.caretakerlink"


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="caretaker_links",
            label=_("Links to caretakers' pages"),
            why=_("So that a unit's leader knows who can open the page with the days of its buildings."),
            goes=_("Your name where a link says that it is for you."),
            stays=_("That a link was made or ended by somebody of the unit, and when. It no longer says who you are."),
            collect=_collect,
            erase=_erase,
            covers=(f"{_TABLE}.label", f"{_TABLE}.made_by", f"{_TABLE}.ended_by"),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="ended_caretaker_links",
            label=_("Links to caretakers' pages that were ended"),
            what=_("The row is deleted."),
            rows=lambda: CaretakerLink.objects.filter(ended_at__isnull=False),
            moment="ended_at",
            keep=timedelta(days=365),
            forget=_forget,
        )
    )


def _of(user: Any) -> QuerySet[CaretakerLink]:
    return CaretakerLink.objects.filter(Q(made_by=user) | Q(ended_by=user) | naming(user).in_any("label"))


def _collect(user: Any) -> Iterator[Record]:
    for link in _of(user).select_related("unit").order_by("pk"):
        facts = [
            Fact("unit", _("Unit"), link.unit.name),
            Fact("for", _("For whom"), link.label),
            Fact("made", _("Made"), link.made_at),
            Fact("last_used", _("Last opened"), link.last_used_at),
        ]
        yield Record(_("Link to a caretaker's page"), tuple(facts))


def _erase(user: Any, now: datetime) -> int:
    found = naming(user)
    touched = 0
    for link in CaretakerLink.objects.filter(found.in_any("label")):
        words = found.without(link.label)
        if words != link.label:
            CaretakerLink.objects.filter(pk=link.pk).update(label=words)
            touched += 1
    return touched


def _forget(rows: QuerySet[Any], now: datetime) -> int:
    return rows.delete()[0]
