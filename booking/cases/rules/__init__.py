"""What holds for cases: pure decisions over plain values. No database, no request, no clock."""

from booking.cases.rules.audience import BANDS, children_youth_share, heads, is_children_youth
from booking.cases.rules.deadlines import (
    AnswerBy,
    Slow,
    answer_by,
    appeal_by,
    is_overdue,
    is_short_notice,
    least_reply_days,
    may_promise,
    offer_expires,
)
from booking.cases.rules.series import MOST, Occurrence, Rule, expand, parse_rule
from booking.cases.rules.state import STORED_ACTS, derive_state, waiting_on
from booking.cases.rules.transitions import (
    DONE,
    GRANTED_FAMILY,
    NEW,
    OUTCOMES,
    TRANSITIONS,
    UNDECIDED,
    Transition,
    acts_from,
    is_allowed,
    step_for,
    undo_step,
)

__all__ = [
    "BANDS", "DONE", "GRANTED_FAMILY", "MOST", "NEW", "OUTCOMES", "STORED_ACTS", "TRANSITIONS", "UNDECIDED",
    "AnswerBy", "Occurrence", "Rule", "Slow", "Transition", "acts_from", "answer_by", "appeal_by",
    "children_youth_share", "derive_state", "expand", "heads", "is_allowed", "is_children_youth", "is_overdue",
    "is_short_notice", "least_reply_days", "may_promise", "offer_expires", "parse_rule", "step_for", "undo_step",
    "waiting_on",
]  # fmt: skip
