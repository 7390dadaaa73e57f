"""The pages of hearing, timetable, free hours and an organisation's own hours, as people use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases.models import Line, LineState
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.seasons.models import (
    Allocation,
    Comment,
    Confirmation,
    ProposalState,
    RoundState,
    SeasonRound,
    SwapOffer,
    UseReport,
)
from booking.seasons.services.adopting import adopt
from booking.seasons.services.hearing import answer_comment, comment, hear
from booking.seasons.services.swapping import offer_swap
from tests.factories import NOW, give_membership, make_user
from tests.seasons.conftest import Heard
from tests.seasons.world import Valley


@pytest.fixture(autouse=True)
def _at_now() -> Any:
    with clock.at(NOW):
        yield


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_one_tap_confirms(valley: Valley, heard: Heard) -> None:
    client = signed_in(valley.coach)
    page = reverse("booking:season_hearing", args=[heard[0].slug])
    body = client.get(page).content.decode()
    assert "Mandag 17.00–18.00, Lillebyhallen" in body
    answer = client.post(
        reverse("booking:season_confirm", args=[heard[0].slug, valley.club.slug]),
        {"answer": "yes", "proposal": heard[1].pk}, follow=True,
    )  # fmt: skip
    assert answer.status_code == 200
    assert Confirmation.objects.get().yes
    refused = client.post(
        reverse("booking:season_confirm", args=[heard[0].slug, valley.handball.slug]), {"answer": "yes"}
    )
    assert refused.status_code == 404


def test_a_no_says_which_hours(valley: Valley, heard: Heard) -> None:
    client = signed_in(valley.coach)
    slot = heard[1].slots.get(wish__team="J13")
    name = f"no-{valley.club.slug}"
    address = reverse("booking:season_confirm", args=[heard[0].slug, valley.club.slug])
    client.post(address, {"answer": "no", f"{name}-declined": [slot.pk], f"{name}-text": "For tidlig"})
    row = Confirmation.objects.get()
    assert (row.yes, row.declined, row.text) == (False, [slot.pk], "For tidlig")
    wrong = client.post(address, {"answer": "no", f"{name}-declined": ["99999999"], f"{name}-text": "Beholdt tekst"})
    assert wrong.status_code == 400
    assert "Beholdt tekst" in wrong.content.decode()


def test_anybody_reads_and_only_those_who_take_part_speak(valley: Valley, heard: Heard) -> None:
    page = reverse("booking:season_hearing", args=[heard[0].slug])
    assert Client().get(page).status_code == 200
    say = reverse("booking:season_say", args=[heard[0].slug])
    assert Client().post(say, {}).status_code == 302
    stranger = signed_in(make_user("Fremmed"))
    assert stranger.get(page).status_code == 200
    assert stranger.post(say, {"say-text": "Hei"}).status_code == 404


def test_a_comment_stands_on_the_page_with_the_organisation_and_never_the_person(valley: Valley, heard: Heard) -> None:
    client = signed_in(valley.coach)
    slot = heard[1].slots.first()
    assert slot is not None
    say = reverse("booking:season_say", args=[heard[0].slug])
    data = {
        "say-speaker": valley.club.slug, "say-kind": "objection", "say-slot": slot.pk, "say-text": "Vi trenger mer.",
        "key": "k1",
    }  # fmt: skip
    assert client.post(say, data | {"say-text": ""}).status_code == 400
    for _press in range(2):
        assert client.post(say, data).status_code == 302
    assert Comment.objects.count() == 1
    body = Client().get(reverse("booking:season_hearing", args=[heard[0].slug])).content.decode()
    assert "Vi trenger mer." in body
    assert valley.club.name in body
    assert str(valley.coach) not in body
    unsay = reverse("booking:season_unsay", args=[heard[0].slug, Comment.objects.get().pk])
    assert signed_in(valley.singer).post(unsay).status_code == 404
    assert client.post(unsay).status_code == 302
    assert Comment.objects.get().withdrawn_at is not None


def test_a_swap_goes_there_and_back(valley: Valley, heard: Heard) -> None:
    slots = {slot.wish.team: slot for slot in heard[1].slots.all()}
    address = reverse("booking:season_swap", args=[heard[0].slug, valley.club.slug])
    name = f"swap-{valley.club.slug}"
    data = {f"{name}-ours": slots["J13"].pk, f"{name}-theirs": slots["G14"].pk, f"{name}-text": "Passer det?"}
    assert signed_in(valley.coach).post(address, data).status_code == 302
    offer = SwapOffer.objects.get()
    other = signed_in(valley.handball_leader)
    assert "Passer det?" in other.get(reverse("booking:season_hearing", args=[heard[0].slug])).content.decode()
    accept = reverse("booking:season_swap_accept", args=[heard[0].slug, offer.pk])
    assert signed_in(valley.coach).post(accept).status_code == 404
    assert other.post(accept).status_code == 302
    offer.refresh_from_db()
    assert offer.made is not None


@pytest.mark.parametrize(
    ("name", "who", "not_theirs", "state"),
    [
        ("booking:season_swap_decline", "handball_leader", "coach", "declined"),
        ("booking:season_swap_withdraw", "coach", "handball_leader", "withdrawn"),
    ],
)
def test_a_swap_is_declined_or_taken_back(
    valley: Valley, heard: Heard, name: str, who: str, not_theirs: str, state: str
) -> None:
    slots = {slot.wish.team: slot for slot in heard[1].slots.all()}
    offer = offer_swap(
        heard[1], ours_id=slots["J13"].pk, theirs_id=slots["G14"].pk, by=valley.coach, organisation=valley.club, now=NOW
    )
    address = reverse(name, args=[heard[0].slug, offer.pk])
    assert signed_in(getattr(valley, not_theirs)).post(address).status_code == 404
    assert signed_in(getattr(valley, who)).post(address).status_code == 302
    offer.refresh_from_db()
    assert (offer.state, offer.made) == (state, None)


@pytest.fixture
def adopted(valley: Valley, heard: Heard) -> Heard:
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    heard[0].refresh_from_db()
    return heard


def test_the_adopted_timetable_is_public_as_grid_table_and_print(valley: Valley, adopted: Heard) -> None:
    for name in ("season_timetable", "season_timetable_print"):
        answer = Client().get(reverse(f"booking:{name}", args=[adopted[0].slug]))
        assert answer.status_code == 200
        body = answer.content.decode()
        assert "J13" in body
        assert "17.00–18.00" in body
    body = Client().get(reverse("booking:season_timetable", args=[adopted[0].slug]) + "?hall=all").content.decode()
    assert f"season-{adopted[0].slug}--{valley.club.slug}--1.ics" in body
    assert (
        Client().get(reverse("booking:season_timetable", args=[valley.round("open", slug="annen").slug])).status_code
        == 404
    )


def test_our_hours_on_the_phone(valley: Valley, adopted: Heard) -> None:
    page = reverse("booking:my_hours", args=[valley.club.slug])
    client = signed_in(valley.coach)
    body = client.get(page).content.decode()
    assert "Mandag 17.00–18.00" in body
    assert "31. august" in body
    assert signed_in(valley.singer).get(page).status_code == 404
    member = make_user("Spiller")
    give_membership(member, valley.club, "member")
    assert signed_in(member).get(page).status_code == 200
    line = Line.objects.filter(case__organisation=valley.club).order_by("start")[1]
    release = reverse("booking:my_hours_release", args=[valley.club.slug, line.pk])
    assert signed_in(member).post(release).status_code == 404
    assert client.get(release).status_code == 200
    assert client.post(release).status_code == 302
    line.refresh_from_db()
    assert line.state == LineState.CANCELLED_BY_ORGANISATION
    assert client.get(release).status_code == 200
    free = Client().get(reverse("booking:season_free")).content.decode()
    assert f"/ask/{valley.hall.whole.slug}/?free_from=" in free


def test_the_rest_is_given_up_and_a_wrong_day_is_told(valley: Valley, adopted: Heard) -> None:
    client = signed_in(valley.coach)
    row = Allocation.objects.get(wish__team="J13")
    address = reverse("booking:my_hours_release_rest", args=[valley.club.slug, row.pk])
    assert client.post(address, {f"rest-{row.pk}-since": "2020-01-01"}).status_code == 400
    assert client.post(address, {f"rest-{row.pk}-since": "2026-10-01"}).status_code == 302
    row.refresh_from_db()
    assert row.ended_why == "released"
    assert "gitt" in client.get(reverse("booking:my_hours", args=[valley.club.slug])).content.decode() or row.ended_at


def test_use_with_one_tap(valley: Valley, adopted: Heard) -> None:
    line = Line.objects.filter(case__organisation=valley.club).order_by("start")[0]
    with clock.at(line.end + timedelta(minutes=5)):
        client = signed_in(valley.coach)
        body = client.get(reverse("booking:my_hours", args=[valley.club.slug])).content.decode()
        assert reverse("booking:my_hours_use", args=[valley.club.slug, line.pk]) in body
        client.post(reverse("booking:my_hours_use", args=[valley.club.slug, line.pk]), {"used": "no"})
        assert UseReport.objects.get().used is False


def test_the_caretaker_taps_on_the_day_s_page(valley: Valley, adopted: Heard) -> None:
    from tests.factories import give_role

    caretaker = make_user("Vakt Mester")
    give_role(caretaker, valley.unit, "caretaker")
    line = Line.objects.filter(case__organisation=valley.club).order_by("start")[0]
    with clock.at(line.start + timedelta(minutes=20)):
        client = signed_in(caretaker)
        page = reverse("booking:my_day")
        body = client.get(page).content.decode()
        assert "J13" in body
        code = f"season-use:no/{line.pk}"
        assert code in body
        assert client.post(page, {"act": code}).status_code == 302
        assert UseReport.objects.get().hat == f"unit:{valley.unit.slug}"
        assert client.post(page, {"act": f"season-use:perhaps/{line.pk}"}).status_code == 404
        assert client.post(page, {"act": "season-use:no/999999"}).status_code == 404
        assert code not in client.get(page).content.decode()


def test_the_organisation_s_own_page_leads_there(valley: Valley, adopted: Heard) -> None:
    body = signed_in(valley.leader).get(reverse("booking:my_organisation", args=[valley.club.slug])).content.decode()
    assert reverse("booking:my_hours", args=[valley.club.slug]) in body


def test_what_was_said_about_an_earlier_proposal_stays_on_the_page(valley: Valley, heard: Heard) -> None:
    round, first = heard
    row = comment(
        first, words="For sent for barna", kind="objection", by=valley.leader, organisation=valley.club, now=NOW
    )
    answer_comment(row, answer="Vi flytter dem.", by=valley.officer, now=NOW)
    slots = {slot.wish.team: slot for slot in first.slots.all()}
    offer = offer_swap(
        first, ours_id=slots["G14"].pk, theirs_id=slots["J13"].pk, by=valley.handball_leader,
        organisation=valley.handball, now=NOW,
    )  # fmt: skip
    other = valley.proposal(round, (slots["J13"].wish, valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED)
    hear(round, other, by=valley.officer, now=NOW)
    page = reverse("booking:season_hearing", args=[round.slug])
    body = Client().get(page).content.decode()
    assert "For sent for barna" in body
    assert "Vi flytter dem." in body
    assert f'href="{reverse("booking:season_proposal", args=[round.slug, first.number])}"' in body
    # The offer can still be answered.
    assert (
        reverse("booking:season_swap_accept", args=[round.slug, offer.pk])
        in signed_in(valley.coach).get(page).content.decode()
    )


def test_any_proposal_is_commented_on_before_one_is_heard(valley: Valley, heard: Heard) -> None:
    round, first = heard
    SeasonRound.objects.update(state=RoundState.PROPOSALS, heard=None)
    say = reverse("booking:season_say_about", args=[round.slug, first.number])
    page = reverse("booking:season_proposal", args=[round.slug, first.number])
    slot = first.slots.get(wish__team="J13")
    reader = signed_in(valley.coach)
    assert f"{say}?slot={slot.pk}" in reader.get(f"{page}?as=list").content.decode()
    form = reader.get(f"{say}?slot={slot.pk}")
    assert form.context["comment_form"]["slot"].value() == str(slot.pk)
    empty = reader.post(say, {"say-speaker": valley.club.slug, "say-kind": "comment", "say-text": "", "key": "a"})
    assert empty.status_code == 400
    data = {
        "say-speaker": valley.club.slug,
        "say-kind": "objection",
        "say-slot": slot.pk,
        "say-text": "Fint",
        "key": "b",
    }
    assert reader.post(say, data)["Location"] == f"{page}#said"
    assert reader.post(say, data).status_code == 302  # a double click
    row = Comment.objects.get()
    body = Client().get(page).content.decode()
    assert "Fint" in body
    assert "Kari Trener" not in body
    # Its answer leads to where it stands: there is no hearing yet.
    answer_comment(row, answer="Takk", by=valley.officer, now=NOW)
    letter = OutboxMessage.objects.filter(handler="season_answer").first()
    assert letter is not None
    assert f"/proposals/{first.number}/#said" in registry.handler("season_answer").write(letter.payload, "nb").text
    # Others don't speak, and a draft isn't talked about.
    assert signed_in(make_user("Fremmed")).get(say).status_code == 404
    draft = valley.proposal(round, (slot.wish, valley.gym, 2, 17, 18))
    assert reader.get(reverse("booking:season_say_about", args=[round.slug, draft.number])).status_code == 404
    unsay = reverse("booking:season_unsay", args=[round.slug, comment(
        first, words="Angrer", by=valley.coach, organisation=valley.club, now=NOW).pk])  # fmt: skip
    assert reader.post(unsay)["Location"] == f"{page}#said"
    assert "Angrer" not in Client().get(page).content.decode()
