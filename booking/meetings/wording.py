"""Meetings in words, rendered when they are read, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words as span_words
from booking.meetings.models import Commitment, Meeting

STANDING_WORDS: dict[str, Any] = {
    "open": gettext_lazy("To be done"),
    "late": gettext_lazy("Late"),
    "kept": gettext_lazy("Kept"),
    "kept_late": gettext_lazy("Kept, late"),
    "dropped": gettext_lazy("Dropped"),
}

EVENT_TEXTS: dict[str, Any] = {
    "prepared": gettext_lazy("Prepared"),
    "changed": gettext_lazy("Changed"),
    "moved": gettext_lazy("Moved to another time or place"),
    "called": gettext_lazy("Everybody was invited"),
    "cancelled": gettext_lazy("Called off"),
    "answered": gettext_lazy("An organisation said whether it comes"),
    "reminded": gettext_lazy("Who hadn't answered was reminded"),
    "point_added": gettext_lazy("A point was put on the agenda"),
    "point_withdrawn": gettext_lazy("A point was taken back"),
    "agenda_sent": gettext_lazy("The agenda was sent"),
    "minutes": gettext_lazy("The minutes were sent"),
    "minutes_changed": gettext_lazy("The minutes were changed"),
    "committed": gettext_lazy("Something was promised"),
    "done": gettext_lazy("Something that was promised was done"),
    "dropped": gettext_lazy("Something that was promised was dropped"),
    "more_time": gettext_lazy("Something that was promised got a new day"),
}


def event_text(kind: str, data: Mapping[str, Any]) -> str:
    """An entry of the log in words."""
    words = str(EVENT_TEXTS.get(kind, kind))
    return f"{words} ({data['number']})" if isinstance(data.get("number"), int) else words


def where_words(meeting: Meeting, language: str | None = None) -> str:
    """The thing of the catalogue, and what was written."""
    name = str(localized(meeting.resource, "name", language)) if meeting.resource is not None else ""
    return ", ".join(one for one in (name, meeting.place) if one)


def when_words(meeting: Meeting, *, today: date | None = None) -> str:
    """When it is, on the municipality's wall clock."""
    return span_words(meeting.start, meeting.end, booking_settings().tz, today=today)


def unit_name(meeting: Meeting, language: str | None = None) -> str:
    """Who calls it."""
    return str(localized(meeting.unit, "name", language))


def owner_words(one: Commitment) -> str:
    """ "Kultur og idrett (Ola)": the side, and whom it named."""
    side = one.organisation.name if one.organisation is not None else str(localized(one.unit, "name"))
    return f"{side} ({one.who})" if one.who else side


def day_words(day: date) -> str:
    """A whole date: "2. mars 2026"."""
    return str(date_format(day, "DATE_FORMAT"))


def commitment_words(one: Commitment) -> str:
    """One line of a letter: what, who, by when."""
    return _("%(what)s – %(who)s, by %(day)s") % {
        "what": one.what,
        "who": owner_words(one),
        "day": day_words(one.due_on),
    }
