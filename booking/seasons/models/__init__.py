"""The tables of season rounds, by subject. Fields and constraints only."""

from booking.seasons.models.hearing import (
    Comment,
    CommentKind,
    Confirmation,
    SeasonReminder,
    SwapOffer,
    SwapState,
)
from booking.seasons.models.proposals import (
    AuthorKind,
    DraftRun,
    Proposal,
    ProposalState,
    ProposedSlot,
    RunState,
    SlotChange,
)
from booking.seasons.models.rounds import (
    OfferedHours,
    OwnUse,
    RoundBreak,
    RoundEvent,
    RoundPlace,
    RoundState,
    SeasonRound,
)
from booking.seasons.models.running import Adoption, Allocation, SeasonCase, UseReport
from booking.seasons.models.wishes import Wish, WishPlace

__all__ = [
    "Adoption",
    "Allocation",
    "AuthorKind",
    "Comment",
    "CommentKind",
    "Confirmation",
    "DraftRun",
    "OfferedHours",
    "OwnUse",
    "Proposal",
    "ProposalState",
    "ProposedSlot",
    "RoundBreak",
    "RoundEvent",
    "RoundPlace",
    "RoundState",
    "RunState",
    "SeasonCase",
    "SeasonReminder",
    "SeasonRound",
    "SlotChange",
    "SwapOffer",
    "SwapState",
    "UseReport",
    "Wish",
    "WishPlace",
]
