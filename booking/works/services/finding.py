"""Who is affected, found by machine: each match with its evidence (notice-rules.md "Who is affected").

The union of granted lines, requests under way, allocations, agreements (an oral one is customary use), resources that
depend on a hit one, followers, and councils of places that are tagged for those they speak for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from booking.agreements import selectors as agreements
from booking.cases.models import CaseKind, CoHost, Line, LineState
from booking.cases.registry import line_facts
from booking.cases.rules import is_children_youth
from booking.catalogue.models import Cover, Resource
from booking.foundation.conf import booking_settings
from booking.foundation.intervals import Interval, merge
from booking.organisations.councils import COUNCILS, councils_for
from booking.organisations.followers import selectors as followers
from booking.works.models import Impact, ResourceNeed, WorksVersion
from booking.works.rulesets import engine
from booking.works.services import figures

#: Granted, and so in the way; and asked for, which is told but isn't a right yet.
GRANTED = (LineState.GRANTED, LineState.DISPLACED)
ASKED = (LineState.REQUESTED, LineState.HELD, LineState.WAITING_LIST)
#: So many pieces of evidence of one kind are kept for a party; the count says how many there were.
MOST_EVIDENCE = 60
_AROUND = timedelta(days=1)
#: How far dependencies lead: the hall, its road, the road's culvert.
_DEPTH = 4

#: (version) → ids of resources whose outline meets the footprint, and those that only meet the notify area.
Matcher = Callable[[WorksVersion], tuple[set[int], set[int]]]
_matchers: list[Matcher] = []


def register_matcher(matcher: Matcher) -> None:
    """Let outlines be compared by ``matcher``. The last one counts."""
    _matchers[:] = [matcher]


@dataclass(frozen=True, slots=True)
class Felt:
    """How a resource feels the works: the worst impact, when, and why it is hit at all."""

    impact: str
    times: tuple[Interval[datetime], ...]
    why: str  # target, part, area, dependency


@dataclass(slots=True)
class Match:
    """A party with its evidence. Key: ("organisation", id), ("person", user id) or ("followers", 0)."""

    impact: str = Impact.NONE
    direct: bool = False
    uses: set[str] = field(default_factory=set)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    first: datetime | None = None
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, why: str, impact: str, *, direct: bool = False, start: datetime | None = None, **facts: Any) -> None:
        """One more piece of evidence."""
        self.impact = figures.worst((self.impact, impact))
        self.direct = self.direct or direct
        if start is not None and (self.first is None or start < self.first):
            self.first = start
        self.seen[why] = self.seen.get(why, 0) + 1
        if self.seen[why] <= MOST_EVIDENCE:
            when = {"start": start.isoformat()} if start is not None else {}
            self.evidence.append({"why": why, "impact": impact, **when, **facts})


Key = tuple[str, int]


def felt_by(version: WorksVersion) -> dict[int, Felt]:
    """Every resource that feels the works, with how and when. A constant number of queries."""
    found: dict[int, Felt] = {}
    periods = list(version.periods.all())
    everything = tuple(merge(figures.times_of(periods, ()) or [Interval(version.window_start, version.window_end)]))
    parents = dict(Resource.objects.order_by().values_list("pk", "parent_id"))
    under = figures.resources_under(version, parents)
    for target in version.targets.all():
        times = tuple(merge(figures.times_of(periods, target.phases)))
        for pk in under[target.pk]:
            _feel(found, pk, Felt(target.impact, times, "target" if pk == target.resource_id else "part"))
    for matcher in _matchers if version.footprint or version.notify_area else ():
        met, near = matcher(version)
        for pk in met:
            _feel(found, pk, Felt(version.impact, everything, "area"))
        for pk in near - met:
            impact = version.impact if version.impact in (Impact.NONE, Impact.NUISANCE) else Impact.NUISANCE
            _feel(found, pk, Felt(impact, everything, "near"))
    _share_ground(found)
    _follow_needs(found)
    return {pk: one for pk, one in found.items() if one.impact != Impact.NONE and one.times}


def _feel(found: dict[int, Felt], pk: int, new: Felt) -> None:
    old = found.get(pk)
    if old is None:
        found[pk] = new
        return
    worse = engine.IMPACTS.index(new.impact) > engine.IMPACTS.index(old.impact)
    times = tuple(merge([*old.times, *new.times])) if old.impact == new.impact else (new if worse else old).times
    found[pk] = Felt(new.impact if worse else old.impact, times, new.why if worse else old.why)


def _share_ground(found: dict[int, Felt]) -> None:
    """Part and whole are one ground: who closes a third of the hall hits the hall. Two queries."""
    cells: dict[int, set[int]] = defaultdict(set)
    for pk, cell in Cover.objects.filter(resource__in=list(found)).order_by().values_list("resource_id", "cell_id"):
        cells[cell].add(pk)
    rows = Cover.objects.filter(cell__in=list(cells)).order_by().values_list("resource_id", "cell_id")
    before = dict(found)
    for pk, cell in rows:
        for source in cells[cell]:
            if pk not in before:
                _feel(found, pk, Felt(before[source].impact, before[source].times, "part"))


def _follow_needs(found: dict[int, Felt]) -> None:
    """A hall without its road is hit as the road is. One query."""
    needing: dict[int, list[int]] = defaultdict(list)
    for resource, needs in ResourceNeed.objects.order_by().values_list("resource_id", "needs_id"):
        needing[needs].append(resource)
    reached = list(found)
    for _round in range(_DEPTH):
        reached = [other for pk in reached for other in needing.get(pk, ()) if _depend(found, pk, other)]


def _depend(found: dict[int, Felt], source: int, other: int) -> bool:
    before = found.get(other)
    _feel(found, other, Felt(found[source].impact, found[source].times, "dependency"))
    return before != found[other]


def matches(version: WorksVersion) -> dict[Key, Match]:
    """All that the works affect. Constant number of queries, however many lines."""
    felt = felt_by(version)
    if not felt:
        return {}
    found: dict[Key, Match] = defaultdict(Match)
    _by_lines(found, felt)
    _by_agreements(found, felt)
    _by_councils(found, felt)
    counted = followers.who_follows(felt)
    if counted:
        one = found[("followers", 0)]
        one.count = len(counted)
        places = sorted({pk for hit in counted.values() for pk in hit})
        impact = (
            figures.worst(felt[pk].impact for pk in places if pk in felt)
            if any(pk in felt for pk in places)
            else figures.worst(one.impact for one in felt.values())
        )
        one.add("follower", impact, places=places[:MOST_EVIDENCE])
    return dict(found)


def lines_hit(
    felt: Mapping[int, Felt], states: Collection[str], *, impossible_only: bool = False
) -> Iterator[tuple[Line, Felt]]:
    """Lines that the works meet, set-up and tear-down included. One query."""
    wanted = {pk: one for pk, one in felt.items() if not impossible_only or figures.makes_impossible(one.impact)}
    if not wanted:
        return
    since = min(span.start for one in wanted.values() for span in one.times)
    until = max(span.end for one in wanted.values() for span in one.times)
    rows = (
        Line.objects.filter(
            resource__in=list(wanted), state__in=list(states), start__lt=until + _AROUND, end__gt=since - _AROUND
        )
        .exclude(case__stored_act="draft")
        .select_related("case", "case__organisation")
        .order_by("start", "pk")
    )
    for line in rows:
        begins = line.start - timedelta(minutes=line.setup_minutes)
        ends = line.end + timedelta(minutes=line.teardown_minutes)
        one = wanted[line.resource_id]
        if any(span.start < ends and begins < span.end for span in one.times):
            yield line, one


#: What granted time is, by the kind of its case.
_WHY: Mapping[str, str] = {CaseKind.SEASON: "allocation", CaseKind.AGREEMENT: "agreement"}


def _by_lines(found: dict[Key, Match], felt: Mapping[int, Felt]) -> None:
    hit = list(lines_hit(felt, (*GRANTED, *ASKED)))
    hosts: dict[int, list[int]] = defaultdict(list)
    cases = {line.case_id for line, _felt in hit}
    for case_id, organisation in CoHost.objects.filter(case__in=cases).values_list("case_id", "organisation_id"):
        hosts[case_id].append(organisation)
    share = booking_settings().child_share
    facts = line_facts([line.pk for line, _felt in hit if line.state in GRANTED and not line.case.audience])
    for line, one in hit:
        case = line.case
        granted = line.state in GRANTED
        why = _WHY.get(case.kind, "line")
        uses = {"line": "booking", "allocation": "allocation", "agreement": "agreement"}[why]
        for key in _parties_of(line, hosts[line.case_id]):
            party = found[key]
            party.add(
                why if granted else "request", one.impact, direct=granted and figures.makes_impossible(one.impact),
                start=line.start, end=line.end.isoformat(), resource=line.resource_id, line=line.pk, by=one.why,
            )  # fmt: skip
            if granted:
                party.uses.add(uses)
                if case.title_public and case.title.strip() and why == "line":
                    party.uses.add("public_event")
                fact = facts.get(line.pk)
                if is_children_youth(case.audience or (fact.audience if fact is not None else {}), share):
                    party.uses.add("youth")


def _parties_of(line: Line, hosts: Iterable[int]) -> list[Key]:
    case = line.case
    if case.organisation_id is not None:
        return [("organisation", pk) for pk in {case.organisation_id, *hosts}]
    if case.requester_id is not None and not case.requester_hat.startswith("unit:"):
        return [("person", case.requester_id), *(("organisation", pk) for pk in hosts)]
    return [("organisation", pk) for pk in hosts]


def _by_agreements(found: dict[Key, Match], felt: Mapping[int, Felt]) -> None:
    """Agreements by the register, unconfirmed ones too: an oral one is the declared customary use of a place."""
    groups: dict[tuple[str, tuple[Interval[datetime], ...]], list[int]] = defaultdict(list)
    for pk, one in felt.items():
        groups[(one.impact, one.times)].append(pk)
    for (impact, times), ids in groups.items():
        for touched in agreements.touching(ids, times[0].start, times[-1].end):
            dates = [
                moment
                for moment in touched.times
                if any(span.start < moment.end and moment.start < span.end for span in times)
            ]
            if touched.times and not dates:
                continue
            customary = touched.agreement.form == "oral" or not touched.confirmed
            first = dates[0].start if dates else times[0].start
            for organisation in touched.organisations:
                party = found[("organisation", organisation.pk)]
                party.add(
                    "customary" if customary else "agreement", impact, direct=figures.makes_impossible(impact),
                    start=first, agreement=touched.agreement.pk, dates=len(dates), by="agreement",
                )  # fmt: skip
                party.uses |= touched.uses


def _by_councils(found: dict[Key, Match], felt: Mapping[int, Felt]) -> None:
    """Councils speak for those a place is tagged for: youth, the elderly, people with disabilities (needs N14)."""
    tagged = Resource.objects.filter(pk__in=list(felt), features__slug__in=list(COUNCILS)).order_by()
    tags: dict[str, list[int]] = defaultdict(list)
    for pk, slug in tagged.values_list("pk", "features__slug"):
        tags[slug].append(pk)
    for council, speaks_for in councils_for(tags).items():
        for slug in speaks_for:
            places = tags[slug]
            impact = figures.worst(felt[pk].impact for pk in places)
            found[("organisation", council)].add(
                "council", impact, start=felt[places[0]].times[0].start, places=places, tag=slug
            )


def needs_of(match: Match, version: WorksVersion, rules: figures.Figures) -> engine.Requirement:
    """What the rules ask for this party: by the works' category, how it is hit, and its kinds of use."""
    return rules.required(version.category, match.impact, sorted(match.uses))


def earliest_of(matches_: Sequence[Match]) -> datetime | None:
    """The first time that any of them is hit."""
    return min((one.first for one in matches_ if one.first is not None), default=None)
