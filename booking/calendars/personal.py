"""What calendar subscriptions say about people: that somebody has one, in which language, when it was last fetched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.calendars.models import Feed
from booking.calendars.selectors import Audience, subscriptions
from booking.calendars.services import keeping
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="feeds",
            label=_("Calendar subscriptions"),
            why=_("So that your calendar program gets what you may see, and only as long as you may."),
            goes=_("All your addresses end, and what was kept for them is deleted."),
            stays=_("That an address has ended, for a year: programs that still ask are told so."),
            collect=_collect,
            erase=_erase,
            covers=("samskap_booking.feed.user",),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="ended_feeds",
            label=_("Calendar subscriptions that have ended"),
            what=_("Deleted. Programs that still ask are then told that there is no such calendar."),
            rows=lambda: Feed.objects.exclude(revoked_at=None),
            moment="revoked_at",
            keep=timedelta(days=365),
            forget=_forget,
        )
    )


def _forget(rows: QuerySet[Feed], now: datetime) -> int:
    return Feed.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]


def _page() -> str:
    try:
        return reverse("booking:my_calendars")
    except NoReverseMatch:
        return ""


def _collect(user: Any) -> Iterable[Record]:
    rows = Feed.objects.filter(user=user).select_related("organisation__merged_into", "unit")
    for feed in rows.order_by("-created_at", "-pk"):
        facts = [
            Fact("kind", _("Kind"), str(feed.get_kind_display())),
            Fact("language", _("Language"), feed.language),
            Fact("created_at", _("Address made"), feed.created_at),
            Fact("renewed_at", _("New address made"), feed.renewed_at),
            Fact("revoked_at", _("Ended"), feed.revoked_at),
            Fact("fetched", _("Last fetched"), [f"{name} {day}" for name, day in sorted(feed.fetched.items())]),
        ]
        yield Record(
            title=subscriptions.name_of(feed),
            facts=tuple(fact for fact in facts if fact.value),
            where=_page() if feed.revoked_at is None else "",
        )


def _erase(user: Any, now: datetime) -> int:
    """The addresses end; what was rendered for this person's eyes goes."""
    keeping.forget_unread([f"person:{user.pk}"], audiences=[Audience.PARTY])
    rows = Feed.objects.filter(user=user)
    rows.filter(revoked_at=None).update(revoked_at=now)
    return rows.update(fetched={}, cut_on=None)
