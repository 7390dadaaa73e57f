"""Put off by more than twelve months, works are a case of their own (notice-rules.md "Changes"); the records tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.foundation import clock
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.works import services, wording
from booking.works.models import NoticeKind, Works
from tests.factories import NOW
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR_ON = at(42 + 366, 7), at(50 + 366, 15)


def later(world: World, days: int, **fields: Any) -> Any:
    return world.spec(window_start=at(42 + days, 7), window_end=at(50 + days, 15), **fields)


def test_more_than_a_year_is_refused_with_what_to_do_instead(world: World) -> None:
    works = world.planned()
    services.revise_works(works, spec=later(world, 364), by=world.planner, now=NOW, why="Penger.")
    with pytest.raises(WrongState, match="new_case") as refused:
        services.revise_works(fresh(works), spec=later(world, 366), by=world.planner, now=NOW, why="Penger.")
    assert refused.value.extra["continues"] == works.reference
    assert fresh(works).current.number == 2


def test_small_steps_do_not_add_up_to_it(world: World) -> None:
    works = world.planned()
    services.revise_works(works, spec=later(world, 200), by=world.planner, now=NOW, why="Penger.")
    with pytest.raises(WrongState, match="new_case"):
        services.revise_works(fresh(works), spec=later(world, 400), by=world.planner, now=NOW, why="Penger.")


def test_a_draft_may_move_as_it_likes(world: World) -> None:
    works = world.drafted()
    services.revise_works(works, spec=later(world, 700), by=world.planner, now=NOW)
    assert fresh(works).current.window_start == at(742, 7)


def test_they_go_on_as_new_works_and_everybody_who_was_told_hears_of_the_old(world: World) -> None:
    world.lend(44)
    old = world.noticed()
    with pytest.raises(Invalid):  # why they are put off is told to those affected
        services.continue_works(old, spec=later(world, 400), by=world.planner, now=NOW + DAY)
    new = services.continue_works(
        old, spec=later(world, 400), by=world.planner, now=NOW + DAY, why="Ingen penger i år."
    )
    assert (new.continues, new.state, fresh(old).state) == (old, "draft", "postponed")
    assert new.parties.count() == 0  # found, asked and told anew
    assert old.notices.filter(kind=NoticeKind.POSTPONED).exists()
    # Nobody hears of a draft.
    assert not old.events.filter(type="continued_by").exists()
    again = services.continue_works(fresh(old), spec=later(world, 500), by=world.planner, now=NOW + 2 * DAY)
    assert again == new
    services.move(new, to="planned", by=world.planner, now=NOW + 3 * DAY)
    for one, other, kind in ((old, new, "continued_by"), (new, old, "continues")):
        (said,) = one.events.filter(type=kind, public=True)
        assert other.reference in wording.event_words(said)
        page = Client().get(reverse("booking:works_page", args=[one.reference]))
        assert reverse("booking:works_page", args=[other.reference]) in page.content.decode()
        found = Client().get(f"/api/booking/v1/works/{one.reference}/").json()["properties"]
        assert found[kind] == other.reference


def test_works_that_were_postponed_long_ago_are_new_works(world: World) -> None:
    works = services.move(world.planned(now=NOW), to="postponed", by=world.planner, now=NOW, why="Ikke nå.")
    spec = later(world, 0)
    with pytest.raises(WrongState, match="new_case"):
        services.move(fresh(works), to="planned", by=world.planner, now=NOW + 366 * DAY)
    made = services.continue_works(fresh(works), spec=spec, by=world.planner, now=NOW)
    assert made.continues == works
    assert works.notices.filter(kind=NoticeKind.POSTPONED).count() <= 1  # said once


def test_what_goes_on_or_is_unknown_is_not_continued(world: World) -> None:
    with pytest.raises(WrongState):
        services.continue_works(world.drafted(), spec=later(world, 400), by=world.planner, now=NOW, why="Nei.")
    with pytest.raises(Forbidden):
        services.continue_works(world.planned(), spec=later(world, 400), by=world.coach, now=NOW, why="Nei.")


# --- the doors -------------------------------------------------------------------------------------------------------


@pytest.fixture
def planner(world: World, client: Client) -> Client:
    client.force_login(world.planner)
    return client


def form_of(works: Works, days: int, **fields: Any) -> dict[str, Any]:
    start, end = at(42 + days), at(50 + days)
    given = {
        "title": "Ny vannledning over Elvesletta", "places": [works.current.targets.get().resource_id],
        "first_day": f"{start.astimezone(clock.zone('Europe/Oslo')):%Y-%m-%d}", "begins": "07:00",
        "last_day": f"{end.astimezone(clock.zone('Europe/Oslo')):%Y-%m-%d}", "ends": "15:00",
        "reason": "Den gamle ledningen lekker.", "impact": "closed", "haste": "", "buffer_m": "30",
        "why": "Ingen penger i år.", "version": works.version,
    }  # fmt: skip
    return given | fields


def test_the_editor_refuses_and_one_press_goes_on_with_what_was_typed(world: World, planner: Client) -> None:
    works = world.planned()
    address = reverse("booking_works:change", args=[works.pk])
    with clock.at(NOW):
        refused = planner.post(address, form_of(works, 400))
        text = refused.content.decode()
        assert refused.status_code == 409
        assert 'name="act" value="continue"' in text
        assert "Ingen penger" in text
        made = planner.post(address, form_of(works, 400, act="continue"), follow=True)
    new = Works.objects.get(continues=works)
    assert made.redirect_chain[-1][0] == reverse("booking_works:inspect", args=[new.pk])
    assert works.reference in made.content.decode()
    assert new.current.window_start == at(442, 7)
    assert fresh(works).state == "postponed"
    with clock.at(NOW):
        page = planner.get(reverse("booking_works:inspect", args=[works.pk])).content.decode()
    assert new.reference in page


def test_postponed_works_have_a_way_on(world: World, planner: Client) -> None:
    works = services.move(world.planned(), to="postponed", by=world.planner, now=NOW, why="Ikke nå.")
    with clock.at(NOW):
        page = planner.get(reverse("booking_works:inspect", args=[works.pk])).content.decode()
        address = reverse("booking_works:change", args=[works.pk])
        assert address in page
        assert 'value="continue"' in planner.get(address).content.decode()
        assert planner.post(address, form_of(fresh(works), 400, act="continue")).status_code == 302
    assert Works.objects.filter(continues=works, state="draft").exists()


def test_the_api_goes_on_with_works(world: World, planner: Client) -> None:
    works = world.planned()
    body = {
        "title": "Ny vannledning", "reason": "Den lekker.", "start": YEAR_ON[0].isoformat(),
        "end": YEAR_ON[1].isoformat(), "targets": ["elvesletta"], "continues": works.reference,
    }  # fmt: skip
    with clock.at(NOW):
        for bad in ({"why": 7}, {"continues": ["x"]}, {"why": "\x00"}):
            said = planner.post("/api/booking/v1/works/", body | {"why": "Nei."} | bad, content_type="application/json")
            assert said.status_code == 400, bad
        unknown = planner.post(
            "/api/booking/v1/works/", body | {"continues": "ARB-1999-001"}, content_type="application/json"
        )
        assert unknown.status_code == 404
        made = planner.post("/api/booking/v1/works/", body | {"why": "Penger."}, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["properties"]["continues"] == works.reference
    assert fresh(works).state == "postponed"
