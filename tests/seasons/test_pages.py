"""The public pages of rounds and wishes, as a browser without JavaScript sees them; by right and by date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import registry as organisations
from booking.seasons.models import ProposalState, SeasonRound, Wish
from booking.seasons.services import flow
from booking.seasons.services.common import record
from booking.templatetags.booking_seasons import rounds_that_take_wishes, seasons_address
from tests.seasons.world import Valley
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def open_round(valley: Valley, **fields: Any) -> SeasonRound:
    """A round that takes wishes today."""
    on = clock.today(booking_settings().tz)
    dates = {
        "opens_on": on - timedelta(3), "closes_on": on + timedelta(10), "proposals_until": on + timedelta(20),
        "hearing_until": on + timedelta(30), "confirm_by": on + timedelta(31), "adopt_on": on + timedelta(32),
        "season_start": on + timedelta(60), "season_end": on + timedelta(300),
    }  # fmt: skip
    return valley.round("open", **(dates | fields))


def closed_round(valley: Valley, **fields: Any) -> SeasonRound:
    on = clock.today(booking_settings().tz)
    return open_round(valley, opens_on=on - timedelta(20), closes_on=on - timedelta(1), **fields)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def entry(valley: Valley, **fields: Any) -> dict[str, Any]:
    return {
        "team": "J13", "activity": "håndball", "age_from": "12", "age_to": "13", "heads": "15", "sessions_wanted": "2",
        "minutes_wanted": "60", "place_1": str(valley.hall.whole.pk), "best": ["1-1020-1080", "3-1080-1140"],
        "key": "k1",
    } | fields  # fmt: skip


def url(name: str, *args: Any) -> str:
    return reverse(f"booking:{name}", args=args)


def test_the_list_is_empty_with_words_and_then_has_rounds(valley: Valley) -> None:
    assert "sk-empty" in text(Client().get("/seasons/"))
    valley.round("preparing", slug="hemmelig", name="Hemmelig runde")
    open_round(valley)
    seen = text(Client().get("/seasons/"))
    assert "Hallfordeling 2026/27" in seen
    assert "Hemmelig" not in seen
    assert "Hemmelig" in text(browser(valley.officer).get("/seasons/"))


def test_a_round_that_is_prepared_is_for_its_unit_only(valley: Valley) -> None:
    made = valley.round("preparing")
    for name in ("season", "season_demand", "season_wishes"):
        assert Client().get(url(name, made.slug)).status_code == 404
        assert browser(valley.coach).get(url(name, made.slug)).status_code == 404
    assert browser(valley.officer).get(url("season", made.slug)).status_code == 200
    assert browser(valley.coach).get(url("season_wishes_of", made.slug, valley.club.slug)).status_code == 404


def test_the_page_tells_dates_rules_places_and_what_becomes_public(valley: Valley) -> None:
    made = open_round(valley, about="Vi deler ut timene.")
    record(
        made,
        "dates_changed",
        at=clock.now(),
        facts={"dates": {"closes_on": ["2026-01-01", "2026-01-09"]}, "reason": "Ferie"},
    )
    record(made, "taken_over", at=clock.now(), public=False, facts={"reason": "Internt"})
    seen = text(Client().get(url("season", made.slug)))
    for words in ("Lillebyhallen", "Gymsalen", "Vi deler ut timene.", "Kultur og idrett", "sk-roundline", "Ferie"):
        assert words in seen
    assert "Internt" not in seen
    assert url("season_wishes_of", made.slug, valley.club.slug) not in seen
    assert url("season_wishes_of", made.slug, valley.club.slug) in text(
        browser(valley.coach).get(url("season", made.slug))
    )


def test_a_coach_wishes_without_javascript(valley: Valley) -> None:
    made = open_round(valley)
    me = browser(valley.coach)
    form = text(me.get(url("season_wish_new", made.slug, valley.club.slug)))
    assert 'value="1-1020-1080"' in form
    assert 'value="6-1020-1080"' not in form  # no hours on Sundays
    answer = me.post(url("season_wish_new", made.slug, valley.club.slug), entry(valley))
    assert answer.status_code == 302
    wish = Wish.objects.get()
    assert wish.best == [[1, 1020, 1080], [3, 1080, 1140]]
    assert (wish.sessions_min, wish.minutes_min) == (2, 60)
    me.post(url("season_wish_new", made.slug, valley.club.slug), entry(valley))
    assert Wish.objects.count() == 1  # the same form twice
    assert "J13" in text(me.get(url("season_wishes_of", made.slug, valley.club.slug)))


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(valley: Valley) -> None:
    made = open_round(valley)
    me = browser(valley.coach)
    where = url("season_wish_new", made.slug, valley.club.slug)
    answer = me.post(where, entry(valley, heads="", age_from="14", impossible=["1-1020-1080"]))
    assert answer.status_code == 400
    assert 'value="J13"' in text(answer)
    answer = me.post(where, entry(valley, age_from="14", impossible=["1-1020-1080"]))
    assert answer.status_code == 400
    assert text(answer).count("ds-validation-message") >= 2
    assert 'value="1-1020-1080" id="id_best_1_1020" checked' in text(answer)
    assert Wish.objects.count() == 0


def test_changing_a_wish_keeps_minutes_that_the_grid_cannot_show(valley: Valley) -> None:
    made = open_round(valley)
    wish = valley.wish(made, best=[[1, 1030, 1105]])
    me = browser(valley.coach)
    where = url("season_wish", made.slug, valley.club.slug, wish.number)
    same = entry(valley, best=["1-1020-1080", "1-1080-1140"], version="1")
    assert me.post(where, same).status_code == 302
    wish.refresh_from_db()
    assert wish.best == [[1, 1030, 1105]]
    assert me.post(where, same | {"version": "1"}).status_code == 400  # somebody was faster
    me.post(where, same | {"version": "2", "best": ["1-1020-1080"]})
    wish.refresh_from_db()
    assert wish.best == [[1, 1020, 1080]]


def test_a_name_gets_a_gentle_question_and_is_taken(valley: Valley) -> None:
    made = open_round(valley)
    where = url("season_wish_new", made.slug, valley.club.slug)
    answer = browser(valley.coach).post(where, entry(valley, team="Kari Nordmann"), follow=True)
    assert "Kari Nordmann" in text(answer)
    assert [one.level_tag for one in answer.context["messages"]] == ["success", "warning"]


def test_the_same_as_last_year_is_one_press(valley: Valley) -> None:
    old = valley.round("ended", slug="i-fjor")
    first = valley.wish(old)
    old.adopted = valley.proposal(old, (first, valley.gym, 1, 17, 18), state=ProposalState.PUBLISHED)
    old.save()
    made = open_round(valley, follows=old)
    me = browser(valley.coach)
    mine = url("season_wishes_of", made.slug, valley.club.slug)
    assert url("season_wishes_same", made.slug, valley.club.slug) in text(me.get(mine))
    assert me.post(url("season_wishes_same", made.slug, valley.club.slug)).status_code == 302
    assert Wish.objects.get(round=made).team == "J13"
    assert url("season_wishes_same", made.slug, valley.club.slug) not in text(me.get(mine))


def test_withdraw_and_copy(valley: Valley) -> None:
    made = open_round(valley)
    wish = valley.wish(made)
    me = browser(valley.coach)
    copied = text(me.get(url("season_wish_new", made.slug, valley.club.slug) + f"?from={wish.number}"))
    assert 'value="håndball"' in copied
    assert 'value="J13"' not in copied
    me.post(url("season_wish_withdraw", made.slug, valley.club.slug, wish.number))
    wish.refresh_from_db()
    assert wish.withdrawn_at is not None


@pytest.mark.parametrize("name", ["season_wishes_of", "season_wish_new", "season_wishes_same"])
def test_nobody_else_acts_for_the_organisation(valley: Valley, name: str) -> None:
    made = open_round(valley)
    where = url(name, made.slug, valley.club.slug)
    for who in (valley.singer, valley.officer):
        answer = browser(who).post(where) if name.endswith("same") else browser(who).get(where)
        assert answer.status_code == 404
    assert Client().get(where).status_code in (302, 405)


def test_before_the_closing_date_others_see_numbers_and_no_names(valley: Valley) -> None:
    made = open_round(valley)
    valley.wish(made, best=[[1, 1020, 1080]])
    seen = text(Client().get(url("season_wishes", made.slug)))
    assert "Lilleby idrettslag" not in seen
    assert "J13" not in seen
    assert "sk-weekgrid" in seen
    assert 'data-level="1"' in text(Client().get(url("season_demand", made.slug)))


def test_after_it_everybody_sees_all_wishes_and_no_person(valley: Valley) -> None:
    made = closed_round(valley)
    valley.wish(made, note="Ring Kari", apart=["kari"])
    seen = text(Client().get(url("season_wishes", made.slug)))
    assert "Lilleby idrettslag" in seen
    assert "J13" in seen
    for word in ("Eva Leder", "Kari", "kari"):
        assert word not in seen
    answer = browser(valley.coach).get(url("season_wish_new", made.slug, valley.club.slug))
    assert "Ola Saksbehandler" in text(answer)
    assert "<form" not in text(answer).partition("<main")[2].partition("</main>")[0]


def test_demand_can_be_looked_at_place_by_place(valley: Valley) -> None:
    made = open_round(valley)
    valley.wish(made, places=(valley.gym,), best=[[0, 960, 1020]])
    seen = Client().get(url("season_demand", made.slug) + f"?hall={valley.hall.whole.slug}")
    assert seen.context["grid"].teams == 0
    assert Client().get(url("season_demand", made.slug) + "?hall=nei").context["grid"].teams == 1


def test_an_organisation_s_own_page_says_that_wishes_are_open(valley: Valley) -> None:
    made = open_round(valley)
    seen = text(browser(valley.coach).get(f"/my/organisations/{valley.club.slug}/"))
    assert url("season_wishes_of", made.slug, valley.club.slug) in seen
    on = clock.today(booking_settings().tz)
    parts = organisations.page_parts(valley.club, valley.coach, ["member"], on)
    assert not [one for one in parts if one.url == "/seasons/"]


def test_switched_off_there_is_nothing(valley: Valley, settings: Any) -> None:
    made = open_round(valley)
    settings.BOOKING = {**settings.BOOKING, "switches": {"seasons": False}}
    for where in (
        "/seasons/",
        url("season", made.slug),
        url("season_demand", made.slug),
        url("season_wishes", made.slug),
    ):
        assert Client().get(where).status_code == 404
    assert browser(valley.coach).get(url("season_wishes_of", made.slug, valley.club.slug)).status_code == 404
    assert Client().get("/api/booking/v1/seasons/").status_code == 404
    assert flow.run_rounds(clock.now()) == 0
    assert "/seasons/" not in text(browser(valley.coach).get(f"/my/organisations/{valley.club.slug}/"))


def test_many_wishes_take_no_more_queries(valley: Valley) -> None:
    made = closed_round(valley)
    valley.wish(made, "A")
    with CaptureQueriesContext(
        connection,
    ) as few:
        Client().get(url("season_wishes", made.slug))
    for number in range(20):
        valley.wish(made, f"B{number}", valley.choir if number % 2 else valley.handball)
    with CaptureQueriesContext(connection) as many:
        Client().get(url("season_wishes", made.slug))
    assert len(many) <= len(few)


def test_the_front_page_offers_wishing_while_it_can_be_done(valley: Valley) -> None:
    assert rounds_that_take_wishes() == []
    made = open_round(valley)
    closed_round(valley, slug="stengt")
    assert [one["round"] for one in rounds_that_take_wishes()] == [made]
    assert seasons_address() == "/seasons/"


def test_withdrawn_twice_is_once(valley: Valley) -> None:
    round = open_round(valley)
    wish = valley.wish(round)
    address = reverse("booking:season_wish_withdraw", args=[round.slug, valley.club.slug, wish.number])
    phone = browser(valley.coach)
    assert phone.get(reverse("booking:season_wishes_of", args=[round.slug, valley.club.slug])).status_code == 200
    for _press in range(2):
        assert phone.post(address).status_code == 302
    wish.refresh_from_db()
    assert wish.withdrawn_at is not None
