"""Writes on cases: one function per use case, keyword-only, atomic. Lock, rule, save, event, outbox, in that order."""

from booking.cases.services.changing import (
    Wish,
    add_back,
    dates_left_out,
    decide_change,
    propose_change,
    withdraw_change,
)
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
from booking.cases.services.hosting import answer_co_host, ask_co_host, end_co_host
from booking.cases.services.mailing import mark_spam, take_in_parked
from booking.cases.services.noting import log_question
from booking.cases.services.offering import accept_offer, decline_offer, run_offers
from booking.cases.services.planning import publish_plan, submit_early_enquiry, unpublish_plan
from booking.cases.services.promising import ask, holding_reply
from booking.cases.services.proposing import (
    accept_move,
    decline_move,
    open_move_of,
    outlook_of_move,
    propose_move,
    reply_by_default,
    run_proposals,
    take_move_back,
)
from booking.cases.services.standing import (
    Standing,
    end_standing_dates,
    hand_standing_case,
    open_standing_case,
    take_standing_dates,
)
from booking.cases.services.submitting import submit_enquiry, submit_request
from booking.cases.services.taking_back import (
    Instead,
    accept_alternative,
    accept_loss,
    answer_objection,
    end_take_back,
    free_instead,
    give_back,
    object_to,
    still_free,
    take_back,
)
from booking.cases.services.talking import add_message
from booking.cases.services.telling import choose_mail, mark_seen, mute
from booking.cases.services.texts import save_text, texts_for, words_for
from booking.cases.services.ticking import run_steps
from booking.cases.services.ties import declare_tie, judge_tie
from booking.cases.services.undoing import undo_decision, undo_until
from booking.cases.services.withdrawing import withdraw_case, withdraw_line

__all__ = [
    "BulkAnswer",
    "CheckLine",
    "CheckResult",
    "Consequence",
    "Instead",
    "LineOutcome",
    "Standing",
    "TakenLine",
    "Wish",
    "accept_alternative",
    "accept_loss",
    "accept_move",
    "accept_offer",
    "add_back",
    "add_message",
    "answer_appeal",
    "answer_co_host",
    "answer_objection",
    "appeal",
    "ask",
    "ask_co_host",
    "assign",
    "check_may_go_on",
    "check_request",
    "choose_mail",
    "close_case",
    "complete_passed_lines",
    "dates_left_out",
    "decide_change",
    "decide_lines",
    "decide_many",
    "declare_tie",
    "decline_move",
    "decline_offer",
    "dismiss",
    "end_co_host",
    "end_standing_dates",
    "end_take_back",
    "free_instead",
    "give_back",
    "hand_over",
    "hand_standing_case",
    "holding_reply",
    "judge_tie",
    "lines_displaced",
    "lines_restored",
    "log_question",
    "mark_seen",
    "mark_spam",
    "mute",
    "object_to",
    "open_move_of",
    "open_standing_case",
    "outlook_of_move",
    "preview_many",
    "propose_change",
    "propose_move",
    "publish_plan",
    "receipt_was_sent",
    "reply_by_default",
    "run_offers",
    "run_proposals",
    "run_steps",
    "save_text",
    "seen",
    "still_free",
    "submit_early_enquiry",
    "submit_enquiry",
    "submit_request",
    "take_back",
    "take_in_parked",
    "take_move_back",
    "take_over_cases",
    "take_standing_dates",
    "texts_for",
    "undo_decision",
    "undo_until",
    "unpublish_plan",
    "verdicts_on",
    "withdraw_case",
    "withdraw_change",
    "withdraw_line",
    "words_for",
]
