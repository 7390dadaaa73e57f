"""An organisation's own figures as its people read them: one sentence, then rows. Never a threat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking.catalogue import selectors as catalogue
from booking.foundation import sheets
from booking.foundation.i18n import localized
from booking.insight.seasons.own import OwnUse
from booking.insight.seasons.rules import Tally
from booking.organisations.models import Organisation
from booking.seasons.models import RoundState, SeasonRound


def exact_hours(minutes: int) -> str:
    """Hours with as many decimals as they need, two at most: "1,5"."""
    decimals = 0 if not minutes % 60 else 1 if not minutes % 6 else 2
    return str(number_format(minutes / 60, decimals, force_grouping=True))


def hours_words(minutes: int) -> str:
    """ "1,5 hours"."""
    shown = exact_hours(minutes)
    return ngettext("%(n)s hour", "%(n)s hours", 1 if minutes == 60 else 2) % {"n": shown}


def sentence(use: OwnUse) -> str:
    """What the figures mean, in one plain sentence."""
    one, over = use.so_far, use.round.state == RoundState.ENDED
    if not one.dates:
        return _("None of your dates has been yet.")
    if not one.passed:
        return _("Every date that has been was given up, or taken by works or events.")
    had = _("In the season you had %(hours)s") if over else _("So far you have had %(hours)s")
    words = {name: exact_hours(getattr(one, name)) for name in ("used", "unused", "unsaid")}
    words["had"] = had % {"hours": hours_words(one.passed)}
    if not one.used and not one.unused:
        text = _("%(had)s, and nothing is reported yet.")
    elif one.unsaid:
        text = (
            _("%(had)s: %(used)s used, %(unused)s not used, and %(unsaid)s not reported yet.")
            if one.unused
            else _("%(had)s: %(used)s used, and %(unsaid)s not reported yet.")
        )
    else:
        text = _("%(had)s: %(used)s used and %(unused)s not used.") if one.unused else _("%(had)s, and used it all.")
    return text % words


def given_up(use: OwnUse) -> str:
    """What giving up did, "" where nothing was given up."""
    one = use.so_far
    words = {"given_up": hours_words(one.given_up), "retaken": hours_words(one.retaken)}
    if not one.given_up:
        return ""
    if not one.retaken:
        return _("You gave up %(given_up)s so that others could have it; nobody took it.") % words
    return _("You gave up %(given_up)s, and others could use %(retaken)s of it.") % words


def to_report(use: OwnUse) -> str:
    """How much can still be reported, "" for nothing."""
    n = use.to_report
    return (
        ngettext("%(n)s date can still be reported.", "%(n)s dates can still be reported.", n) % {"n": n} if n else ""
    )


def figures(use: OwnUse) -> list[dict[str, Any]]:
    """In all: each figure so far, of the whole season, and last season (None where there was none). What never is
    anything but 0 is left out where it goes without saying."""

    def row(label: str, name: str) -> dict[str, Any]:
        return {
            "label": label,
            "so_far": getattr(use.so_far, name),
            "whole": getattr(use.whole, name),
            "before": None if use.before is None else getattr(use.before, name),
        }

    always = [
        row(_("Given to you"), "minutes"),
        row(_("Used"), "used"),
        row(_("Not used"), "unused"),
        row(_("Not reported yet"), "unsaid"),
        row(_("Given up"), "given_up"),
    ]
    sometimes = [
        row(_("Of these used by others"), "retaken"),
        row(_("Taken by works and events"), "taken"),
        row(pgettext("hours", "Still to come"), "ahead"),
    ]
    return always + [one for one in sometimes if any(one[name] for name in ("so_far", "whole", "before"))]


def _rows(use: OwnUse, name: str) -> list[dict[str, Any]]:
    found = [{"label": one.name, "tally": getattr(one, name)} for one in use.teams]
    return [one for one in found if one["tally"] is not None and one["tally"].dates]


def tables(use: OwnUse) -> list[dict[str, Any]]:
    """Team by team: so far, the whole season, last season. Each with its sum; only what has something in it."""
    over = use.round.state == RoundState.ENDED
    parts: list[tuple[str, str, Tally | None]] = [
        ("so_far", _("Team by team, so far"), None if over else use.so_far),
        ("whole", _("Team by team, the whole season"), use.whole),
        ("before", before_words(use), use.before),
    ]
    return [
        {"name": name, "caption": caption, "rows": _rows(use, name), "all": tally}
        for name, caption, tally in parts
        if tally is not None and tally.dates
    ]


def before_words(use: OwnUse) -> str:
    """Of which season the last figures are, and up to when."""
    if use.before_round is None:
        return ""
    name = {"season": str(localized(use.before_round, "name"))}
    if use.round.state == RoundState.ENDED:
        return _("Team by team, %(season)s") % name
    return _("Team by team, %(season)s up to the same week") % name


def part(organisation: Organisation, sums: Sequence[OwnUse], rounds: Sequence[SeasonRound]) -> dict[str, Any]:
    """The section on the page of an organisation's hours: this season's sums, and earlier seasons to open."""
    shown = {one.round.pk for one in sums}
    return {
        "organisation": organisation,
        "seasons": [
            {
                "use": one, "round": one.round, "sentence": sentence(one), "given_up": given_up(one),
                "table": next(iter(tables(one)), None),
            }
            for one in sums
        ],
        "earlier": [one for one in rounds if one.pk not in shown],
    }  # fmt: skip


def context(organisation: Organisation, use: OwnUse) -> dict[str, Any]:
    """The page of one season."""
    return {
        "organisation": organisation,
        "use": use,
        "round": use.round,
        "over": use.round.state == RoundState.ENDED,
        "sentence": sentence(use),
        "given_up": given_up(use),
        "to_report": to_report(use),
        "missing": [
            {"team": one.team, "lines": [(line, catalogue.zone(line.resource)) for line in one.lines]}
            for one in use.missing
        ],
        "figures": figures(use),
        "tables": tables(use),
        "before_name": "" if use.before_round is None else str(localized(use.before_round, "name")),
        "formats": sheets.FORMATS,
    }
