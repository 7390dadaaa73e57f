"""Writes on cases: one function per use case, keyword-only, atomic. Lock, rule, save, event, outbox, in that order."""

from booking.cases.services.checking import CheckLine, CheckResult, check_request, verdicts_on
from booking.cases.services.deciding import (
    BulkAnswer,
    Consequence,
    LineOutcome,
    TakenLine,
    decide_lines,
    decide_many,
    preview_many,
)
from booking.cases.services.ending import answer_appeal, appeal, close_case, dismiss
from booking.cases.services.following import (
    complete_passed_lines,
    lines_displaced,
    lines_restored,
    receipt_was_sent,
)
from booking.cases.services.handing import assign, hand_over, seen, take_over_cases
from booking.cases.services.promising import ask, holding_reply
from booking.cases.services.standing import (
    Standing,
    end_standing_dates,
    hand_standing_case,
    open_standing_case,
    take_standing_dates,
)
from booking.cases.services.submitting import submit_enquiry, submit_request
from booking.cases.services.talking import add_message
from booking.cases.services.ticking import run_steps
from booking.cases.services.withdrawing import withdraw_case, withdraw_line

__all__ = [
    "BulkAnswer",
    "CheckLine",
    "CheckResult",
    "Consequence",
    "LineOutcome",
    "Standing",
    "TakenLine",
    "add_message",
    "answer_appeal",
    "appeal",
    "ask",
    "assign",
    "check_request",
    "close_case",
    "complete_passed_lines",
    "decide_lines",
    "decide_many",
    "dismiss",
    "end_standing_dates",
    "hand_over",
    "hand_standing_case",
    "holding_reply",
    "lines_displaced",
    "lines_restored",
    "open_standing_case",
    "preview_many",
    "receipt_was_sent",
    "run_steps",
    "seen",
    "submit_enquiry",
    "submit_request",
    "take_over_cases",
    "take_standing_dates",
    "verdicts_on",
    "withdraw_case",
    "withdraw_line",
]
