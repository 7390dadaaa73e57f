"""Released time goes down the waiting list, to one at a time, with an offer that ends (requests.md "Deciding")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking.cases import services
from booking.cases.models import Case, Offer
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Forbidden, Taken, WrongState
from booking.occupancy.models import Occupancy
from booking.occupancy.services import close_resource, reopen
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db
#: 20:00 the next day in Oslo.
NEXT_EVENING = datetime(2026, 3, 3, 19, tzinfo=UTC)


def waiting(town: Town, minutes: int = 0, **fields: Any) -> Case:
    """Somebody else's place on the waiting list for the same evening."""
    coach = factories.make_user("Venter")
    club = factories.make_organisation("Ventelaget", leader=coach)
    data = body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list", organisation=club.slug) | fields
    from booking.cases import drafts

    draft = drafts.parse(data, user=coach, hat=None)
    return services.submit_request(draft, user=coach, now=NOW + timedelta(minutes=minutes))


@pytest.fixture
def granted(town: Town) -> Case:
    return town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")


def state(case: Case) -> tuple[str, str, str]:
    case.refresh_from_db()
    offer = Offer.objects.filter(line__case=case).order_by("-pk").first()
    return case.lines.get().state, case.waiting_on, offer.state if offer else ""


def test_a_released_time_is_offered_to_the_first_who_holds_it(town: Town, granted: Case) -> None:
    second, first = waiting(town, 2), waiting(town, 1)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    assert state(first) == ("waiting_list", "requester", "open")
    assert state(second) == ("waiting_list", "nobody", "")
    offer = Offer.objects.get()
    assert offer.expires_at == NEXT_EVENING
    line = first.lines.get()
    assert set(Occupancy.objects.filter(cause_id=line.pk).values_list("klass", "status")) == {("claim", "tentative")}
    assert first.events.get(type="offered").data == {"lines": [1], "until": NEXT_EVENING.isoformat()}
    assert OutboxMessage.objects.get(handler="case_offered").recipient == first.requester.email
    with pytest.raises(Taken):
        town.ask(body(town.room, at(7, 18), at(7, 20)))


def test_yes_grants_at_once_and_twice_is_once(town: Town, granted: Case) -> None:
    first = waiting(town)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    for _press in range(2):
        services.accept_offer(first, 1, by=first.requester, now=NOW + timedelta(hours=1))
    assert state(first) == ("granted", "nobody", "accepted")
    assert Occupancy.objects.get(cause_id=first.lines.get().pk).status == "confirmed"
    assert first.decisions.count() == 1
    assert OutboxMessage.objects.filter(handler="case_decision", payload__case=first.pk).count() == 1


def test_no_asks_the_next(town: Town, granted: Case) -> None:
    first, second = waiting(town, 1), waiting(town, 2)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    for _press in range(2):
        services.decline_offer(first, 1, by=first.requester, now=NOW + timedelta(hours=1))
    assert state(first) == ("withdrawn", "nobody", "declined")
    assert state(second) == ("waiting_list", "requester", "open")


def test_it_ends_at_eight_the_next_evening_and_never_before(town: Town, granted: Case) -> None:
    first, second = waiting(town, 1), waiting(town, 2)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    assert services.run_offers(NEXT_EVENING - timedelta(seconds=1)) == 0
    assert services.run_offers(NEXT_EVENING) == 1
    assert services.run_offers(NEXT_EVENING) == 0
    # Who let it pass keeps the place, and isn't asked again for this release.
    assert state(first) == ("waiting_list", "nobody", "expired")
    assert state(second) == ("waiting_list", "requester", "open")
    assert OutboxMessage.objects.filter(handler="case_offer_expired").count() == 1
    with pytest.raises(WrongState):
        services.accept_offer(first, 1, by=first.requester, now=NEXT_EVENING)
    later = NEXT_EVENING + timedelta(days=1, hours=1)
    assert services.run_offers(later) == 1
    assert Offer.objects.filter(state="open").count() == 0
    assert not Occupancy.objects.filter(klass="claim").exists()


