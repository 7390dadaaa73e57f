"""GET organisations/, organisations/{slug}/ and .../members/ by right (api.md)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import give_membership, make_officer, make_organisation, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
BASE = "/api/booking/v1/organisations/"
PUBLIC = {
    "slug",
    "name",
    "number",
    "kind",
    "state",
    "about",
    "activities",
    "page_url",
    "hat",
    "my_roles",
    "contact_name",
    "email",
    "phone",
    "website",
    "member_counts",
    "language",
    "listed",
}


@pytest.fixture
def listed(db):
    return make_organisation("Åpent lag", listed=True, leader=make_user("Leif"), phone="900 00 000")


@pytest.fixture
def hidden(db):
    return make_organisation("Hemmelig lag", leader=make_user("Live"))


def names(client, query=""):
    answer = client.get(BASE + query)
    assert answer.status_code == 200
    return [row["name"] for row in answer.json()["results"]]


def test_everybody_reads_the_public_register_without_contact_data(listed, hidden):
    answer = Client().get(BASE).json()
    assert (answer["count"], answer["next"], answer["previous"]) == (1, None, None)
    [row] = answer["results"]
    assert row["name"] == "Åpent lag"
    assert (row["email"], row["phone"], row["hat"], row["my_roles"]) == (None, None, None, [])
    assert set(row) == PUBLIC


def test_own_people_see_their_organisation_with_roles_and_hat(listed, hidden):
    person = make_user("Berit")
    give_membership(person, hidden, "booker")
    give_membership(person, listed, "member")
    client = browser(person)
    rows = {row["name"]: row for row in client.get(BASE).json()["results"]}
    assert rows["Hemmelig lag"]["hat"] == f"organisation:{hidden.slug}"
    assert rows["Hemmelig lag"]["my_roles"] == ["booker"]
    assert rows["Hemmelig lag"]["email"] == "post@example.org"
    assert rows["Åpent lag"]["hat"] is None
    assert names(client, "?mine=true") == ["Hemmelig lag"]


def test_officers_see_all_and_strangers_get_404(listed, hidden):
    officer = browser(make_officer(make_unit(owned=False)))
    assert names(officer) == ["Hemmelig lag", "Åpent lag"]
    assert officer.get(f"{BASE}{hidden.slug}/").json()["email"] == "post@example.org"
    stranger = browser(make_user())
    for client in (Client(), stranger):
        answer = client.get(f"{BASE}{hidden.slug}/")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_found"
        assert client.get(f"{BASE}finnes-ikke/").json() == answer.json()


def test_people_are_for_leading_roles_and_officers(listed, hidden):
    member, leader = make_user("Medlem"), listed.memberships.get().user
    give_membership(member, listed, "member")
    address = f"{BASE}{listed.slug}/members/"
    assert Client().get(address).status_code == 401
    assert Client().get(f"{BASE}{hidden.slug}/members/").status_code == 401
    answer = browser(make_user()).get(address)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert browser(member).get(address).status_code == 403
    assert browser(make_user()).get(f"{BASE}{hidden.slug}/members/").status_code == 404
    for client in (browser(leader), browser(make_officer(make_unit(owned=False)))):
        answer = client.get(address).json()
        assert answer["count"] == 2
        people = {row["person"]["name"]: row for row in answer["results"]}
        assert people["Leif"]["role"] == "leader"
        assert people["Leif"]["person"]["email"] == leader.email
        assert not any("id" in row or "pk" in row for row in answer["results"])


def test_somebody_whose_role_is_over_sees_nothing_more(hidden):
    from booking.foundation import clock
    from booking.organisations import services

    leader = hidden.memberships.get().user
    give_membership(make_user(), hidden, "leader")
    client = browser(leader)
    assert client.get(f"{BASE}{hidden.slug}/").status_code == 200
    services.end_membership(
        membership=hidden.memberships.get(user=leader), by=make_officer(make_unit(owned=False)), now=clock.now()
    )
    assert client.get(f"{BASE}{hidden.slug}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?kind=sekt", 400),
        ("?q=%00", 400),
        ("?q=" + "x" * 5000, 400),
        ("?limit=-1&offset=zzz", 200),
        ("?limit=9999", 200),
    ],
)
def test_bad_questions_get_problem_details_and_never_a_crash(listed, query, status):
    answer = Client().get(BASE + query)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["errors"][0]["loc"] == [query[1:].partition("=")[0]]


def test_search_and_pages(listed):
    for number in range(3):
        make_organisation(f"Lag {number}", listed=True, kind="informal")
    assert names(Client(), "?q=åpent") == ["Åpent lag"]
    assert names(Client(), "?kind=informal&limit=2") == ["Lag 0", "Lag 1"]
    assert Client().get(BASE + "?kind=informal&limit=2").json()["next"].endswith("kind=informal&limit=2&offset=2")


def test_the_list_asks_the_same_number_of_questions_for_two_as_for_fifty():
    officer = browser(make_officer(make_unit(owned=False)))
    for number in range(2):
        make_organisation(f"Lag {number}")
    with CaptureQueriesContext(connection) as few:
        officer.get(BASE)
    for number in range(48):
        make_organisation(f"Flere {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(officer.get(BASE).json()["results"]) == 50
    assert len(many) == len(few)
