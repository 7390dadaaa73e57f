"""Writes on meetings: one function per use case, keyword-only, atomic. Lock, rule, save, log, outbox."""

from booking.meetings.services.agenda import add_point, answer_invitation, withdraw_point, write_minutes
from booking.meetings.services.calling import (
    MeetingDraft,
    call_meeting,
    cancel_meeting,
    change_meeting,
    plan_next,
    prepare_meeting,
)
from booking.meetings.services.promising import commit, drop, give_more_time, report_done
from booking.meetings.services.running import move_parties, run_meetings

__all__ = [
    "MeetingDraft", "add_point", "answer_invitation", "call_meeting", "cancel_meeting", "change_meeting", "commit",
    "drop", "give_more_time", "move_parties", "plan_next", "prepare_meeting", "report_done", "run_meetings",
    "withdraw_point", "write_minutes",
]  # fmt: skip
