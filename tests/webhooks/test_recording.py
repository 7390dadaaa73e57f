"""What happens is written down for those who asked for it, in the transaction in which it happens, once, and thinly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from booking.cases import services as cases
from booking.cases.models import Event
from booking.foundation.signals import logged
from booking.seasons.models import RoundEvent
from booking.webhooks import rules, wording
from booking.webhooks.bodies import body_of
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from booking.webhooks.secrets import seal
from booking.works.models import WorksEvent
from tests.cases.conftest import NOW, Town, at, body, make_town
from tests.factories import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: Any) -> Town:
    return make_town()


def subscribe(*types: str, unit: Any = None, **fields: Any) -> WebhookEndpoint:
    values: dict[str, Any] = {
        "name": "Arkivet", "url": "https://example.org/", "created_at": NOW, "secret_sealed": seal(rules.new_secret()),
        "types": list(types or rules.all_types()), "unit": unit,
    }  # fmt: skip
    return WebhookEndpoint.objects.create(**(values | fields))


def told(endpoint: WebhookEndpoint) -> list[str]:
    return list(endpoint.deliveries.order_by("pk").values_list("event__type", flat=True))


def test_every_name_has_words_and_every_entry_it_comes_from_exists() -> None:
    from booking.cases.wording import EVENT_TEXTS as CASE
    from booking.seasons.wording_rounds import _STORY
    from booking.works.wording import EVENTS as WORKS

    assert set(wording.TYPES) == {*rules.all_types(), rules.TEST}
    for family, known in (("request", CASE), ("works", WORKS), ("season", _STORY)):
        assert set(rules.FAMILIES[family]) <= set(known), family
        assert all(name.startswith(f"{family}.") for name in rules.FAMILIES[family].values())


def test_a_request_and_its_decision_are_told_with_numbers_and_states_and_nothing_else(town: Town) -> None:
    endpoint = subscribe()
    case = town.ask(body(town.room, at(7, 18), at(7, 20), title="Hemmelig fest", message="Ring meg på 99 11 88 77"))
    town.decide(case, "grant")
    assert told(endpoint) == ["request.received", "request.decided"]
    decided = WebhookEvent.objects.get(type="request.decided")
    text = body_of(decided)
    assert text is not None
    said = json.loads(text)
    assert said == {
        "type": "request.decided",
        "timestamp": "2026-03-02T10:00:00+01:00",
        "data": {
            "ref": case.reference, "kind": "request", "what": "granted", "unit": town.unit.slug, "lines": [1],
            "resources": [town.room.slug], "state": "granted", "waiting_on": "nobody",
            "version": cases_version(case.pk),
            "url": f"{base()}/api/booking/v1/requests/{case.reference}/",
        },
    }  # fmt: skip
    everything = text + (body_of(WebhookEvent.objects.get(type="request.received")) or "")
    for secret in ("Hemmelig", "99 11", town.coach.email, "Kari", town.club.slug, town.club.name):
        assert secret not in everything


def base() -> str:
    from booking.foundation.conf import booking_settings

    return booking_settings().public_base_url


def cases_version(pk: int) -> int:
    from booking.cases.models import Case

    return Case.objects.get(pk=pk).version


def test_what_is_undone_is_not_told_and_what_is_told_was_done(town: Town) -> None:
    """One transaction: the entry, its event and its deliveries stand or fall together."""
    endpoint = subscribe()
    with transaction.atomic():
        town.ask(body(town.room, at(7, 18), at(7, 20)))
        assert endpoint.deliveries.count() == 1
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()
    assert not Event.objects.exists()

    def refuse(**kwargs: Any) -> None:
        raise RuntimeError

    logged.connect(refuse, weak=False, dispatch_uid="test")
    try:
        with pytest.raises(RuntimeError):
            town.ask(body(town.room, at(7, 18), at(7, 20)))
    finally:
        logged.disconnect(dispatch_uid="test")
    assert not Event.objects.exists()


@pytest.mark.parametrize("how", ["save", "create", "bulk"])
def test_no_way_of_storing_an_entry_forgets_to_tell(town: Town, how: str) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    endpoint = subscribe()
    fields: dict[str, Any] = {"case": case, "at": NOW, "type": "closed"}
    if how == "save":
        row = Event(**fields)
        row.save()
        row.save()  # changed, not added
    elif how == "create":
        case.events.create(**{name: value for name, value in fields.items() if name != "case"})
    else:
        Event.objects.bulk_create([Event(**fields), Event(**fields)])
    assert told(endpoint) == ["request.closed"] * (2 if how == "bulk" else 1)


def test_the_same_entry_is_never_stored_twice(town: Town) -> None:
    endpoint = subscribe()
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    row = WebhookEvent.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookEvent.objects.create(
            key=row.key, message_id="msg_other", type=row.type, facts={}, at=NOW, created_at=NOW
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(event=row, endpoint=endpoint, next_at=NOW, created_at=NOW)


def test_a_unit_hears_of_itself_and_of_those_below_it_and_nobody_else(town: Town) -> None:
    above = make_unit("Rådmannen")
    town.unit.parent = above
    town.unit.save()
    here, over, beside, all_ = (
        subscribe(unit=town.unit), subscribe(unit=above), subscribe(unit=make_unit("Teknisk")), subscribe(),
    )  # fmt: skip
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert [told(one) for one in (here, over, beside, all_)] == [["request.received"]] * 2 + [
        [],
        ["request.received"],
    ]
    assert WebhookEvent.objects.count() == 1


def test_a_case_that_moves_is_told_to_the_unit_that_gives_it_away_and_then_no_more(town: Town) -> None:
    other = make_unit("Teknisk")
    mine, theirs = subscribe(unit=town.unit), subscribe(unit=other)
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    cases.hand_over(case, unit=other, reason="Det er deres hall.", by=town.officer, now=NOW)
    case.refresh_from_db()
    cases.dismiss(case, grounds="Kan ikke lånes ut.", by=other.officer, now=NOW)
    assert told(mine) == ["request.received", "request.handed_over"]
    assert told(theirs) == ["request.handed_over", "request.decided"]
    # What was recorded while it was ours says nothing about how it stands at the others.
    first = json.loads(body_of(WebhookEvent.objects.get(type="request.received")) or "")
    assert "state" not in first["data"]
    moved = json.loads(body_of(WebhookEvent.objects.get(type="request.handed_over")) or "")["data"]
    assert (moved["from_unit"], moved["to_unit"]) == (town.unit.slug, other.slug)
    assert "state" not in moved
    assert "deres hall" not in json.dumps(moved)


def test_what_only_staff_see_stays_in_the_house(town: Town) -> None:
    endpoint = subscribe()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    Event.objects.create(case=case, at=NOW, type="message", staff_only=True)
    Event.objects.create(case=case, at=NOW, type="tie_declared")
    assert told(endpoint) == ["request.received"]


def test_only_what_was_chosen_is_kept_and_nothing_where_nobody_listens(town: Town, settings: Any) -> None:
    endpoint = subscribe("request.decided")
    for state, because in (("disabled", "gone"), ("paused", "")):
        subscribe(state=state, because=because, name=state)
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.decide(case, "grant")
    assert told(endpoint) == ["request.decided"]
    assert not told(WebhookEndpoint.objects.get(name="disabled"))
    assert told(WebhookEndpoint.objects.get(name="paused")) == ["request.received", "request.decided"]
    WebhookEndpoint.objects.all().update(state="paused", because="", types=["season.opened"])
    town.ask(body(town.room, at(8, 18), at(8, 20)))
    assert WebhookEvent.objects.count() == 2
    WebhookEndpoint.objects.all().update(types=["request.received"])
    settings.BOOKING = settings.BOOKING | {"switches": {"webhooks": False}}
    town.ask(body(town.room, at(9, 18), at(9, 20)))
    assert WebhookEvent.objects.count() == 2


def test_it_costs_one_query_where_nobody_listens_none_where_it_is_off_and_five_for_forty(
    town: Town, settings: Any
) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            Event.objects.bulk_create([Event(case=case, at=NOW, type="closed") for _number in range(count)])
        return len(captured)

    settings.BOOKING = settings.BOOKING | {"switches": {"webhooks": False}}
    plain = cost(1)
    settings.BOOKING = django_settings.BOOKING | {"switches": {"webhooks": True}}
    assert cost(1) == plain + 1
    subscribe()
    assert cost(1) == cost(40) == plain + 3


def test_works_and_rounds_are_told_when_it_is_public(db: Any) -> None:
    from tests.seasons.world import make_valley
    from tests.works.world import make_world

    endpoint = subscribe()
    place = make_world()
    works = place.drafted()
    assert told(endpoint) == []  # a draft is nobody's business
    from booking.works.services import move

    works = move(works, to="planned", by=place.planner, now=NOW)
    WorksEvent.objects.create(works=works, number=1, public=False, at=NOW, type="noticed")
    assert told(endpoint) == ["works.planned"]
    said = json.loads(body_of(WebhookEvent.objects.get()) or "")["data"]
    assert said == {
        "ref": works.reference, "what": "planned", "unit": place.technical.slug, "version": 1, "state": "planned",
        "url": f"{base()}/api/booking/v1/works/{works.reference}/",
    }  # fmt: skip
    valley = make_valley()
    season = valley.round("proposals")
    WebhookDelivery.objects.all().delete()
    RoundEvent.objects.create(
        round=season, number=90, at=NOW, type="proposal_published", facts={"proposal": 3, "organisation": 7}
    )
    RoundEvent.objects.create(round=season, number=91, at=NOW, type="hearing_opened", public=False)
    assert told(endpoint) == ["season.proposal"]
    said = json.loads(body_of(WebhookEvent.objects.get(type="season.proposal")) or "")["data"]
    assert said == {
        "slug": season.slug, "what": "proposal_published", "unit": season.unit.slug, "state": "proposals",
        "proposal": 3, "url": f"{base()}/api/booking/v1/seasons/{season.slug}/",
    }  # fmt: skip
