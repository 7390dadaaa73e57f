"""What cases connect when Django starts: their letters, their job in `tick`, and what occupancy must tell them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.cases import letters, verdicts  # noqa: F401 - importing the verdicts registers the rules
from booking.cases.selectors.words import line_words
from booking.cases.services.following import complete_passed_lines, lines_displaced, lines_restored
from booking.cases.services.handing import take_over_cases
from booking.cases.services.mailing import route
from booking.cases.services.merging import answer_matter, lines_that_move, move_cases
from booking.cases.services.ticking import run_steps
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry
from booking.occupancy import registry as occupancy
from booking.organisations import registry as organisations


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    registry.register_job("completed loans", complete_passed_lines)
    registry.register_job("the answer clock", run_steps)
    registry.route_mail_by(route)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.cases.leaver")
    occupancy.on_describe("line", line_words)
    occupancy.on_displaced("line", lines_displaced)
    occupancy.on_restored("line", lines_restored)
    organisations.register_mover("cases", move_cases)
    organisations.register_teller("cases", lines_that_move)
    organisations.answer_matters_by(answer_matter)


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    take_over_cases(leaver, now)
