"""What this floor itself keeps about people: what they agreed to, and who looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass
from booking.privacy import selectors
from booking.privacy.models import Consent, Look


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="consents",
            label=_("What you agreed to"),
            why=_("So that you and we can see which text it was, and when."),
            goes=_("They end on that day."),
            stays=_("That somebody agreed, to which version, from and to: it is the proof that something was allowed."),
            collect=_consents,
            erase=_end_consents,
            covers=(
                "samskap_booking.consent.user",
                "samskap_booking.consent.withdrawn_by",
                "samskap_booking.consenttext.created_by",
                "samskap_booking.retentionrule.agreed_by",
                "samskap_booking.erasure.user",
            ),
        )
    )
    personal.register_personal_data(
        PersonalData(
            name="looks",
            label=_("Who has looked at your contact data"),
            why=_("So that nobody looks without leaving a trace."),
            stays=_("The trace itself, until its time is over: that of others at you, and yours at others."),
            collect=_looks,
            erase=lambda user, now: 0,
            covers=("samskap_booking.look.viewer",),
        )
    )
    personal.not_about_people("names a class", "samskap_booking.retentionrule.name")
    personal.register_retention(
        RetentionClass(
            name="looks",
            label=_("Who has looked at contact data"),
            what=_("Deleted."),
            rows=Look.objects.all,
            moment="at",
            keep=timedelta(days=730),
            forget=lambda rows, now: rows.delete()[0],
        )
    )


def _consents(user: Any) -> Iterator[Record]:
    for one in selectors.consents_of(user):
        row = one.consent
        yield Record(
            one.label,
            (
                Fact("what", _("What"), one.label),
                Fact("version", _("Version"), row.text.number),
                Fact("about", _("For"), one.about),
                Fact("given_at", _("Given"), row.given_at),
                Fact("withdrawn_at", _("Taken back"), row.withdrawn_at),
                Fact("text", _("Text"), str(one.body)),
            ),
        )


def _looks(user: Any) -> Iterator[Record]:
    for look in selectors.looks_at(user, most=selectors.MOST):
        yield Record(
            look.about,
            (
                Fact("day", _("Day"), look.day),
                Fact("unit", _("Unit"), look.unit),
                Fact("who", _("Who"), look.viewer),
                Fact("how", _("How"), look.door),
                Fact("about", _("At what"), look.about),
            ),
        )
    # Their own, as an employee: which things, on which days.
    mine = Look.objects.filter(viewer=user).order_by("-day", "-pk")
    for row in mine.iterator(chunk_size=500):
        yield Record(
            _("You looked yourself"),
            (Fact("day", _("Day"), row.day), Fact("about", _("At what"), row.label)),
        )


def _end_consents(user: Any, now: datetime) -> int:
    open_ = Consent.objects.filter(user=user, withdrawn_at=None, given_at__lte=now)
    return open_.update(withdrawn_at=now, withdrawn_by=user)
