"""Reads of cases: who may see which, the lists, and one case in full."""

from booking.cases.selectors.access import party_cases, staff_cases, visible_cases
from booking.cases.selectors.basket import Offered, free_on, holidays_among, kits_on
from booking.cases.selectors.detail import (
    ActorView,
    CaseDetail,
    EventView,
    LineView,
    MessageView,
    case_detail,
    uses_of,
)
from booking.cases.selectors.lists import (
    Rival,
    filtered,
    in_order,
    overdue,
    queue,
    rival_counts,
    rivals,
    waiting_on_staff,
    waiting_on_you,
    with_lines,
)
from booking.cases.selectors.moves import Moves, Proposal, moves_of, taken_back_count, until_of

__all__ = [
    "ActorView",
    "CaseDetail",
    "EventView",
    "LineView",
    "MessageView",
    "Moves",
    "Offered",
    "Proposal",
    "Rival",
    "case_detail",
    "filtered",
    "free_on",
    "holidays_among",
    "in_order",
    "kits_on",
    "moves_of",
    "overdue",
    "party_cases",
    "queue",
    "rival_counts",
    "rivals",
    "staff_cases",
    "taken_back_count",
    "until_of",
    "uses_of",
    "visible_cases",
    "waiting_on_staff",
    "waiting_on_you",
    "with_lines",
]
