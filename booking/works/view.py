"""Works as other programs read them: GeoJSON (RFC 7946), without the name of any organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from booking.foundation.clock import rfc3339
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Unmet
from booking.works import addresses, selectors, wording
from booking.works.models import (
    AffectedParty,
    Works,
    WorksConflict,
    WorksEvent,
    WorksParty,
    WorksReply,
    WorksVersion,
)
from booking.works.rules.gate import Missing

#: The form of the feed: raised when a field changes its meaning.
FEED_VERSION = "1.0"


def moment(at: datetime | None) -> str | None:
    """RFC 3339 on the municipality's wall clock."""
    return rfc3339(at, booking_settings().tz) if at is not None else None


def outline(version: WorksVersion) -> dict[str, Any] | None:
    """The footprint; without one the outlines of the places that were ticked; null when there are none either."""
    if version.footprint:
        return dict(version.footprint)
    shapes = [one.resource.geometry for one in version.targets.all() if one.resource.geometry]
    if len(shapes) == 1:
        return dict(shapes[0])
    return {"type": "GeometryCollection", "geometries": shapes} if shapes else None


def properties(works: Works, version: WorksVersion) -> dict[str, Any]:
    """What everybody may know."""
    named = booking_settings().show_officer_names
    return {
        "ref": works.reference,
        "version": version.number,
        "title": version.title,
        "state": works.state,
        "category": version.category,
        "start": moment(version.window_start),
        "end": moment(version.window_end),
        "start_confidence": version.start_confidence,
        "end_confidence": version.end_confidence,
        "impact": version.impact,
        "targets": [one.resource.slug for one in version.targets.all()],
        "reason": version.reason,
        "contact": {
            "name": (version.contact_name or None) if named else None,
            "phone": version.contact_phone or works.unit.phone or None,
            "email": version.contact_email or works.unit.email or None,
        },
        "unit": {"slug": works.unit.slug, "name": str(works.unit)},
        "starts_at": moment(works.starts_at),
        "started_at": moment(works.started_at),
        "ended_at": moment(works.ended_at),
        "restored_at": moment(works.restored_at),
        "page_url": addresses.public_url(works),
    }


def feature(works: Works) -> dict[str, Any]:
    """One works as a GeoJSON feature. ``works`` comes from ``selectors.with_all``."""
    version = works.current
    if version is None:
        raise ValueError("works have a version")
    return {
        "type": "Feature",
        "id": works.reference,
        "geometry": outline(version),
        "properties": properties(works, version),
    }


def collection(rows: Iterable[Works], updated: datetime) -> dict[str, Any]:
    """The feed: a FeatureCollection with a header that says whose it is and how old."""
    conf = booking_settings()
    return {
        "type": "FeatureCollection",
        "feed_info": {
            "publisher": conf.municipality_name,
            "version": FEED_VERSION,
            "update_date": moment(updated),
            "license": "https://creativecommons.org/publicdomain/zero/1.0/",
            "contact_url": conf.public_base_url,
            "kept_days": selectors.KEPT.days,
        },
        "features": [feature(one) for one in rows],
    }


def detail(works: Works) -> dict[str, Any]:
    """One feature with its versions, times, "you said / we did", decisions past the rules, and its public record."""
    found = feature(works)
    version = works.current
    versions = list(works.versions.exclude(announced_at=None).prefetch_related("targets__resource", "periods"))
    before, after = selectors.story_of(works)
    found["properties"] |= {
        "continues": before.reference if before is not None else None,
        "continued_by": after.reference if after is not None else None,
        "why_here": version.why_here if version else "",
        "why_now": version.why_now if version else "",
        "notice_by": (version.requirement or {}).get("latest_notice") if version else None,
        "periods": [
            {"start": moment(one.start), "end": moment(one.end), "kind": one.kind, "phase": one.phase,
             "phase_name": one.phase_name}
            for one in (version.periods.all() if version else ())
        ],
        "versions": [_version(one) for one in versions],
        "you_said_we_did": [
            {"said": one.said, "did": one.did, "outcome": one.outcome, "at": moment(one.at)}
            for one in selectors.you_said(works)
        ],
        "overrides": [
            {
                "kind": one.kind, "cause": one.cause or None, "reason": one.reason,
                "granted_at": moment(one.granted_at),
                "report_due": one.report_due, "report": one.report or None, "reported_at": moment(one.reported_at),
                "reviewed_at": moment(one.reviewed_at),
            }
            for one in works.overrides.filter(granted_at__isnull=False).order_by("pk")
        ],
        "events": [record(one) for one in works.events.filter(public=True).order_by("pk")],
    }  # fmt: skip
    return found


