"""Writes on cases: one function per use case, keyword-only, atomic. Lock, rule, save, event, outbox, in that order."""

from booking.cases.services.checking import CheckLine, CheckResult, check_request, verdicts_on
from booking.cases.services.continuing import check_may_go_on
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
from booking.cases.services.mailing import mark_spam, take_in_parked
from booking.cases.services.noting import log_question
from booking.cases.services.planning import publish_plan, submit_early_enquiry, unpublish_plan
from booking.cases.services.promising import ask, holding_reply
from booking.cases.services.submitting import submit_enquiry, submit_request
from booking.cases.services.talking import add_message
from booking.cases.services.telling import choose_mail, mark_seen, mute
from booking.cases.services.ticking import run_steps
from booking.cases.services.withdrawing import withdraw_case, withdraw_line

__all__ = [
    "BulkAnswer",
    "CheckLine",
    "CheckResult",
    "Consequence",
    "LineOutcome",
    "TakenLine",
    "add_message",
    "answer_appeal",
    "appeal",
    "ask",
    "assign",
    "check_may_go_on",
    "check_request",
    "choose_mail",
    "close_case",
    "complete_passed_lines",
    "decide_lines",
    "decide_many",
    "dismiss",
    "hand_over",
    "holding_reply",
    "lines_displaced",
    "lines_restored",
    "log_question",
    "mark_seen",
    "mark_spam",
    "mute",
    "preview_many",
    "publish_plan",
    "receipt_was_sent",
    "run_steps",
    "seen",
    "submit_early_enquiry",
    "submit_enquiry",
    "submit_request",
    "take_in_parked",
    "take_over_cases",
    "unpublish_plan",
    "verdicts_on",
    "withdraw_case",
    "withdraw_line",
]