def test_a_new_release_asks_them_again(town: Town, granted: Case) -> None:
    first = waiting(town, 1)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    services.run_offers(NEXT_EVENING)
    again = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20)), now=NEXT_EVENING), "grant", now=NEXT_EVENING)
    services.withdraw_case(again, by=town.coach, now=NEXT_EVENING + timedelta(hours=1))
    assert state(first) == ("waiting_list", "requester", "open")


def test_late_is_too_late_even_before_tick_has_run(town: Town, granted: Case) -> None:
    first = waiting(town)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    with pytest.raises(WrongState) as late:
        services.accept_offer(first, 1, by=first.requester, now=NEXT_EVENING)
    assert late.value.code == "offer_expired"


def test_nobody_else_can_answer(town: Town, granted: Case) -> None:
    first = waiting(town)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    for act in (services.accept_offer, services.decline_offer):
        with pytest.raises(Forbidden):
            act(first, 1, by=town.coach, now=NOW)


def test_who_withdraws_while_it_is_offered_leaves_it_to_the_next(town: Town, granted: Case) -> None:
    first, second = waiting(town, 1), waiting(town, 2)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    services.withdraw_case(first, by=first.requester, now=NOW)
    assert state(first) == ("withdrawn", "nobody", "moot")
    assert state(second) == ("waiting_list", "requester", "open")


def test_the_officer_grants_what_is_offered_to_them_and_no_other(town: Town, granted: Case) -> None:
    first, second = waiting(town, 1), waiting(town, 2)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    with pytest.raises(Taken):
        town.decide(second, "grant")
    town.decide(first, "grant")
    assert state(first) == ("granted", "nobody", "moot")


def test_a_refusal_of_an_offered_line_asks_the_next(town: Town, granted: Case) -> None:
    first, second = waiting(town, 1), waiting(town, 2)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    town.decide(first, "refuse", grounds="Nei")
    assert state(first)[0] == "refused"
    assert state(second) == ("waiting_list", "requester", "open")


def test_what_was_displaced_comes_back_before_anybody_is_offered_it(town: Town, granted: Case) -> None:
    closure = close_resource(town.room, start=at(7, 8), end=at(7, 22), reason="Vask", now=NOW).closure
    first = waiting(town)
    reopen(closure, now=NOW)
    assert granted.lines.get().state == "granted"
    assert state(first) == ("waiting_list", "nobody", "")


def test_a_closure_that_goes_offers_what_is_left(town: Town, granted: Case) -> None:
    closure = close_resource(town.room, start=at(7, 8), end=at(7, 22), reason="Vask", now=NOW).closure
    first = waiting(town)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    assert state(first) == ("waiting_list", "nobody", "")
    reopen(closure, now=NOW + timedelta(minutes=1))
    assert state(first) == ("waiting_list", "requester", "open")


def test_of_a_stock_as_many_are_asked_as_there_is_enough_for(town: Town) -> None:
    chairs = factories.make_stock("Stoler", 40, unit=town.unit)
    mine = town.decide(town.ask(body(chairs, at(7, 18), at(7, 20), quantity=40)), "grant")
    lines = {"lines": body(chairs, at(7, 18), at(7, 20), quantity=20)["lines"]}
    a, b, c = (waiting(town, minute, **lines) for minute in (1, 2, 3))
    services.withdraw_case(mine, by=town.coach, now=NOW)
    assert [state(one)[2] for one in (a, b, c)] == ["open", "open", ""]


def test_part_and_whole_share_a_list(town: Town) -> None:
    hall = factories.make_hall_in_thirds(unit=town.unit, parts=2)
    whole = town.decide(town.ask(body(hall.whole, at(7, 18), at(7, 20))), "grant")
    lines = {"lines": body(hall.parts[0], at(7, 19), at(7, 21))["lines"]}
    part = waiting(town, **lines)
    services.withdraw_case(whole, by=town.coach, now=NOW)
    assert state(part) == ("waiting_list", "requester", "open")
