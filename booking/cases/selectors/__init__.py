"""Reads of cases: who may see which, the lists, and one case in full."""

from booking.cases.selectors.access import party_cases, staff_cases, visible_cases
from booking.cases.selectors.detail import (
    ActorView,
    CaseDetail,
    EventView,
    LineView,
    MessageView,
    case_detail,
)
from booking.cases.selectors.lists import (
    Rival,
    filtered,
    in_order,
    overdue,
    queue,
    rivals,
    waiting_on_staff,
    waiting_on_you,
    with_lines,
)

__all__ = [
    "ActorView",
    "CaseDetail",
    "EventView",
    "LineView",
    "MessageView",
    "Rival",
    "case_detail",
    "filtered",
    "in_order",
    "overdue",
    "party_cases",
    "queue",
    "rivals",
    "staff_cases",
    "visible_cases",
    "waiting_on_staff",
    "waiting_on_you",
    "with_lines",
]
