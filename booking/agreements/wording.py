"""Agreements in words, rendered when they are read, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementHours
from booking.agreements.selectors import SideView, sides_of
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import current_language, localized

#: Where an agreement stands; the codes are those of ``rules.status``.
STATUS_WORDS: dict[str, Any] = {
    "one_side": gettext_lazy("Confirmed by one side only"),
    "coming": gettext_lazy("Agreed, not begun"),
    "in_force": gettext_lazy("In force"),
    "ending": gettext_lazy("In force, notice given"),
    "ended": gettext_lazy("Ended"),
    "declined": gettext_lazy("Declined"),
}

EVENT_TEXTS: dict[str, Any] = {
    "written_down": gettext_lazy("Written down"),
    "corrected": gettext_lazy("Corrected; the others must confirm anew"),
    "confirmed": gettext_lazy("Confirmed"),
    "agreed": gettext_lazy("Everybody has confirmed: it holds"),
    "declined": gettext_lazy("Declined"),
    "reminded": gettext_lazy("Who hasn't confirmed was reminded"),
    "warned": gettext_lazy("Both sides were told that it ends soon"),
    "notice_given": gettext_lazy("Notice to end it was given"),
    "ended": gettext_lazy("Ended"),
    "dates_left_out": gettext_lazy("Dates left out because somebody else has them"),
    "dates_taken": gettext_lazy("Dates that were left out have been taken"),
    "task_added": gettext_lazy("A task was added"),
    "task_stopped": gettext_lazy("A task was stopped"),
    "task_done": gettext_lazy("A task was done"),
    "document_added": gettext_lazy("A document was added"),
    "document_removed": gettext_lazy("A document was removed"),
    "officer_changed": gettext_lazy("Somebody else at the municipality answers for it"),
}


def status_words(status: str, sides: Iterable[SideView]) -> str:
    """Where it stands. Of several sides that have confirmed while one hasn't, "one side only" would be untrue."""
    if status == "one_side" and sum(one.confirmed for one in sides) != 1:
        return _("Not confirmed by everybody")
    return str(STATUS_WORDS[status])


def unit_name(agreement: Agreement) -> str:
    """The unit's name in the reader's language."""
    return str(localized(agreement.unit, "name"))


def sides(agreement: Agreement) -> list[SideView]:
    """Who has confirmed and who hasn't; the municipality by its name."""
    return sides_of(agreement, booking_settings().municipality_name)


def missing_words(agreement: Agreement) -> str:
    """Who hasn't confirmed: "Lilleby IL, Lilleby kommune"."""
    return ", ".join(one.name for one in sides(agreement) if not one.confirmed)


def event_text(kind: str, data: Mapping[str, Any]) -> str:
    """An entry of the log in words."""
    words = str(EVENT_TEXTS.get(kind, kind))
    if kind == "notice_given" and data.get("last_day"):
        words = _("Notice to end it was given; the last day is %(day)s") % {"day": day_words(data["last_day"])}
    if kind in ("dates_left_out", "dates_taken") and isinstance(data.get("count"), int):
        words += f" ({data['count']})"
    return words


def day_words(day: date | str) -> str:
    """A whole date: "2. mars 2026"."""
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return str(date_format(found, "DATE_FORMAT"))


def hours_words(hours: AgreementHours) -> str:
    """ "Tuesday 17.00–19.00"; with the number where it isn't one."""
    separator = ":" if current_language() == "en" else "."
    times = f"{hours.begins:%H}{separator}{hours.begins:%M}–{hours.ends:%H}{separator}{hours.ends:%M}"
    if times.endswith(f"–00{separator}00"):
        times = times[:-5] + f"24{separator}00"
    words = f"{str(WEEKDAYS[hours.weekday]).capitalize()} {times}"
    return f"{words} ({hours.quantity})" if hours.quantity > 1 else words


def excluded_words(agreement: Agreement) -> list[str]:
    """Dates without the hours, those in a row told as one."""
    found = rules.day_ranges(date.fromisoformat(day) for day in agreement.excluded)
    return [day_words(first) if first == last else f"{day_words(first)} – {day_words(last)}" for first, last in found]


def period_words(agreement: Agreement) -> str:
    """ "From 1 January 2026, until further notice"."""
    first = day_words(agreement.start)
    if agreement.last_day is None:
        return _("From %(first)s, until further notice") % {"first": first}
    return _("From %(first)s up to and including %(last)s") % {"first": first, "last": day_words(agreement.last_day)}


def notice_words(months: int) -> str:
    """ "3 months"."""
    if months == 0:
        return _("at once")
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


def where_words(agreement: Agreement) -> str:
    """What it is about: its things and places."""
    names = [str(localized(thing, "name")) for thing in agreement.resources.all()]
    return ", ".join([*names, agreement.place] if agreement.place else names)
