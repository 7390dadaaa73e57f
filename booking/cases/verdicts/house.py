"""The rules of the house. Each is one small function; the first word of its docstring is the code it gives.

Severities: what the municipality's own rules forbid is `block` (and can be asked for anyway, with a reason); what only
a person can judge is `needs_officer`; what the asker should know is `info`. Source: requests.md "Deciding".
Rules about a line give lists, not generators: each is asked about each of hundreds of dates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.cases.rules.quota import period_of
from booking.cases.verdicts.base import TAKEN, Asked, Situation, Text, Verdict, register
from booking.foundation import wording
from booking.foundation.errors import Loc
from booking.organisations.models import OrganisationKind, OrganisationState

#: The status that occupancy gives when more is wanted than there ever is.
_NEVER = ""
_opens = itemgetter(0)


@register("availability", "line")
def availability(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`taken`: somebody has it, works or a closure stand there, or two lines of this request clash."""
    taken = [conflict for conflict in asked.conflicts if conflict.cause_kind != _NEVER]
    if not taken:
        return ()
    left = min([conflict.quantity_left for conflict in taken])
    return [_taken(frozenset([conflict.status for conflict in taken]), left, left < asked.quantity, asked.loc)]


@lru_cache(maxsize=256)
def _taken(kinds: frozenset[str], left: int, short: bool, loc: Loc) -> Verdict:
    """The same verdict for the same facts: of a series, dozens of dates are taken in the same way."""
    if kinds == {"own"}:
        message = _("This clashes with another time in the same request.")
    elif left > 0 and short:
        message = _("Only %(left)s are left then.")
    elif "works" in kinds:
        message = _("There are works there then.")
    elif kinds <= {"closed", "own"}:
        message = _("It is closed then.")
    else:
        message = _("This time is taken.")
    suggestion = _("Choose another time, or one of the free alternatives.")
    return Verdict(TAKEN, message, "block", "nobody", suggestion, {"statuses": sorted(kinds), "left": left}, loc)


