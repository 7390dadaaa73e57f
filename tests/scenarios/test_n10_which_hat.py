"""N10: the leader of a club is also a central employee: "know which hat you have on".

A person with both roles chooses the hat, it is shown and logged, nobody prepares and decides a case of their own
organisation, and an organisation is never left without somebody who leads it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from wagtail.models import APIToken

from booking.cases.models import Case
from booking.foundation import clock
from booking.organisations import selectors
from booking.organisations.models import LeaderMatter
from tests import factories as f
from tests.scenarios.conftest import Stage

API = "/api/booking/v1/"
BACKEND = "application/json"


@pytest.fixture
def jonas(stage: Stage) -> object:
    """Chairs the table tennis club, and works with sports for the municipality."""
    person = f.make_officer(stage.unit, "Jonas To-Hatter")
    f.make_organisation("Bordtennisklubben", leader=person, slug="bordtennis", listed=True)
    return person


def test_who_has_two_hats_says_which_and_it_stands_in_the_log(
    stage: Stage, jonas: object, moment: Callable[[int, int], datetime]
) -> None:
    _row, token = APIToken.create_token(user=jonas, name="t")
    headers = {"Authorization": f"Bearer {token}"}
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    body = {"organisation": "bordtennis", "purpose": "Trening", "lines": [line]}
    refused = Client().post(f"{API}requests/", body, BACKEND, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "hat_required")
    assert not Case.objects.exists()
    headers["Samskap-Hat"] = "organisation:bordtennis"
    made = Client().post(f"{API}requests/", body, BACKEND, headers=headers)
    assert made.status_code == 201
    received = made.json()["events"][0]
    assert received["actor"] == {"name": "Jonas To-Hatter", "hat": "organisation:bordtennis"}
    # The page says it in words, and he can't decide what he asked for, in whatever hat.
    reference = made.json()["ref"]
    assert "Jonas To-Hatter (Bordtennisklubben)" in stage.browser(jonas).get(f"/cases/{reference}/").content.decode()
    for hat in ("unit:kultur", "organisation:bordtennis"):
        decision = {"lines": [{"id": 1, "outcome": "grant"}]}
        answer = Client().post(
            f"{API}requests/{reference}/decide/", decision, BACKEND, headers=headers | {"Samskap-Hat": hat}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "disqualified")
    decided = {"lines": [{"id": 1, "outcome": "grant"}]}
    _row, colleague = APIToken.create_token(user=stage.unit.officer, name="t")
    answer = Client().post(
        f"{API}requests/{reference}/decide/", decided, BACKEND, headers={"Authorization": f"Bearer {colleague}"}
    )
    assert answer.json()["state"] == "granted"


def test_who_has_one_hat_is_never_asked(stage: Stage, moment: Callable[[int, int], datetime]) -> None:
    _row, token = APIToken.create_token(user=stage.coach, name="t")
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    body = {"organisation": stage.club.slug, "purpose": "Trening", "lines": [line]}
    made = Client().post(f"{API}requests/", body, BACKEND, headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 201


def test_the_hat_is_chosen_on_top_of_the_page_and_filled_in_below(stage: Stage, jonas: object) -> None:
    desk = stage.browser(jonas)
    desk.post("/my/hat/", {"hat": "unit:kultur"})
    assert desk.get("/ask/lillebyhallen/").context["form"]["hat"].value() == "unit:kultur"
    desk.post("/my/hat/", {"hat": "organisation:bordtennis"})
    page = desk.get("/ask/lillebyhallen/")
    assert page.context["form"]["hat"].value() == "organisation:bordtennis"
    assert "Bordtennisklubben</span></a>" in page.content.decode()


def test_nobody_verifies_or_merges_an_organisation_of_their_own(stage: Stage, jonas: object) -> None:
    mine = f.make_organisation("Mitt nye lag", leader=jonas, verified=False)
    desk = stage.browser(jonas)
    desk.post(f"/admin/booking/organisations/verify/{mine.pk}/")
    desk.post(f"/admin/booking/organisations/merge/{mine.pk}/", {"target": stage.club.pk})
    mine.refresh_from_db()
    assert (mine.state, mine.merged_into) == ("unverified", None)


def test_a_club_whose_leader_is_gone_gets_a_new_one_by_two_people_without_ties(stage: Stage, jonas: object) -> None:
    heir = f.make_user("Anna Arving")
    stage.club.listed = True
    stage.club.save()
    f.give_membership(jonas, stage.club, "board")
    f.give_membership(heir, stage.club, "member")
    # A neighbour without account tells it, and has a receipt with a name and a date.
    visitor = stage.browser()
    form = {"reason": "left", "message": "Kari har flyttet. Anna er valgt.", "email": "nabo@example.org"}
    visitor.post(f"/organisations/{stage.club.slug}/leader/", form)
    assert "Ola Saksbehandler" in visitor.get("/enquiry/sent/").content.decode()
    assert [letter.to for letter in stage.post_goes_out()] == [["nabo@example.org"]]
    matter = LeaderMatter.objects.get()
    ola, sigrid = stage.browser(stage.unit.officer), stage.browser(stage.unit.deputy)
    page = f"/admin/booking/leaders/inspect/{matter.pk}/"
    assert "Kari har flyttet" in ola.get(page).content.decode()
    opened = {"concerns": stage.coach.pk, "new_leader": heir.email}
    # Jonas sits on the board: he can't open it; Ola can.
    stage.browser(jonas).post(f"/admin/booking/leaders/open/{matter.pk}/", opened)
    matter.refresh_from_db()
    assert matter.state == "received"
    ola.post(f"/admin/booking/leaders/open/{matter.pk}/", opened)
    # Who is said to have left hears of it before anything happens.
    assert [letter.to for letter in stage.post_goes_out()] == [[stage.coach.email]]
    for _press in range(2):
        ola.post(f"/admin/booking/leaders/confirm/{matter.pk}/")
    today = clock.local_date(clock.now(), clock.zone("Europe/Oslo"))
    assert selectors.role_names(heir, stage.club, today) == ["member"]
    sigrid.post(f"/admin/booking/leaders/confirm/{matter.pk}/")
    assert selectors.role_names(heir, stage.club, today) == ["leader", "member"]
    assert selectors.role_names(stage.coach, stage.club, today) == []
    # History keeps who was who, and both are told.
    assert stage.club.memberships.filter(user=stage.coach, role="leader", end__isnull=False).exists()
    assert {letter.to[0] for letter in stage.post_goes_out()} == {heir.email, stage.coach.email}
