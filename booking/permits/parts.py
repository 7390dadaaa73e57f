"""What permits add to a case: a section on both its pages, a field of the API's answer, what is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.urls import NoReverseMatch, reverse

from booking.cases.links import case_url
from booking.cases.models import Case
from booking.cases.registry import CasePart, Left
from booking.cases.selectors import CaseDetail
from booking.catalogue.rules.requirements import facts_of
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.permits import rules, selectors
from booking.permits.selectors import PermitView


def _views(detail: CaseDetail, now: datetime) -> list[PermitView]:
    return selectors.permits_of(detail.case, detail.lines, now=now)


def may_act(case: Case, view: PermitView) -> dict[str, bool]:
    """What a party can do about it now."""
    over = case.stored_act in ("closed", "dismissed")
    kind, state = view.requirement.kind, view.permit.state
    return {
        "apply": not over and kind == "permit" and (state == "applied" or rules.may_move(state, "applied", "party")),
        "confirm": not over and rules.may_confirm(kind, state),
        "hand_in": not over and kind != "condition" and state != "not_needed",
    }


def party_part(request: Any, detail: CaseDetail, now: datetime) -> CasePart | None:
    """What is left, and what is done: who grants it, where it stands, since when."""
    rows = [
        {"view": view, "may": may_act(detail.case, view) if detail.party_hats else {}} for view in _views(detail, now)
    ]
    if not rows:
        return None
    count = sum(1 for row in rows if row["view"].left)  # type: ignore[attr-defined]
    return CasePart("booking/permits/party.html", {"rows": rows, "left": count})


def staff_part(request: Any, detail: CaseDetail, now: datetime) -> CasePart | None:
    """The same for the unit, with a link to each one's own page."""
    rows = [
        {"view": view, "url": reverse("booking_permits:inspect", args=[view.permit.pk])} for view in _views(detail, now)
    ]
    return CasePart("booking/permits/staff/part.html", {"rows": rows}) if rows else None


def api_field(detail: CaseDetail, now: datetime) -> list[dict[str, Any]]:
    """``permits`` of ``GET requests/{ref}/`` (api.md)."""
    return [
        facts_of(view.requirement)
        | {
            "id": view.permit.pk,
            "version": view.requirement.version,
            "state": view.permit.state,
            "date": view.permit.date,
            "valid_to": view.permit.valid_to,
            "due": view.due,
            "lines": list(view.lines),
            "note": view.permit.note,
            "document": [
                {"name": one.name, "size": one.size, "url": document_url(detail.case.reference, one.pk)}
                for one in view.documents
            ],
        }
        for view in _views(detail, now)
    ]


def document_url(reference: str, pk: int) -> str:
    """The download, whole."""
    try:
        path = reverse("booking:case_permit_document", args=[reference, pk])
    except NoReverseMatch:
        return ""
    return f"{booking_settings().public_base_url}{path}"


def left_of(case: Case, now: datetime) -> Sequence[Left]:
    """For reminders, and for whoever opens the door."""
    tz = booking_settings().tz
    return [
        Left(
            what=f"{view.what}: {view.state_label}",
            who=str(view.requirement.who),
            done=not view.left,
            blocking=view.requirement.blocking,
            due=wall(view.due, time(23, 59), tz) if view.due is not None else None,
            url=case_url(case.reference),
        )
        for view in selectors.permits_of(case, selectors.lines_of(case), now=now)
    ]
