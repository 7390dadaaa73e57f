"""What the planner's page shows: what comes next and what is missing, who is affected and how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.registry import line_facts
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.works import selectors, services, wording
from booking.works.models import (
    AffectedList,
    AffectedParty,
    Channel,
    ConflictState,
    DispatchState,
    OverrideKind,
    PartyKind,
    ReplyKind,
    Works,
    WorksDispatch,
    WorksReceipt,
    WorksState,
)
from booking.works.public import view
from booking.works.rules import states
from booking.works.rulesets import engine
from booking.works.services import figures, gating
from booking.works.services.common import PLANNING_ROLES, today_of

#: What the button of a step says.
STEPS = {
    WorksState.PLANNED: _("Make the plan public"),
    WorksState.CONSULTING: _("Ask those affected"),
    WorksState.NOTICED: _("Give notice of the works"),
    WorksState.READY: _("Set to start"),
    WorksState.ACTIVE: _("They have begun"),
    WorksState.PAUSED: _("They pause"),
    WorksState.OVERRUNNING: _("They take longer"),
    WorksState.COMPLETED: _("They are done"),
    WorksState.CLOSED: _("Close the matter"),
    WorksState.POSTPONED: _("Postpone"),
    WorksState.CANCELLED: _("Cancel the works"),
}
#: Steps that lead away from the plan stand at the end of the page.
ASIDE = (WorksState.POSTPONED, WorksState.CANCELLED, WorksState.OVERRUNNING, WorksState.PAUSED)
#: So many parties, conflicts and messages are shown.
MOST_ROWS, MOST_CONFLICTS, MOST_SENT = 200, 40, 200


@dataclass(frozen=True, slots=True)
class Step:
    """A step that leads on: its button, and what must be done first ("who: what")."""

    to: str
    label: Any
    missing: list[dict[str, Any]] = field(default_factory=list)
    #: Fields that the button's form asks for.
    at: bool = False
    why: bool = False
    until: bool = False


def steps(works: Works, names: Mapping[int, str], now: datetime) -> tuple[list[Step], list[Step]]:
    """Steps onward with what is missing, and those aside."""
    onward, aside = [], []
    version = view.version_of(works)
    start = works.starts_at or figures.first_day_of(version)
    for one in states.STEPS:
        if one.source != works.state or one.event in ("emergency_declared", "start_dropped"):
            continue
        if one.target == WorksState.CONSULTING and not gating.consultation_days(works):
            continue
        if works.state == WorksState.DRAFT and one.target == WorksState.POSTPONED:
            continue
        to = WorksState(one.target)
        step = Step(
            one.target,
            _("They go on") if one.event == "resumed" else STEPS[to],
            [] if to in ASIDE else missing(works, one.needs, names, start, now),
            at=to in (WorksState.READY, WorksState.ACTIVE, WorksState.COMPLETED, WorksState.PAUSED),
            why=to in (WorksState.POSTPONED, WorksState.CANCELLED, WorksState.OVERRUNNING),
            until=to == WorksState.OVERRUNNING,
        )
        (aside if to in ASIDE else onward).append(step)
    return onward, aside


def missing(
    works: Works, needs: frozenset[str], names: Mapping[int, str], start: datetime, now: datetime
) -> list[dict[str, Any]]:
    """What must be done first, in words, with whom it is about."""
    try:
        found = services.unmet_requirements(works, needs, start=start, now=now)
    except DomainError as error:
        return [{"who": "", "what": error.text, "until": None}]
    return [
        {"who": names.get(one.party or 0, ""), "what": wording.missing_words(one), "until": one.until} for one in found
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """A party on the list, and how it stands."""

    row: AffectedParty
    name: str
    why: list[str]
    hours: int
    teams: list[str]
    latest: datetime | None
    read: bool
    crowd: bool


def standings(listing: AffectedList | None) -> list[Standing]:
    """Everybody on the list: those hit directly first. A constant number of queries."""
    if listing is None:
        return []
    rows = list(
        listing.rows.select_related("party__organisation", "party__user", "party__report").prefetch_related(
            "party__receipts"
        )[:MOST_ROWS]
    )
    rows.sort(key=lambda row: (row.state == "left_out", not row.direct, row.pk))
    known = line_facts({one["line"] for row in rows for one in row.evidence if one.get("line")})
    return [
        Standing(
            row,
            wording.party_name(row.party),
            wording.evidence_words(row),
            sum(1 for one in row.evidence if one.get("line")),
            _teams(row, known),
            _moment(row.requirement.get("latest_notice")),
            any(
                one.void_at is None and one.version_id == listing.version_id and one.how in ("acknowledged", "phone")
                for one in row.party.receipts.all()
            ),
            row.party.kind == PartyKind.FOLLOWERS,
        )
        for row in rows
    ]


def _teams(row: AffectedParty, known: Mapping[int, Any]) -> list[str]:
    """Whose hours within the organisation: of a season's hours the team, each once."""
    found = (known[one["line"]].words for one in row.evidence if one.get("line") in known)
    return list(dict.fromkeys(words for words in found if words))


