"""What cases connect when Django starts: their letters, their job in `tick`, and what occupancy must tell them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases import following, letters, personal, personal_moves, personal_talk, verdicts  # noqa: F401 - importing the verdicts registers the rules
from booking.cases.desk import personal as personal_desk
from booking.cases.desk.services import run_mornings
from booking.cases.selectors import carrying
from booking.cases.selectors.first_day import first_day, units_dealt_with
from booking.cases.selectors.words import line_words
from booking.cases.services import nameless
from booking.cases.services.carrying import hand_over_carried_case
from booking.cases.services.following import complete_passed_lines, lines_displaced, lines_restored
from booking.cases.services.handing import take_over_cases
from booking.cases.services.mailing import route
from booking.cases.services.merging import answer_matter, lines_that_move, move_cases
from booking.cases.services.offering import run_offers, time_freed
from booking.cases.services.proposing import run_proposals
from booking.cases.services.ticking import run_steps
from booking.catalogue import registry as catalogue
from booking.catalogue.carrying import ROLES
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry
from booking.occupancy import registry as occupancy
from booking.organisations import registry as organisations
from booking.organisations.followers import registry as followers


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    personal_moves.register()
    personal_talk.register()
    personal_desk.register()
    registry.register_job("completed loans", complete_passed_lines)
    registry.register_job("the answer clock", run_steps)
    registry.register_job("the morning's letters", run_mornings)
    registry.register_job("offers of the waiting list", run_offers)
    registry.register_job("proposed moves", run_proposals)
    registry.route_mail_by(route)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.cases.leaver")
    catalogue.register_carried(
        "cases", carrying.carried, label=_("Cases"), hand_over=hand_over_carried_case, unowned=carrying.unowned,
        named=carrying.named, taken_over=carrying.taken_over, roles=ROLES, order=10,
    )  # fmt: skip
    catalogue.register_returning("lent", carrying.held_in_units, label=_("What was lent"))
    catalogue.register_returning("received", carrying.received_in, label=_("What came in"))
    organisations.register_first_day("cases", first_day, label=_("Your cases"), order=10)
    organisations.register_returning("cases", carrying.held_by)
    organisations.register_units("cases", units_dealt_with)
    occupancy.on_describe("line", line_words)
    occupancy.on_displaced("line", lines_displaced)
    occupancy.on_restored("line", lines_restored)
    occupancy.on_freed(time_freed)
    organisations.register_mover("cases", move_cases)
    organisations.register_teller("cases", lines_that_move)
    organisations.answer_matters_by(answer_matter)
    following.connect()
    followers.register_talk(followers.Talk(nameless.ask, nameless.say_more, nameless.read))


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    take_over_cases(leaver, now)
