"""Who sees which case, in which order, and that no list asks one query per row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.cases import selectors, services
from booking.cases.models import Case
from booking.foundation.errors import Disqualified, Forbidden, HatRequired, Invalid
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, weekly

pytestmark = pytest.mark.django_db


def seen(cases: Any) -> list[str]:
    return sorted(cases.values_list("reference", flat=True))


def test_parties_see_their_own_and_staff_those_of_their_units(town: Town) -> None:
    mine = town.ask(body(town.room, at(7, 18), at(7, 20))).reference
    other = town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach).reference
    teknisk = factories.make_unit("Teknisk")
    board, member, adult = (factories.make_user(name) for name in ("Styre", "Medlem", "Ansvarlig"))
    factories.give_membership(board, town.club, "board")
    factories.give_membership(member, town.club, "member")
    Case.objects.filter(reference=other).update(responsible=adult)
    assert seen(selectors.visible_cases(town.coach)) == [mine]
    assert seen(selectors.visible_cases(board)) == [mine]
    assert seen(selectors.visible_cases(member)) == []
    assert seen(selectors.visible_cases(adult)) == [other]
    assert seen(selectors.visible_cases(town.officer)) == [mine, other]
    assert seen(selectors.visible_cases(teknisk.officer)) == []
    assert seen(selectors.visible_cases(None)) == []


def test_a_co_host_is_a_party(town: Town) -> None:
    town.other_club.listed = True
    town.other_club.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20), co_hosts=[town.other_club.slug]))
    assert seen(selectors.party_cases(town.other_coach)) == [case.reference]


def test_two_hats_see_the_union_or_one_side(town: Town) -> None:
    factories.give_membership(town.officer, town.club, "leader")
    elsewhere = factories.make_resource(unit=factories.make_unit("Skole"))
    here = town.ask(body(town.room, at(7, 18), at(7, 20)), user=town.other_coach).reference
    there = town.ask(body(elsewhere, at(7, 18), at(7, 20))).reference
    assert seen(selectors.visible_cases(town.officer)) == [here, there]
    assert seen(selectors.visible_cases(town.officer, "party")) == [there]
    assert seen(selectors.visible_cases(town.officer, "staff")) == [here]


def test_the_unit_above_sees_those_below_and_a_role_that_ended_sees_nothing(town: Town) -> None:
    above = factories.make_unit("Servicetorg")
    town.unit.parent = above
    town.unit.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert seen(selectors.staff_cases(above.officer)) == [case.reference]
    gone = factories.make_officer(town.unit, end=date(2020, 1, 1))
    assert seen(selectors.staff_cases(gone)) == []
    town.officer.is_active = False
    assert seen(selectors.staff_cases(town.officer)) == []


def test_a_draft_is_its_authors_business(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    Case.objects.update(stored_act="draft", state="draft")
    assert seen(selectors.visible_cases(town.officer)) == []
    assert seen(selectors.visible_cases(town.coach)) == [case.reference]


def test_the_queue_is_sorted_by_answer_by_and_shows_what_waits(town: Town) -> None:
    late, soon, done = (
        town.ask(body(town.room, at(day, 18), at(day, 20)), now=NOW + timedelta(days=later))
        for day, later in ((7, 3), (8, 0), (9, 1))
    )
    town.decide(done, "grant")
    queue = selectors.queue(town.officer, now=NOW)
    assert [case.reference for case in queue] == [soon.reference, late.reference]
    assert [(case.lines_count, case.open_lines) for case in queue] == [(1, 1), (1, 1)]
    everything = selectors.queue(town.officer, {"all": True}, now=NOW)
    assert everything.count() == 3
    overdue = selectors.queue(town.officer, {"overdue": True}, now=NOW + timedelta(days=15))
    assert [case.reference for case in overdue] == [soon.reference]
    assert selectors.waiting_on_you(town.officer, now=NOW + timedelta(days=15)) == {"open": 2, "overdue": 1, "yours": 2}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"state": "received,granted"}, 2),
        ({"state": "granted"}, 1),
        ({"waiting_on": "municipality"}, 1),
        ({"organisation": "club"}, 2),
        ({"organisation": "nobody"}, 0),
        ({"resource": "room"}, 2),
        ({"resource": "other"}, 0),
        ({"from": at(8, 0)}, 1),
        ({"to": at(8, 0)}, 1),
        ({"from": at(7, 20), "to": at(8, 18)}, 0),
        ({"q": "idrettslag 2026"}, 2),
        ({"q": "korps"}, 0),
        ({"kind": "enquiry"}, 0),
    ],
)
def test_filters(town: Town, filters: dict[str, Any], count: int) -> None:
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.decide(town.ask(body(town.room, at(8, 18), at(8, 20))), "grant")
    names = {"club": town.club.slug, "room": town.room.slug}
    wanted = {key: names.get(value, value) if isinstance(value, str) else value for key, value in filters.items()}
    assert selectors.filtered(selectors.staff_cases(town.officer), wanted).count() == count


def test_a_filter_that_does_not_exist_is_named(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        selectors.filtered(selectors.staff_cases(town.officer), {"state": "granted,lost"})
    assert refused.value.loc == ("state",)


def test_lists_and_details_need_the_same_queries_for_few_and_for_many(town: Town) -> None:
    counts = []
    for number in (1, 6):
        for day in range(number):
            town.ask(weekly(town.room, at(day, 10 + number), at(day, 11 + number), 1 + number))
        with CaptureQueriesContext(connection) as listed:
            for case in selectors.queue(town.officer, now=NOW):
                assert [line.resource.name for line in case.lines.all()]
                assert case.organisation is not None
                assert str(case.officer)
        case = Case.objects.latest("pk")
        with CaptureQueriesContext(connection) as shown:
            selectors.case_detail(case, town.officer, now=NOW)
        counts.append((len(listed), len(shown)))
    assert counts[0] == counts[1]
    assert counts[1][0] <= 5
    assert counts[1][1] <= 25


def test_a_party_never_sees_internal_notes_staff_events_or_who_stepped_aside(town: Town) -> None:
    factories.give_membership(town.officer, town.club, "board")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    deputy = town.unit.deputy
    services.add_message(case, by=deputy, body="Sjekk regningen fra i fjor.", internal=True, now=NOW)
    services.add_message(case, by=deputy, body="Hei!", now=NOW)
    party = selectors.case_detail(case, town.coach, now=NOW)
    staff = selectors.case_detail(case, deputy, now=NOW)
    assert [message.body for message in party.messages] == ["Hei!"]
    assert [message.body for message in staff.messages] == ["Sjekk regningen fra i fjor.", "Hei!"]
    assert [event.type for event in party.events] == ["disqualified", "received", "message"]
    assert party.events[0].data == {}
    assert staff.events[0].data["officer"] == town.officer.pk
    assert (party.viewer, party.may_decide, party.may_withdraw) == ("party", False, True)
    assert (staff.viewer, staff.may_decide, staff.may_withdraw) == ("staff", True, False)
    tied = selectors.case_detail(case, town.officer, now=NOW)
    assert (tied.disqualified, tied.may_decide, tied.lines[0].acts) == (True, False, ["withdraw"])


def test_names_can_be_hidden_from_outsiders(town: Town, settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"show_officer_names": False}
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    party = selectors.case_detail(case, town.coach, now=NOW)
    assert (party.officer, party.acting, party.officer_name) == (None, None, town.unit.name)
    granted = next(event for event in party.events if event.type == "granted")
    assert granted.actor is not None
    assert granted.actor.name == town.unit.name
    assert selectors.case_detail(case, town.officer, now=NOW).officer == town.officer


def test_the_deputy_has_the_case_while_the_officer_is_away(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.officer.absences.create(start=date(2026, 3, 1), end=date(2026, 3, 5))
    detail = selectors.case_detail(case, town.coach, now=NOW)
    assert (detail.acting, detail.acting_reason) == (town.unit.deputy, "absent")
    later = selectors.case_detail(case, town.coach, now=NOW + timedelta(days=10))
    assert (later.acting, later.acting_reason) == (town.officer, "")


def test_overdue_is_shown_to_everybody_on_the_case(town: Town) -> None:
    case = town.ask(body(town.room, at(30, 18), at(30, 20)))
    for viewer in (town.coach, town.officer):
        assert not selectors.case_detail(case, viewer, now=at(14, 23)).overdue
        assert selectors.case_detail(case, viewer, now=at(15, 0)).overdue


def test_messages_belong_to_the_parties_and_the_unit(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    with pytest.raises(Forbidden):
        services.add_message(case, by=town.other_coach, body="Hei", now=NOW)
    with pytest.raises(Forbidden):
        services.add_message(case, by=town.coach, body="Hei", internal=True, now=NOW)
    with pytest.raises(Invalid):
        services.add_message(case, by=town.coach, body=" \n ", now=NOW)
    factories.give_membership(town.officer, town.club, "leader")
    with pytest.raises(HatRequired):
        services.add_message(case, by=town.officer, body="Hei", now=NOW)
    with pytest.raises(Disqualified):
        services.add_message(case, by=town.officer, body="Hei", hat=f"unit:{town.unit.slug}", now=NOW)
    message = services.add_message(case, by=town.officer, body="Hei", hat=f"organisation:{town.club.slug}", now=NOW)
    assert message.hat == f"organisation:{town.club.slug}"


def test_an_enquiry_waits_on_the_municipality_and_goes_to_the_right_unit(town: Town) -> None:
    about = services.submit_enquiry(message="Er det rullestolrampe?", about=town.room, user=town.coach, now=NOW)
    assert (about.kind, about.unit, about.state, about.waiting_on) == ("enquiry", town.unit, "received", "municipality")
    assert about.answer_by == date(2026, 3, 16)
    front = services.submit_enquiry(message="Hvem spør jeg?", contact_email="a@example.org", now=NOW)
    assert front.unit == town.unit
    with pytest.raises(Invalid):
        services.submit_enquiry(message="Hvem spør jeg?", now=NOW)
    with pytest.raises(Invalid):
        services.submit_enquiry(message="", user=town.coach, now=NOW)
    again = services.submit_enquiry(message="Hei", contact_email="a@example.org", now=NOW, submission_key="x")
    assert services.submit_enquiry(message="Hei", contact_email="a@example.org", now=NOW, submission_key="x") == again
