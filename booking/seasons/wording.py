"""Reasons, faults and rules in words, rendered when they are read, in the reader's language (style.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.seasons.hours import clock_words
from booking.seasons.rules.saying import Reason
from booking.seasons.rules.validity import Fault
from booking.seasons.wording_texts import BANDS, PARTS, SENTENCES, TIERS

PRESET_NAMES: dict[str, Any] = {
    "small_town": gettext_lazy("Small town"),
    "age_windows": gettext_lazy("Hours by age"),
    "points": gettext_lazy("Points for each team"),
    "weights_coverage": gettext_lazy("Even coverage, by weight"),
    "indoor_first": gettext_lazy("Indoor sports first"),
    "first_come": gettext_lazy("First come, first served"),
    "lottery": gettext_lazy("By lot"),
}
PRESET_SUMMARIES: dict[str, Any] = {
    "small_town": gettext_lazy(
        "Children, youth, elderly and disabled people first. Few days for each team, and the same share for all."
    ),
    "age_windows": gettext_lazy("The youngest have the early evening, adults the late one."),
    "points": gettext_lazy("Teams give points by age, and points give hours."),
    "weights_coverage": gettext_lazy("Whoever has the least of what they can count on comes first, over all halls."),
    "indoor_first": gettext_lazy("Sports that have no other place in winter come first."),
    "first_come": gettext_lazy("Who asked first is served first."),
    "lottery": gettext_lazy("Lots are drawn, and anybody can draw them again from the number that is written down."),
}


def reason_text(reason: Reason) -> str:
    """A reason, fault or rule as one sentence. A code that has none is shown as it is."""
    return _sentence(_text(reason))


def fault_text(fault: Fault) -> str:
    """What is wrong in a timetable, as one sentence."""
    return _sentence(_text(fault.reason, "fault_"))


def read_text(reason: Reason) -> str:
    """What is wrong in rules as data, where the field beside it says of what."""
    return _sentence(_text(reason, "read_"))


def rules_fault_text(path: tuple[str | int, ...], reason: Reason) -> str:
    """What is wrong in rules as data, with its place: ``windows.2.to: …``."""
    where = ".".join(str(one + 1) if isinstance(one, int) else one for one in path)
    text = _sentence(_text(reason, "read_"))
    return f"{where}: {text}" if where else text


def _sentence(text: str) -> str:
    return str(capfirst(text if text.endswith(".") else f"{text}."))


def _text(reason: Reason, prefix: str = "") -> str:
    known = SENTENCES.get(prefix + reason.code) or PARTS.get(reason.code)
    if reason.code == "slot":
        return _slot(reason)
    if reason.code == "nearest_free" and not reason.params.get("wished"):
        known = SENTENCES["nearest_free_elsewhere"]
    if known is None:
        return reason.code
    return str(known) % _words(reason.params)


def _slot(reason: Reason) -> str:
    words = _words(reason.params)
    if reason.params.get("locked"):
        return _("%(when)s in %(place_name)s, fixed by the municipality") % words
    if reason.params.get("best") and reason.params.get("last"):
        return _("%(when)s in %(place_name)s, one of your best times and as last season") % words
    if reason.params.get("best"):
        return _("%(when)s in %(place_name)s, one of your best times") % words
    if reason.params.get("last"):
        return _("%(when)s in %(place_name)s, as last season") % words
    return _("%(when)s in %(place_name)s") % words


def _words(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters as they are read: lengths, times of day, weekdays, names."""
    found = {name: _word(name, value) for name, value in params.items()}
    if {"weekday", "start", "end"} <= params.keys():
        found["when"] = _("%(weekday)s %(start)s–%(end)s") % found
    if "rival_name" in params:
        name, team = str(params["rival_name"]), str(params.get("rival_team") or "")
        found["who"] = f"{team} ({name})" if team and name else team or name
    if "age_from" in params:
        found["ages"] = ages(_int(params["age_from"]), _int(params["age_to"]))
    return found


def _word(name: str, value: object) -> str:
    if name == "because" and isinstance(value, tuple):
        return "; ".join(_text(one).rstrip(".") for one in value) or _("no reason given")
    if name == "gate":
        return str(PARTS.get(str(value), value))
    if name.endswith("minutes"):
        return minutes_text(_int(value))
    if name in ("start", "end", "after", "until"):
        return clock_words(_int(value))
    if name == "weekday":
        return str(WEEKDAYS[_int(value)])
    if name == "weekdays" and isinstance(value, tuple):
        return weekdays_text(value)
    if name in ("band", "next_band"):
        return str(BANDS.get(str(value), value))
    if name in ("tier", "rival_tier"):
        return str(TIERS.get(str(value), value))
    return str(value)


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def minutes_text(minutes: int) -> str:
    """``1 h 30 min``."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def weekdays_text(weekdays: tuple[object, ...]) -> str:
    """One day, a run of days, or a list of them."""
    days = sorted(_int(one) for one in weekdays)
    names = [str(WEEKDAYS[one]) for one in days]
    if len(days) == 7:
        return _("every day")
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return ", ".join(names)


def ages(youngest: int, oldest: int) -> str:
    """An age band in figures."""
    if oldest >= 99:
        return _("%(age)s years and older") % {"age": youngest}
    if youngest == oldest:
        return ngettext("%(age)s year", "%(age)s years", oldest) % {"age": oldest}
    if youngest <= 0:
        return ngettext("up to %(age)s year", "up to %(age)s years", oldest) % {"age": oldest}
    return _("%(youngest)s to %(oldest)s years") % {"youngest": youngest, "oldest": oldest}


def tier_text(name: str) -> str:
    """A class of wishes; a name of one's own is shown as it is."""
    return str(TIERS.get(name, name))


def band_text(name: str) -> str:
    """An age band; a name of one's own is shown as it is."""
    return str(BANDS.get(name, name))
