"""What permits connect when Django starts: their rule, letters, job, and what they add to a case."""

from __future__ import annotations

from booking.cases import registry as cases
from booking.cases import verdicts
from booking.cases.wording import register_event_words
from booking.correspondence import registry as correspondence
from booking.permits import letters, parts, personal, services, wording
from booking.permits.verdict import NAME, load, permits


def connect() -> None:
    """Fill the registries of the floors below."""
    verdicts.register_facts(NAME, load)
    verdicts.register(NAME, "line")(permits)
    letters.register()
    personal.register()
    correspondence.register_job("permits", services.run_permits)
    cases.register_asked("permits", services.sync_case)
    cases.register_party_part("permits", parts.party_part, order=20)
    cases.register_staff_part("permits", parts.staff_part, order=20)
    cases.register_field("permits", parts.api_field)
    cases.register_left("permits", parts.left_of)
    register_event_words("permit_changed", wording.event_words)