@register("quantity", "line")
def quantity(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`quantity`: more is asked for than there is."""
    for conflict in asked.conflicts:
        if conflict.cause_kind == _NEVER:
            some = conflict.quantity_left > 0
            return [
                Verdict(
                    "quantity",
                    _("There are only %(most)s in all.") if some else _("This can't be lent at the moment."),
                    "block",
                    suggestion=_("Ask for fewer.") if some else _("Look for something similar."),
                    params={"most": conflict.quantity_left, "wanted": asked.quantity},
                    loc=(*asked.loc, "quantity"),
                )
            ]
    return ()


@register("rivals", "line")
def rivals(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`rivals`: others have asked for the same time (how many, never who)."""
    if not asked.rivals or asked.rules.pending_policy != "compete":
        return ()
    return [
        Verdict(
            "rivals",
            ngettext_lazy(
                "%(count)s other has asked for this time.", "%(count)s others have asked for this time.", "count"
            ),
            "info",
            suggestion=_("The unit decides who gets it. Another time may be surer."),
            params={"count": asked.rivals},
            loc=asked.loc,
        )
    ]


@register("opening_hours", "line")
def opening_hours(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`opening_hours`: not open all that time, set-up and tear-down included."""
    start = int(asked.start.timestamp()) - asked.setup_minutes * 60
    end = int(asked.end.timestamp()) + asked.teardown_minutes * 60
    # The last opening that has begun by then; they are sorted and don't touch each other.
    before = bisect_right(asked.windows, start, key=_opens)
    if before and end <= asked.windows[before - 1][1]:
        return ()
    day = asked.local_start.date()
    hours = [
        (_wall(opens, asked), _wall(closes, asked))
        for opens, closes in asked.windows
        if _moment(opens, asked).date() <= day <= _moment(closes - 1, asked).date()
    ]
    return [
        Verdict(
            "opening_hours",
            _("It is not open all that time."),
            "block",
            suggestion=_("Open that day: %(hours)s.") if hours else _("It is not open that day."),
            params={"hours": ", ".join(f"{opens}–{closes}" for opens, closes in hours)},
            loc=asked.loc,
        )
    ]


@register("past", "line")
def past(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`past`: the time has begun already."""
    if asked.start > situation.now:
        return ()
    return [
        Verdict(
            "past",
            _("This time has passed."),
            "block",
            suggestion=_("Choose a time to come."),
            loc=(*asked.loc, "start"),
        )
    ]


@register("lead_time", "line")
def lead_time(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`lead_time`: too soon for the unit to prepare."""
    earliest = situation.now + timedelta(hours=asked.rules.lead_hours)
    if not situation.now < asked.start < earliest:
        return ()
    return [
        Verdict(
            "lead_time",
            _("This must be asked for at least %(hours)s hours before."),
            "block",
            suggestion=_("The earliest time now is %(earliest)s."),
            params={"hours": asked.rules.lead_hours, "earliest": _Shown(earliest.astimezone(asked.tz))},
            loc=(*asked.loc, "start"),
        )
    ]


@register("horizon", "line")
def horizon(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`horizon`: further ahead than the calendar is open."""
    days = asked.rules.horizon_days
    if days is None:
        return ()
    last = _last_day(situation.now, asked.tz, days)
    if asked.local_start.date() <= last:
        return ()
    return [
        Verdict(
            "horizon",
            _("This can be asked for at most %(days)s days ahead."),
            "block",
            suggestion=_("The last day now is %(last)s."),
            params={"days": days, "last": _Shown(last)},
            loc=(*asked.loc, "start"),
        )
    ]


@lru_cache(maxsize=64)
def _last_day(now: datetime, tz: ZoneInfo, days: int) -> date:
    return now.astimezone(tz).date() + timedelta(days=days)


@register("length", "line")
def length(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`length`: shorter or longer than the house allows."""
    minutes = int((asked.end - asked.start).total_seconds()) // 60
    least, most = asked.rules.min_minutes, asked.rules.max_minutes
    found = []
    if least is not None and minutes < least:
        message = _("The shortest loan is %(minutes)s minutes.")
        found.append(_length(message, _("Ask for a longer time."), least, asked.loc))
    if most is not None and minutes > most:
        message = _("The longest loan is %(minutes)s minutes.")
        found.append(_length(message, _("Ask for a shorter time, or for several."), most, asked.loc))
    return found


def _length(message: Text, suggestion: Text, minutes: int, loc: Loc) -> Verdict:
    return Verdict("length", message, "block", suggestion=suggestion, params={"minutes": minutes}, loc=(*loc, "end"))


@register("start_grid", "line")
def start_grid(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`start_grid`: loans begin on a grid of minutes on the wall clock, counted from midnight."""
    step = asked.rules.step_minutes
    local = asked.local_start
    minutes = local.hour * 60 + local.minute
    off = minutes % step
    if not off:
        return ()
    before, after = minutes - off, minutes - off + step
    return [
        Verdict(
            "start_grid",
            _("Loans start every %(step)s minutes."),
            "block",
            suggestion=_("Start at %(before)s or %(after)s."),
            params={"step": step, "before": _clock(before), "after": _clock(after)},
            loc=(*asked.loc, "start"),
        )
    ]


@register("capacity", "line")
def capacity(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`capacity`: more heads than the place takes. In a basket an officer looks at who goes where."""
    most = asked.resource.capacity
    if most is None or situation.heads <= most or asked.resource.kind not in ("venue", "area"):
        return ()
    alone = len({line.resource.pk for line in situation.lines if line.resource.kind in ("venue", "area")}) == 1
    return [
        Verdict(
            "capacity",
            _("There is room for %(most)s people, and you are %(heads)s."),
            "block" if alone else "needs_officer",
            suggestion=_("Choose a bigger place, or come fewer."),
            params={"most": most, "heads": situation.heads},
            loc=("audience",),
        )
    ]


@register("eligibility", "request", about_asker=True)
def eligibility(situation: Situation) -> Iterator[Verdict]:
    """`private_persons`, `unverified`, `inactive`: who may ask for these things. The municipality's own use may."""
    if situation.organisation is None:
        if not situation.for_unit and not all(line.rules.private_persons for line in situation.lines):
            yield Verdict(
                "private_persons",
                _("Only organisations can ask for this."),
                "block",
                suggestion=_("Ask in the name of an organisation."),
                loc=("organisation",),
            )
        return
    if situation.organisation.state == OrganisationState.INACTIVE:
        yield Verdict(
            "inactive",
            _("This organisation is not active."),
            "block",
            suggestion=_("Ask the municipality to make it active again."),
            loc=("organisation",),
        )
    elif situation.organisation.state == OrganisationState.UNVERIFIED:
        allowed = all(line.rules.unverified_may_ask for line in situation.lines)
        yield Verdict(
            "unverified",
            _("The municipality has not yet verified this organisation."),
            "needs_officer" if allowed else "block",
            suggestion=_("Write to the municipality to have it verified."),
            loc=("organisation",),
        )


@register("organisation_kind", "request", about_asker=True)
def organisation_kind(situation: Situation) -> Iterator[Verdict]:
    """`organisation_kind`: some things are lent to some kinds of organisation only. The municipality's own use may."""
    if situation.organisation is None:
        return  # `private_persons` is about those
    closed = [
        line.rules.allowed_kinds
        for line in situation.lines
        if line.rules.allowed_kinds and situation.organisation.kind not in line.rules.allowed_kinds
    ]
    if closed:
        labels = dict(OrganisationKind.choices)
        yield Verdict(
            "organisation_kind",
            _("This is lent to these only: %(kinds)s."),
            "block",
            suggestion=_("Look for something else, or ask anyway and say why."),
            params={"kinds": _Listed(str(code) for code in closed[0]).with_labels(labels)},
            loc=("organisation",),
        )


@register("members", "request", about_asker=True)
def members(situation: Situation) -> Iterator[Verdict]:
    """`members`: some things are lent to organisations of a size. Where nobody has counted, an officer looks."""
    if situation.organisation is None:
        return
    least = max((line.rules.min_members or 0 for line in situation.lines), default=0)
    counts = situation.organisation.member_counts
    has = sum(counts.values()) if isinstance(counts, dict) else 0
    if has >= least:
        return
    yield Verdict(
        "members",
        _("This is lent to organisations with at least %(least)s members."),
        "block" if has else "needs_officer",
        suggestion=_("Correct the number of members on the organisation's page, or ask anyway and say why."),
        params={"least": least, "has": has},
        loc=("organisation",),
    )


@register("quota", "request", about_asker=True)
def quota(situation: Situation) -> Iterator[Verdict]:
    """`quota`: more hours or loans of a thing in a week or half-year than an organisation may have there."""
    if situation.organisation is None:
        return
    wanted: dict[tuple[int, date], tuple[int, int]] = {}
    lines: dict[tuple[int, date], Asked] = {}
    for line in situation.lines:
        if line.rules.quota_most is None:
            continue
        key = (line.resource.pk, period_of(line.local_start.date(), line.rules.quota_per)[0])
        minutes, loans = wanted.get(key, situation.used.get(key, (0, 0)))
        wanted[key] = (minutes + int((line.end - line.start).total_seconds()) // 60, loans + 1)
        lines[key] = line
    for key, (minutes, loans) in sorted(wanted.items(), key=lambda item: item[0][1]):
        rule = lines[key].rules
        most = rule.quota_most or 0
        over = minutes > most * 60 if rule.quota_unit == "hours" else loans > most
        if over:
            made = -(-minutes // 60) if rule.quota_unit == "hours" else loans
            yield Verdict(
                "quota",
                _QUOTA[rule.quota_unit, rule.quota_per],
                "block",
                suggestion=_("Ask for less, or ask anyway and say why."),
                params={"most": most, "makes": made, "from": _Shown(key[1])},
                loc=("lines",),
            )
            return  # one is enough to know


_QUOTA = {
    ("hours", "week"): _("An organisation can have %(most)s hours a week here, and this makes %(makes)s."),
    ("loans", "week"): _("An organisation can have %(most)s loans a week here, and this makes %(makes)s."),
    ("hours", "season"): _("An organisation can have %(most)s hours in half a year here, and this makes %(makes)s."),
    ("loans", "season"): _("An organisation can have %(most)s loans in half a year here, and this makes %(makes)s."),
}


@register("responsible_adult", "request", about_asker=True)
def responsible_adult(situation: Situation) -> Iterator[Verdict]:
    """`responsible_adult`: somebody of age must answer for the loan."""
    if not situation.has_responsible and any(line.rules.needs_adult for line in situation.lines):
        yield Verdict(
            "responsible_adult",
            _("Name a responsible adult, with a phone number."),
            "block",
            suggestion=_("Write who of age answers for the loan, and their phone number."),
            loc=("responsible",),
        )


class _Listed(str):
    """Codes for programs, separated by commas; `%s` in a sentence gives them as people read them."""

    __slots__ = ("codes", "labels")
    codes: tuple[str, ...]
    labels: dict[str, Any]

    def __new__(cls, codes: Iterable[str]) -> _Listed:
        found = tuple(codes)
        listed = super().__new__(cls, ",".join(found))
        listed.codes, listed.labels = found, {}
        return listed

    def with_labels(self, labels: dict[str, Any]) -> _Listed:
        self.labels = labels
        return self

    def __str__(self) -> str:
        return ", ".join(str(self.labels.get(code, code)) for code in self.codes)


class _Shown(str):
    """A value in its ISO form for programs; `%s` in a sentence gives it as people read it, in their language."""

    __slots__ = ("value",)
    value: date

    def __new__(cls, value: date) -> _Shown:
        shown = super().__new__(cls, value.isoformat())
        shown.value = value
        return shown

    def __str__(self) -> str:
        if isinstance(self.value, datetime):
            return wording.moment_words(self.value, cast(ZoneInfo, self.value.tzinfo))
        return wording.day_words(self.value)


def _moment(epoch: int, asked: Asked) -> datetime:
    return datetime.fromtimestamp(epoch, asked.tz)


def _wall(epoch: int, asked: Asked) -> str:
    return f"{_moment(epoch, asked):%H:%M}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
