"""What the desk says about people: lists that somebody keeps, and links that they used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.desk.models import SavedView, StartView, UsedLink
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="desk",
            label=_("Lists of cases that you keep, and links of the morning's letter that you used"),
            why=_("So that you find your way in the queue, and that a link works only once."),
            goes=_("Your own lists."),
            stays=_("That a link was used, for 30 days. What you did with it stands in the case."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.savedview.owner",
                "samskap_booking.startview.user",
                "samskap_booking.usedlink.user",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="used_links",
            label=_("Links of the morning's letter that were used"),
            what=_("That a link was used is deleted after so long. The link itself has died long before."),
            rows=UsedLink.objects.all,
            moment="at",
            keep=timedelta(days=30),
            forget=lambda rows, now: rows.delete()[0],
            # With a shorter time a link could be used a second time.
            fixed=True,
        )
    )


def _collect(user: Any) -> Iterator[Record]:
    for view in SavedView.objects.filter(owner=user).order_by("pk").iterator():
        yield Record(
            _("List of cases that you keep"),
            (
                Fact("title", _("Name"), view.title),
                Fact("query", _("Filters"), view.query),
                Fact("at", _("When"), view.made_at),
                Fact("removed", _("Removed"), view.removed_at),
            ),
        )
    start = StartView.objects.filter(user=user).select_related("view").first()
    if start is not None:
        yield Record(_("The list that you begin with"), (Fact("title", _("Name"), start.view.title),))
    for used in UsedLink.objects.filter(user=user).select_related("case").order_by("pk").iterator():
        yield Record(
            _("Link of the morning's letter that you used"),
            (
                Fact("case", _("Case"), used.case.reference),
                Fact("act", _("What"), str(used.get_act_display())),
                Fact("at", _("When"), used.at),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    touched = StartView.objects.filter(user=user).delete()[0]
    # Nobody else can have begun with a list of one person.
    return touched + SavedView.objects.filter(owner=user).delete()[0]
