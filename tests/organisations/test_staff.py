"""The register in the CMS admin, as a case officer uses it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from booking.organisations.models import Organisation
from booking.organisations.staff import IndexView
from tests.factories import give_membership, make_number, make_officer, make_organisation, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return make_officer(make_unit(owned=False))


@pytest.fixture
def desk(officer):
    return browser(officer)


def page(organisation):
    return reverse("booking_organisations:inspect", args=[organisation.pk])


def text(answer):
    return answer.content.decode()


def form(**fields):
    return {"name": "Lilleby skulekorps", "number": "", "kind": "club", "language": "nb"} | fields


def test_registering_goes_to_the_organisation_s_page(desk, officer):
    number = make_number()
    answer = desk.post(reverse("booking_organisations:add"), form(number=f"{number[:3]} {number[3:6]} {number[6:]}"))
    organisation = Organisation.objects.get()
    assert answer["Location"] == page(organisation)
    assert (organisation.name, organisation.number, organisation.state) == ("Lilleby skulekorps", number, "unverified")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "123"}, "number"),
        ({"number": "974760674"}, "number"),
        ({"name": ""}, "name"),
        ({"name": "Korps\x00"}, "name"),
        ({"email": "nei"}, "email"),
        ({"kind": "sekt"}, "kind"),
        ({"activities": "a" * 300}, "activities"),
    ],
)
def test_a_faulty_field_is_named_and_what_was_typed_stays(desk, fields, field):
    answer = desk.post(reverse("booking_organisations:add"), form(phone="900 11 222", **fields))
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert "900 11 222" in text(answer)
    assert not Organisation.objects.exists()


def test_a_number_that_is_taken_is_told_at_the_field(desk):
    taken = make_organisation()
    answer = desk.post(reverse("booking_organisations:add"), form(number=taken.number))
    assert answer.context["form"].errors["number"]


def test_a_lost_race_for_a_number_is_a_form_error_and_no_crash(desk, monkeypatch):
    """Between the form's look and the insert somebody else registers it."""
    number = make_number()
    original = Organisation.validate_unique

    def slow(self, exclude=None):
        original(self, exclude=exclude)
        if not Organisation.objects.filter(number=number).exists():
            make_organisation("Raskere", number=number)

    monkeypatch.setattr(Organisation, "validate_unique", slow)
    answer = desk.post(reverse("booking_organisations:add"), form(number=number))
    assert answer.status_code == 200
    assert answer.context["form"].errors["number"]
    assert Organisation.objects.count() == 1


def test_editing_keeps_the_slug_and_comes_back(desk):
    organisation = make_organisation("Gammelt")
    answer = desk.post(
        reverse("booking_organisations:edit", args=[organisation.pk]),
        form(name="Nytt", number=organisation.number, listed="on"),
    )
    assert answer["Location"] == page(organisation)
    slug = organisation.slug
    organisation.refresh_from_db()
    assert (organisation.name, organisation.slug, organisation.listed) == ("Nytt", slug, True)


def test_verify_is_one_press_and_says_who(desk, officer):
    organisation = make_organisation(verified=False)
    assert reverse("booking_organisations:verify", args=[organisation.pk]) in text(desk.get(page(organisation)))
    desk.post(reverse("booking_organisations:verify", args=[organisation.pk]))
    organisation.refresh_from_db()
    assert (organisation.state, organisation.verified_by) == ("verified", officer)
    assert reverse("booking_organisations:verify", args=[organisation.pk]) not in text(desk.get(page(organisation)))


def test_an_officer_who_leads_the_organisation_is_stopped_with_words(desk, officer):
    organisation = make_organisation(verified=False)
    give_membership(officer, organisation, "board")
    assert reverse("booking_organisations:verify", args=[organisation.pk]) not in text(desk.get(page(organisation)))
    answer = desk.post(reverse("booking_organisations:verify", args=[organisation.pk]), follow=True)
    organisation.refresh_from_db()
    assert organisation.state == "unverified"
    assert [str(message) for message in answer.context["messages"]]


