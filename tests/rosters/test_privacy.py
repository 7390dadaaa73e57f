"""What rosters keep about people, and what goes."""

from __future__ import annotations

from datetime import timedelta

from booking.foundation import personal
from booking.rosters import selectors, services
from booking.rosters.models import Duty, Helper, SignUp
from booking.rosters.personal import _collect, _erase
from tests.factories import NOW, make_user
from tests.rosters.test_services import roster
from tests.rosters.world import START, World


def test_erasing_takes_people_off_dates_to_come_and_forgets_helpers(world: World) -> None:
    world.needs()
    case = world.hosted()
    user = make_user("Olav Olsen", email="olav@example.org")
    helper, token = services.make_personal_link(
        case, by=world.leader, name="Olav", email="olav@example.org", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    services.sign_up(case, 3, by=world.member, named=True, now=NOW)
    services.add_duty(case, line=1, role="other", words="Hjelpe Olav Olsen", by=world.leader, now=NOW)
    assert {str(one.title) for one in _collect(user)} >= {"Olav"} or list(_collect(user))
    _erase(user, NOW)
    _erase(world.member, NOW)
    helper.refresh_from_db()
    assert (helper.name, helper.phone, helper.email, helper.contact_hash) == ("", "", "", "")
    assert selectors.find_helper(token) is None
    assert not SignUp.objects.filter(state="on").exists()
    assert roster(case).duty(1).missing == 1
    assert "Olav Olsen" not in Duty.objects.get(role="other").words


def test_what_is_over_stays_without_a_name(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, named=True, now=NOW)
    _erase(world.member, START + timedelta(days=1))
    row = SignUp.objects.get()
    assert (row.state, row.named) == ("on", False)
    assert selectors.name_of(row) == "Møteplassen"


def test_helpers_are_forgotten_a_month_after_their_last_date(world: World) -> None:
    world.needs()
    case = world.hosted()
    helper, _token = services.make_personal_link(
        case, by=world.leader, name="Olav", phone="90000000", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    helper.refresh_from_db()
    assert helper.last_on == START + timedelta(hours=3)
    [kept] = [one for one in personal.retention_classes() if one.name == "roster_helpers"]
    assert kept.forget is not None
    kept.forget(kept.rows(), START + timedelta(days=40))
    assert not Helper.objects.exclude(name="", phone="").exists()
    assert not kept.rows().exists()
    assert roster(case).duty(1).people[0].sign_up == SignUp.objects.get().pk
