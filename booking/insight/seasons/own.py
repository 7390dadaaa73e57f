"""What became of an organisation's own hours, team by team: for those who act for it, who may always see their own
figures. A constant number of queries, however many dates, teams and seasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from booking.cases.models import Line
from booking.cases.rules import is_children_youth
from booking.foundation.conf import booking_settings
from booking.insight.seasons import rules
from booking.insight.seasons.rules import Tally
from booking.insight.seasons.selectors import retaken, round_before, same_week
from booking.organisations.models import Organisation
from booking.seasons.models import Allocation, SeasonRound, Wish
from booking.seasons.rules.ages import audience
from booking.seasons.selectors.rounds import DECIDED, is_on
from booking.seasons.services.running import REPORT_FOR


@dataclass(slots=True)
class Counted:
    """Of a team, or of all: ``so_far`` is of the dates that have been, ``whole`` of the season."""

    whole: Tally = field(default_factory=Tally)
    so_far: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class OwnTeam:
    """A team's figures. ``before``: what a team of the same name had last season, up to the same week."""

    name: str
    whole: Tally
    so_far: Tally
    before: Tally | None = None


@dataclass(frozen=True)
class ToReport:
    """Dates of a team of which nobody has said whether they were used, and of which it still can be said."""

    team: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class OwnUse:
    """An organisation's figures in a round.

    ``before``: last season's, up to the same week; None where it had no hours then. ``missing``: dates to report, the
    latest first; ``past``: how many unreported dates are so old that nobody can report them any more.
    """

    round: SeasonRound
    whole: Tally
    so_far: Tally
    teams: Sequence[OwnTeam]
    before_round: SeasonRound | None = None
    before: Tally | None = None
    missing: Sequence[ToReport] = ()
    past: int = 0

    @property
    def to_report(self) -> int:
        """How many dates can still be reported."""
        return sum(len(one.lines) for one in self.missing)


@dataclass
class _Pass:
    """What one pass over the dates gives, by round; ``unsaid``: ids of dates without a report, by round."""

    all: dict[int, Counted] = field(default_factory=lambda: defaultdict(Counted))
    teams: dict[int, dict[str, Counted]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counted)))
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    unsaid: dict[int, list[tuple[int, datetime]]] = field(default_factory=lambda: defaultdict(list))


def rounds_of(organisation: Organisation, on: date) -> list[SeasonRound]:
    """Rounds in whose season the organisation has, or had, hours: the newest first. One query."""
    if not is_on():
        return []
    rows = SeasonRound.objects.filter(
        state__in=DECIDED, season_start__lte=on, allocations__series__isnull=False,
        allocations__wish__organisation=organisation,
    )  # fmt: skip
    return list(rows.select_related("unit").distinct().order_by("-season_start", "-pk"))


def own_sums(organisation: Organisation, rounds: Sequence[SeasonRound], *, now: datetime) -> list[OwnUse]:
    """The figures of several rounds, without last season and without the dates to report. Four queries at most."""
    found = _count(organisation, {round.pk: now for round in rounds})
    return [OwnUse(one, found.all[one.pk].whole, found.all[one.pk].so_far, _teams(found, one.pk)) for one in rounds]


def own_use(organisation: Organisation, round: SeasonRound, *, now: datetime) -> OwnUse:
    """The figures of one round as of ``now``, beside last season, with the dates that can still be reported."""
    old = round_before(round)
    until = {round.pk: now} | ({} if old is None else {old.pk: same_week(round, old, now)})
    found = _count(organisation, until)
    then = found.all[old.pk].so_far if old is not None and found.teams[old.pk] else None
    unsaid = found.unsaid[round.pk]
    missing = [pk for pk, end in unsaid if now <= end + REPORT_FOR]
    return OwnUse(
        round=round,
        whole=found.all[round.pk].whole,
        so_far=found.all[round.pk].so_far,
        teams=_teams(found, round.pk, old.pk if old is not None and then is not None else None),
        before_round=old if then is not None else None,
        before=then,
        missing=_to_report(missing),
        past=len(unsaid) - len(missing),
    )


