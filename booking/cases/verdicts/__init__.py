"""What the rules say about a request: one object for preview, submission, decision and API."""

from booking.cases.verdicts import house  # registers the rules of the house
from booking.cases.verdicts.base import (
    TAKEN,
    Asked,
    Judgement,
    Situation,
    Verdict,
    judge,
    register,
    registered,
)

__all__ = ["TAKEN", "Asked", "Judgement", "Situation", "Verdict", "house", "judge", "register", "registered"]
