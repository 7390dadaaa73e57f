"""What stands between a proposal and its adoption, all of it, before anybody presses the button (seasons.md 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.cases.models import Line
from booking.cases.services.rivalry import bare
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import OpeningException
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.foundation.workdays import work_calendar
from booking.occupancy import registry as occupancy_registry
from booking.occupancy import selectors as occupancy
from booking.occupancy.rules import covered
from booking.organisations.models import Organisation
from booking.seasons.hours import hour_words, whose_words
from booking.seasons.models import Allocation, Comment, Proposal, ProposedSlot, SeasonRound
from booking.seasons.rules.instance import Span
from booking.seasons.rules.validity import Fault, faults
from booking.seasons.selectors.hearing import Answered, answers, key_of, slots_of, unanswered, unheard
from booking.seasons.selectors.instances import instance_of, timetable_of
from booking.seasons.wording import reason_text

Key = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of weekly hours: its local date, and ``[start, end)`` in UTC."""

    day: date
    start: datetime
    end: datetime


#: ``Clash.status`` of a date on which the place is closed.
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Clash:
    """A date of weekly hours that can't be given, since somebody else has it or the place is closed. ``who``: in words
    for staff, who has it or why it is closed. ``code`` names it in forms."""

    slot: ProposedSlot
    occurrence: Occurrence
    who: tuple[str, ...] = ()
    status: str = ""

    @property
    def code(self) -> str:
        slot = self.slot
        return f"{slot.wish_id}.{slot.resource_id}.{slot.weekday}.{slot.start}.{self.occurrence.day.isoformat()}"


