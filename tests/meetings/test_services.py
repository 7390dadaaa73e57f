"""Who may do what to a meeting, when, and what is refused with which field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Forbidden, Invalid, NotFound, Stale, WrongState
from booking.foundation.personal import personal_data, retention_classes
from booking.meetings import selectors, services
from booking.meetings.models import AgendaPoint, Commitment, Meeting
from booking.organisations.services import merge_organisations
from tests.factories import NOW, make_officer, make_unit, make_user
from tests.meetings.world import HELD, START, World


def letters(handler: str) -> set[str]:
    return set(OutboxMessage.objects.filter(handler=handler).values_list("recipient", flat=True))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"end": START}, "end"),
        ({"end": START + timedelta(hours=25)}, "end"),
        ({"start": NOW - timedelta(days=1), "end": NOW}, "start"),
        ({"start": NOW + timedelta(days=900), "end": NOW + timedelta(days=900, hours=1)}, "start"),
        ({"agenda_until": START + timedelta(minutes=1)}, "agenda_until"),
        ({"months_between": 25}, "months_between"),
    ],
)
def test_what_is_impossible_is_said_at_its_field(world: World, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        world.prepared(**fields)
    assert [one.loc[0] for one in error.value.errors] == [field]
    assert not Meeting.objects.exists()


def test_only_the_unit_that_calls_prepares_moves_and_writes(world: World) -> None:
    made = world.called()
    stranger = make_officer(make_unit("Skole"), "Sven Skole")
    for by in (stranger, world.leader, world.technical.officer):
        with pytest.raises(Forbidden):
            services.prepare_meeting(world.draft(), by=by, unit=world.unit, now=NOW)
        with pytest.raises(Forbidden):
            services.change_meeting(made, world.draft(), by=by, now=NOW)
        with pytest.raises(Forbidden):
            services.cancel_meeting(made, by=by, reason="Nei", now=NOW)
        with pytest.raises(Forbidden):
            services.write_minutes(made, by=by, words="Nei", publish=True, now=HELD)


def test_an_organisation_adds_until_the_stated_time_and_takes_back_only_its_own(world: World) -> None:
    made = world.called()
    mine = services.add_point(made, by=world.leader, organisation=world.club, title="Nøkler", now=NOW)
    again = services.add_point(made, by=world.leader, organisation=world.club, title=" Nøkler ", now=NOW)
    assert mine.pk == again.pk
    with pytest.raises(Forbidden):
        services.add_point(made, by=world.leader, organisation=world.stranger, title="Nei", now=NOW)
    member = world.club.memberships.get(role="member").user
    with pytest.raises(Forbidden):
        services.add_point(made, by=member, organisation=world.club, title="Nei", now=NOW)
    with pytest.raises(NotFound):
        services.withdraw_point(made, mine.pk, by=world.other.memberships.get().user, organisation=world.other, now=NOW)
    # What others want to talk about isn't the unit's to take away.
    with pytest.raises(NotFound):
        services.withdraw_point(made, mine.pk, by=world.officer, now=NOW)
    with pytest.raises(WrongState):
        services.add_point(made, by=world.leader, organisation=world.club, title="Sent", now=made.agenda_until)
    services.add_point(made, by=world.officer, title="Orientering", now=made.agenda_until)
    services.withdraw_point(made, mine.pk, by=world.leader, organisation=world.club, now=NOW)
    assert [one.title for one in selectors.points_of(made)] == ["Orientering"]


def test_calling_and_planning_twice_is_once_and_a_stale_look_is_refused(world: World) -> None:
    made = world.prepared()
    called = services.call_meeting(made, by=world.officer, now=NOW, if_version=made.version)
    again = services.call_meeting(made, by=world.officer, now=NOW)
    assert (called.sequence, again.sequence, again.version) == (1, 1, called.version)
    with pytest.raises(Stale):
        services.change_meeting(made, world.draft(), by=world.officer, now=NOW, if_version=made.version)
    first = services.plan_next(called, by=world.officer, now=NOW)
    assert services.plan_next(called, by=world.officer, now=NOW) == first
    assert letters("meeting_invitation") == {world.leader.email, world.other.memberships.get().user.email}


def test_a_meeting_of_nobody_is_not_called(world: World) -> None:
    with pytest.raises(Invalid, match="nobody_invited"):
        world.called(organisations=[])
    assert world.called(organisations=[], public=True, title="Åpent").state == "invited"


def test_a_new_title_tells_nobody_and_a_new_time_tells_all_and_who_is_new_is_invited(world: World) -> None:
    made = world.called(organisations=[world.club])
    services.change_meeting(made, world.draft(organisations=[world.club], title="Nytt"), by=world.officer, now=NOW)
    assert letters("meeting_changed") == set()
    later = {"start": START + timedelta(days=1), "end": START + timedelta(days=1, hours=1)}
    moved = services.change_meeting(made, world.draft(**later), by=world.officer, now=NOW)
    assert letters("meeting_changed") == {world.leader.email}
    assert world.other.memberships.get().user.email in letters("meeting_invitation")
    assert moved.sequence == 2
    # Nobody who was invited is left out again.
    services.change_meeting(made, world.draft(organisations=[], **later), by=world.officer, now=NOW)
    assert made.parties.count() == 2


def test_minutes_and_promises_wait_for_the_meeting(world: World) -> None:
    made = world.called()
    with pytest.raises(WrongState, match="not_yet"):
        services.write_minutes(made, by=world.officer, words="Bra", publish=True, now=NOW)
    with pytest.raises(WrongState, match="not_yet"):
        world.promise(made, now=NOW)
    with pytest.raises(Invalid):
        services.write_minutes(made, by=world.officer, words="", publish=True, now=HELD)
    for fields, field in (
        ({"what": ""}, "what"), ({"due_on": None}, "due_on"), ({"organisation": world.stranger}, "side"),
        ({"unit": make_unit("Skole")}, "side"), ({"due_on": (START - timedelta(days=1)).date()}, "due_on"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            world.promise(made, **fields)
        assert error.value.errors[0].loc[0] == field
    assert not Commitment.objects.exists()


def test_who_may_say_what_became_of_a_promise(world: World) -> None:
    made = world.held()
    ours = world.promise(made, unit=world.technical)
    theirs = world.promise(made, organisation=world.club)
    with pytest.raises(NotFound):
        services.report_done(ours, by=world.leader, organisation=world.club, now=HELD)
    with pytest.raises(Forbidden):
        services.report_done(theirs, by=world.technical.officer, now=HELD)
    services.report_done(ours, by=world.technical.officer, now=HELD)
    services.report_done(theirs, by=world.officer, now=HELD)  # who writes the minutes reports for anybody
    with pytest.raises(WrongState):
        services.drop(theirs, by=world.leader, organisation=world.club, reason="Likevel ikke", now=HELD)
    again = services.report_done(theirs, by=world.leader, organisation=world.club, now=HELD + timedelta(days=1))
    assert (again.closed_by, again.closed_at) == (world.officer, HELD)


def test_dropping_needs_a_reason_and_more_time_a_day_ahead(world: World) -> None:
    row = world.promise(world.held())
    with pytest.raises(Invalid):
        services.drop(row, by=world.officer, reason=" ", now=HELD)
    for day in (None, (HELD - timedelta(days=1)).date()):
        with pytest.raises(Invalid):
            services.give_more_time(row, by=world.officer, due_on=day, now=HELD)
    later = services.give_more_time(row, by=world.officer, due_on=(HELD + timedelta(days=90)).date(), now=HELD)
    assert later.due_on == (HELD + timedelta(days=90)).date()


def test_reminders_are_said_once_for_each_day_that_was_set(world: World) -> None:
    row = world.promise(world.held(), unit=world.technical, days=10)
    for _twice in range(2):
        services.run_meetings(HELD + timedelta(days=5))
    assert OutboxMessage.objects.filter(handler="commitment_reminder").count() == 1
    services.give_more_time(row, by=world.officer, due_on=(HELD + timedelta(days=40)).date(), now=HELD)
    services.run_meetings(HELD + timedelta(days=6))
    assert OutboxMessage.objects.filter(handler="commitment_reminder").count() == 1
    services.run_meetings(HELD + timedelta(days=36))
    assert OutboxMessage.objects.filter(handler="commitment_reminder").count() == 2
    # Late: its owner hears of it, and so does the unit that calls the meetings.
    for _twice in range(2):
        services.run_meetings(HELD + timedelta(days=50))
    assert letters("commitment_late") == {world.technical.officer.email, world.officer.email}


def test_what_was_kept_comes_up_once_and_what_is_open_until_it_is_not(world: World) -> None:
    first = world.held()
    kept, still = world.promise(first), world.promise(first, what="Lys")
    second = services.plan_next(first, by=world.officer, now=HELD)
    services.report_done(kept, by=world.officer, now=HELD + timedelta(days=3))
    assert {one.what for one in selectors.carried(second)} == {"Nøkkelboks", "Lys"}
    after = second.start + timedelta(hours=3)
    services.call_meeting(second, by=world.officer, now=second.start - timedelta(days=30))
    services.write_minutes(second, by=world.officer, words="Bra", publish=True, now=after)
    third = services.plan_next(second, by=world.officer, now=after)
    assert [one.pk for one in selectors.carried(third)] == [still.pk]
    # A meeting that was called off doesn't lose what was promised.
    services.cancel_meeting(third, by=world.officer, reason="Storm", now=after)
    fourth = services.plan_next(third, by=world.officer, now=after)
    assert [one.pk for one in selectors.carried(fourth)] == [still.pk]


def test_two_organisations_become_one(world: World) -> None:
    made = world.called()
    services.answer_invitation(
        made, by=world.other.memberships.get().user, organisation=world.other, answer="yes", heads=2, now=NOW
    )
    for org, by in ((world.club, world.leader), (world.other, world.other.memberships.get().user)):
        services.add_point(made, by=by, organisation=org, title="Nøkler", now=NOW)
    merge_organisations(
        source=world.other, target=world.club, by=make_user("Ada", is_staff=True, is_superuser=True), now=NOW
    )
    party = made.parties.get()
    assert (party.organisation, party.answer, party.heads) == (world.club, "yes", 2)
    assert selectors.points_of(made).count() == 1


def test_the_database_says_no(world: World) -> None:
    made = world.held()
    row = world.promise(made)
    for change in (
        lambda: Meeting.objects.filter(pk=made.pk).update(minutes_at=None),
        lambda: Meeting.objects.filter(pk=made.pk).update(end=made.start),
        lambda: Meeting.objects.filter(pk=made.pk).update(agenda_until=made.end),
        lambda: Commitment.objects.filter(pk=row.pk).update(organisation=world.club),
        lambda: Commitment.objects.filter(pk=row.pk).update(state="done"),
        lambda: Commitment.objects.filter(pk=row.pk).update(
            state="dropped", closed_at=HELD, closed_by=world.officer, reason=""
        ),
        lambda: made.parties.create(organisation=world.club),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_person_is_erased_from_the_words_and_the_promise_stays(world: World) -> None:
    made = world.held()
    services.commit(
        made, by=world.officer, what="Leif Leder lager liste", who="Leif Leder", organisation=world.club,
        due_on=(HELD + timedelta(days=3)).date(), now=HELD,
    )  # fmt: skip
    AgendaPoint.objects.create(
        meeting=made, organisation=world.club, title="Nøkler", text="Ring Leif Leder", added_by=world.leader,
        added_hat="organisation:il", added_at=NOW,
    )  # fmt: skip
    [data] = [one for one in personal_data() if one.name == "meetings"]
    assert any("Ring Leif Leder" in str(fact.value) for row in data.collect(world.leader) for fact in row.facts)
    assert data.erase(world.leader, HELD) == 2
    row, point = Commitment.objects.get(), AgendaPoint.objects.get()
    assert "Leif" not in row.what + row.who + point.text
    assert "lager liste" in row.what


def test_whom_a_side_named_is_forgotten_two_years_after_it_was_done(world: World) -> None:
    row = world.promise(world.held(), who="Leif Leder")
    [klass] = [one for one in retention_classes() if one.name == "commitments"]
    assert not klass.rows().exists()
    services.report_done(row, by=world.officer, now=HELD)
    assert klass.forget is not None
    klass.forget(klass.rows(), HELD)
    row.refresh_from_db()
    assert (row.who, row.what, row.state) == ("", "Nøkkelboks", "done")
