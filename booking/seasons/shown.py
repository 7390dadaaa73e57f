"""Proposals as templates show them: slots with names and times in words, a hall's week, figures, what a change does.

``Sheet`` has a round's wishes, places and rules at hand; everything here is worked out from it, without a query more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext

from booking.foundation.i18n import localized
from booking.seasons.hours import clock_words, times_words
from booking.seasons.models import Proposal, RoundPlace, SeasonRound, Wish
from booking.seasons.rules import layout
from booking.seasons.rules.board import Board
from booking.seasons.rules.compare import Comparison, compare
from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.ground import ground_of
from booking.seasons.rules.instance import Instance, Place, Slot, Timetable
from booking.seasons.rules.measures import Effect, Figures, Measured, effect, measure
from booking.seasons.rules.validity import Fault, faults
from booking.seasons.rules.why import Why
from booking.seasons.selectors.instances import instance_of, wishes_of
from booking.seasons.wording import reason_text


def day_name(weekday: int) -> str:
    """ "tirsdag"."""
    return str(WEEKDAYS[weekday % 7])


def hours_words(minutes: int) -> str:
    """ "1 t 30 min" for columns of figures; with a minus where it is less than nothing."""
    sign, minutes = ("−", -minutes) if minutes < 0 else ("", minutes)
    hours, rest = divmod(minutes, 60)
    if rest and hours:
        return gettext("%(sign)s%(hours)s h %(minutes)s min") % {"sign": sign, "hours": hours, "minutes": rest}
    if rest:
        return gettext("%(sign)s%(minutes)s min") % {"sign": sign, "minutes": rest}
    return gettext("%(sign)s%(hours)s h") % {"sign": sign, "hours": hours}


def author_words(proposal: Proposal) -> str:
    """Whose it is: an organisation by name, never a person."""
    if proposal.organisation is not None:
        return proposal.organisation.name
    return str(proposal.get_author_kind_display())


@dataclass(frozen=True)
class ShownSlot:
    """A slot in words. ``mark``: "" or what a comparison says (``moved, added, removed``)."""

    slot: Slot
    team: str
    organisation: str
    organisation_slug: str
    mine: bool
    place: str
    hall: int
    day: str
    times: str
    length: str
    reason: str = ""
    pk: int | None = None
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    mark: str = ""

    @property
    def mark_words(self) -> str:
        return {
            "moved": gettext("moved"),
            "added": gettext("new"),
            "removed": gettext("gone"),
        }.get(self.mark, "")

    @property
    def in_part(self) -> bool:
        """Whether it has a part of a hall: the hall itself stands above the list."""
        return self.slot.place != self.hall

    @property
    def full(self) -> str:
        """All of it in one line, for a screen reader and a tooltip."""
        words = [f"{self.team}, {self.organisation}", f"{self.day} {self.times}", self.place]
        if self.slot.locked:
            words.append(gettext("locked"))
        words += [one for one in (self.mark_words, *self.faults) if one]
        return "; ".join(words)


class Sheet:
    """A round with its wishes, organisations, places and rules, for showing any of its timetables."""

    def __init__(
        self, round: SeasonRound, *, mine: Collection[int] = (), wishes: Sequence[Wish] | None = None,
        rules: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.round = round
        self.mine = frozenset(mine)  # ids of organisations that the reader acts for
        rows = list(wishes) if wishes is not None else wishes_of(round)
        self.wishes: dict[int, Wish] = {row.pk: row for row in rows}
        self.instance: Instance = instance_of(round, wishes=rows, rules=rules)

    @cached_property
    def places(self) -> dict[int, RoundPlace]:
        """By resource."""
        rows = RoundPlace.objects.filter(round=self.round).select_related("resource").order_by("order", "pk")
        return {row.resource_id: row for row in rows}

    def place_name(self, key: int) -> str:
        """A part with the name of its hall before it, unless it says so itself."""
        row = self.places.get(key)
        if row is None:
            return gettext("a place that the round doesn't have")
        name = str(localized(row.resource, "name"))
        place = self.instance.place.get(key)
        hall = self.places.get(place.hall) if place is not None and place.hall != key else None
        if hall is None:
            return name
        whole = str(localized(hall.resource, "name"))
        return name if whole.casefold() in name.casefold() else f"{whole}, {name}"

    def lane_name(self, key: int) -> str:
        """A part without its hall's name, for a narrow column."""
        name = str(localized(self.places[key].resource, "name"))
        hall = self.instance.place[key].hall
        if hall == key:
            return name
        whole = str(localized(self.places[hall].resource, "name"))
        return name.removeprefix(whole).strip(" ,–-") or name

    def slug(self, key: int) -> str:
        row = self.places.get(key)
        return row.resource.slug if row is not None else ""

    def place_of(self, slug: str) -> int | None:
        """The place with that address; ``None`` for one that the round doesn't have."""
        return next((key for key, row in self.places.items() if row.resource.slug == slug), None)

    @cached_property
    def halls(self) -> list[Place]:
        return layout.halls(self.instance)

    def know(self, slots: Iterable[Slot]) -> None:
        """Fetch wishes that slots name and that don't stand any more: withdrawn ones have a name, too."""
        missing = {one.wish for one in slots} - self.wishes.keys()
        if missing:
            rows = Wish.objects.filter(pk__in=missing).select_related("organisation")
            self.wishes |= {row.pk: row for row in rows}

    # --- slots -------------------------------------------------------------------------------------------------------

    def shown(
        self,
        timetable: Timetable,
        *,
        rows: Mapping[tuple[int, ...], tuple[int, str]] | None = None,
        found: Sequence[Fault] = (),
        marks: Mapping[Slot, str] | None = None,
    ) -> dict[Slot, ShownSlot]:
        """Each slot in words. ``rows``: (key, reason) by ``place_key``; ``found``: what is wrong with the timetable."""
        self.know(timetable)
        wrong: dict[Slot, list[Fault]] = defaultdict(list)
        for fault in found:
            for slot in fault.slots:
                wrong[slot].append(fault)
        return {
            one: self._shown(one, (rows or {}).get(place_key(one)), wrong.get(one, []), (marks or {}).get(one, ""))
            for one in timetable
        }

    def _shown(self, slot: Slot, row: tuple[int, str] | None, wrong: list[Fault], mark: str) -> ShownSlot:
        wish = self.wishes.get(slot.wish)
        place = self.instance.place.get(slot.place)
        return ShownSlot(
            slot,
            team=wish.team if wish is not None else gettext("unknown team"),
            organisation=wish.organisation.name if wish is not None else "",
            organisation_slug=wish.organisation.slug if wish is not None else "",
            mine=wish is not None and wish.organisation_id in self.mine,
            place=self.place_name(slot.place),
            hall=place.hall if place is not None else 0,
            day=day_name(slot.weekday),
            times=times_words(slot.start, slot.end),
            length=hours_words(slot.minutes),
            reason=row[1] if row else "",
            pk=row[0] if row else None,
            faults=tuple(dict.fromkeys(reason_text(one.reason) for one in wrong if one.prevents)),
            warnings=tuple(dict.fromkeys(reason_text(one.reason) for one in wrong if not one.prevents)),
            mark=mark,
        )

    def faults(self, timetable: Timetable) -> list[Fault]:
        return faults(self.instance, timetable)

    # --- a hall's week -----------------------------------------------------------------------------------------------

    def sheet(self, hall: int, shown: Mapping[Slot, ShownSlot]) -> dict[str, Any]:
        """The week of a hall for paper: a table for each group of days that have hours in common."""
        groups = layout.day_groups(self.instance, hall, tuple(shown))
        return {"name": self.place_name(hall), "tables": [self.week(hall, shown, only=days) for days in groups]}

    def week(
        self, hall: int, shown: Mapping[Slot, ShownSlot], *, fine: bool = False, only: tuple[int, ...] | None = None
    ) -> dict[str, Any]:
        """The week of a hall as rows of cells, and the same day by day as a list."""
        groups = [] if fine or only else layout.day_groups(self.instance, hall, tuple(shown))
        laid = layout.week(self.instance, hall, tuple(shown), fine=fine, only=only)
        lanes = len(laid.lanes) or 1
        here = sorted((one for one in shown.values() if one.hall == hall), key=lambda one: one.slot)
        by_day: dict[int, list[ShownSlot]] = defaultdict(list)
        for one in sorted(here, key=lambda one: (one.slot.weekday, one.slot.start, one.place)):
            by_day[one.slot.weekday].append(one)
        return {
            "key": hall,
            "slug": self.slug(hall),
            "name": self.place_name(hall),
            "days": [(day_name(day), lanes) for day in laid.days],
            "lanes": [self.lane_name(key) for key in laid.lanes] if lanes > 1 else [],
            "lane_heads": [self.lane_name(key) for _day in laid.days for key in laid.lanes] if lanes > 1 else [],
            "narrow": lanes * len(laid.days) > 7,
            "rows": [
                {
                    "time": clock_words(row.start),
                    "quiet": row.start % 60 != 0 and row is not laid.rows[0],
                    "cells": [self._cell(one, shown) for one in row.cells],
                }
                for row in laid.rows
            ],
            "list": [(day_name(day), by_day[day]) for day in laid.days if by_day[day]],
            "marked": [
                (day_name(day), some) for day in laid.days if (some := [one for one in by_day[day] if one.mark])
            ],
            "tables": [self.week(hall, shown, only=days) for days in groups] if len(groups) > 1 else [],
            "count": len(here),
            "step": laid.step,
        }

    def _cell(self, cell: layout.Cell, shown: Mapping[Slot, ShownSlot]) -> dict[str, Any]:
        return {
            "kind": cell.kind, "rows": cell.rows, "lanes": cell.lanes, "weekday": cell.weekday, "start": cell.start,
            "place": self.slug(cell.place), "where": self.place_name(cell.place) if cell.kind == layout.FREE else "",
            "day": day_name(cell.weekday), "clock": clock_words(cell.start),
            "slots": [shown[one] for one in cell.slots], "goes_on": cell.goes_on,
        }  # fmt: skip

    # --- figures -----------------------------------------------------------------------------------------------------

    def measure(self, timetable: Timetable) -> Measured:
        return measure(self.instance, timetable)

    def organisations(self, figures: Mapping[int, Figures]) -> list[dict[str, Any]]:
        """A row for each organisation that takes part, one's own first, then by name."""
        applicants = self.instance.applicant
        rows = [
            {
                "key": key, "name": applicants[key].name, "slug": self.organisation_slug(key),
                "mine": key in self.mine, **figure_words(one),
            }
            for key, one in figures.items() if key in applicants
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (not row["mine"], str(row["name"]).casefold()))

    @cached_property
    def _slugs(self) -> dict[int, str]:
        return {row.organisation_id: row.organisation.slug for row in self.wishes.values()}

    def organisation_slug(self, key: int) -> str:
        return self._slugs.get(key, "")

    def worst_off(self, figures: Measured, *, most: int = 3) -> list[dict[str, Any]]:
        """Those with the least of their share, and less than all of it."""
        return [
            {"name": self.instance.applicant[key].name, "percent": figures.organisations[key].percent}
            for key in figures.worst_off[:most]
            if figures.organisations[key].percent < 100
        ]

    def worst(self, found: tuple[int, int] | None) -> str:
        """ "Lilleby IL, 50 %"; nobody is worst off where nobody lacks anything of their share."""
        if found is None or found[1] >= 100:
            return gettext("nobody: all who can get hours have their whole share")
        key, percent = found
        name = self.instance.applicant[key].name
        return gettext("%(name)s, %(percent)s %%") % {"name": name, "percent": percent}

    # --- two of them -------------------------------------------------------------------------------------------------

    def outlook(self, before: Timetable, after: Timetable) -> dict[str, Any]:
        """What a change does: whom it gives and takes, the worst-off, which faults come and go."""
        what = effect(self.instance, before, after)
        old, new = self.faults(before), self.faults(after)
        return {
            "rows": self.effect_rows(what, changed_only=True),
            "worst_before": self.worst(what.worst_before),
            "worst_after": self.worst(what.worst_after),
            "worst_same": what.worst_before == what.worst_after,
            "all_whole": what.worst_after is None or what.worst_after[1] >= 100,
            "better": what.better,
            "worse": what.worse,
            "new_faults": _more(new, old, prevents=True),
            "new_warnings": _more(new, old, prevents=False),
            "gone_faults": _more(old, new, prevents=True),
            "faults_left": sum(one.prevents for one in new),
        }

    def effect_rows(self, what: Effect, *, changed_only: bool = False) -> list[dict[str, Any]]:
        """Per organisation before and after, one's own first."""
        found = []
        for row in what.rows:
            before, after = figure_words(row.before), figure_words(row.after)
            if changed_only and row.minutes == 0 and row.before == row.after:
                continue
            name = self.instance.applicant[row.organisation].name
            found.append(
                {
                    "key": row.organisation, "name": name, "slug": self.organisation_slug(row.organisation),
                    "mine": row.organisation in self.mine, "before": before, "after": after,
                    "minutes": row.minutes, "change": _signed(row.minutes),
                    "trend": "gains" if row.minutes > 0 else "loses" if row.minutes < 0 else "same",
                }
            )  # fmt: skip
        return sorted(found, key=lambda row: (row["minutes"] == 0, not row["mine"], str(row["name"]).casefold()))

    def compare(self, before: Timetable, after: Timetable) -> Comparison:
        return compare(self.instance, before, after)

    # --- one organisation --------------------------------------------------------------------------------------------

    def hours_of(self, organisation: int, timetable: Timetable, shown: Mapping[Slot, ShownSlot]) -> dict[str, Any]:
        """Its teams, each with what it asked, what it got and why; and how its share came about."""
        found = self.measure(timetable)
        why = Why(self.instance, timetable)
        shares = entitlements(self.instance)
        teams = []
        for wish in self.instance.wishes:
            if wish.organisation != organisation:
                continue
            slots = [shown[one] for one in sorted(timetable) if one.wish == wish.key and one in shown]
            figures = found.wishes[wish.key]
            texts = [reason_text(one) for one in why.of(wish)]
            share = shares.wishes.get(wish.key)
            teams.append(
                {
                    "wish": self.wishes[wish.key], "team": wish.team, "slots": slots,
                    "met": bool(figures.met), "unserved": bool(figures.unserved), **figure_words(figures),
                    "verdict": texts[0] if texts else "", "why": texts[1:],
                    "share": share_words(share.least, share.standard, share.asked, share.claim) if share else "",
                }
            )  # fmt: skip
        own = found.organisations.get(organisation)
        whole = shares.organisations.get(organisation)
        return {
            "teams": sorted(teams, key=lambda one: (not one["unserved"], one["met"], str(one["team"]).casefold())),
            "figures": figure_words(own) if own is not None else None,
            "share": whole_share_words(whole.asked, whole.claim) if whole is not None else "",
            "guaranteed": organisation in found.without_least,
        }

    def free_for(self, wish: int, timetable: Timetable, *, most: int = 6) -> list[Slot]:
        """Hours that are free and fit the wish, the best and longest first; [] for a wish that has all it can get."""
        if wish not in self.instance.wish:
            return []
        ground = ground_of(self.instance)
        board = Board(ground, timetable)
        wanted = self.instance.wish[wish]
        best = ground.best(wanted)
        order = {place: rank for rank, place in enumerate(wanted.places)}
        options = sorted(
            board.options(wish),
            key=lambda one: (ground.mask(one) & best != ground.mask(one), -one[3], order.get(one[0], 99), one),
        )
        chosen: list[Slot] = []
        for option in options:
            slot = ground.slot(wish, option)
            if all(one.weekday != slot.weekday or one.place != slot.place for one in chosen):
                chosen.append(slot)
            if len(chosen) == most:
                break
        return chosen

    def unmet(self, timetable: Timetable) -> list[dict[str, Any]]:
        """Wishes that have less than they asked for, those with nothing first: what could be added."""
        found = self.measure(timetable)
        rows = [
            {
                "pk": wish.key, "team": wish.team, "organisation": self.instance.applicant[wish.organisation].name,
                "mine": wish.organisation in self.mine, **figure_words(found.wishes[wish.key]),
                "nothing": bool(found.wishes[wish.key].unserved),
                "short": found.wishes[wish.key].counted < found.wishes[wish.key].claim,
            }
            for wish in self.instance.wishes if not found.wishes[wish.key].met
        ]  # fmt: skip
        return sorted(rows, key=lambda one: (not one["nothing"], str(one["organisation"]).casefold(), str(one["team"])))


