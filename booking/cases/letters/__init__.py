"""The letters about cases, made known to the outbox."""

from __future__ import annotations

from datetime import timedelta

from booking.cases.desk.rules import LINK_DAYS
from booking.cases.letters import answers, hosting, moves, promise, talk
from booking.correspondence import registry
from booking.foundation.conf import booking_settings


def register() -> None:
    """Make the letters known to the outbox."""
    from booking.cases.services.following import receipt_was_sent

    registry.register("case_receipt", answers.receipt, on_sent=receipt_was_sent)
    registry.register("case_decision", answers.decision, answers.decision_stands)
    registry.register("case_waiting_list", answers.waiting_list, answers.still_waiting)
    registry.register("case_withdrawn", answers.withdrawn)
    registry.register("case_offered", moves.offered, moves.offer_is_open)
    registry.register("case_offer_expired", moves.offer_expired, answers.still_waiting)
    registry.register("case_taken_back", moves.taken_back, answers.still_displaced)
    registry.register("case_moved", moves.moved, answers.still_granted)
    registry.register("case_objected", moves.objected)
    registry.register("case_objection_answered", moves.objection_answered, answers.still_displaced)
    registry.register("case_taken_back_ended", moves.taken_back_ended)
    registry.register("case_tie_declared", moves.tie_declared, moves.tie_waits)
    registry.register("case_change_decided", moves.change_decided)
    registry.register("case_change_received", moves.change_received, moves.change_is_open)
    registry.register("cohost_asked", hosting.asked, hosting.still_asked)
    registry.register("cohost_answered", hosting.answered)
    registry.register("cohost_ended", hosting.ended, hosting.has_ended)
    registry.register("case_move_proposed", moves.move_proposed, moves.change_is_open)
    registry.register("case_move_over", moves.move_over)
    registry.register("case_move_answered", moves.move_answered)
    registry.register("case_displaced", answers.displaced, answers.still_displaced)
    registry.register("case_restored", answers.restored, answers.still_granted)
    registry.register("case_message", talk.message, talk.message_is_there)
    registry.register("case_message_to_officer", talk.message_to_officer, talk.message_is_there)
    registry.register("case_note_to_you", talk.note_to_you, talk.note_is_there)
    registry.register("case_talk", talk.talk, talk.something_was_said)
    registry.register("case_evening", talk.evening, talk.something_since)
    registry.register("case_holding_reply", promise.holding_reply, promise.holding_reply_stands)
    registry.register("case_asked", promise.asked, promise.still_asked)
    registry.register("case_handed_over", promise.handed_over)
    registry.register("case_late_status", promise.late_status, promise.still_waits)
    registry.register("case_dismissed", promise.dismissed, promise.still_dismissed)
    registry.register("case_appealed", promise.appealed)
    registry.register("case_appeal_answered", promise.appeal_answered)
    registry.register("case_given_to_you", promise.given_to_you)
    registry.register("case_handed_often", promise.handed_often)
    registry.register("case_last_day", promise.last_day, promise.still_waits)
    registry.register(
        "staff_digest",
        promise.digest,
        promise.digest_has_something,
        # Its links act without signing in. In a demo the page of sent mail is the only mailbox that there is.
        secret=not booking_settings().demo,
        life=timedelta(days=LINK_DAYS),
    )
    registry.register("staff_late", promise.late_in_your_unit, promise.something_is_late)
