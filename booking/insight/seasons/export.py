"""The rows of the spreadsheet: one for each team's weekly hours, in hours with two digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.foundation.i18n import localized
from booking.insight.seasons.rules import Tally
from booking.seasons.hours import clock_words
from booking.seasons.models import Allocation


def headings() -> list[str]:
    """In the reader's language."""
    return [
        _("Organisation"), _("Team"), _("Activity"), pgettext("age", "Age from"), pgettext("age", "Age to"), _("Place"),
        _("Weekday"), pgettext("time", "From"), pgettext("time", "To"), _("First day"), _("Last day"), _("Dates"),
        _("Hours given out"), _("Given up"), _("Of these used by others"), _("Taken by works and events"), _("Used"),
        _("Not used"), _("Nobody has said"), _("Ahead"),
    ]  # fmt: skip


def rows(hours: Iterable[tuple[Allocation, Tally]]) -> Iterator[list[Any]]:
    """Weekly hours with what became of them. Dates are dates, so that a program can sort them."""
    for had, tally in hours:
        wish = had.wish
        minutes = (
            tally.minutes, tally.given_up, tally.retaken, tally.taken, tally.used, tally.unused, tally.unsaid,
            tally.ahead,
        )  # fmt: skip
        yield [
            wish.organisation.name, wish.team, wish.activity, wish.age_from, wish.age_to,
            str(localized(had.resource, "name")), str(WEEKDAYS[had.weekday]), clock_words(had.start),
            clock_words(had.end), had.since, had.until, tally.dates, *(round(each / 60, 2) for each in minutes),
        ]  # fmt: skip
