"""Time that moves after it was decided: taken back, offered from the waiting list, to be changed; and ready texts."""

from __future__ import annotations

from datetime import timedelta

from booking.cases import drafts
from booking.cases.models import Case, GroundsText, Line, LineState
from booking.cases.services import (
    Instead,
    Wish,
    free_instead,
    propose_change,
    save_text,
    submit_request,
    take_back,
    withdraw_line,
)
from booking.catalogue.models import Resource
from booking.foundation.errors import DomainError
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import moves

#: The club of the coach and the leader who can be logged in as.
CLUB = "lilleby-il"


def build_moves(town: Town) -> None:
    """After everything else: it needs granted time to move."""
    for text in moves.TEXTS:
        values = {"use": text.use, "title": text.title, "text": text.nb, "text_nn": text.nn, "text_en": text.en}
        save_text(GroundsText(), values=values, by=town.people["tone"], now=town.now)
    _take_back(town)
    _offer(town)
    _change(town)


def _granted(town: Town, since: int, until: int) -> list[Line]:
    """Coming granted times of the culture unit, soonest first."""
    rows = Line.objects.filter(
        state=LineState.GRANTED,
        case__unit__slug="kultur-og-idrett",
        start__gt=town.now + timedelta(days=since),
        start__lt=town.now + timedelta(days=until),
    )
    return list(rows.select_related("case", "case__organisation", "resource").order_by("start", "pk"))


def _take_back(town: Town) -> None:
    """The council needs a training hour: told with what is free instead, a deadline, and a reason."""
    for line in _granted(town, 18, 40):
        if line.case.organisation is None or line.case.organisation.slug != town.organisations[CLUB].slug:
            continue
        free = free_instead([line], now=town.now)[line.number][:2]
        if not free:
            continue
        places = Resource.objects.in_bulk({one.resource_id for one in free})
        instead = [Instead(line.number, places[one.resource_id], one.start, one.end) for one in free]
        take_back(
            line.case, [line.number], reason=moves.TAKEN, instead=instead, by=town.officer(line.case),
            now=town.now - timedelta(hours=5),
        )  # fmt: skip
        return


def _offer(town: Town) -> None:
    """Somebody gives an evening back, and the coach, who stood on the waiting list, is offered it."""
    coach = town.people["linn"]
    for line in _granted(town, 5, 16):
        case: Case = line.case
        if case.organisation is None or case.organisation.slug == town.organisations[CLUB].slug:
            continue
        times = {"start": line.start.isoformat(), "end": line.end.isoformat()}
        body = {
            "organisation": town.organisations[CLUB].slug, "title": moves.WAITS, "purpose": moves.WAITS,
            "audience": {"13-19": 18}, "accept_rules": True, "if_taken": "waiting_list",
            "responsible": {"name": coach.name, "phone": coach.phone, "email": coach.email},
            "lines": [{"resource": line.resource.slug, "quantity": 1, **times}],
        }  # fmt: skip
        try:
            submit_request(
                drafts.parse(body, user=coach, hat=f"organisation:{body['organisation']}"),
                user=coach,
                now=town.now - timedelta(days=2),
            )
            withdraw_line(case, line.number, by=case.requester, now=town.now - timedelta(hours=2))
        except DomainError:
            continue
        return


def _change(town: Town) -> None:
    """A club wants its evening an hour later; the old one is theirs until an officer has answered."""
    for line in _granted(town, 8, 30):
        if line.case.requester is None or line.case.organisation is None:
            continue
        wish = Wish(line.number, line.start + timedelta(hours=1), line.end + timedelta(hours=1), why=moves.LATER)
        try:
            done = propose_change(line.case, wish, by=line.case.requester, now=town.now - timedelta(hours=20))
        except DomainError:
            continue
        if done.waiting_on == "municipality":
            return
