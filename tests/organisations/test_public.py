"""The public register and the pages for one's own organisations, as a browser without JavaScript sees them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from booking.organisations import selectors, services
from booking.organisations.models import Invitation, LeadershipOffer, Membership, Organisation
from booking.organisations.services.inviting import token_of
from tests.factories import give_membership, make_number, make_organisation, make_unit, make_user
from tests.matrix import missing_rows, names_of, row, walk
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


@pytest.fixture
def leader(db):
    return make_user("Leif Leder")


@pytest.fixture
def club(leader):
    return make_organisation("Lilleby IL", leader=leader, listed=True, slug="lilleby-il", activities="Håndball, Ski")


def today():
    from booking.foundation import clock
    from booking.foundation.conf import booking_settings

    return clock.today(booking_settings().tz)


# --- the register ----------------------------------------------------------------------------------------------------


def test_only_verified_ones_that_agreed_stand_in_the_register(club, client):
    make_organisation("Skjult lag")
    make_organisation("Uprøvd lag", verified=False, listed=True)
    page = text(client.get("/organisations/"))
    assert "Lilleby IL" in page
    assert "Skjult lag" not in page
    assert "Uprøvd lag" not in page
    for hidden in ("Skjult lag", "Uprøvd lag"):
        slug = Organisation.objects.get(name=hidden).slug
        assert client.get(f"/organisations/{slug}/").status_code == 404
        assert client.get(f"/organisations/{slug}/leader/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=håndb", ["Lilleby IL"]),
        ("?q=LILLEBY", ["Lilleby IL"]),
        ("?activity=håndball", ["Lilleby IL"]),
        ("?activity=HÅNDBALL", ["Lilleby IL"]),
        ("?kind=informal", ["Turgjengen"]),
        ("?kind=nonsense", ["Lilleby IL", "Turgjengen"]),
        ("?q=sjakk", []),
        ("?q=%00", ["Lilleby IL", "Turgjengen"]),
    ],
)
def test_search_kind_and_activity_narrow_the_list(club, client, query, found):
    make_organisation("Turgjengen", kind="informal", number=None, listed=True)
    answer = client.get(f"/organisations/{query}")
    assert [one.name for one in answer.context["page_obj"]] == found


def test_the_list_asks_a_constant_number_of_queries(club, client, django_assert_num_queries):
    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get("/organisations/")
        return len(caught)

    count()
    few = count()
    for number in range(8):
        make_organisation(f"Lag {number}", listed=True, activities="Sjakk, Dans")
    assert count() == few


def test_contact_is_shown_only_where_the_organisation_said_so(club, client):
    Organisation.objects.update(email="post@il.example.org", contact_name="Leif Leder", phone="900 00 000")
    page = text(client.get("/organisations/lilleby-il/"))
    assert "post@il.example.org" not in page
    assert "Leif Leder" not in page
    Organisation.objects.update(contact_public=True)
    page = text(client.get("/organisations/lilleby-il/"))
    assert "post@il.example.org" in page


def test_own_people_see_a_page_that_is_not_public_and_are_told_so(client):
    hidden = make_organisation("Skjult lag", leader=make_user("Live"))
    person = hidden.memberships.get().user
    assert "alert" in text(browser(person).get(f"/organisations/{hidden.slug}/"))


# --- registering -----------------------------------------------------------------------------------------------------


def entry(**fields):
    return {"name": "Turgjengen", "kind": "informal", "language": "nb", "activities": "Tur, ski; Ski"} | fields


def test_whoever_registers_leads_it_and_it_waits_to_be_verified(leader, client):
    assert client.get("/organisations/new/")["Location"].startswith("/account/login/")
    answer = browser(leader).post("/organisations/new/", entry(**{"heads_6-12": "12"}))
    made = Organisation.objects.get()
    assert answer["Location"] == f"/my/organisations/{made.slug}/"
    assert (made.state, made.number, made.member_counts) == ("unverified", None, {"6-12": 12})
    assert [one.name for one in made.activities.all()] == ["Tur", "ski"]
    assert selectors.role_names(leader, made, today()) == ["leader"]


@pytest.mark.parametrize("number", ["123", "974760674", "abcdefghi"])
def test_a_number_that_can_not_be_is_refused_and_what_was_typed_stays(leader, number):
    answer = browser(leader).post("/organisations/new/", entry(number=number))
    assert answer.context["form"].errors["number"]
    assert "Turgjengen" in text(answer)
    assert not Organisation.objects.exists()


def test_a_similar_name_is_pointed_out_once_and_can_be_sent_all_the_same(leader, club):
    desk = browser(leader)
    for name in ("Lilleby idrettslag", "LILLEBY I.L."):
        answer = desk.post("/organisations/new/", entry(name=name))
        assert [one.name for one in answer.context["similar"]] == ["Lilleby IL"], name
    assert Organisation.objects.count() == 1
    desk.post("/organisations/new/", entry(name="Lilleby idrettslag", sure="on"))
    assert Organisation.objects.count() == 2


def test_a_number_that_stands_in_the_register_is_refused_whatever_one_is_sure_of(leader):
    taken = make_organisation("Skjult lag")
    answer = browser(leader).post("/organisations/new/", entry(name="Noe annet", number=taken.number, sure="on"))
    assert answer.context["taken"]
    assert "Skjult lag" not in text(answer)
    assert Organisation.objects.count() == 1


def test_a_similar_one_that_is_not_public_is_not_given_away(leader):
    make_organisation("Kvinnegruppa Sammen")
    browser(leader).post("/organisations/new/", entry(name="Kvinnegruppa Sammen"))
    assert Organisation.objects.count() == 2


def test_registering_is_limited_per_person(leader):
    desk = browser(leader)
    for number in range(10):
        desk.post("/organisations/new/", entry(name=f"{number}{'abcdefghij'[number] * 9}"))
    answer = desk.post("/organisations/new/", entry(name="Enda et"))
    assert answer.context["form"].non_field_errors()
    assert Organisation.objects.count() == 10


# --- one's own -------------------------------------------------------------------------------------------------------


def test_the_page_shows_people_to_leading_roles_only(club, leader):
    helper = make_user("Hjelper")
    give_membership(helper, club, "duty_helper")
    assert "Hjelper" in text(browser(leader).get("/my/organisations/lilleby-il/"))
    assert "Leif Leder" not in text(browser(helper).get("/my/organisations/lilleby-il/"))


def test_leader_changes_what_it_says_but_not_what_was_verified(club, leader):
    number = club.number
    browser(leader).post(
        "/my/organisations/lilleby-il/edit/",
        {"name": "Lilleby IL", "number": make_number(), "kind": "firm", "activities": "Dans", "language": "nn",
         "heads_13-19": "30"},
    )  # fmt: skip
    club.refresh_from_db()
    assert (club.number, club.kind, club.state, club.language) == (number, "club", "verified", "nn")
    assert club.member_counts == {"13-19": 30}
    assert club.counted_on == today()
    assert not club.listed


def test_inviting_shows_the_link_once_and_the_link_opens(club, leader):
    desk = browser(leader)
    desk.post("/my/organisations/lilleby-il/invite/", {"role": "booker", "email": ""})
    page = text(desk.get("/my/organisations/lilleby-il/"))
    [link] = set(re.findall(r"/invitations/\w{43}/", page))
    assert link not in text(desk.get("/my/organisations/lilleby-il/"))
    stranger = browser(None)
    answer = stranger.get(link)
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert "Lilleby IL" in text(answer)
    # Accepting leads to the sign-in and back.
    target = stranger.post(link)["Location"]
    assert target.startswith("/account/login/?next=%2Finvitations%2F")
    berit = make_user("Berit")
    assert browser(berit).post(link)["Location"] == "/my/organisations/lilleby-il/"
    assert selectors.role_names(berit, club, today()) == ["booker"]
    # Used: honest to others, a way in for oneself.
    assert browser(make_user()).get(link).status_code == 410
    assert browser(berit).get(link)["Location"] == "/my/organisations/lilleby-il/"


def test_a_revoked_and_an_unknown_link_say_so(club, leader):
    from booking.foundation import clock

    made = services.invite(organisation=club, role="member", by=leader, now=clock.now())
    browser(leader).post(f"/my/organisations/lilleby-il/invitations/{made.invitation.pk}/revoke/")
    assert browser(None).get(f"/invitations/{token_of(made.nonce)}/").status_code == 410
    assert browser(None).get("/invitations/nonsense/").status_code == 404


def test_change_and_end_a_role(club, leader):
    row_ = give_membership(make_user("Berit"), club, "member")
    desk = browser(leader)
    desk.post(f"/my/organisations/lilleby-il/people/{row_.pk}/", {"role": "board"})
    assert selectors.role_names(row_.user, club, today()) == ["board"]
    board = Membership.objects.get(user=row_.user, end=None)
    desk.post(f"/my/organisations/lilleby-il/people/{board.pk}/", {"act": "end"})
    assert selectors.role_names(row_.user, club, today()) == []


def test_the_last_leader_is_told_to_hand_over_first(club, leader):
    own = club.memberships.get()
    answer = browser(leader).post(f"/my/organisations/lilleby-il/people/{own.pk}/", {"act": "end"}, follow=True)
    assert selectors.role_names(leader, club, today()) == ["leader"]
    assert [str(one) for one in answer.context["messages"]]
    answer = browser(leader).post(f"/my/organisations/lilleby-il/people/{own.pk}/", {"role": "member"})
    assert answer.context["form"].non_field_errors()


def test_hand_over_from_question_to_swap(club, leader):
    heir = make_user("Anna Arving")
    give_membership(heir, club, "member")
    browser(leader).post("/my/organisations/lilleby-il/hand-over/", {"to": heir.pk, "stays_as": "board"})
    offer = LeadershipOffer.objects.get()
    desk = browser(heir)
    assert "Leif Leder" in text(desk.get("/my/organisations/"))
    desk.post(f"/my/organisations/lilleby-il/hand-over/{offer.pk}/answer/", {"answer": "yes"})
    assert selectors.role_names(heir, club, today()) == ["leader", "member"]
    assert selectors.role_names(leader, club, today()) == ["board"]


def test_the_question_can_be_taken_back(club, leader):
    heir = make_user("Anna Arving")
    give_membership(heir, club, "member")
    desk = browser(leader)
    desk.post("/my/organisations/lilleby-il/hand-over/", {"to": heir.pk, "stays_as": ""})
    desk.post(f"/my/organisations/lilleby-il/hand-over/{LeadershipOffer.objects.get().pk}/take-back/")
    assert LeadershipOffer.objects.get().state == "withdrawn"


def test_an_outsider_tells_of_a_lost_leader_and_sees_the_receipt(club, leader):
    make_unit("Servicetorget")
    visitor = browser(None)
    form = {"reason": "died", "message": "Leif er død.", "email": "nabo@example.org"}
    assert visitor.post("/organisations/lilleby-il/leader/", form)["Location"] == "/enquiry/sent/"
    page = visitor.get("/enquiry/sent/")
    assert page.status_code == 200
    member = make_user("Medlem")
    give_membership(member, club, "member")
    answer = browser(member).post("/organisations/lilleby-il/leader/", form)
    assert answer["Location"].startswith("/cases/")
    # Who leads it doesn't read what was told about them.
    assert browser(leader).get(answer["Location"]).status_code == 404


# --- hats ------------------------------------------------------------------------------------------------------------


def test_who_acts_for_one_organisation_sees_it_on_top_of_every_page(club, leader):
    for path in ("/my/organisations/", "/organisations/", "/enquiry/"):
        assert re.search(r'class="sk-hat"[^>]*>.*Lilleby IL</span></a>', text(browser(leader).get(path)), re.S), path
    assert "sk-hat" not in text(browser(make_user()).get("/my/organisations/"))
    assert "sk-hat" not in text(browser(None).get("/organisations/"))


def test_the_hat_is_chosen_kept_and_never_trusted(club, leader):
    other = make_organisation("Korpset", leader=leader)
    desk = browser(leader)
    desk.post("/my/hat/", {"hat": f"organisation:{other.slug}", "next": "/enquiry/"})
    assert "Korpset</span></a>" in text(desk.get("/enquiry/"))
    Membership.objects.filter(organisation=other).delete()
    assert "Korpset</span></a>" not in text(desk.get("/enquiry/"))
    stranger = make_organisation("Fremmed lag")
    assert desk.post("/my/hat/", {"hat": f"organisation:{stranger.slug}"}).status_code == 404


@pytest.mark.parametrize("target", ["https://evil.example.org/", "//evil.example.org", "javascript:alert(1)"])
def test_choosing_a_hat_never_leads_to_another_site(club, leader, target):
    answer = browser(leader).post("/my/hat/", {"hat": "organisation:lilleby-il", "next": target})
    assert answer["Location"] == "/my/organisations/"


# --- rights ----------------------------------------------------------------------------------------------------------

#: A hidden organisation, seen by: nobody in particular, a stranger, its helper, its booker, its board, its leader.
WHO = ("anonymous", "stranger", "duty_helper", "booker", "board", "leader")
SLUG = {"args": lambda things: [things["club"].slug]}


def of(key):
    return {"args": lambda things: [things["club"].slug, things[key].pk]}


ROWS = {
    "booking:organisations": row("200 200 200 200 200 200"),
    "booking:organisation_new": row("in 200 200 200 200 200"),
    "booking:organisation": row("404 404 200 200 200 200", **SLUG),
    "booking:follow_organisation": row("404 404 404 404 404 404", **SLUG),
    "booking:leader_lost": row("404 404 200 200 200 200", **SLUG),
    "booking:my_organisations": row("in 200 200 200 200 200"),
    "booking:my_organisation": row("in 404 200 200 200 200", **SLUG),
    "booking:my_first_day": row("in 404 404 200 200 200", **SLUG),
    "booking:my_organisation_edit": row("in 404 404 404 200 200", **SLUG),
    "booking:my_invite": row("in 404 404 404 200 200", **SLUG),
    "booking:my_hand_over": row("in 404 404 404 404 200", **SLUG),
    "booking:my_member": row("in 404 404 200 200 200", **of("booker_row")),
    "booking:my_member#leader's": row("in 404 404 404 404 200", **of("leader_row")),
    "booking:my_hand_over_answer": row(
        "in 404 404 404 404 404", "post", data=lambda things: {"answer": "yes"}, **of("offer")
    ),
    "booking:my_take_back": row("in 404 404 404 404 done", "post", **of("offer")),
    "booking:my_invite_revoke": row("in 404 404 404 done done", "post", **of("invitation")),
    "booking:hat": row("in 200 200 200 200 200"),
    "booking:join": row("404 404 404 404 404 404", args=lambda things: ["nonsense"]),
}


@pytest.fixture
def things(leader):
    from booking.foundation import clock

    club = make_organisation("Skjult lag", leader=leader)
    made = {"club": club, "leader_row": club.memberships.get(), "users": {"anonymous": None, "leader": leader}}
    made["users"]["stranger"] = make_user("Fremmed")
    for role in ("duty_helper", "booker", "board"):
        made["users"][role] = make_user(role)
        made[f"{role}_row"] = give_membership(made["users"][role], club, role)
    heir = make_user("Arving")
    give_membership(heir, club, "member")
    made["offer"] = services.offer_leadership(organisation=club, to=heir, by=leader, now=clock.now())
    made["invitation"] = services.invite(organisation=club, role="member", by=leader, now=clock.now()).invitation
    return made


def test_every_page_about_organisations_answers_everybody_as_the_table_says(things):
    ours = {
        name
        for name in names_of(namespace="booking:")
        if any(word in name for word in ("organisation", ":my_", ":hat", ":join", "leader_lost"))
        and "privacy" not in name  # tests/privacy/test_rights.py
    } - {"booking:my_cases", "booking:my_mail"}
    # These have tables and tests of their own, and stand in the table of permissions.
    elsewhere = (":my_agreement", ":my_activit", ":my_calendar", ":my_day", ":my_duties", ":organisation_calendar")
    elsewhere += (":season_organisation", ":my_hours")
    ours = {name for name in ours if not name.startswith(tuple(f"booking{word}" for word in elsewhere))}
    without_row, without_address = missing_rows(ours, ROWS)
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address
    clients = {name: browser(user) for name, user in things["users"].items()}
    wrong = walk(ROWS, clients, things, WHO)
    assert not wrong, "\n".join(wrong)


def test_an_offer_and_an_invitation_of_another_organisation_do_not_exist_here(things, leader):
    other = make_organisation("Et annet", leader=leader)
    desk = browser(leader)
    for path in (
        reverse("booking:my_take_back", args=[other.slug, things["offer"].pk]),
        reverse("booking:my_invite_revoke", args=[other.slug, things["invitation"].pk]),
        reverse("booking:my_member", args=[other.slug, things["booker_row"].pk]),
    ):
        assert desk.post(path).status_code == 404, path
    assert Invitation.objects.get().revoked_at is None
