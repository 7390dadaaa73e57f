"""Writes on agreements: one function per use case, keyword-only, atomic. Lock, rule, save, log, outbox."""

from booking.agreements.services.answering import confirm, decline
from booking.agreements.services.common import Speaker
from booking.agreements.services.documents import add_document, remove_document
from booking.agreements.services.ending import earliest_end, end_passed, give_notice
from booking.agreements.services.following import (
    agreements_that_move,
    assign_agreement,
    mark_seen,
    move_parties,
    run_agreements,
    take_over_agreements,
)
from booking.agreements.services.hours import Clash, clashes, extend_hours, try_left_out_again
from booking.agreements.services.looking import note_look_at
from booking.agreements.services.tasks import add_task, mark_done, stop_task
from booking.agreements.services.writing import AgreementDraft, HoursDraft, TaskDraft, correct, write_down

__all__ = [
    "AgreementDraft", "Clash", "HoursDraft", "Speaker", "TaskDraft", "add_document", "add_task", "agreements_that_move",
    "assign_agreement", "clashes", "confirm", "correct", "decline", "earliest_end", "end_passed", "extend_hours",
    "give_notice", "mark_done", "mark_seen", "move_parties", "note_look_at", "remove_document", "run_agreements",
    "stop_task", "take_over_agreements", "try_left_out_again", "write_down",
]  # fmt: skip