def own_allocations(organisation: Organisation, round: SeasonRound, *, now: datetime) -> list[tuple[Allocation, Tally]]:
    """Each team's weekly hours with what became of them, as the spreadsheet has them."""
    tallies: dict[int, Tally] = defaultdict(Tally)
    _count(organisation, {round.pk: now}, tallies)
    rows = Allocation.objects.filter(pk__in=tallies).select_related("wish__organisation", "resource")
    return [(one, tallies[one.pk]) for one in rows.order_by("wish__team", "weekday", "start", "pk")]


def _key(team: str) -> str:
    return " ".join(team.casefold().split())


def _count(
    organisation: Organisation, until: Mapping[int, datetime], allocations: dict[int, Tally] | None = None
) -> _Pass:
    """One pass over the organisation's dates in the rounds, each as of its own time; with ``allocations``, a tally of
    each of those too."""
    found, least = _Pass(), booking_settings().child_share
    wishes = (
        Wish.objects.filter(organisation=organisation, round__in=until, allocations__isnull=False).distinct().in_bulk()
    )
    young = {pk: is_children_youth(audience(one.age_from, one.age_to, one.heads), least) for pk, one in wishes.items()}
    rows = list(
        Line.objects.filter(series__allocation__wish__in=wishes)
        .order_by("start", "pk")
        .values_list(
            "pk", "state", "reason", "start", "end", "resource_id", "series__allocation", "series__allocation__wish",
            "use_report__used",
        )
    )  # fmt: skip
    fates = {row[0]: rules.fate(row[1], row[2], row[4], row[8], until[wishes[row[7]].round_id]) for row in rows}
    others = retaken([(row[0], row[5], row[3], row[4]) for row in rows if fates[row[0]] == rules.GIVEN_UP])
    for pk, _state, _reason, start, end, _resource, allocation, wish_id, _used in rows:
        what, wish = fates[pk], wishes[wish_id]
        if what is None:
            continue
        at, key = wish.round_id, _key(wish.team)
        found.names.setdefault((at, key), wish.team)
        counts = [found.all[at], found.teams[at][key]]
        tallies = [one.whole for one in counts]
        if end <= until[at]:
            tallies += [one.so_far for one in counts]
        if allocations is not None:
            tallies.append(allocations[allocation])
        minutes = int((end - start).total_seconds() // 60)
        for tally in tallies:
            tally.add(minutes, what, young=young[wish_id], organisation=organisation.pk, retaken=others.get(pk, 0))
        if what == rules.UNSAID:
            found.unsaid[at].append((pk, end))
    return found


def _teams(found: _Pass, round: int, old: int | None = None) -> list[OwnTeam]:
    """By name; a team that had hours last season only stands there too, with nothing this season."""
    mine = dict(found.teams[round])
    past = dict(found.teams[old]) if old is not None else {}
    names = {key: found.names.get((round, key)) or found.names[old or 0, key] for key in {**mine, **past}}
    return [
        OwnTeam(
            names[key],
            mine[key].whole if key in mine else Tally(),
            mine[key].so_far if key in mine else Tally(),
            None if old is None else past[key].so_far if key in past else Tally(),
        )
        for key in sorted(names, key=lambda key: (key not in mine, key))
    ]


def _to_report(pks: Iterable[int]) -> list[ToReport]:
    """The dates by team, the latest first. One query."""
    by_team: dict[str, list[Line]] = defaultdict(list)
    rows = Line.objects.filter(pk__in=list(pks)).select_related("case", "resource", "series__allocation__wish")
    for line in rows.order_by("-start", "pk"):
        by_team[line.series.allocation.wish.team].append(line)  # type: ignore[union-attr]  # they are of a series
    return [ToReport(team, by_team[team]) for team in sorted(by_team, key=_key)]