def place_key(slot: Slot) -> tuple[int, ...]:
    """What makes a slot the same one, its lock apart."""
    return (slot.wish, slot.place, slot.weekday, slot.start, slot.end)


def rows_of(proposal: Proposal) -> dict[tuple[int, ...], tuple[int, str]]:
    """(key, reason) of a proposal's slots, by ``place_key``. One query."""
    rows = proposal.slots.values_list("wish_id", "resource_id", "weekday", "start", "end", "pk", "reason")
    return {tuple(row[:5]): (row[5], row[6]) for row in rows}


def figure_words(one: Figures) -> dict[str, Any]:
    """Figures of a team, an organisation or all, in words."""
    share = one.best_share
    return {
        "minutes": one.minutes, "hours": hours_words(one.minutes), "asked": hours_words(one.asked),
        "claim": hours_words(one.claim), "percent": one.percent,
        "coverage": f"{one.percent} %" if one.claim else "–",
        "best": "" if share is None else f"{round(share * 100)} %",
        "met_of": gettext("%(met)s of %(all)s") % {"met": one.met, "all": one.wishes},
        "teams": one.wishes, "without": one.unserved,
    }  # fmt: skip


def share_words(least: int, standard: int, asked: int, claim: int) -> str:
    """How a claim comes about, in plain words."""
    words = {"standard": hours_words(standard), "asked": hours_words(asked), "claim": hours_words(claim)}
    if asked > standard:
        return (
            gettext(
                "The rules give a share of %(standard)s a week. %(asked)s were asked for; what is asked for beyond the"
                " share doesn't count, so coverage is measured against %(claim)s."
            )
            % words
        )
    return (
        gettext(
            "The rules give a share of up to %(standard)s a week. %(asked)s were asked for, so coverage is measured"
            " against %(claim)s."
        )
        % words
    )


def whole_share_words(asked: int, claim: int) -> str:
    """How an organisation's claim comes about: the sum over its teams, each by itself."""
    return gettext(
        "What the rules let each team count on, and never more than it asked for, adds up to %(claim)s a week. Coverage"
        " is measured against that. %(asked)s were asked for in all."
    ) % {"asked": hours_words(asked), "claim": hours_words(claim)}


def _signed(minutes: int) -> str:
    return f"+{hours_words(minutes)}" if minutes > 0 else hours_words(minutes)


def _more(new: Sequence[Fault], old: Sequence[Fault], *, prevents: bool) -> list[str]:
    """Texts of what is in ``new`` and wasn't in ``old``."""
    before = Counter(reason_text(one.reason) for one in old)
    texts = []
    for one in new:
        if one.prevents != prevents:
            continue
        words = reason_text(one.reason)
        if before[words] > 0:
            before[words] -= 1
        else:
            texts.append(words)
    return list(dict.fromkeys(texts))
