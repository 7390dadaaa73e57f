"""Writes of works: one function per use case, keyword-only, atomic. Lock, rule, save, event, outbox, in that order."""

from booking.works.services.affected import (
    add_affected,
    confirm_affected,
    decide_affected,
    decide_report,
    find_affected,
    report_affected,
    sign_nobody,
)
from booking.works.services.conflicts import (
    Window,
    accept_alternative,
    alternatives,
    book_around,
    decline_alternative,
    give_up_line,
    offer_alternative,
    settle_conflict,
    withdraw_offer,
)
from booking.works.services.consulting import answer_replies, check_time, reply
from booking.works.services.drafting import continue_works, draft_works, revise_works, set_needs
from booking.works.services.facts import correct_fact
from booking.works.services.gating import unmet_requirements
from booking.works.services.handing import hand_works, take_over_works
from booking.works.services.moving import (
    cancel,
    close,
    complete,
    consult,
    give_notice,
    move,
    overrun,
    pause,
    plan,
    postpone,
    restore,
    resume,
    set_ready,
    start,
)
from booking.works.services.overriding import (
    ask_early_start,
    consent,
    consents_missing,
    declare_emergency,
    grant_override,
    log_call,
    refuse_override,
    review_report,
    write_report,
)
from booking.works.services.receiving import acknowledge, log_task
from booking.works.services.running import run_works
from booking.works.services.specs import PeriodSpec, TargetSpec, WorksSpec

__all__ = [
    "PeriodSpec", "TargetSpec", "Window", "WorksSpec", "accept_alternative", "acknowledge", "add_affected",
    "alternatives", "answer_replies", "ask_early_start", "book_around", "cancel", "check_time", "close", "complete",
    "confirm_affected", "consent", "consents_missing", "consult", "continue_works", "correct_fact", "decide_affected",
    "decide_report",
    "declare_emergency", "decline_alternative", "draft_works", "find_affected", "give_notice", "give_up_line",
    "grant_override", "hand_works", "log_call", "log_task", "move", "offer_alternative", "overrun", "pause", "plan",
    "postpone", "refuse_override", "reply", "report_affected", "restore", "resume", "review_report", "revise_works",
    "run_works", "set_needs", "set_ready", "settle_conflict", "sign_nobody", "start", "take_over_works",
    "unmet_requirements", "withdraw_offer", "write_report",
]  # fmt: skip
