"""The pages of rosters: with an account, by a link without one, for staff, and over HTTP."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases.models import Case, CoHost
from booking.correspondence.models import OutboxMessage
from booking.rosters import selectors, services
from booking.rosters.models import Duty, DutyKind, DutyPlan, Helper, SignUp
from booking.rosters.rules import Need, Role
from tests.factories import NOW, make_officer
from tests.rosters.test_services import duties
from tests.rosters.world import World


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def case(world: World) -> Case:
    world.needs()
    return world.hosted(days=2)


def address(case: Case) -> str:
    return reverse("booking:case_duties", args=[case.reference])


# --- with an account -------------------------------------------------------------------------------------------------


def test_who_sees_the_roster(world: World, case: Case) -> None:
    for who in (world.leader, world.booker, world.member, world.youth, world.young, world.unit.officer):
        assert browser(who).get(address(case)).status_code == 200, who
    for who in (world.stranger, world.other.officer):
        assert browser(who).get(address(case)).status_code == 404, who
    assert browser().get(address(case)).status_code == 302


def test_one_press_signs_up_and_another_takes_it_back(world: World, case: Case) -> None:
    client = browser(world.member)
    page = client.get(address(case)).content.decode()
    assert page.count("<h1") == 1
    assert 'name="named"' in page  # nobody has said yet that she is fifteen
    done = client.post(address(case), {"act": "sign_up", "duty": "1", "named": "yes"}, follow=True)
    assert "Mona" in done.content.decode()
    assert 'name="named"' not in done.content.decode()
    client.post(address(case), {"act": "withdraw", "duty": "1"})
    assert not SignUp.objects.filter(state="on").exists()


def test_a_lost_place_is_said_and_nothing_breaks(world: World, case: Case) -> None:
    services.sign_up(case, 1, by=world.young, now=NOW)
    answer = browser(world.member).post(address(case), {"act": "sign_up", "duty": "1"}, follow=True)
    assert answer.status_code == 200
    assert SignUp.objects.filter(state="on").count() == 1


@pytest.mark.parametrize(
    "data", [{}, {"act": "dance"}, {"act": "sign_up"}, {"act": "sign_up", "duty": "x"}, {"act": "accept_swap"}]
)
def test_presses_that_nobody_offers_find_nothing(world: World, case: Case, data: dict[str, str]) -> None:
    assert browser(world.member).post(address(case), data).status_code == 404


def test_members_can_t_change_and_leaders_can(world: World, case: Case) -> None:
    new = {"act": "add", "line": "1", "scope": "all", "role": "tidy", "needed": "2"}
    browser(world.member).post(address(case), new)
    assert not duties(case, "tidy")
    browser(world.leader).post(address(case), new)
    assert [one.needed for one in duties(case, "tidy")] == [2, 2]
    bad = browser(world.leader).post(address(case), new | {"role": "other"})
    assert bad.status_code == 400
    assert 'aria-invalid="true"' in bad.content.decode()
    number = duties(case, "tidy")[0].number
    browser(world.youth).post(address(case), {"act": "remove", "duty": str(number), "scope": "one"})
    assert len(duties(case, "tidy")) == 1


def test_members_see_no_phones_and_leaders_do(world: World, case: Case) -> None:
    helper, _token = services.make_personal_link(
        case, by=world.leader, name="Olav", phone="98765432", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    assert "98765432" in browser(world.leader).get(address(case)).content.decode()
    seen = browser(world.young).get(address(case)).content.decode()
    assert "98765432" not in seen
    assert "Olav" in seen


def test_the_case_s_page_has_the_next_dates_and_the_whole_is_one_press_away(world: World, case: Case) -> None:
    client = browser(world.leader)
    page = client.get(reverse("booking:case", args=[case.reference])).content.decode()
    assert address(case) in page
    assert 'value="sign_up"' in page
    back = client.post(address(case), {"act": "sign_up", "duty": "1", "back": "case"})
    assert back["Location"].endswith(f"/cases/{case.reference}/#duties")


def test_my_duties(world: World, case: Case) -> None:
    hers = services.sign_up(case, 1, by=world.young, named=True, now=NOW)
    services.sign_up(case, 2, by=world.member, now=NOW)
    services.ask_swap(case, 2, by=world.member, to=hers.pk, now=NOW)
    page = browser(world.young).get(reverse("booking:my_duties")).content.decode()
    assert page.count(address(case)) >= 3  # mine, asked, missing
    assert browser(world.stranger).get(reverse("booking:my_duties")).status_code == 200


def test_the_roster_is_a_constant_number_of_queries(world: World, django_assert_max_num_queries: Any) -> None:
    world.needs()
    client = browser(world.member)
    for days in (2, 8):
        case = world.hosted(days=days, start=duties_start(days))
        for one in duties(case):
            services.sign_up(case, one.number, by=world.member, now=NOW)
        client.get(address(case))
        with django_assert_max_num_queries(32):
            client.get(address(case))


def duties_start(days: int) -> Any:
    from datetime import timedelta

    from tests.rosters.world import START

    return START + timedelta(hours=4 if days > 2 else 0)


# --- without an account ----------------------------------------------------------------------------------------------


def test_a_personal_link_signs_up_without_an_account(world: World, case: Case, caplog: Any) -> None:
    made = browser(world.leader).post(
        address(case),
        {"act": "personal_link", "name": "Olav", "grown": "on", "phone": "90000000", "language": "nb"},
    )
    assert made.status_code == 200
    token = selectors.secrets.opened(Helper.objects.get().token_sealed)
    assert f"/duties/{token}/" in made.content.decode()
    link = reverse("booking:duty_page", args=[token])
    client = browser()
    page = client.get(link)
    assert (page.status_code, page["Referrer-Policy"], page["X-Robots-Tag"]) == (
        200, "no-referrer", "noindex, nofollow",
    )  # fmt: skip
    assert not SignUp.objects.exists()  # GET never acts
    client.post(link, {"act": "sign_up", "duty": "1"})
    assert SignUp.objects.get().helper == Helper.objects.get()
    assert "Olav" in client.get(link).content.decode()
    # What only people with an account may do isn't there.
    assert client.post(link, {"act": "add", "line": "1", "role": "cafe", "needed": "1"}).status_code == 404
    assert client.post(link, {"act": "sign_up", "duty": "99"}).status_code == 404
    browser(world.leader).post(address(case), {"act": "stop_helper", "helper": str(Helper.objects.get().pk)})
    with caplog.at_level(logging.DEBUG):
        gone = client.get(link)
    assert gone.status_code == 404
    assert gone["Referrer-Policy"] == "no-referrer"


def test_an_open_link_leads_to_a_page_of_one_s_own(world: World, case: Case) -> None:
    token = services.open_link(case, by=world.youth, now=NOW)
    link = reverse("booking:duty_join", args=[token])
    client = browser()
    assert client.get(link).status_code == 200
    assert client.post(link, {"grown": "on"}).status_code == 400
    joined = client.post(link, {"name": "Tiril", "grown": "on", "phone": "91111111"})
    assert joined.status_code == 302
    own = joined["Location"]
    client.post(own, {"act": "sign_up", "duty": "3"})
    person = selectors.roster_of(case, now=NOW).duty(3).people[0]  # type: ignore[union-attr]
    assert (person.name, person.stands_for) == ("Tiril", "Ungdomsklubben")
    # The same phone again gets nobody into somebody else's page.
    assert client.post(link, {"name": "Tiril", "grown": "on", "phone": "91111111"}).status_code == 409
    browser(world.youth).post(address(case), {"act": "stop_open_link", "side": f"organisation:{world.co_host.slug}"})
    assert client.get(link).status_code == 404
    assert client.get(own).status_code == 200


def test_a_browser_that_tells_no_referrer_can_press_the_buttons(world: World, case: Case) -> None:
    """With ``Referrer-Policy: no-referrer`` browsers send ``Origin: null``, which Django's check refuses."""
    client = Client(enforce_csrf_checks=True)
    join = reverse("booking:duty_join", args=[services.open_link(case, by=world.leader, now=NOW)])
    joined = client.post(join, {"name": "Tiril", "grown": "on", "phone": "91111111"}, headers={"Origin": "null"})
    assert joined.status_code == 302
    client.post(joined["Location"], {"act": "sign_up", "duty": "3"}, headers={"Origin": "null"})
    assert SignUp.objects.count() == 1


