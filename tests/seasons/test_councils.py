"""Councils of youth, the elderly and people with disabilities are heard about hours in places tagged for them (N14)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from booking.catalogue.models import Feature
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.errors import Forbidden
from booking.organisations.councils import councils_for
from booking.organisations.models import Organisation
from booking.seasons.models import Comment, ProposalState
from booking.seasons.selectors.hearing import places_of_councils
from booking.seasons.services.confirming import confirm
from booking.seasons.services.hearing import answer_comment, comment, hear, withdraw_comment
from tests.factories import NOW, make_organisation, make_user
from tests.seasons.conftest import Heard
from tests.seasons.world import Valley

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker() -> Any:
    return make_user("Maja Ungdomsråd")


@pytest.fixture
def council(speaker: Any) -> Organisation:
    made = make_organisation("Ungdomsrådet", leader=speaker)
    made.kind, made.slug = "council", "ungdomsradet"
    made.save()
    return made


@pytest.fixture
def tagged(valley: Valley) -> None:
    valley.hall.whole.features.add(Feature.objects.create(slug="for-ungdom", name="For ungdom"))


def another(valley: Valley, heard: Heard) -> Any:
    return valley.proposal(
        heard[0], (heard[0].wishes.get(team="J13"), valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED
    )


def test_a_council_is_told_once_when_a_timetable_with_its_places_is_heard(
    valley: Valley, heard: Heard, council: Organisation, tagged: None, speaker: Any
) -> None:
    made = another(valley, heard)
    for _time in range(2):
        hear(heard[0], made, by=valley.officer, now=NOW)
    letter = OutboxMessage.objects.get(handler="season_council")
    assert letter.recipient == speaker.email
    assert letter.payload["places"] == [valley.hall.whole.pk]
    assert not OutboxMessage.objects.filter(handler="season_hearing", recipient=speaker.email).exists()


def test_no_council_is_told_of_places_that_arent_theirs(valley: Valley, heard: Heard, council: Organisation) -> None:
    valley.gym.features.add(Feature.objects.create(slug="for-eldre", name="For eldre"))
    hear(heard[0], another(valley, heard), by=valley.officer, now=NOW)
    assert not OutboxMessage.objects.filter(handler="season_council").exists()


def test_a_part_of_a_hall_is_for_whom_the_hall_is_for(
    valley: Valley, heard: Heard, council: Organisation, tagged: None
) -> None:
    heard[0].places.filter(resource=valley.hall.whole).delete()
    assert places_of_councils(heard[0]) == {council.pk: [one.pk for one in valley.hall.parts]}


def test_it_speaks_and_objects_and_is_answered_but_has_no_hours_to_take(
    valley: Valley, heard: Heard, council: Organisation, tagged: None, speaker: Any
) -> None:
    said = comment(heard[1], words="Jentene mister fredagen.", kind="objection", by=speaker, organisation=council,
                   now=NOW)  # fmt: skip
    answer_comment(said, answer="Fredagen blir som før.", by=valley.officer, now=NOW)
    assert OutboxMessage.objects.get(handler="season_answer").recipient == speaker.email
    other = comment(heard[1], words="Takk", by=speaker, organisation=council, now=NOW)
    assert withdraw_comment(other, by=speaker, now=NOW).withdrawn_at == NOW
    with pytest.raises(Forbidden):
        confirm(heard[0], yes=True, by=speaker, organisation=council, now=NOW)


def test_a_council_of_other_places_isnt_heard(heard: Heard, council: Organisation, speaker: Any) -> None:
    with pytest.raises(Forbidden):
        comment(heard[1], words="Hei", by=speaker, organisation=council, now=NOW)


def test_it_is_said_on_the_page_and_through_the_api(
    valley: Valley, heard: Heard, council: Organisation, tagged: None, speaker: Any
) -> None:
    client = Client()
    client.force_login(speaker, backend="django.contrib.auth.backends.ModelBackend")
    page = f"/seasons/{heard[0].slug}/hearing/"
    with clock.at(NOW):
        shown = client.get(page)
        assert shown.context["comment_form"] is not None
        assert shown.context["own"] == []  # no hours, nothing to confirm
        data = {"say-speaker": council.slug, "say-kind": "comment", "say-slot": "", "say-text": "Fin plan", "key": "a"}
        assert client.post(f"{page}say/", data).status_code == 302
        answer = client.post(
            f"/api/booking/v1/seasons/{heard[0].slug}/proposals/{heard[1].number}/comments/",
            {"text": "Og en ting til", "kind": "objection"}, content_type="application/json",
        )  # fmt: skip
        assert answer.status_code == 201, answer.content
        assert answer.json()["organisation"] == council.slug
        assert client.post(f"{page}comments/{Comment.objects.first().pk}/take-back/").status_code == 302  # type: ignore[union-attr]
    assert set(Comment.objects.values_list("organisation", flat=True)) == {council.pk}


def test_no_tag_no_question() -> None:
    assert councils_for([]) == {}
