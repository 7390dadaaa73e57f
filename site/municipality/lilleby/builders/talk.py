"""The talk of the town, through the use cases that people's clicks and e-mails go through."""

from __future__ import annotations

from datetime import timedelta

from booking.cases.models import Case
from booking.cases.services import add_message, log_question, publish_plan, submit_early_enquiry
from booking.cases.services.ruling import save_routing_rule
from booking.cases.services.talking import ByMail
from booking.catalogue.models import Unit
from booking.correspondence.incoming import accept
from booking.organisations.selectors import organisations_of
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import talk


def build_routes() -> None:
    """Where questions go. Before the first question comes."""
    for number, route in enumerate(talk.ROUTES, start=1):
        save_routing_rule(position=number * 10, words=route.words, unit=Unit.objects.get(slug=route.unit))


def build_talk(town: Town) -> None:
    """Conversations, what was written down, an early idea, and e-mail that came."""
    for title, words in talk.TALKS.items():
        case = Case.objects.filter(title=title).select_related("unit").first()
        if case is not None:
            _talk(town, case, words)
    for by, message, who, contact, channel, hours in talk.NOTED:
        log_question(
            message=message, who=who, contact=contact, channel=channel, by=town.people[by],
            now=town.now - timedelta(hours=hours),
        )  # fmt: skip
    _early(town)
    for raw, hours in talk.MAILS:
        accept(raw.encode(), now=town.now - timedelta(hours=hours))


def _talk(town: Town, case: Case, words: tuple[talk.Word, ...]) -> None:
    at = case.received_at
    for word in words:
        at = min(at + timedelta(hours=word.hours), town.now)
        staff = word.who == "officer"
        add_message(
            case,
            by=town.officer(case) if staff else town.people[word.who],
            body=word.text,
            hat=f"unit:{case.unit.slug}" if staff else case.requester_hat,
            internal=word.note,
            needs_answer=word.needs_answer,
            mailed=ByMail() if word.by_mail else None,
            now=at,
        )


def _early(town: Town) -> None:
    idea = talk.EARLY
    asker = town.people[idea.who]
    organisation = organisations_of(asker, town.today).order_by("pk").first()
    asked = town.now - timedelta(days=idea.days_ago)
    case = submit_early_enquiry(
        title=idea.title, message=idea.message, takes=idea.takes, notes=idea.notes, wants_public=True, user=asker,
        organisation=organisation, hat=f"organisation:{organisation.slug}" if organisation else "person", now=asked,
    )  # fmt: skip
    publish_plan(case, by=town.officer(case), now=asked + timedelta(days=2))
