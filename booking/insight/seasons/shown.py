"""A season's figures as both pages show them: rows with words, and what the public page leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from booking.foundation.i18n import localized
from booking.foundation.wording import day_words
from booking.insight.rules import LEAST
from booking.insight.seasons import rules
from booking.insight.seasons.rules import Tally
from booking.insight.seasons.selectors import NO_AGE, SeasonUse
from booking.seasons.wording import ages, band_text

Key = TypeVar("Key")
#: Of the chart of weeks, in its own units: a bar's width and the whole height.
BAR, HEIGHT = 14, 120


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table. ``hide``: its use isn't shown."""

    label: str
    tally: Tally
    hide: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A week in the chart: where it stands, and its pieces from the top: (what, y, height)."""

    x: int
    label: str
    tally: Tally
    pieces: tuple[tuple[str, float, float], ...]


def rows(found: Mapping[Key, Tally], labels: Mapping[Key, str], *, everything: bool) -> list[Row]:
    """A table's lines. ``everything``: for staff; else the use of few is left out."""
    gone = set() if everything else rules.hidden(found)
    return [Row(labels[key], one, key in gone) for key, one in found.items()]


def halls(use: SeasonUse, *, everything: bool) -> list[Row]:
    """By hall, the hours of its parts with it."""
    return rows(use.halls, {pk: str(localized(use.resources[pk], "name")) for pk in use.halls}, everything=everything)


def bands(use: SeasonUse, *, everything: bool) -> list[Row]:
    """By the age bands of the round's rules."""
    years = {one.name: ages(one.youngest, one.oldest) for one in use.ages.bands}
    labels = {
        name: _("Ages not given") if name == NO_AGE else capfirst(f"{band_text(use.ages.called(name))} ({years[name]})")
        for name in use.bands
    }
    return rows(use.bands, labels, everything=everything)


def activities(use: SeasonUse, *, everything: bool) -> list[Row]:
    """By what the teams do."""
    labels = {name: str(capfirst(name)) if name else _("Not said") for name in use.activities}
    return rows(use.activities, labels, everything=everything)


def organisations(use: SeasonUse) -> list[Row]:
    """By organisation. The public page shows what they were given only."""
    return [Row(use.names[pk], one) for pk, one in use.organisations.items()]


def weeks(use: SeasonUse, *, everything: bool) -> list[Row]:
    """By week, named by its Monday."""
    labels = {
        day: _("Week %(number)s, from %(day)s") % {"number": day.isocalendar().week, "day": day_words(day)}
        for day in use.weeks
    }
    return rows(use.weeks, labels, everything=everything)


def chart(found: list[Row]) -> list[Bar]:
    """The weeks as bars; a week of which little may be shown has its use in one piece."""
    most = rules.highest([one.tally for one in found])
    bars = []
    for number, row in enumerate(found):
        one = row.tally
        pieces = [("used", one.used), ("unsaid", one.unsaid), ("unused", one.unused)]
        if row.hide:
            pieces = [("held", one.passed)]
        pieces += [("ahead", one.ahead), ("given", one.given_up), ("taken", one.taken)]
        top, placed = float(HEIGHT), []
        for what, minutes in pieces:
            if minutes:
                height = round(HEIGHT * minutes / most, 2)
                top = round(top - height, 2)
                placed.append((what, max(top, 0.0), height))
        bars.append(Bar(number * BAR, row.label, one, tuple(placed)))
    return bars


def compared(use: SeasonUse, *, everything: bool) -> list[dict[str, Any]]:
    """This season and the last one up to the same week, figure by figure. [] where there was none."""
    if use.before is None:
        return []
    now, then = use.so_far, use.before
    told = everything or not (now.few or then.few)
    found: list[dict[str, Any]] = [
        {"label": _("Hours given out"), "now": now.minutes, "then": then.minutes},
        {"label": _("Given up by the organisations"), "now": now.given_up, "then": then.given_up},
        {"label": _("Of these used by others"), "now": now.retaken, "then": then.retaken},
        {"label": _("Taken by works and events"), "now": now.taken, "then": then.taken},
    ]
    shares: list[dict[str, Any]] = [
        {"label": _("Used, of what was reported"), "now": now.used_share, "then": then.used_share, "share": True}
    ]
    young = {"label": _("For children and youth"), "now": now.young_share, "then": then.young_share, "share": True}
    return [*found, *(shares if told else []), young]


def context(use: SeasonUse, *, everything: bool) -> dict[str, Any]:
    """What both pages have."""
    by_week = weeks(use, everything=everything)
    return {
        "use": use,
        "whole": Row("", use.whole, not everything and use.whole.few),
        "halls": halls(use, everything=everything),
        "bands": bands(use, everything=everything),
        "activities": activities(use, everything=everything),
        "organisations": organisations(use),
        "weeks": by_week,
        "bars": chart(by_week),
        "chart_width": max(len(by_week) * BAR, BAR),
        "chart_height": HEIGHT,
        "compared": compared(use, everything=everything),
        "before_name": str(localized(use.before_round, "name")) if use.before_round is not None else "",
        "least": LEAST,
    }