def test_people_are_added_by_their_address_and_their_role_is_ended(desk):
    organisation, person = make_organisation(leader=True), make_user("Berit Booker", email="berit@example.org")
    address = reverse("booking_organisations:add_member", args=[organisation.pk])
    answer = desk.post(address, {"email": "Berit@Example.org", "role": "booker"})
    assert answer["Location"] == page(organisation)
    row = organisation.memberships.get(user=person)
    assert "Berit Booker" in text(desk.get(page(organisation)))
    desk.post(reverse("booking_organisations:end_membership", args=[organisation.pk, row.pk]))
    row.refresh_from_db()
    assert row.end is not None


def test_an_address_that_nobody_signs_in_with_is_told_at_the_field(desk):
    make_user(email="slutt@example.org", active=False)
    address = reverse("booking_organisations:add_member", args=[make_organisation().pk])
    for email in ("ukjent@example.org", "slutt@example.org", "tull"):
        answer = desk.post(address, {"email": email, "role": "leader"})
        assert answer.status_code == 200
        assert answer.context["form"].errors["email"]


def test_the_last_leader_stays_and_the_page_says_why(desk):
    organisation = make_organisation(leader=True)
    row = organisation.memberships.get()
    answer = desk.post(reverse("booking_organisations:end_membership", args=[organisation.pk, row.pk]), follow=True)
    row.refresh_from_db()
    assert row.end is None
    [message] = answer.context["messages"]
    assert message.level_tag == "error"


def test_setting_inactive_and_back(desk):
    organisation = make_organisation()
    for act, state in (("set_inactive", "inactive"), ("set_active", "unverified")):
        desk.post(reverse(f"booking_organisations:{act}", args=[organisation.pk]))
        organisation.refresh_from_db()
        assert organisation.state == state


def test_the_history_names_the_act_and_the_person(desk, officer):
    organisation = make_organisation(verified=False)
    desk.post(reverse("booking_organisations:verify", args=[organisation.pk]))
    answer = text(desk.get(reverse("booking_organisations:history", args=[organisation.pk])))
    assert officer.name in answer


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "korps"}, ["Skulekorpset"]),
        ({"q": "KORPS drill"}, ["Skulekorpset"]),
        ({"state": "unverified"}, ["Turgjengen"]),
        ({"kind": "informal"}, ["Turgjengen"]),
        ({"q": "%"}, []),
        ({"ordering": "-name"}, ["Turgjengen", "Skulekorpset"]),
        ({"ordering": "password"}, ["Skulekorpset", "Turgjengen"]),
        ({"p": "99"}, ["Skulekorpset", "Turgjengen"]),
    ],
)
def test_the_register_is_searched_and_filtered(desk, query, names):
    make_organisation("Skulekorpset", activities="drill")
    make_organisation("Turgjengen", verified=False, kind="informal")
    answer = desk.get(reverse("booking_organisations:index"), query)
    assert [row.name for row in answer.context["object_list"]] == names


def test_the_register_asks_the_same_number_of_questions_for_two_as_for_twenty(desk, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse("booking_organisations:index")
    for number in range(2):
        make_organisation(f"Lag {number}")
    desk.get(address)
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for number in range(18):
        make_organisation(f"Flere {number}")
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(many) == len(few)


def test_a_planner_and_a_caretaker_have_no_business_here():
    organisation = make_organisation("Korpset", leader=True)
    for role in ("planner", "caretaker"):
        client = browser(make_officer(make_unit(owned=False), role=role))
        for name in ("index", "add"):
            assert client.get(reverse(f"booking_organisations:{name}"))["Location"] == "/admin/"
        for name in ("inspect", "edit", "history", "add_member"):
            address = reverse(f"booking_organisations:{name}", args=[organisation.pk])
            assert client.get(address).status_code == 404
        for name in ("verify", "set_inactive", "set_active"):
            address = reverse(f"booking_organisations:{name}", args=[organisation.pk])
            assert client.post(address).status_code == 404
    organisation.refresh_from_db()
    assert organisation.state == "verified"


def test_nothing_is_deleted_and_nothing_copied(desk):
    organisation = make_organisation()
    for act in ("delete", "copy", "usage"):
        assert desk.post(f"/admin/booking/organisations/{act}/{organisation.pk}/").status_code == 404
    assert IndexView.any_permission_required == ["view"]
    assert Organisation.objects.count() == 1