def _version(one: WorksVersion) -> dict[str, Any]:
    return {
        "version": one.number,
        "title": one.title,
        "start": moment(one.window_start),
        "end": moment(one.window_end),
        "impact": one.impact,
        "category": one.category,
        "targets": [target.resource.slug for target in one.targets.all()],
        "changes": one.changes,
        "why_changed": one.why_changed,
        "announced_at": moment(one.announced_at),
    }


def record(one: WorksEvent) -> dict[str, Any]:
    """An entry of the public record."""
    return {"at": moment(one.at), "type": one.type, "version": one.number, "text": wording.event_words(one)}


def event(one: WorksEvent, reference: str) -> dict[str, Any]:
    """An entry of the feed of events."""
    return {"n": one.n, "at": moment(one.at), "type": one.type, "ref": reference, "version": one.number}


# --- for planners ----------------------------------------------------------------------------------------------------


def party(row: AffectedParty, conflicts: Iterable[WorksConflict] = ()) -> dict[str, Any]:
    """One party of the list, with evidence, how its notice stands, receipts and conflicts."""
    one = row.party
    return {
        "id": one.pk,
        "kind": one.kind,
        "organisation": one.organisation.slug if one.organisation is not None else None,
        "name": wording.party_name(one),
        "state": row.state,
        "reason": row.reason,
        "direct": row.direct,
        "impact": row.impact,
        "uses": row.uses,
        "count": row.count,
        "evidence": row.evidence,
        "evidence_text": wording.evidence_words(row),
        "latest_notice": (row.requirement or {}).get("latest_notice"),
        "notice": notice_state(one),
        "told_at": moment(one.clock_from),
        "served_at": moment(one.served_at),
        "receipts": [
            {"how": receipt.how, "at": moment(receipt.at), "version": receipt.version.number,
             "void_at": moment(receipt.void_at)}
            for receipt in one.receipts.all()
        ],
        "conflicts": [
            {
                "id": conflict.pk, "state": conflict.state, "resource": conflict.line.resource.slug,
                "start": moment(conflict.line.start), "end": moment(conflict.line.end),
                "case": conflict.line.case.reference, "line": conflict.line.number,
            }
            for conflict in conflicts
        ],
    }  # fmt: skip


def notice_state(one: WorksParty) -> str:
    """not_told, on_its_way, told, acknowledged, served, or came_back."""
    receipts = [row for row in one.receipts.all() if row.void_at is None and row.how in ("acknowledged", "phone")]
    if receipts:
        return "acknowledged"
    if one.served_at is not None:
        return "served"
    if one.clock_from is not None:
        return "told"
    states = {row.state for row in one.dispatches.all()}
    if states & {"queued", "sending", "uncertain"}:
        return "on_its_way"
    return "came_back" if "bounced" in states else "not_told"


def reply(row: WorksReply) -> dict[str, Any]:
    """A reply as whoever sent it, and a planner, see it."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "message": row.message,
        "proposed": [{"start": start, "end": end} for start, end in row.proposed],
        "checked": row.checked,
        "at": moment(row.at),
        "answer_by": row.answer_by,
        "answered": row.answer_id is not None,
    }


def unmet(error: Unmet, names: Mapping[int, str]) -> Unmet:
    """The refusal with its items as the API shows them, in the caller's language."""
    return Unmet(error.code, error.message, params=error.params, items=[missing(one, names) for one in error.items])


def missing(one: Missing, names: Mapping[int, str]) -> dict[str, Any]:
    """One thing that must be done first."""
    found: dict[str, Any] = {"code": one.code, "message": wording.missing_words(one)}
    if one.party is not None:
        found["party"] = names.get(one.party, "")
    if one.until is not None:
        found["until"] = moment(one.until)
    return found | {name: value for name, value in one.params.items() if name not in found}
