"""Somebody leaves: everything is handed on, and nothing ever points at nobody (needs N5, N9; requests.md clock 6-7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model

from booking.cases import services as cases
from booking.cases.models import Case
from booking.catalogue import registry, selectors, services
from booking.catalogue.models import HandOver, UnitRole
from booking.catalogue.services import Wish
from booking.correspondence.models import Heartbeat, OutboxMessage
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid
from booking.staff.models import StaffLogEntry
from tests import factories
from tests.cases.conftest import at, body, make_town
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def town():
    town = make_town()
    town.leader = factories.make_leader(town.unit)
    town.hall = factories.make_resource("Hallen", unit=town.unit, officer=town.officer)
    return town


def ask(town, day=7, **values):
    return town.ask(body(town.room, at(day, 18), at(day, 20)), **values)


def carried(user, on=TODAY, **values):
    return {section.kind.name: list(section.rows) for section in selectors.carried_by(user, on, **values)}


def hand(town, wishes, *, by=None, reason="Ola slutter.", **values):
    return services.hand_over_carried(
        wishes, leaver=town.officer, reason=reason, by=by or town.leader, now=NOW, **values
    )


def wishes_of(user, to):
    return [Wish(kind, row.key, to) for kind, rows in carried(user).items() for row in rows if row.movable]


class TestWhatAPersonCarries:
    def test_units_things_and_open_cases_with_their_dates(self, town):
        case = ask(town)
        found = carried(town.officer)
        assert [(row.title, row.role) for row in found["units"]] == [(town.unit.name, "officer")]
        assert [(row.title, row.role) for row in found["resources"]] == [("Hallen", "officer")]
        [row] = found["cases"]
        assert (row.key, row.due, row.unit, row.movable) == (str(case.pk), case.answer_by, town.unit.pk, True)
        assert case.reference in row.title
        assert town.club.name in row.detail
        [deputys] = carried(town.unit.deputy)["cases"]
        assert (deputys.role, deputys.movable) == ("deputy", False)

    def test_a_case_whose_times_have_passed_is_history(self, town):
        town.decide(ask(town), "grant")
        assert "cases" in carried(town.officer)
        assert "cases" not in carried(town.officer, on=TODAY + timedelta(days=30))

    def test_who_is_the_officer_is_not_proposed_as_deputy(self, town):
        [row] = carried(town.unit.deputy)["units"]
        choices = selectors.receivers([town.unit.pk], TODAY, leaver=town.unit.deputy)[town.unit.pk]
        assert town.officer in choices
        assert selectors.suggestion(row, choices, selectors.missing(TODAY)) == town.leader

    def test_the_only_leader_of_a_unit_carries_it(self, town):
        assert [row.role for row in carried(town.leader)["units"]] == ["leader"]
        factories.make_leader(town.unit, "Lars Leder")
        assert carried(town.leader) == {}

    def test_many_take_as_many_queries_as_one(self, town, django_assert_max_num_queries):
        for day in range(7, 17):
            ask(town, day)
            factories.make_resource(f"Rom {day}", unit=town.unit, officer=town.officer)
        with django_assert_max_num_queries(9):  # one for each kind of thing that is carried, and who may
            found = carried(town.officer)
        assert (len(found["cases"]), len(found["resources"])) == (10, 11)

    def test_who_leads_sees_what_is_their_units(self, town):
        other = factories.make_unit("Teknisk", owned=False)
        factories.give_role(town.officer, other)
        factories.make_resource("Tilhenger", unit=other, officer=town.officer)
        assert [row.title for row in carried(town.officer)["resources"]] == ["Hallen", "Tilhenger"]
        assert [row.title for row in carried(town.officer, units={other.pk})["resources"]] == ["Tilhenger"]
        assert set(selectors.people_led(town.leader, TODAY)) == {town.officer, town.unit.deputy, town.leader}
        assert set(selectors.people_led(town.officer, TODAY)) == {town.officer}
        assert not selectors.people_led(town.coach, TODAY).exists()


class TestHandingOver:
    def test_everything_goes_to_the_receiver_with_a_reason(self, town):
        case, to = ask(town), town.unit.deputy
        outcomes = hand(town, wishes_of(town.officer, to))
        assert [one.error for one in outcomes] == [None] * 3
        town.unit.refresh_from_db()
        town.hall.refresh_from_db()
        case.refresh_from_db()
        assert (town.unit.officer, town.unit.deputy) == (to, None)
        assert town.hall.officer == to
        assert (case.officer, case.hand_overs, case.answer_by) == (to, 1, case.first_answer_by)
        assert carried(town.officer) == {}
        assert set(HandOver.objects.values_list("kind", "receiver", "by", "reason")) == {
            (kind, to.pk, town.leader.pk, "Ola slutter.") for kind in ("units", "resources", "cases")
        }
        event = case.events.get(type="handed_over")
        assert case.messages.get(pk=event.data["message"]).body == "Ola slutter."
        assert StaffLogEntry.objects.filter(action="samskap.catalogue.handed_over").count() == 2

    def test_each_receiver_gets_one_letter_and_each_requester_theirs(self, town):
        ask(town)
        ask(town, 8, user=town.other_coach)
        OutboxMessage.objects.all().delete()
        hand(town, wishes_of(town.officer, town.unit.deputy))
        letters = list(OutboxMessage.objects.values_list("handler", "recipient_user"))
        assert sorted(letters) == sorted(
            [
                ("staff_has_got", town.unit.deputy.pk),
                ("case_handed_over", town.coach.pk),
                ("case_handed_over", town.other_coach.pk),
            ]
        )

    def test_the_consequences_are_the_deed_and_write_nothing(self, town):
        ask(town)
        town.unit.refresh_from_db()
        before = (Case.objects.get().version, OutboxMessage.objects.count(), StaffLogEntry.objects.count())
        wishes = wishes_of(town.officer, town.unit.deputy)
        seen = services.preview_hand_over(wishes, leaver=town.officer, reason="Slutter", by=town.leader, now=NOW)
        assert all(one.ok for one in seen)
        assert (Case.objects.get().version, OutboxMessage.objects.count(), StaffLogEntry.objects.count()) == before
        assert not HandOver.objects.exists()
        assert carried(town.officer).keys() == {"units", "resources", "cases"}

    def test_a_receiver_with_a_leading_role_is_refused_for_that_case_alone(self, town):
        factories.give_membership(town.unit.deputy, town.club, "board")
        case, other = ask(town), ask(town, 8, user=town.other_coach)
        [row, _row] = carried(town.officer)["cases"]
        assert town.unit.deputy.pk in row.barred
        wishes = wishes_of(town.officer, town.unit.deputy)
        for answer in (
            services.preview_hand_over(wishes, leaver=town.officer, reason="x", by=town.leader, now=NOW),
            hand(town, wishes),
        ):
            refused = [one for one in answer if not one.ok]
            assert [(one.wish.key, one.error.code) for one in refused] == [(str(case.pk), "disqualified")]
        case.refresh_from_db()
        other.refresh_from_db()
        assert (case.officer, other.officer) == (town.officer, town.unit.deputy)

    def test_it_counts_as_a_hand_over_and_the_third_tells_the_leader(self, town):
        case = ask(town)
        Case.objects.filter(pk=case.pk).update(hand_overs=2)
        [row] = carried(town.officer)["cases"]
        hand(town, [Wish("cases", row.key, town.unit.deputy)])
        case.refresh_from_db()
        assert (case.hand_overs, case.attention) == (3, "handed")
        assert OutboxMessage.objects.filter(handler="case_handed_often", recipient_user=town.leader).exists()

    def test_pressed_twice_is_once(self, town):
        ask(town)
        wishes = wishes_of(town.officer, town.unit.deputy)
        hand(town, wishes)
        again = hand(town, wishes)
        assert {one.error.code for one in again} == {"moved"}
        assert Case.objects.get().hand_overs == 1
        assert OutboxMessage.objects.filter(handler="staff_has_got").count() == 1

    def test_others_rows_do_not_exist(self, town):
        other = factories.make_unit("Teknisk", owned=False)
        stranger = factories.make_leader(other, "Fremmed")
        [outcome] = hand(town, [Wish("units", f"{town.unit.pk}:officer", town.unit.deputy)], by=stranger)
        assert (outcome.error.code, outcome.row) == ("moved", None)
        [outcome] = hand(town, [Wish("units", f"{town.unit.pk}:officer", stranger)])
        assert outcome.error.code == "not_an_officer"
        town.unit.refresh_from_db()
        assert town.unit.officer == town.officer

    def test_without_a_reason_nothing_moves(self, town):
        with pytest.raises(Invalid) as refused:
            hand(town, wishes_of(town.officer, town.unit.deputy), reason="  ")
        assert refused.value.errors[0].loc == ("reason",)

    @pytest.mark.parametrize("key", ["", "x", "0:officer", "1:king", "9" * 30, "1"])
    def test_nonsense_is_nobodys_row(self, town, key):
        for kind in ("units", "resources", "cases", "what"):
            [outcome] = hand(town, [Wish(kind, key, town.unit.deputy)])
            assert outcome.error.code == "moved"

    def test_the_unit_gets_another_leader(self, town):
        outcome = services.hand_over_carried(
            [Wish("units", f"{town.unit.pk}:leader", town.officer)], leaver=town.leader, reason="Slutter",
            by=town.leader, now=NOW,
        )  # fmt: skip
        assert outcome[0].ok
        assert town.officer in selectors.leaders(town.unit, TODAY)

    def test_another_floor_takes_part_through_the_registry(self, town):
        had = {"7": town.officer}

        def carries(user, on):
            return [
                registry.Carried(key, f"Avtale {key}", unit=town.unit.pk) for key, one in had.items() if one == user
            ]

        def give(key, *, leaver, to, reason, by, now):
            had[key] = to

        registry.register_carried("test agreements", carries, label="Avtaler", hand_over=give)
        try:
            assert [row.title for row in carried(town.officer)["test agreements"]] == ["Avtale 7"]
            [outcome] = hand(town, [Wish("test agreements", "7", town.unit.deputy)])
        finally:
            registry._carried.pop("test agreements")
        assert outcome.ok
        assert had == {"7": town.unit.deputy}


class TestTheLastDay:
    LAST = date(2026, 3, 31)

    def test_roles_end_then_and_the_next_day_others_own_everything(self, town):
        case = ask(town)
        services.set_last_day(user=town.officer, last=self.LAST, by=town.leader, now=NOW)
        assert selectors.leaving_on(town.officer, TODAY) == self.LAST
        for day, name in [(self.LAST, "Ola Saksbehandler"), (self.LAST + timedelta(days=1), "Sigrid Stedfortreder")]:
            assert selectors.responsible(town.hall, day).acting.name == name
            assert selectors.unit_responsible(town.unit, day).acting.name == name
            assert cases_holder(case, day).name == name
        assert not selectors.units_of(town.officer, self.LAST + timedelta(days=1)).exists()

    def test_the_nightly_check_writes_it_down_and_puts_it_on_the_list(self, town):
        case = ask(town)
        services.set_last_day(user=town.officer, last=TODAY, by=town.leader, now=NOW)
        assert services.check_owners(NOW) == 0
        Heartbeat.objects.all().delete()
        tomorrow = NOW + timedelta(days=1)
        assert services.check_owners(tomorrow) == 1
        Heartbeat.objects.all().delete()
        assert services.check_owners(tomorrow) == 0, "nothing is left"
        for row in (town.unit, town.hall, case):
            row.refresh_from_db()
            assert row.officer == town.unit.deputy or row.officer.name == "Sigrid Stedfortreder"
        units = {town.unit.pk}
        assert {row.title for row in selectors.waiting_take_overs(units)} == {"Hallen", town.unit.name}
        [section] = selectors.marked_take_overs(units)
        assert [row.key for row in section.rows] == [str(case.pk)]
        assert selectors.count_take_overs() == 3

    def test_the_check_runs_once_a_day(self, town):
        from booking.foundation import clock

        services.check_owners(clock.now())
        get_user_model().objects.filter(pk=town.officer.pk).update(is_active=False)
        assert services.check_owners(clock.now()) == 0
        assert services.check_owners(clock.now() + timedelta(days=1)) == 1

    def test_said_again_it_is_another_day_and_a_past_one_is_refused(self, town):
        for last in (self.LAST, TODAY):
            services.set_last_day(user=town.officer, last=last, by=town.officer, now=NOW)
            assert UnitRole.objects.get(user=town.officer).end == last
        with pytest.raises(Invalid):
            services.set_last_day(user=town.officer, last=date(2026, 3, 1), by=town.leader, now=NOW)

    def test_only_oneself_and_who_leads_the_unit(self, town):
        for by in (town.unit.deputy, town.coach, factories.make_leader(factories.make_unit("Teknisk"))):
            with pytest.raises(Forbidden):
                services.set_last_day(user=town.officer, last=self.LAST, by=by, now=NOW)

    def test_roles_in_units_of_others_stay(self, town):
        other = factories.give_role(town.officer, factories.make_unit("Teknisk"))
        services.set_last_day(user=town.officer, last=self.LAST, by=town.leader, now=NOW)
        other.refresh_from_db()
        assert other.end is None
        assert selectors.leaving_on(town.officer, TODAY) is None


def cases_holder(case, on):
    from booking.cases.selectors.detail import acting_for

    return acting_for(Case.objects.get(pk=case.pk), on)[0]


class TestWhoCanNotSignInAnyMore:
    def leave(self, user):
        user.is_active = False
        user.save()

    def test_the_list_stays_until_a_leader_has_looked(self, town):
        self.leave(town.officer)
        units = {town.unit.pk}
        rows = list(selectors.waiting_take_overs(units))
        assert {row.title for row in rows} == {"Hallen", town.unit.name}
        assert {row.receiver.name for row in rows} == {"Sigrid Stedfortreder"}
        with pytest.raises(Forbidden):
            services.mark_seen(handover=rows[0], by=rows[0].receiver, now=NOW)
        for row in rows:
            services.mark_seen(handover=row, by=town.leader, now=NOW)
            services.mark_seen(handover=row, by=town.leader, now=NOW)
        assert selectors.count_take_overs(units) == 0

    def test_the_heir_leaves_before_anybody_has_looked(self, town):
        self.leave(town.officer)
        self.leave(get_user_model().objects.get(name="Sigrid Stedfortreder"))
        rows = selectors.waiting_take_overs({town.unit.pk})
        assert {row.receiver.name for row in rows} == {"Lise Leder"}
        assert len(rows) == 2

    def test_roles_end_so_that_an_account_that_is_opened_again_opens_nothing(self, town):
        self.leave(town.officer)
        town.officer.is_active = True
        town.officer.save()
        tomorrow = local_date(NOW, booking_settings().tz) + timedelta(days=400)
        assert not selectors.roles_of(town.officer, tomorrow).exists()

    def test_an_update_without_signals_is_found_at_night(self, town):
        case = ask(town)
        get_user_model().objects.filter(pk=town.officer.pk).update(is_active=False)
        found = {one.kind.name: [row.title for row in one.rows] for one in selectors.unowned(TODAY)}
        assert found.keys() == {"cases", "resources", "units"}
        # Owned by the deputy since that second, and written down at night.
        assert cases_holder(case, TODAY).name == "Sigrid Stedfortreder"
        assert services.check_owners(NOW) == 1
        assert selectors.unowned(TODAY) == []

    def test_history_does_not_come_on_the_list(self, town):
        old = town.decide(ask(town), "grant")
        cases_now = NOW + timedelta(days=30)
        from booking.cases.services.handing import take_over_cases

        assert take_over_cases(town.officer, cases_now) == 1
        old.refresh_from_db()
        assert (old.officer.name, old.attention) == ("Sigrid Stedfortreder", "")

    def test_letters_that_wait_go_to_who_has_the_case_now(self, town):
        case = ask(town)
        OutboxMessage.objects.all().delete()
        case = Case.objects.get(pk=case.pk)
        cases.assign(case, officer=town.unit.deputy, by=town.officer, now=NOW)
        waiting = OutboxMessage.objects.get(handler="case_given_to_you")
        assert waiting.recipient_user.name == "Sigrid Stedfortreder"
        self.leave(waiting.recipient_user)
        waiting.refresh_from_db()
        case.refresh_from_db()
        assert waiting.recipient_user == case.officer
        assert waiting.recipient == case.officer.email
        assert case.officer.name == "Ola Saksbehandler"

    def test_nobody_left_drops_the_letter_and_shows_the_case(self, town):
        case = ask(town)
        OutboxMessage.objects.all().delete()
        cases.assign(Case.objects.get(pk=case.pk), officer=town.unit.deputy, by=town.officer, now=NOW)
        for name in ("Lise Leder", "Ola Saksbehandler", "Sigrid Stedfortreder"):
            self.leave(get_user_model().objects.get(name=name))
        assert OutboxMessage.objects.get(handler="case_given_to_you").state == "dropped"
        [row] = [row for one in selectors.unowned(TODAY) if one.kind.name == "cases" for row in one.rows]
        assert row.key == str(case.pk)