def ticks(works: Works) -> list[dict[str, Any]]:
    """Who has asked for time beside these works since the notice, and ticked that they know of them. One query."""
    rows = WorksReceipt.objects.filter(party__works=works, how=WorksReceipt.How.TICK, void_at__isnull=True)
    rows = rows.select_related("party__organisation", "party__user", "party__report", "version").order_by("-at", "-pk")
    return [
        {"name": wording.party_name(one.party), "at": one.at, "number": one.version.number} for one in rows[:MOST_ROWS]
    ]


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def conflicts(works: Works, now: datetime, *, alternatives: bool) -> list[dict[str, Any]]:
    """Granted time in the way, those to settle first; of open ones what is really free instead."""
    rows = works.conflicts.select_related("line__resource", "line__case__organisation", "party__organisation")
    found = []
    tz = booking_settings().tz
    open_first = sorted(rows[:MOST_CONFLICTS], key=lambda one: (one.state != ConflictState.OPEN, one.line.start))
    known = line_facts([one.line_id for one in open_first])
    for number, one in enumerate(open_first):
        offer = one.offers.filter(state="open").select_related("resource").first()
        line = one.line
        free = []
        # What is free instead is looked for in the first few: the next ones come when these are settled.
        if alternatives and one.state == ConflictState.OPEN and offer is None and number < 3:
            free = _with_resources(services.alternatives(one, now=now, limit=4))
        found.append(
            {
                "conflict": one,
                "who": line.case.organisation.name if line.case.organisation else "",
                # Of a season's hours the team: whoever phones wants the right coach.
                "team": known[line.pk].words if line.pk in known else "",
                "what": f"{localized(line.resource, 'name')}, {when_words(line.start, line.end, tz)}",
                "line": line,
                "offer": offer,
                "by": wording.deadline(offer.expires_at) if offer is not None else "",
                "free": free,
            }
        )
    return found


def _with_resources(free: Any) -> list[dict[str, Any]]:
    """What is free, with the thing itself."""
    found = list(free)
    things = Resource.objects.in_bulk([one.resource_id for one in found])
    return [{"resource": things[one.resource_id], "start": one.start, "end": one.end} for one in found]


def sent(works: Works) -> list[dict[str, Any]]:
    """Every message: what, to whom, how, and what became of it. Three queries."""
    rows = (
        WorksDispatch.objects.filter(notice__works=works)
        .select_related("notice__version", "user")
        .prefetch_related("parties__organisation", "parties__user", "parties__report", "attempts")
        .order_by("-pk")[:MOST_SENT]
    )
    return [
        {
            "row": row,
            "kind": row.notice.get_kind_display(),
            "who": ", ".join(wording.party_name(party) for party in row.parties.all()) or str(row.user or ""),
            "at": row.sent_at or row.due_at,
            "attempts": list(row.attempts.all()),
        }
        for row in rows
    ]


