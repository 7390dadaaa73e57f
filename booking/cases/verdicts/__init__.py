"""What the rules say about a request: one object for preview, submission, decision and API."""

from booking.cases.verdicts import house  # registers the rules of the house
from booking.cases.verdicts.base import (
    TAKEN,
    About,
    Asked,
    Judgement,
    Situation,
    Verdict,
    judge,
    load_facts,
    register,
    register_facts,
    registered,
)

__all__ = [
    "TAKEN",
    "About",
    "Asked",
    "Judgement",
    "Situation",
    "Verdict",
    "house",
    "judge",
    "load_facts",
    "register",
    "register_facts",
    "registered",
]
