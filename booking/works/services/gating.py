"""What is unmet before a step, from what the tables say now (`rules.gate` decides)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Unmet
from booking.works.models import (
    AffectedParty,
    AffectedState,
    ConflictState,
    NoticeKind,
    OverrideKind,
    PartyKind,
    Works,
    WorksOverride,
)
from booking.works.rules import gate
from booking.works.rulesets import engine
from booking.works.services import figures
from booking.works.services.affected import confirmed, need_of, needs_signature
from booking.works.services.common import current, today_of


def unmet_requirements(works: Works, needs: frozenset[str], *, start: datetime, now: datetime) -> list[gate.Missing]:
    """All that must be done first. ``needs``: of the step; ``start``: when the works would begin.

    A constant number of queries. Raises ``HolidayDataMissing`` for a year without data.
    """
    found: list[gate.Missing] = []
    if "affected" in needs:
        found += affected_missing(works)
    if "consulted" in needs:
        found += consultation_missing(works, now)
    if "answered" in needs:
        found += replies_missing(works)
    if "notice" in needs:
        found += notice_missing(works, start)
    if "report" in needs:
        found += report_missing(works)
    if "restored" in needs and works.restored_at is None and figures.restoring_planned(current(works)):
        found.append(gate.Missing("not_restored"))
    return gate.past_override(found, overridden=early_start_stands(works))


def refuse(missing: Sequence[gate.Missing], names: Mapping[int, str] | None = None) -> Unmet:
    """The refusal, with all of it."""
    return Unmet("unmet", _("Something must be done first."), items=missing)


def affected_missing(works: Works) -> list[gate.Missing]:
    """Of the list of the current version."""
    version = current(works)
    listing = getattr(version, "affected", None)
    if listing is None:
        return gate.affected_missing(gate.Affected(False, 0, 0, False, False))
    return gate.affected_missing(
        gate.Affected(
            confirmed=listing.confirmed_at is not None,
            listed=listing.rows.count(),
            undecided=listing.rows.filter(state=AffectedState.FOUND).count(),
            needs_signature=listing.confirmed_at is not None and needs_signature(version, listing),
            signed=listing.signed_at is not None,
        )
    )


def consultation_days(works: Works) -> int:
    """How long the rules want those affected to be asked: by the works, and by the strictest of the parties."""
    version = current(works)
    return int(version.requirement.get("consultation_days") or 0)


def consultation_missing(works: Works, now: datetime) -> list[gate.Missing]:
    """The consultation that the category asks for."""
    notice = works.notices.filter(kind=NoticeKind.CONSULTATION).order_by("pk").first()
    last = works.notices.filter(kind=NoticeKind.CONSULTATION).order_by("-pk").first()
    until = datetime.fromisoformat(last.data["until"]) if last is not None and last.data.get("until") else None
    return gate.consultation_missing(
        days=consultation_days(works),
        opened_on=local_date(notice.at, booking_settings().tz) if notice is not None else None,
        until=until,
        now=now,
    )


def replies_missing(works: Works) -> list[gate.Missing]:
    """Objections, proposals and wishes of confirmed parties, in time, without an answer."""
    listing = getattr(current(works), "affected", None)
    counted = set(confirmed(listing).values_list("party_id", flat=True)) if listing is not None else set()
    return gate.replies_missing(
        gate.Said(
            pk=row.pk,
            party=row.party_id,
            kind=row.kind,
            in_window=row.in_window,
            party_confirmed=row.party_id in counted,
            answered=row.answer_id is not None,
        )
        for row in works.replies.order_by("pk")
    )


def told(works: Works, rows: Sequence[AffectedParty]) -> list[gate.Told]:
    """How each party stands. Three queries."""
    rules = figures.figures(works)
    received: dict[int, set[str]] = {}
    receipts = works.parties.filter(receipts__void_at__isnull=True).values_list("pk", "receipts__how")
    for pk, how in receipts:
        if how is not None:
            received.setdefault(pk, set()).add(how)
    tried = set(
        works.parties.filter(dispatches__channel="phone", dispatches__attempts__isnull=False)
        .order_by()
        .values_list("pk", flat=True)
    )
    found = []
    for row in rows:
        party, need = row.party, need_of(row)
        have = received.get(party.pk, set())
        crowd = party.kind == PartyKind.FOLLOWERS
        since = party.clock_from
        found.append(
            gate.Told(
                party=party.pk,
                direct=row.direct,
                needs_notice=need.told,
                earliest=engine.earliest_start(since, need, rules.calendar) if since is not None else None,
                acknowledged=bool(have & {"acknowledged", "phone"}),
                served=party.served_at is not None,
                phone=need.phone and not crowd,
                phoned=party.pk in tried,
                # Urgent works need a try; who stores equipment must confirm by phone, or everything was tried.
                reached=need.by_hours or "phone" in have or (party.pk in tried and party.served_at is not None),
                direct_share=need.acknowledged_direct,
                other_share=0 if crowd else need.acknowledged_others,
            )
        )
    return found


def notice_missing(works: Works, start: datetime) -> list[gate.Missing]:
    """Everybody told, in time; receipts; the forward plan; conflicts settled."""
    version = current(works)
    listing = getattr(version, "affected", None)
    rows = (
        list(confirmed(listing).select_related("party__organisation", "party__user", "party__report"))
        if listing is not None
        else []
    )
    tz = booking_settings().tz
    facts = told(works, rows)
    first = works.events.filter(type="planned").order_by("pk").first()
    found = gate.forward_plan_missing(
        days=int(version.requirement.get("forward_plan_days") or 0),
        announced=first.at if first is not None else None,
        start=local_date(start, tz),
        announced_on=local_date(first.at, tz) if first is not None else None,
    )
    found += gate.told_missing(facts, start)
    found += gate.receipts_missing(facts)
    open_ones = works.conflicts.filter(state=ConflictState.OPEN, line__end__gt=start).values_list("pk", "party_id")
    return found + gate.conflicts_missing(list(open_ones))


def report_missing(works: Works) -> list[gate.Missing]:
    """Reports and reviews that decisions past the rules owe."""
    found = []
    for row in works.overrides.filter(report_due__isnull=False, refused_at__isnull=True).order_by("pk"):
        if row.reported_at is None:
            found.append(gate.Missing("no_report", params={"override": row.pk}))
        elif row.reviewed_at is None:
            found.append(gate.Missing("not_reviewed", params={"override": row.pk}))
    return found


def early_start_stands(works: Works) -> bool:
    """Two people have signed, in public, that these works may begin earlier as they stand now."""
    return works.overrides.filter(
        kind=OverrideKind.EARLY_START, granted_at__isnull=False, version=works.current_id
    ).exists()


def overdue_reports(now: datetime) -> Any:
    """Reports that should have been there, and gone through by a second person (both within two working days): they
    block every early start, and go to the municipal director."""
    return WorksOverride.objects.filter(
        report_due__lt=today_of(now), reviewed_at__isnull=True, refused_at__isnull=True
    ).order_by("report_due", "pk")
