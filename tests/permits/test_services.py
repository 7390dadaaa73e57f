"""What parties and granters do, who may not, and what time does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from booking.cases.models import Event
from booking.cases.wording import event_text
from booking.catalogue import services as catalogue
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.errors import Disqualified, Forbidden, Invalid, TooLarge, WrongState
from booking.permits import rules, services
from booking.permits.models import Permit, PermitReminder, PermitState
from tests import factories as f
from tests.factories import NOW
from tests.permits.world import PDF, World

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def words_of(case) -> list[str]:  # type: ignore[no-untyped-def]
    with translation.override("en"):
        return [event_text(one.type, one.data, 1) for one in Event.objects.filter(case=case, type="permit_changed")]


class TestParty:
    def test_says_that_it_has_applied_once(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        version = case.version
        for _again in range(2):
            services.say_applied(noise, applied_on=TODAY, note="Sak 12", by=world.coach, now=NOW)
        noise.refresh_from_db()
        case.refresh_from_db()
        assert (noise.state, noise.date, noise.note, noise.changed_hat) == (
            "applied", TODAY, "Sak 12", "organisation:jff",
        )  # fmt: skip
        assert words_of(case) == ["Noise permit <b>: applied for"]
        assert case.version == version + 1
        asked = OutboxMessage.objects.filter(handler="permit_asked")
        assert [one.recipient for one in asked] == [world.technical.officer.email]

    def test_outside_bodies_are_written_to_by_nobody(self, world: World) -> None:
        case = world.asked(audience={"20-59": 600}, override_reason="Søkt.")
        services.say_applied(world.permit(case, world.event), applied_on=TODAY, by=world.coach, now=NOW)
        assert not OutboxMessage.objects.filter(handler="permit_asked").exists()

    @pytest.mark.parametrize(("value", "code"), [(None, "required"), (TODAY + timedelta(days=1), "in_future")])
    def test_the_day_is_named_and_has_come(self, world: World, value: date | None, code: str) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        with pytest.raises(Invalid) as error:
            services.say_applied(noise, applied_on=value, by=world.coach, now=NOW)
        assert error.value.code == code

    def test_a_condition_is_confirmed_in_the_words_that_were_read(self, world: World) -> None:
        case = world.asked()
        tidy = world.permit(case, world.tidy)
        values = {"help": "Alt søppel tas med hjem, også ditt."}
        catalogue.save_requirement(values=values, requirement=world.tidy, now=NOW)
        with pytest.raises(WrongState) as error:
            services.confirm(tidy, version=1, by=world.coach, now=NOW)
        assert error.value.code == "stale_text"
        services.confirm(tidy, version=2, by=world.coach, now=NOW)
        tidy.refresh_from_db()
        assert (tidy.state, tidy.text_version) == ("granted", 2)
        assert tidy.text == "Vi rydder etter oss\n\nAlt søppel tas med hjem, også ditt."
        # New words later don't touch what was said yes to.
        catalogue.save_requirement(values={"help": "Noe annet"}, requirement=world.tidy, now=NOW)
        tidy.refresh_from_db()
        assert "også ditt" in tidy.text

    def test_a_document_is_known_by_its_content_and_kept_once(self, world: World) -> None:
        case = world.asked()
        insurance = world.permit(case, world.insurance)
        for _again in range(2):
            row = services.add_document(insurance, name="../bevis.exe", content=PDF, by=world.coach, now=NOW)
        insurance.refresh_from_db()
        assert (row.name, row.content_type, insurance.state) == ("bevis.pdf", "application/pdf", "applied")
        assert insurance.documents.count() == 1
        for content, wrong in ((b"", Invalid), (b"<svg onload=x>", Invalid), (b"a" * 10_000_001, TooLarge)):
            with pytest.raises(wrong):
                services.add_document(insurance, name="x", content=content, by=world.coach, now=NOW)
        assert words_of(case) == ["Forsikringsbevis: a document was added", "Forsikringsbevis: handed in"]

    def test_strangers_and_the_granting_unit_cant_speak_for_the_party(self, world: World) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        for nobody in (f.make_user("Frida Fremmed"), world.technical.officer):
            with pytest.raises(Forbidden):
                services.say_applied(noise, applied_on=TODAY, by=nobody, now=NOW)
        with pytest.raises(Forbidden):
            services.add_document(noise, name="x", content=PDF, by=f.make_user("Frida F"), now=NOW)

    def test_what_is_over_takes_nothing_more(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        case.stored_act = "dismissed"
        case.save()
        with pytest.raises(WrongState):
            services.say_applied(world.permit(case, world.noise), applied_on=TODAY, by=world.coach, now=NOW)


class TestGranting:
    def test_the_granting_unit_has_the_word_and_the_party_hears(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        with pytest.raises(Forbidden):  # the case's unit has not
            services.decide(noise, state="granted", by=world.unit.officer, now=NOW)
        last = TODAY + timedelta(days=30)
        for _again in range(2):
            services.decide(noise, state="granted", valid_to=last, by=world.technical.officer, now=NOW)
        noise.refresh_from_db()
        assert (noise.state, noise.date, noise.valid_to, noise.changed_hat) == ("granted", TODAY, last, "unit:teknisk")
        letters = OutboxMessage.objects.filter(handler="permit_decided")
        assert [one.recipient for one in letters] == [world.coach.email]

    def test_of_an_outside_body_the_cases_unit_says_it(self, world: World) -> None:
        case = world.asked(audience={"20-59": 600}, override_reason="Søkt.")
        event = world.permit(case, world.event)
        with pytest.raises(Forbidden):
            services.decide(event, state="granted", by=world.technical.officer, now=NOW)
        services.decide(event, state="granted", by=world.unit.officer, now=NOW)
        assert world.permit(case, world.event).state == "granted"

    def test_conflicts_of_interest_count_as_in_decisions(self, world: World) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        f.give_membership(world.technical.officer, world.club, "board")
        with pytest.raises(Disqualified):
            services.decide(noise, state="granted", by=world.technical.officer, now=NOW)
        # Under a leader with ties nobody of the unit decides.
        leader = f.make_leader(world.technical)
        f.give_membership(leader, world.club, "board")
        with pytest.raises(Disqualified) as error:
            services.decide(noise, state="granted", by=world.technical.deputy, now=NOW)
        assert error.value.code == "disqualified_leader"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"state": "expired"}, "unknown_choice"),
            ({"state": "refused"}, "required"),
            ({"state": "refused", "note": "Nei", "valid_to": TODAY}, "not_granted"),
            ({"state": "granted", "valid_to": TODAY - timedelta(days=1)}, "end_before_start"),
            ({"state": "granted", "on": TODAY + timedelta(days=1)}, "in_future"),
            ({"state": "granted", "note": "x" * 251}, "too_long"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_field(self, world: World, values: dict, code: str) -> None:  # type: ignore[type-arg]
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        with pytest.raises(Invalid) as error:
            services.decide(noise, by=world.technical.officer, now=NOW, **values)
        assert error.value.errors[0].code == code
        assert world.permit(noise.case, world.noise).state == "needed"

    def test_the_database_itself_refuses_states_that_make_no_sense(self, world: World) -> None:
        noise = world.permit(world.asked(uses=["amplified-sound"]), world.noise)
        for values in (
            {"state": "granted"}, {"state": "refused", "date": TODAY, "valid_to": TODAY},
            {"state": "expired", "date": TODAY},
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                Permit.objects.filter(pk=noise.pk).update(**values)


def test_every_move_is_for_somebody_or_for_nobody() -> None:
    """The table says it all: parties apply, granters say the rest, time lets things run out."""
    for before in PermitState.values:
        for after in PermitState.values:
            party, granter = rules.may_move(before, after, "party"), rules.may_move(before, after, "granter")
            assert party == (after == "applied" and before in ("needed", "refused", "expired"))
            assert granter == (after != "expired")
            assert rules.may_move(before, after, "clock") == ((before, after) == ("granted", "expired"))


class TestTime:
    def test_one_letter_seven_and_two_days_before_however_often_tick_runs(self, world: World) -> None:
        case = world.asked(days=20)
        sent = []
        for days in range(22):
            now = NOW + timedelta(days=days)
            for _twice in range(2):
                services.run_permits(now)
            sent.append(PermitReminder.objects.filter(case=case).count())
        assert sent.index(1) == 13
        assert sent.index(2) == 18
        assert sent[-1] == 2
        assert OutboxMessage.objects.filter(handler="permit_left").count() == 2

    def test_after_an_outage_only_the_nearest_is_said(self, world: World) -> None:
        case = world.asked(days=20)
        services.run_permits(NOW + timedelta(days=19))
        assert [one.days for one in PermitReminder.objects.filter(case=case)] == [2]

    def test_nothing_left_nothing_said(self, world: World) -> None:
        case = world.asked(days=5)
        services.confirm(world.permit(case, world.tidy), version=1, by=world.coach, now=NOW)
        services.decide(world.permit(case, world.insurance), state="granted", by=world.unit.officer, now=NOW)
        assert services.run_permits(NOW + timedelta(days=1)) == 0

    def test_who_comes_every_week_isnt_reminded_every_week(self, world: World) -> None:
        start = (NOW + timedelta(days=4)).replace(hour=17, minute=0)
        series = {
            "resource": "stranda", "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(),
            "rrule": "FREQ=WEEKLY;COUNT=12",
        }  # fmt: skip
        world.asked(lines=[], series=[series])
        for days in range(60):
            services.run_permits(NOW + timedelta(days=days))
        assert PermitReminder.objects.count() <= 6

    def test_a_permit_runs_out_and_is_to_be_got_again(self, world: World) -> None:
        case = world.asked(uses=["amplified-sound"])
        noise = world.permit(case, world.noise)
        last = TODAY + timedelta(days=3)
        services.decide(noise, state="granted", valid_to=last, by=world.technical.officer, now=NOW)
        services.run_permits(NOW + timedelta(days=3))
        assert world.permit(case, world.noise).state == "granted"
        services.run_permits(NOW + timedelta(days=4))
        noise = world.permit(case, world.noise)
        assert (noise.state, noise.changed_by) == ("expired", None)
        now = NOW + timedelta(days=5)
        services.say_applied(noise, applied_on=now.date(), by=world.coach, now=now)

    def test_a_reminder_that_is_no_longer_true_doesnt_leave(self, world: World) -> None:
        case = world.asked(days=6)
        services.run_permits(NOW)
        row = OutboxMessage.objects.get(handler="permit_left")
        with clock.at(NOW):
            assert registry.handler(row.handler).still_valid(row.payload)
            case.lines.update(state="withdrawn")
            assert not registry.handler(row.handler).still_valid(row.payload)