def field_facts(works: Works) -> list[dict[str, Any]]:
    """What happened in the field, as it was written down; ``newer`` is what corrects a wrong time. One query."""
    rows = list(works.facts.select_related("by").order_by("recorded_at", "pk"))
    corrected = {row.corrects_id: row for row in rows if row.corrects_id}
    return [{"row": row, "newer": corrected.get(row.pk)} for row in rows]


def people(works: Works, now: datetime) -> list[Any]:
    """Who could go on with the works: planners, leaders and officers of the unit, but not who has them now."""
    roles = (*PLANNING_ROLES, "officer")
    return [one for one in catalogue.people_of(works.unit, today_of(now), roles) if one.pk != works.owner_id]


def tasks(works: Works) -> list[dict[str, Any]]:
    """Calls to make and posters to put up. Two queries."""
    rows = (
        WorksDispatch.objects.filter(
            notice__works=works, channel__in=[Channel.PHONE, Channel.POSTER], state=DispatchState.QUEUED
        )
        .select_related("officer")
        .prefetch_related("parties__organisation", "parties__user", "parties__report")
        .order_by("due_at", "pk")
    )
    return [
        {
            "row": row,
            "who": ", ".join(wording.party_name(party) for party in row.parties.all()),
            "phone": ", ".join(
                str(party.organisation.phone)
                for party in row.parties.all()
                if party.organisation is not None and getattr(party.organisation, "phone", "")
            ),
            "call": row.channel == Channel.PHONE,
        }
        for row in rows
    ]


def replies(works: Works) -> dict[str, Any]:
    """What was said: what waits for an answer, by its date, and the rest. One query."""
    rows = list(works.replies.select_related("party__organisation", "party__user", "party__report", "report", "answer"))
    named = [
        {
            "row": row,
            "who": wording.party_name(row.party) if row.party else row.report.name if row.report else "",
            "proposed": [
                {
                    "start": datetime.fromisoformat(start),
                    "end": datetime.fromisoformat(end),
                    "checked": row.checked[number] if number < len(row.checked) else None,
                }
                for number, (start, end) in enumerate(row.proposed)
            ],
        }
        for row in rows
    ]
    waiting = [one for one in named if one["row"].kind != ReplyKind.CONFIRM and one["row"].answer_id is None]
    waiting.sort(key=lambda one: (one["row"].answer_by, one["row"].pk))
    return {"waiting": waiting, "others": [one for one in named if one not in waiting]}


def _told_late(works: Works, row: Any) -> bool:
    """In an emergency those affected are told within two hours of its start: the report says why they weren't.

    True when somebody was told later, or nobody has been told yet and the time is over.
    """
    if row.kind != OverrideKind.EMERGENCY or works.started_at is None:
        return False
    need = figures.figures(works).required("emergency", "closed")
    limit = engine.told_after(works.started_at, need)
    told = list(works.parties.exclude(kind=PartyKind.FOLLOWERS).order_by().values_list("clock_from", flat=True))
    return limit is not None and any(at is None or at > limit for at in told)


def overrides(works: Works) -> list[dict[str, Any]]:
    """Decisions past the rules, with what is missing before they are signed."""
    found = []
    for row in works.overrides.select_related("asked_by", "granted_by", "reported_by", "reviewed_by"):
        early = row.kind == OverrideKind.EARLY_START
        pending = early and row.granted_at is None and row.refused_at is None
        parties = []
        if pending:
            listing = selectors.list_of(row.version)
            parties = [
                (one.party_id, wording.party_name(one.party)) for one in selectors.affected_rows(listing) if one.direct
            ]
        found.append(
            {
                "row": row,
                "pending": pending,
                "parties": parties,
                "calls": [
                    {"row": call, "who": wording.party_name(call.party)}
                    for call in row.calls.select_related("party__organisation", "party__user", "party__report")
                ],
                "missing": [one.party for one in services.consents_missing(row)] if pending else [],
                "told_late": _told_late(works, row),
                "to_report": row.report_due is not None and row.reviewed_at is None and row.refused_at is None,
            }
        )
    return found