@dataclass(frozen=True)
class Preview:
    """``new``, ``kept``, ``ending``: what the adoption would make, leave alone and end; ``dates``: of each new hour."""

    proposal: Proposal
    holds_from: date
    faults: list[Fault]
    objections: list[Comment]
    answers: list[Answered]
    clashes: list[Clash]
    new: list[ProposedSlot]
    kept: list[Allocation]
    ending: list[Allocation]
    unheard: list[Organisation] = field(default_factory=list)  # whose hours aren't those that were heard
    dates: Mapping[Key, list[Occurrence]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Something has to be done first, whatever is left out."""
        return bool(self.faults or self.objections)

    @property
    def silent(self) -> list[Answered]:
        return [one for one in self.answers if one.state == "silent"]

    @property
    def declined(self) -> list[Answered]:
        return [one for one in self.answers if one.state == "no"]

    @property
    def confirmed(self) -> list[Answered]:
        return [one for one in self.answers if one.state == "yes"]

    @property
    def date_count(self) -> int:
        return sum(len(one) for one in self.dates.values())


def breaks_of(round: SeasonRound) -> list[tuple[date, date]]:
    """The dates without hours, both included."""
    return list(round.breaks.order_by("start").values_list("start", "end"))


def occurrences(
    span: Span, tz: ZoneInfo, *, first: date, last: date, breaks: Collection[tuple[date, date]] = ()
) -> Iterator[Occurrence]:
    """The dates of a weekly span in ``[first, last]`` outside of the breaks, on the wall clock of the place.

    17:00 is 17:00 before and after the clocks change; a date that the change leaves without length is left out.
    """
    day = first + timedelta(days=(span.weekday - first.weekday()) % 7)
    while day <= last:
        if not any(start <= day <= end for start, end in breaks):
            begins, ends = at_minute(day, span.start, tz), at_minute(day, span.end, tz)
            if ends > begins:
                yield Occurrence(day, begins, ends)
        day += timedelta(weeks=1)


def at_minute(day: date, minute: int, tz: ZoneInfo) -> datetime:
    """The moment at so many minutes after midnight on the wall clock; 1440 is the next day's midnight."""
    if minute >= 1440:
        return wall(day + timedelta(days=1), time(), tz)
    return wall(day, time(minute // 60, minute % 60), tz)


def in_force(round: SeasonRound) -> list[Allocation]:
    """The weekly hours of the round that nobody has given up or taken, with series and case."""
    rows = Allocation.objects.filter(round=round, ended_at__isnull=True)
    return list(rows.select_related("series", "wish__organisation", "resource").order_by("pk"))


def holds_from(round: SeasonRound, now: datetime) -> date:
    """The first date that an adoption at ``now`` is about: the season's first day, else tomorrow."""
    return max(round.season_start, local_date(now, booking_settings().tz) + timedelta(days=1))


def preview(round: SeasonRound, proposal: Proposal, *, now: datetime) -> Preview:
    """All that is in the way, and all that would change. Nothing is written. A constant number of queries."""
    first = holds_from(round, now)
    slots = slots_of(proposal)
    wanted_keys = {key_of(slot) for slot in slots}
    standing = in_force(round)
    standing_keys = {key_of(one) for one in standing}
    given_up = {key_of(one) for one in Allocation.objects.filter(round=round, ended_why="released")}
    new = [slot for slot in slots if key_of(slot) not in standing_keys | given_up]
    ending = [one for one in standing if key_of(one) not in wanted_keys]
    breaks = breaks_of(round)
    dates = {
        key_of(slot): list(
            occurrences(
                Span(slot.weekday, slot.start, slot.end), catalogue.zone(slot.resource), first=first,
                last=round.season_end, breaks=breaks,
            )
        )
        for slot in new
    }  # fmt: skip
    wrong = [one for one in faults(instance_of(round), timetable_of(proposal)) if one.prevents]
    # Two hours of the timetable on each other are among the faults.
    clashes = [one for one in _clashes(new, dates, ending, first) if one.status != "own"]
    known = {one.code for one in clashes}
    clashes += [one for one in _closed(new, dates) if one.code not in known]
    clashes.sort(key=lambda one: (one.slot.resource.name.casefold(), one.occurrence.start, one.slot.pk))
    return Preview(
        proposal=proposal,
        holds_from=first,
        faults=wrong,
        objections=unanswered(round),
        answers=answers(round, proposal),
        clashes=clashes,
        new=new,
        kept=[one for one in standing if key_of(one) in wanted_keys],
        ending=ending,
        unheard=unheard(round, proposal),
        dates=dates,
    )


def lines_that_end(ending: Sequence[Allocation], first: date) -> list[int]:
    """Ids of the lines that go when these hours end on the day before ``first``."""
    series = [one.series_id for one in ending if one.series_id is not None]
    if not series:
        return []
    after = wall(first, time(), booking_settings().tz)
    return list(Line.objects.filter(series__in=series, start__gte=after).values_list("pk", flat=True))


def _clashes(
    new: Sequence[ProposedSlot], dates: Mapping[Key, list[Occurrence]], ending: Sequence[Allocation], first: date
) -> list[Clash]:
    wanted: list[occupancy.Wanted] = []
    about: list[tuple[ProposedSlot, Occurrence]] = []
    for slot in new:
        for one in dates[key_of(slot)]:
            wanted.append(occupancy.Wanted(slot.resource_id, one.start, one.end, index=len(about)))
            about.append((slot, one))
    going = lines_that_end(ending, first)
    found: dict[int, list[occupancy.Conflict]] = {}
    # Hours of one timetable stand back to back: the change-over is in them.
    rules = bare(catalogue.effective_rules(list({slot.resource_id: slot.resource for slot in new}.values())))
    for conflict in occupancy.conflicts(wanted, ignore_cause=("line", going), effective=rules):
        found.setdefault(conflict.index, []).append(conflict)
    causes: dict[str, set[int]] = {}
    for conflicts in found.values():
        for one_conflict in conflicts:
            if one_conflict.cause_id is not None and one_conflict.status != "own":
                causes.setdefault(one_conflict.cause_kind, set()).add(one_conflict.cause_id)
    words = {kind: _who(kind, sorted(ids)) for kind, ids in causes.items()}
    clashes = []
    for index, conflicts in sorted(found.items()):
        slot, occurrence = about[index]
        who = set()
        for one_conflict in conflicts:
            if one_conflict.status == "own":
                other = about[one_conflict.cause_id or 0][0]
                who.add(f"{other.wish.organisation.name} {other.wish.team}")
            else:
                who.add(words.get(one_conflict.cause_kind, {}).get(one_conflict.cause_id or 0, _("somebody else")))
        clashes.append(Clash(slot, occurrence, tuple(sorted(who)), conflicts[0].status))
    return clashes


def _closed(new: Sequence[ProposedSlot], dates: Mapping[Key, list[Occurrence]]) -> list[Clash]:
    """Dates on which the place is closed or closes earlier than in other weeks: by an exception, or on a holiday.

    Hours that lie outside of its opening hours in every week are what the round offers, and no mistake; but a day with
    an exception is closed for them too.
    """
    days = [one for slot in new for one in dates[key_of(slot)]]
    if not days:
        return []
    things = list({slot.resource_id: slot.resource for slot in new}.values())
    line = catalogue.lineage(things)
    since, until = min(one.start for one in days), max(one.end for one in days)
    windows = catalogue.open_windows(things, since, until, line=line)
    found: list[tuple[ProposedSlot, Occurrence, bool]] = []
    for slot in new:
        mine = dates[key_of(slot)]
        shut = [
            one for one in mine
            if not covered(windows[slot.resource_id], int(one.start.timestamp()), int(one.end.timestamp()))
        ]  # fmt: skip
        found += [(slot, one, len(shut) == len(mine)) for one in shut]
    if not found:
        return []
    exceptions = {
        pk: catalogue.coming_exceptions(thing, min(one.day for _slot, one, _always in found), line=line)
        for pk, thing in {slot.resource_id: slot.resource for slot, _one, _always in found}.items()
    }
    return [
        Clash(slot, one, tuple(_why_closed(exceptions[slot.resource_id], one.day)), CLOSED)
        for slot, one, always in found
        if not always or any(each.start <= one.day <= each.end for each in exceptions[slot.resource_id])
    ]


def _why_closed(exceptions: Sequence[OpeningException], day: date) -> list[str]:
    """The reason that stands with the closed day, else the name of the holiday; [] when there is none."""
    said = [one.reason for one in exceptions if one.start <= day <= one.end and one.reason]
    if said or any(one.start <= day <= one.end for one in exceptions):
        return said[:1]
    return [name for _day, name in work_calendar().free_days_between(day, day) if name]


def _who(kind: str, ids: Sequence[int]) -> dict[int, str]:
    """Who has it, as staff know them: the organisation and the case, the closure's reason, the works."""
    if kind != "line":
        return dict(occupancy_registry.describe(kind, ids))
    rows = Line.objects.filter(pk__in=ids).values_list(
        "pk", "case__reference", "case__organisation__name", "case__title"
    )
    return {
        pk: ", ".join(one for one in (organisation or title, reference) if one)
        for pk, reference, organisation, title in rows
    }


# --- in words --------------------------------------------------------------------------------------------------------


def fault_words(fault: Fault, proposal: Proposal | None = None) -> str:
    """What is wrong, in one sentence. Hours of a wish that was withdrawn are named from the ``proposal``: the round
    doesn't know the team any more."""
    words = reason_text(fault.reason)
    if proposal is None or fault.code != "unknown_wish":
        return words
    gone = {(one.wish, one.place, one.weekday, one.start, one.end) for one in fault.slots}
    named = [f"{whose_words(one)}, {hour_words(one)}" for one in slots_of(proposal) if key_of(one) in gone]
    return f"{'; '.join(named)}: {words}" if named else words


def clash_words(clash: Clash) -> str:
    """ "Mon 7 September 17:00-18:00, Lillebyhallen: Lilleby IL J13 (Lilleby kor, 2026-0042 has it)"."""
    slot = clash.slot
    when = when_words(clash.occurrence.start, clash.occurrence.end, catalogue.zone(slot.resource))
    if clash.status == CLOSED:
        facts = {
            "when": when, "place": localized(slot.resource, "name"),
            "team": f"{slot.wish.organisation.name} {slot.wish.team}", "why": ", ".join(clash.who),
        }  # fmt: skip
        if not clash.who:
            return _("%(when)s, %(place)s: %(team)s can't have it, the place is closed") % facts
        return _("%(when)s, %(place)s: %(team)s can't have it, the place is closed (%(why)s)") % facts
    return _("%(when)s, %(place)s: %(team)s can't have it, %(who)s has") % {
        "when": when,
        "place": localized(slot.resource, "name"),
        "team": f"{slot.wish.organisation.name} {slot.wish.team}",
        "who": ", ".join(clash.who),
    }