def test_wrong_links_are_counted(world: World) -> None:
    client = browser()
    answers = {client.get(reverse("booking:duty_page", args=[f"{number:060d}"])).status_code for number in range(70)}
    assert answers == {404, 429}


def test_links_answer_404_where_rosters_are_switched_off(world: World, case: Case, settings: Any) -> None:
    _helper, token = services.make_personal_link(case, by=world.leader, phone="90000000", now=NOW)
    settings.BOOKING = {**settings.BOOKING, "switches": {"rosters": False}}
    for path in (reverse("booking:duty_page", args=[token]), reverse("booking:duty_join", args=["x"])):
        assert browser().get(path).status_code == 404
    assert browser(world.leader).get(address(case)).status_code == 404
    assert browser(world.leader).get(reverse("booking:my_duties")).status_code == 404


# --- over HTTP -------------------------------------------------------------------------------------------------------


def api(case: Case, *rest: str) -> str:
    return "/api/booking/v1/requests/" + "/".join([case.reference, *rest]) + "/"


def test_duties_over_http(world: World, case: Case) -> None:
    program = browser(world.leader)
    first = program.get(api(case))
    [opening, *_rest] = first.json()["duties"]
    assert opening["role"] == "open"
    assert (opening["id"], opening["line"], opening["needed"], opening["signed_up"], opening["condition"]) == (
        1, 1, 1, [], True,
    )  # fmt: skip
    done = program.post(api(case, "duties", "1", "sign-up"), {}, content_type="application/json")
    assert done.status_code == 200
    assert done.json()["duties"][0]["signed_up"] == [{"name": "Leif"}]
    again = program.get(api(case), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200  # the roster is part of the case's answer
    assert any(one["type"] == "duty_changed" for one in again.json()["events"])
    # A member has no case, and signs up all the same.
    member = browser(world.young)
    assert member.get(api(case)).status_code == 404
    full = member.post(api(case, "duties", "1", "sign-up"), {}, content_type="application/json")
    assert (full.status_code, full.json()["code"]) == (409, "taken")
    assert (
        member.post(api(case, "duties", "3", "sign-up"), {"named": 1}, content_type="application/json").status_code
        == 400
    )
    assert member.post(api(case, "duties", "3", "sign-up"), {}, content_type="application/json").status_code == 200
    assert member.post(api(case, "duties", "3", "withdraw"), {}, content_type="application/json").status_code == 200
    assert member.post(api(case, "duties", "2", "withdraw"), {}, content_type="application/json").status_code == 404
    stranger = browser(world.stranger)
    assert stranger.post(api(case, "duties", "3", "sign-up"), {}, content_type="application/json").status_code == 404


# --- staff -----------------------------------------------------------------------------------------------------------


def test_staff_say_what_a_hall_needs(world: World) -> None:
    client = browser(world.unit.officer)
    data = {"resource": world.hall.pk, "unit": "", "needed_open": "1", "condition_open": "on", "needed_cafe": "2"}
    assert client.post(reverse("booking_duty_plans:add"), data).status_code == 302
    case = world.ask()
    assert [(one.role, one.needed, one.condition) for one in duties(case)] == [("open", 1, True), ("cafe", 2, False)]
    plan = DutyPlan.objects.get()
    edit = reverse("booking_duty_plans:edit", args=[plan.pk])
    assert client.get(edit).status_code == 200
    client.post(edit, data | {"needed_cafe": "0", "needed_lock": "1"})
    assert [one.role for one in duties(case)] == ["open", "lock"]
    assert client.get(reverse("booking_duty_plans:index")).status_code == 200
    client.post(reverse("booking_duty_plans:delete", args=[plan.pk]))
    assert not DutyPlan.objects.exists()
    assert duties(case) == []
    both = client.post(reverse("booking_duty_plans:add"), data | {"unit": world.unit.pk})
    assert both.status_code == 200
    assert not DutyPlan.objects.exists()


def test_a_unit_s_own_kind_is_offered(world: World, case: Case) -> None:
    client = browser(world.unit.officer)
    client.post(
        reverse("booking_duty_kinds:add"),
        {"name": "Brannvakt på scenen", "role": "fire_watch", "unit": world.unit.pk, "active": "on"},
    )
    kind = DutyKind.objects.get()
    page = browser(world.leader).get(address(case)).content.decode()
    assert "Brannvakt på scenen" in page
    browser(world.leader).post(
        address(case), {"act": "add", "line": "1", "scope": "one", "role": f"kind:{kind.pk}", "needed": "1"}
    )
    assert Duty.objects.get(kind=kind).role == "fire_watch"


def test_the_officer_sees_the_roster_on_the_case_and_signs_up_for_the_unit(world: World, case: Case) -> None:
    client = browser(world.unit.officer)
    page = client.get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert address(case) in page
    caretaker = make_officer(world.unit, "Vidar Vaktmester", role="caretaker")
    browser(caretaker).post(address(case), {"act": "sign_up", "duty": "1"})
    person = selectors.roster_of(case, now=NOW).duty(1).people[0]  # type: ignore[union-attr]
    assert (person.name, person.stands_for) == ("Vidar", "Kultur og idrett")


def test_on_a_day_the_caretaker_sees_who_opens_with_a_phone(world: World, case: Case) -> None:
    helper, _token = services.make_personal_link(
        case, by=world.leader, name="Olav", phone="98765432", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    line = case.lines.get(number=1)
    notes = [note for note in selectors.day_notes([line.pk], NOW)[line.pk] if note.words]
    assert [(note.words, note.phone) for note in notes] == [("Olav", "98765432")]


# --- co-hosts --------------------------------------------------------------------------------------------------------


def hosts(case: Case) -> str:
    return reverse("booking:case_hosts", args=[case.reference])


def test_a_co_host_is_asked_answers_and_leaves(world: World) -> None:
    case = world.ask(co_hosts=["ungdomsklubben"])
    assert [row.recipient for row in OutboxMessage.objects.filter(handler="cohost_asked")] == [world.youth.email]
    youth = browser(world.youth)
    assert "accept" in youth.get(reverse("booking:case", args=[case.reference])).content.decode()
    # Until they say yes, they can't give the others' time away.
    youth.post(reverse("booking:case_withdraw", args=[case.reference]), {"hat": "organisation:ungdomsklubben"})
    assert case.lines.get().state == "granted"
    youth.post(hosts(case), {"act": "accept", "organisation": "ungdomsklubben"})
    assert CoHost.objects.get().state == "accepted"
    assert [row.recipient for row in OutboxMessage.objects.filter(handler="cohost_answered")] == [world.leader.email]
    youth.post(hosts(case), {"act": "leave", "organisation": "ungdomsklubben"})
    assert CoHost.objects.get().state == "left"
    assert youth.get(reverse("booking:case", args=[case.reference])).status_code == 404
    # And can be asked again, by name.
    browser(world.leader).post(hosts(case), {"act": "ask", "name": "Ungdomsklubben"})
    assert CoHost.objects.get().state == "asked"
    youth.post(hosts(case), {"act": "decline", "organisation": "ungdomsklubben"})
    assert CoHost.objects.get().state == "declined"


def test_others_can_t_answer_for_a_co_host(world: World) -> None:
    case = world.ask(co_hosts=["ungdomsklubben"])
    browser(world.leader).post(hosts(case), {"act": "accept", "organisation": "ungdomsklubben"})
    assert CoHost.objects.get().state == "asked"
    assert browser(world.stranger).post(hosts(case), {"act": "ask", "name": "x"}).status_code == 404


def test_an_officer_with_ties_to_a_new_co_host_steps_aside_at_once(world: World) -> None:
    from tests.factories import give_membership

    case = world.ask()
    officer = case.officer
    give_membership(officer, world.co_host, "board")
    browser(world.leader).post(hosts(case), {"act": "ask", "name": "Ungdomsklubben"})
    case.refresh_from_db()
    assert CoHost.objects.get().state == "asked"
    assert case.officer != officer


def test_a_need_of_the_test_world_is_what_it_says() -> None:
    assert Need(Role.OPEN, 1, True).key == ("open", None)
