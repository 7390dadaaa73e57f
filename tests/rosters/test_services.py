"""Duties come from things, hosts add their own; people sign up, withdraw and swap; dates that change are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from booking.cases import services as cases
from booking.cases.models import Case, Line
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import clock
from booking.foundation.errors import Forbidden, Invalid, NotFound, Taken, WrongState
from booking.occupancy.services import close_resource, reopen
from booking.rosters import selectors, services
from booking.rosters.access import seat_of
from booking.rosters.models import Duty, DutyPlan, Helper, SignUp, Swap
from booking.rosters.rules import Need, Role
from tests.factories import NOW, make_resource
from tests.rosters.world import START, World


def duties(case: Case, role: str | None = None) -> list[Duty]:
    rows = Duty.objects.filter(case=case, removed_at=None).order_by("line__start", "number")
    return list(rows.filter(role=role) if role else rows)


def roster(case: Case, user: Any = None, now: Any = NOW) -> Any:
    on = clock.local_date(now, clock.zone("Europe/Oslo"))
    return selectors.roster_of(case, now=now, user=user, seat=seat_of(user, case, on) if user else None)


def letters(handler: str) -> list[str]:
    rows = OutboxMessage.objects.filter(handler=handler).exclude(state=OutboxState.DROPPED)
    return sorted(rows.values_list("recipient", flat=True))


# --- what things ask for ---------------------------------------------------------------------------------------------


def test_a_loan_gets_what_its_thing_asks_for(world: World) -> None:
    world.needs()
    case = world.ask(days=3)
    found = duties(case)
    assert [one.role for one in found] == ["open", "lock", "cafe"] * 3
    assert [one.number for one in found] == list(range(1, 10))
    assert [one.condition for one in found[:3]] == [True, True, False]


def test_a_part_inherits_and_may_say_none(world: World) -> None:
    part = make_resource("Kafeen", unit=world.unit, slug="kafe", parent=world.hall, approval="automatic")
    part.needs_adult, part.unverified_may_ask = False, True
    part.save()
    world.needs()
    lines = [
        {"resource": slug, "start": START.isoformat(), "end": (START + timedelta(hours=2)).isoformat()}
        for slug in ("hallen", "kafe")
    ]
    case = world.ask(lines=lines)
    # The hall has its own rule; the café inherits it, and gets it for the same day of its own.
    assert {one.line.resource.slug for one in duties(case)} == {"hallen", "kafe"}
    services.save_plan(resource=part, needs=[], by=world.unit.officer, now=NOW)
    assert {one.line.resource.slug for one in duties(case)} == {"hallen"}


def test_a_unit_s_rule_opens_the_house_once_a_day(world: World) -> None:
    room = make_resource(
        "Møterommet", unit=world.unit, slug="rommet", approval="automatic", unverified_may_ask=True, needs_adult=False
    )
    services.save_plan(unit=world.unit, needs=[Need(Role.OPEN, 1, True)], by=world.unit.officer, now=NOW)
    lines = [
        {"resource": one.slug, "start": START.isoformat(), "end": (START + timedelta(hours=2)).isoformat()}
        for one in (world.hall, room)
    ]
    case = world.ask(lines=lines)
    assert len(duties(case, "open")) == 1


def test_a_changed_rule_reaches_dates_to_come_and_sends_nobody_home(world: World) -> None:
    world.needs()
    case = world.hosted(days=2)
    cafe = duties(case, "cafe")[0]
    services.sign_up(case, cafe.number, by=world.member, now=NOW)
    services.sign_up(case, cafe.number, by=world.young, now=NOW)
    world.needs(Need(Role.CAFE, 1, False), Need(Role.TIDY, 2, False))
    first, second = duties(case, "cafe")
    assert (first.needed, first.filled) == (2, 2)
    assert second.needed == 1
    assert not duties(case, "open")
    assert len(duties(case, "tidy")) == 2
    plan = DutyPlan.objects.get()
    services.drop_plan(plan, by=world.unit.officer, now=NOW)
    # Without any rule what nobody is on goes, and the people on the café keep it.
    assert [one.role for one in duties(case)] == ["cafe"]


# --- the hosts' own --------------------------------------------------------------------------------------------------


def test_hosts_add_for_one_for_following_and_for_all(world: World) -> None:
    case = world.ask(days=3)
    services.add_duty(case, line=2, role="cafe", needed=2, scope="following", by=world.leader, now=NOW)
    services.add_duty(case, line=1, role="other", words="Stek vafler", by=world.booker, now=NOW)
    services.add_duty(case, line=3, role="tidy", scope="all", by=world.leader, now=NOW)
    lines = [one.line.number for one in duties(case, "cafe")]
    assert lines == [2, 3]
    assert [(one.line.number, one.words) for one in duties(case, "other")] == [(1, "Stek vafler")]
    assert len(duties(case, "tidy")) == 3
    services.remove_duty(case, duties(case, "tidy")[1].number, scope="following", by=world.leader, now=NOW)
    assert [one.line.number for one in duties(case, "tidy")] == [1]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "dance"}, "role"),
        ({"role": "other"}, "words"),
        ({"needed": 0}, "needed"),
        ({"needed": 51}, "needed"),
        ({"scope": "never"}, "scope"),
        ({"line": 9}, "line"),
        ({"words": "x" * 81}, "words"),
    ],
)
def test_a_bad_duty_names_its_field(world: World, values: dict[str, Any], field: str) -> None:
    case = world.ask()
    with pytest.raises(Invalid) as refused:
        services.add_duty(case, **({"line": 1, "role": "cafe", "by": world.leader, "now": NOW} | values))
    assert refused.value.errors[0].loc[0] == field


def test_members_and_strangers_don_t_change_the_roster(world: World) -> None:
    case = world.hosted()
    for who in (world.member, world.young, world.stranger, world.other.officer):
        with pytest.raises(Forbidden):
            services.add_duty(case, line=1, role="cafe", by=who, now=NOW)
    for who in (world.youth, world.unit.officer):
        services.add_duty(case, line=1, role="cafe", by=who, now=NOW)


def test_what_the_thing_asks_for_isn_t_the_hosts_to_remove(world: World) -> None:
    world.needs()
    case = world.ask()
    with pytest.raises(Forbidden):
        services.remove_duty(case, 1, by=world.leader, now=NOW)


# --- signing up ------------------------------------------------------------------------------------------------------


def test_signing_up_twice_is_once_and_the_last_place_is_the_last(world: World) -> None:
    world.needs()
    case = world.hosted()
    opening = duties(case, "open")[0]
    first = services.sign_up(case, opening.number, by=world.member, now=NOW)
    assert services.sign_up(case, opening.number, by=world.member, now=NOW) == first
    with pytest.raises(Taken) as refused:
        services.sign_up(case, opening.number, by=world.young, now=NOW)
    assert refused.value.code == "full"
    services.withdraw(case, opening.number, by=world.member, now=NOW)
    services.withdraw(case, opening.number, by=world.member, now=NOW)
    services.sign_up(case, opening.number, by=world.young, now=NOW)
    opening.refresh_from_db()
    assert opening.filled == 1


def test_the_database_says_no_too(world: World) -> None:
    world.needs()
    case = world.ask()
    duty = duties(case, "open")[0]
    row = services.sign_up(case, duty.number, by=world.member, now=NOW)
    for values in (
        {"place": 1, "user": world.leader},  # the place is taken
        {"place": 2, "user": world.member},  # twice on it
        {"place": 2},  # nobody
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SignUp.objects.create(duty=duty, organisation=world.club, at=NOW, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.filter(pk=duty.pk).update(filled=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        SignUp.objects.filter(pk=row.pk).update(unit=world.unit)


def test_outsiders_asked_hosts_and_other_units_can_t(world: World) -> None:
    world.needs()
    case = world.ask(co_hosts=[world.co_host.slug])  # asked, not answered
    for who in (world.young, world.youth, world.stranger, world.other.officer):
        with pytest.raises(Forbidden):
            services.sign_up(case, 1, by=who, now=NOW)
    services.sign_up(case, 1, by=world.unit.officer, now=NOW)
    assert roster(case).duty(1).people[0].stands_for == "Kultur og idrett"


def test_names_are_first_names_of_who_is_fifteen(world: World) -> None:
    world.needs()
    case = world.hosted()
    cafe = duties(case, "cafe")[0].number
    services.sign_up(case, cafe, by=world.young, now=NOW)
    services.sign_up(case, cafe, by=world.member, named=True, now=NOW)
    assert [one.name for one in roster(case).duty(cafe).people] == ["Ungdomsklubben", "Mona"]
    # The log doesn't tell either.
    actors = case.events.filter(type="duty_changed", data__what="signed_up").order_by("pk")
    assert [one.actor for one in actors] == [None, world.member]
    # Said once is said.
    services.sign_up(case, 1, by=world.member, now=NOW)
    assert roster(case).duty(1).people[0].name == "Mona"


def test_a_date_that_is_over_or_off_takes_nobody(world: World) -> None:
    world.needs()
    case = world.ask(days=2)
    after = START + timedelta(hours=4)
    with pytest.raises(WrongState):
        services.sign_up(case, 1, by=world.member, now=after)
    cases.withdraw_line(case, 2, by=world.leader, now=NOW)
    with pytest.raises(WrongState):
        services.sign_up(case, duties(case)[-1].number, by=world.member, now=NOW)
    with pytest.raises(NotFound):
        services.sign_up(case, 99, by=world.member, now=NOW)


def test_ten_dates_are_one_letter(world: World) -> None:
    world.needs()
    case = world.ask(days=4)
    for one in duties(case, "open"):
        services.sign_up(case, one.number, by=world.member, now=NOW)
    assert letters("duty_signed_up") == [world.member.email]


def test_who_wants_the_page_only_gets_no_reminder(world: World) -> None:
    world.needs()
    case = world.ask()
    cases.choose_mail(by=world.member, wishes={"duty": "page"})
    services.sign_up(case, 1, by=world.member, now=NOW)
    with clock.at(START - timedelta(hours=5)):
        services.run_rosters(START - timedelta(hours=5))
    assert letters("duty_signed_up") == letters("duty_reminder") == []


# --- swapping --------------------------------------------------------------------------------------------------------


def test_a_swap_keeps_the_first_until_somebody_says_yes(world: World) -> None:
    world.needs()
    case = world.hosted(days=2)
    opening, later = duties(case, "open")
    services.sign_up(case, opening.number, by=world.member, now=NOW)
    hers = services.sign_up(case, later.number, by=world.young, named=True, now=NOW)
    swap = services.ask_swap(case, opening.number, by=world.member, to=hers.pk, now=NOW)
    assert letters("duty_swap_asked") == [world.young.email]
    assert SignUp.objects.filter(duty=opening, state="on", user=world.member).exists()
    with pytest.raises(Forbidden):
        services.accept_swap(case, swap.pk, by=world.leader, now=NOW)
    row = services.accept_swap(case, swap.pk, by=world.young, now=NOW)
    assert services.accept_swap(case, swap.pk, by=world.young, now=NOW) == row
    opening.refresh_from_db()
    assert (opening.filled, row.place) == (1, 1)
    assert letters("duty_swapped") == [world.member.email]
    swap.refresh_from_db()
    assert (swap.state, swap.became) == ("accepted", row)
    with pytest.raises(WrongState):
        services.accept_swap(case, swap.pk, by=world.member, now=NOW)


def test_everybody_can_be_asked_and_one_can_change_one_s_mind(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    first = services.ask_swap(case, 1, by=world.member, now=NOW)
    assert letters("duty_swap_asked") == sorted([world.leader.email, world.booker.email, world.youth.email])
    services.stop_swap(case, 1, by=world.member, now=NOW)
    with pytest.raises(WrongState):
        services.accept_swap(case, first.pk, by=world.young, now=NOW)
    second = services.ask_swap(case, 1, by=world.member, now=NOW)
    with pytest.raises(Forbidden):
        services.accept_swap(case, second.pk, by=world.member, now=NOW)
    services.accept_swap(case, second.pk, by=world.young, now=NOW)
    assert roster(case, world.young).duty(1).mine


def test_declining_leaves_it_where_it_was(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    hers = services.sign_up(case, 2, by=world.young, named=True, now=NOW)
    swap = services.ask_swap(case, 1, by=world.member, to=hers.pk, now=NOW)
    services.decline_swap(case, swap.pk, by=world.young, now=NOW)
    services.decline_swap(case, swap.pk, by=world.young, now=NOW)
    assert letters("duty_swap_declined") == [world.member.email]
    assert roster(case, world.member).duty(1).mine


def test_withdrawing_lets_the_question_lapse(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    swap = services.ask_swap(case, 1, by=world.member, now=NOW)
    services.withdraw(case, 1, by=world.member, now=NOW)
    assert Swap.objects.get(pk=swap.pk).state == "lapsed"


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_personal_link_is_one_per_person_and_ends_with_its_places(world: World) -> None:
    world.needs()
    case = world.ask()
    helper, token = services.make_personal_link(
        case, by=world.leader, name="Olav Olsen", phone="99 88 77 66", grown=True, now=NOW
    )
    again, same = services.make_personal_link(
        case, by=world.booker, name="Olav", phone="+47 99887766", grown=True, now=NOW
    )
    assert (again, same) == (helper, token)
    assert selectors.find_helper(token) == helper
    assert token not in str(Helper.objects.values_list())
    services.sign_up(case, 1, helper=helper, now=NOW)
    assert roster(case).duty(1).people[0].name == "Olav"
    services.stop_helper(case, helper.pk, by=world.leader, now=NOW)
    assert selectors.find_helper(token) is None
    assert roster(case).duty(1).missing == 1
    helper.refresh_from_db()
    with pytest.raises(Forbidden):
        services.sign_up(case, 1, helper=helper, now=NOW)


def test_of_younger_people_no_name_is_kept(world: World) -> None:
    world.needs()
    case = world.ask()
    helper, _token = services.make_personal_link(case, by=world.leader, name="Nora", now=NOW)
    assert (helper.name, helper.phone, helper.email) == ("", "", "")
    services.sign_up(case, 1, helper=helper, now=NOW)
    assert roster(case, world.leader).duty(1).people[0].name == "Møteplassen"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"grown": True}, "name"),
        ({"grown": True, "name": "Olav"}, "phone"),
        ({"email": "no"}, "email"),
        ({"phone": "1"}, "phone"),
    ],
)
def test_a_bad_link_names_its_field(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.make_personal_link(world.ask(), by=world.leader, now=NOW, **values)
    assert refused.value.errors[0].loc == (field,)


def test_the_open_link_is_one_and_can_be_stopped(world: World) -> None:
    world.needs()
    case = world.hosted()
    token = services.open_link(case, by=world.leader, now=NOW)
    assert services.open_link(case, by=world.booker, now=NOW) == token
    assert services.open_link(case, by=world.youth, now=NOW) != token
    link = selectors.find_open_link(token)
    assert link is not None
    helper, own = services.join(link, name="Kari", phone="90000001", grown=True, now=NOW)
    assert helper.organisation == world.club
    assert selectors.find_helper(own) == helper
    with pytest.raises(WrongState) as refused:
        services.join(link, name="Kari", phone="90000001", grown=True, now=NOW)
    assert refused.value.code == "known"
    services.stop_open_link(case, by=world.leader, side="organisation:moteplassen", now=NOW)
    assert selectors.find_open_link(token) is None
    with pytest.raises(NotFound):
        services.join(link, name="Ola", phone="90000002", grown=True, now=NOW)
    assert selectors.find_helper(own) == helper


# --- dates that change -----------------------------------------------------------------------------------------------


def test_off_and_on_again_is_told_once_each_and_places_stay(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    services.sign_up(case, 3, by=world.member, now=NOW)
    closure = close_resource(world.hall, start=START, end=START + timedelta(hours=1), reason="Gulv", now=NOW)
    assert Line.objects.get(case=case).state == "displaced"
    rows = OutboxMessage.objects.filter(handler="duty_news")
    assert [row.payload["what"] for row in rows] == ["off"]
    services.settle(Case.objects.get(pk=case.pk), now=NOW)
    assert rows.count() == 1
    reopen(closure.closure, now=NOW)
    assert [row.payload["what"] for row in rows.order_by("pk")] == ["off", "back"]
    assert roster(case, world.member).duty(1).mine


def test_a_moved_date_is_told_and_keeps_its_people(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    wish = cases.Wish(1, START + timedelta(hours=1), START + timedelta(hours=3))
    cases.propose_change(case, wish, by=world.leader, now=NOW)
    rows = OutboxMessage.objects.filter(handler="duty_news")
    assert [row.payload["what"] for row in rows] == ["moved"]
    assert roster(case, world.member).duty(1).mine


def test_removing_and_taking_off_is_told(world: World) -> None:
    case = world.hosted()
    [duty] = services.add_duty(case, line=1, role="cafe", needed=2, by=world.leader, now=NOW)
    services.sign_up(case, duty.number, by=world.member, now=NOW)
    hers = services.sign_up(case, duty.number, by=world.young, now=NOW)
    with pytest.raises(WrongState):
        services.change_needed(case, duty.number, needed=1, by=world.leader, now=NOW)
    services.take_off(case, hers.pk, by=world.leader, now=NOW)
    services.change_needed(case, duty.number, needed=1, by=world.leader, now=NOW)
    services.remove_duty(case, duty.number, by=world.leader, now=NOW)
    assert letters("duty_removed") == sorted([world.member.email, world.young.email])
    assert SignUp.objects.filter(state="removed").count() == 2
