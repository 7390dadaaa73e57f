"""Asking all rules about a request, before it is sent and when it is. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Q

from booking.cases import verdicts
from booking.cases.drafts import DraftLine, OfKit, RequestDraft
from booking.cases.models import Line, LineState
from booking.cases.rules import heads, is_children_youth
from booking.cases.rules.quota import period_of
from booking.cases.verdicts import TAKEN, About, Asked, Judgement, Situation, Verdict
from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import Asker, EffectiveRules, Price, price_of, uses_meant
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.occupancy import selectors as occupancy
from booking.occupancy.selectors import Alternative, Conflict, Outlook, Wanted

#: Alternatives are sought for lines that were picked one by one, and for the dates of a series only while few clash:
#: of a series, the dates that clash are left out rather than moved.
MOST_SOUGHT = 10
MOST_SOUGHT_IN_SERIES = 3


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class CheckLine:
    """What the rules say about one line. `index` counts `lines`, then each series in date order."""

    index: int
    series: int | None
    resource: Any
    start: datetime
    end: datetime
    quantity: int
    ok: bool
    verdicts: Sequence[Verdict]
    conflicts: Sequence[Conflict]
    alternatives: Sequence[Alternative] = ()
    rules: EffectiveRules = field(default_factory=EffectiveRules, repr=False)
    #: What it costs and why; None while it depends on who asks and that isn't known.
    price: Price | None = None
    #: The kit that it was asked for with, if any.
    kit: OfKit | None = None

    @property
    def taken(self) -> bool:
        """Somebody else has the time: nobody can override that."""
        return any(verdict.code == TAKEN for verdict in self.verdicts)

    @property
    def broken(self) -> bool:
        """A rule of the house says no (it can be asked for anyway)."""
        return any(verdict.blocks and verdict.code != TAKEN for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What would become of the request. `would`: granted at once, or in_review."""

    ok: bool
    would: Literal["granted", "in_review"]
    verdicts: Sequence[Verdict]
    lines: Sequence[CheckLine]
    not_checked: Sequence[str]
    #: Indexes of the lines that would be granted at once.
    automatic: frozenset[int] = frozenset()
    effective: Mapping[int, EffectiveRules] = field(default_factory=dict, repr=False)
    line: Any = field(default=None, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def total(self) -> Decimal | None:
        """What the lines that can be had cost together; None while it depends on who asks."""
        return total_of([line.price for line in self.lines if line.ok])


def total_of(prices: Iterable[Price | None]) -> Decimal | None:
    """The sum; None when one of them isn't known."""
    amounts = [price.amount if price is not None else None for price in prices]
    return None if None in amounts else sum((one for one in amounts if one is not None), Decimal(0))


def asker_of(organisation: Any, audience: Mapping[str, Any], hat: str, *, anonymous: bool = False) -> Asker:
    """Who asks, as the rules of prices take it. Somebody who hasn't signed in may still turn out to be anybody."""
    kind = organisation.kind if organisation is not None else None if anonymous else ""
    return Asker(
        kind=kind,
        children_youth=is_children_youth(audience, booking_settings().child_share),
        own=hat.startswith("unit:") and organisation is None,
    )


def check_request(
    draft: RequestDraft,
    *,
    user: Any,
    now: datetime,
    alternatives: bool = True,
    known: catalogue.Snapshot | None = None,
) -> CheckResult:
    """All verdicts on a request, its conflicts, and free alternatives for what is taken.

    One statement for the occupancy of all lines, a constant number of queries in all. The same verdicts decide about
    the submission. ``known``: the snapshot that the draft was read with; it saves all but the occupancy query. Raises
    ``Invalid`` for dates outside of the calendar, ``HolidayDataMissing`` for years without data.
    """
    lines = draft.all_lines
    resources: Any = list({line.resource.pk: line.resource for line in lines}.values())
    lineage = known.line if known is not None else catalogue.lineage(resources)
    effective = known.effective if known is not None else catalogue.effective_rules(resources, line=lineage)
    wanted = [
        Wanted(line.resource.pk, line.start, line.end, line.quantity, line.setup_minutes, line.teardown_minutes, index)
        for index, line in enumerate(lines)
    ]
    outlook = occupancy.outlook(wanted, effective=effective, known=known)
    asked = _asked(lines, effective, lineage, outlook, known)
    terms = known.terms if known is not None else catalogue.terms(resources, line=lineage)
    anonymous = not getattr(user, "is_authenticated", False)
    facts = verdicts.load_facts(_about(terms, resources, draft.uses, draft.audience))
    situation = Situation(
        now=now,
        lines=asked,
        heads=heads(draft.audience),
        children_youth=is_children_youth(draft.audience, booking_settings().child_share),
        organisation=draft.organisation,
        anonymous=anonymous,
        for_unit=draft.hat.startswith("unit:"),
        has_responsible=bool(draft.responsible.name and (draft.responsible.phone or draft.responsible.email)),
        used=_used(asked, draft.organisation),
        ticked=draft.ticked,
        asking=True,
        facts=facts,
    )
    judgement = verdicts.judge(situation)
    found = _alternatives(lines, wanted, judgement, now) if alternatives else {}
    asker = asker_of(draft.organisation, draft.audience, draft.hat, anonymous=anonymous)
    prices = {
        one.index: price_of(terms.prices[one.resource.pk], asker, one.start, one.end, one.tz, one.quantity)
        for one in asked
    }
    return _result(draft, situation, judgement, found, effective, lineage, prices)


def _about(
    terms: catalogue.Terms, resources: Sequence[Any], uses: Sequence[str], audience: Mapping[str, Any], case: Any = None
) -> About:
    meant = uses_meant(uses, heads(audience), terms.uses)
    return About(terms, frozenset(one.pk for one in resources), meant, case)


def prices_of(case: Any, lines: Sequence[Line]) -> dict[int, Price]:
    """What lines of a stored case cost by the rules of now, by line number. As they are, or as they would be."""
    resources = list({line.resource_id: line.resource for line in lines}.values())
    terms = catalogue.terms(resources)
    asker = asker_of(case.organisation, case.audience, case.requester_hat)
    found = {}
    for line in lines:
        zone = catalogue.zone(line.resource)
        price = price_of(terms.prices[line.resource_id], asker, line.start, line.end, zone, line.quantity)
        if price is not None:
            found[line.number] = price
    return found


def facts_about(case: Any, resources: Sequence[Any]) -> Mapping[str, Any]:
    """What higher floors know about a stored case with lines on these things."""
    lineage = catalogue.lineage(resources)
    terms = catalogue.terms(resources, line=lineage)
    return verdicts.load_facts(_about(terms, resources, case.uses, case.audience, case))


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on lines of a stored case, by line number, and which of them the rules would grant by themselves."""

    judgement: Judgement
    automatic: frozenset[int]
    outlook: Outlook


def verdicts_on(case: Any, lines: Sequence[Line], *, now: datetime) -> Judgement:
    """The verdicts as they stand now on the open lines of a stored case, for the decision page.

    The case's own rows don't count against it. Keys are line numbers.
    """
    return judge_lines(case, lines, now=now).judgement


def judge_lines(case: Any, lines: Sequence[Line], *, now: datetime, ticked: Collection[str] | None = None) -> Judged:
    """The same with what follows from it, also for lines as they would be (another time, another place).

    ``ticked``: what somebody who asks for them now says they know of; None: nobody asks, what was said holds.
    """
    resources: Any = list({line.resource_id: line.resource for line in lines}.values())
    lineage = catalogue.lineage(resources)
    effective = catalogue.effective_rules(resources, line=lineage)
    drafted = [
        DraftLine(
            line.resource, line.start, line.end, line.quantity, line.setup_minutes, line.teardown_minutes, None,
            ("lines", line.number),
        )
        for line in lines
    ]  # fmt: skip
    wanted = [
        Wanted(line.resource_id, line.start, line.end, line.quantity, line.setup_minutes, line.teardown_minutes, index)
        for index, line in enumerate(lines)
    ]
    own: Collection[int] = [line.pk for line in lines if line.pk]
    terms = catalogue.terms(resources, line=lineage)
    outlook = occupancy.outlook(wanted, effective=effective, ignore_cause=("line", own))
    asked = _asked(drafted, effective, lineage, outlook)
    situation = Situation(
        now=now,
        lines=asked,
        heads=heads(case.audience),
        children_youth=is_children_youth(case.audience, booking_settings().child_share),
        organisation=case.organisation,
        anonymous=False,
        for_unit=case.requester_hat.startswith("unit:"),
        has_responsible=bool(case.responsible_name and (case.responsible_phone or case.responsible_email)),
        used=_used(asked, case.organisation, but=own),
        ticked=_known(case) if ticked is None else frozenset(ticked),
        asking=ticked is not None,
        facts=verdicts.load_facts(_about(terms, resources, case.uses, case.audience, case)),
    )
    judgement = verdicts.judge(situation)
    settled = all(verdict.severity == "info" for verdict in judgement.request)
    automatic = {
        line.number
        for index, line in enumerate(lines)
        if settled and _is_automatic(asked[index], judgement.lines[index], situation)
    }
    return Judged(
        Judgement(
            {line.number: judgement.lines[index] for index, line in enumerate(lines)},
            judgement.request,
            judgement.not_checked,
        ),
        frozenset(automatic),
        outlook,
    )


def _known(case: Any) -> frozenset[str]:
    """What the parties of a stored case have said that they know of."""
    return frozenset(fact["ticked"] for fact in case.verdicts if fact.get("ticked"))


#: What an organisation has of a quota: asked for, held, or its own. What it gave back or was refused doesn't count.
_COUNTED = [
    LineState.REQUESTED,
    LineState.HELD,
    LineState.GRANTED,
    LineState.HANDED_OUT,
    LineState.RETURNED,
    LineState.COMPLETED,
]


def _used(
    asked: Sequence[Asked], organisation: Any, *, but: Collection[int] = ()
) -> dict[tuple[int, date], tuple[int, int]]:
    """What the organisation has already where there is a quota. One query, none where there is no quota."""
    limited = {one.resource.pk: one for one in asked if one.rules.quota_most is not None}
    if not limited or organisation is None:
        return {}
    periods = [
        (one, period_of(one.local_start.date(), one.rules.quota_per)) for one in asked if one.resource.pk in limited
    ]
    rows = Line.objects.filter(
        Q(case__organisation=organisation.pk) & ~Q(pk__in=list(but)),
        resource_id__in=limited,
        state__in=_COUNTED,
        start__gte=min(wall(first, time.min, one.tz) for one, (first, _after) in periods),
        start__lt=max(wall(after, time.min, one.tz) for one, (_first, after) in periods),
    )
    found: dict[tuple[int, date], tuple[int, int]] = {}
    for pk, start, end in rows.order_by().values_list("resource_id", "start", "end"):
        one = limited[pk]
        key = (pk, period_of(start.astimezone(one.tz).date(), one.rules.quota_per)[0])
        minutes, loans = found.get(key, (0, 0))
        found[key] = (minutes + int((end - start).total_seconds()) // 60, loans + 1)
    return found


def _asked(
    lines: Sequence[DraftLine],
    effective: Mapping[int, EffectiveRules],
    lineage: Any,
    outlook: Outlook,
    known: catalogue.Snapshot | None = None,
) -> list[Asked]:
    by_index: dict[int, list[Conflict]] = {}
    for conflict in outlook.conflicts:
        by_index.setdefault(conflict.index, []).append(conflict)
    # A day more at both ends, so that a suggestion can name the whole opening.
    since = min(line.taken_from for line in lines) - timedelta(days=1)
    until = max(line.taken_until for line in lines) + timedelta(days=1)
    resources: Any = list({line.resource.pk: line.resource for line in lines}.values())
    if known is not None:
        windows = known.open_windows(resources, since, until)
    else:
        windows = catalogue.open_windows(resources, since, until, rules=effective, line=lineage)
    zones = {resource.pk: catalogue.zone(resource) for resource in resources}
    return [
        Asked(
            index=index,
            resource=line.resource,
            start=line.start,
            end=line.end,
            quantity=line.quantity,
            setup_minutes=line.setup_minutes,
            teardown_minutes=line.teardown_minutes,
            rules=effective[line.resource.pk],
            tz=zones[line.resource.pk],
            windows=windows[line.resource.pk],
            conflicts=by_index.get(index, ()),
            rivals=len(outlook.rivals.get(index, ())),
            loc=line.loc,
        )
        for index, line in enumerate(lines)
    ]


def _alternatives(
    lines: Sequence[DraftLine], wanted: Sequence[Wanted], judgement: Judgement, now: datetime
) -> dict[int, list[Alternative]]:
    blocked = [one for one in wanted if any(verdict.blocks for verdict in judgement.lines[one.index])]
    single = [one for one in blocked if lines[one.index].series is None][:MOST_SOUGHT]
    repeated = [one for one in blocked if lines[one.index].series is not None]
    if len(repeated) > MOST_SOUGHT_IN_SERIES:
        repeated = []
    sought = [*single, *repeated]
    return occupancy.alternatives_many(sought, now=now) if sought else {}


def _result(
    draft: RequestDraft,
    situation: Situation,
    judgement: Judgement,
    found: Mapping[int, Sequence[Alternative]],
    effective: Mapping[int, EffectiveRules],
    lineage: Any,
    prices: Mapping[int, Price | None],
) -> CheckResult:
    lines = []
    automatic = set()
    whole_blocks = any(verdict.blocks for verdict in judgement.request)
    whole_needs = any(verdict.severity == "needs_officer" for verdict in judgement.request)
    drafted = draft.all_lines
    for asked in situation.lines:
        said = judgement.lines[asked.index]
        ok = not any(verdict.blocks for verdict in said)
        if ok and not whole_blocks and not whole_needs and _is_automatic(asked, said, situation):
            automatic.add(asked.index)
        lines.append(
            CheckLine(
                asked.index, drafted[asked.index].series, asked.resource, asked.start, asked.end, asked.quantity, ok,
                said, asked.conflicts, found.get(asked.index, ()), asked.rules,
                prices[asked.index], drafted[asked.index].kit,
            )
        )  # fmt: skip
    ok = all(line.ok for line in lines) and not whole_blocks
    return CheckResult(
        ok=ok,
        would="granted" if ok and len(automatic) == len(lines) else "in_review",
        verdicts=judgement.request,
        lines=lines,
        not_checked=[*judgement.not_checked, *(["price"] if None in prices.values() else [])],
        automatic=frozenset(automatic),
        effective=effective,
        line=lineage,
        facts=situation.facts,
    )


def _is_automatic(asked: Asked, said: Sequence[Verdict], situation: Situation) -> bool:
    """Whether the resource grants by itself to this asker, and no rule wants an officer (requests.md "Deciding")."""
    if any(verdict.severity != "info" for verdict in said):
        return False
    if asked.rules.approval == "automatic":
        return True
    if asked.rules.approval != "automatic_for":
        return False
    if asked.rules.automatic_children_youth and situation.children_youth:
        return True
    return situation.organisation is not None and situation.organisation.kind in asked.rules.automatic_kinds
