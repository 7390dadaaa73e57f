"""Adoption: nothing or everything, once, with all that is in the way listed first; the timetable is frozen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from booking.cases.models import Case, CaseKind, Line, LineState
from booking.cases.services import answer_appeal, appeal
from booking.catalogue.models import OpeningException, OpeningHours
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Stale, Unmet, WrongState
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Occupancy
from booking.occupancy.services import close_resource
from booking.seasons.models import (
    Adoption,
    Allocation,
    Comment,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundState,
    SeasonCase,
    SeasonRound,
)
from booking.seasons.selectors.adopting import clash_words, preview
from booking.seasons.services.adopting import Accepted, adopt
from booking.seasons.services.confirming import confirm
from booking.seasons.services.hearing import comment
from booking.seasons.services.wishing import withdraw_wish
from tests.factories import NOW, give_membership
from tests.seasons.conftest import Heard
from tests.seasons.world import END, OSLO, START, Valley
from tests.staff.conftest import browser


def take_it(valley: Valley, heard: Heard, **more: Any) -> Adoption:
    return adopt(heard[0], heard[1], **{"grounds": "Etter høringen.", "by": valley.officer, "now": NOW} | more)


def test_adoption_gives_every_week_of_the_season(valley: Valley, heard: Heard) -> None:
    made = take_it(valley, heard)
    assert made.number == 1
    assert made.holds_from == START
    assert Allocation.objects.count() == 2
    lines = Line.objects.filter(case__organisation=valley.club).order_by("start")
    mondays = [START + timedelta(weeks=week) for week in range(35) if START + timedelta(weeks=week) <= END]
    mondays = [day for day in mondays if not date(2026, 12, 21) <= day <= date(2027, 1, 3)]
    assert [line.start.astimezone(OSLO).date() for line in lines] == mondays
    # 17:00 on the wall, in summer and in winter.
    assert {line.start.astimezone(OSLO).hour for line in lines} == {17}
    assert {line.start.astimezone(UTC).hour for line in lines} == {15, 16}
    assert set(lines.values_list("state", flat=True)) == {LineState.GRANTED}
    assert Occupancy.objects.filter(cause_kind="line", cause_id=lines[0].pk).exists()
    assert set(Occupancy.objects.filter(cause_id__in=lines.values("pk")).values_list("label", flat=True)) == {
        "Lilleby idrettslag J13"
    }
    case = Case.objects.get(organisation=valley.club)
    assert (case.kind, case.state, case.waiting_on) == (CaseKind.SEASON, "granted", "nobody")
    found = SeasonRound.objects.get()
    assert found.state == RoundState.ADOPTED
    assert found.adopted == heard[1]


def test_who_got_nothing_has_a_decision_to_appeal(valley: Valley, heard: Heard) -> None:
    made = take_it(valley, heard)
    case = SeasonCase.objects.get(organisation=valley.choir).case
    assert (case.state, case.waiting_on) == ("refused", "nobody")
    assert case.decisions.get().appeal_by == made.complain_by
    appeal(case, message="Vi trenger en time.", by=valley.singer, now=NOW)
    case.refresh_from_db()
    assert case.state == "appealed"


def test_every_organisation_gets_a_letter(valley: Valley, heard: Heard) -> None:
    take_it(valley, heard)
    rows = OutboxMessage.objects.filter(handler="season_adopted")
    assert set(rows.values_list("recipient", flat=True)) == {
        user.email for user in (valley.leader, valley.coach, valley.handball_leader, valley.singer)
    }


def test_pressed_twice_is_once(valley: Valley, heard: Heard) -> None:
    version = SeasonRound.objects.get().version
    first = take_it(valley, heard, if_version=version)
    assert take_it(valley, heard, if_version=version).pk == first.pk
    assert Adoption.objects.count() == 1
    assert Allocation.objects.count() == 2


def test_a_stale_page_is_told(valley: Valley, heard: Heard) -> None:
    with pytest.raises(Stale):
        take_it(valley, heard, if_version=heard[0].version - 1)


def test_an_objection_must_be_answered_first(valley: Valley, heard: Heard) -> None:
    comment(heard[1], words="For sent!", kind="objection", by=valley.leader, organisation=valley.club, now=NOW)
    with pytest.raises(Unmet) as refused:
        take_it(valley, heard)
    assert [one["kind"] for one in refused.value.items] == ["objection"]
    assert not Adoption.objects.exists()
    Comment.objects.update(answer="Vi har sett på det.", answered_at=NOW, answered_by=valley.officer)
    take_it(valley, heard)


def test_faults_refuse(valley: Valley, heard: Heard) -> None:
    wish = heard[0].wishes.get(team="G14")
    ProposedSlot.objects.create(
        proposal=heard[1], wish=wish, resource=valley.hall.parts[0], weekday=0, start=1020, end=1080
    )
    with pytest.raises(Unmet) as refused:
        take_it(valley, heard)
    assert {one["code"] for one in refused.value.items} == {"overlap"}


def test_what_somebody_else_has_is_listed_and_left_out_with_a_reason(valley: Valley, heard: Heard) -> None:
    day = START + timedelta(weeks=2)
    start = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    close_resource(
        valley.hall.whole, start=start, end=start + timedelta(hours=3), reason="Valg", by=valley.officer, now=NOW
    )
    with pytest.raises(Unmet) as refused:
        take_it(valley, heard)
    (item,) = refused.value.items
    assert item["kind"] == "conflict"
    with pytest.raises(Invalid):
        take_it(valley, heard, accepted=Accepted([item["left_out"]]))
    made = take_it(valley, heard, accepted=Accepted([item["left_out"]], "Valget går foran."))
    assert [row[2] for row in made.left_out] == [day.isoformat()]
    assert made.left_out[0][6] == "Valget går foran."
    assert not Line.objects.filter(start__date=day).exists()
    assert Line.objects.filter(case__organisation=valley.club).count() == 32


def test_only_the_unit_and_nobody_with_a_role_in_it(valley: Valley, heard: Heard) -> None:
    with pytest.raises(Forbidden):
        take_it(valley, heard, by=valley.leader)
    give_membership(valley.officer, valley.choir, "board")
    with pytest.raises(Disqualified):
        take_it(valley, heard)
    take_it(valley, heard, by=valley.boss)


def test_while_the_leader_is_tied_subordinates_do_not_adopt(valley: Valley, heard: Heard) -> None:
    give_membership(valley.boss, valley.choir, "board")
    with pytest.raises(Disqualified):
        take_it(valley, heard)


def test_grounds_are_needed_and_a_draft_is_not_adopted(valley: Valley, heard: Heard) -> None:
    with pytest.raises(Invalid):
        take_it(valley, heard, grounds="  ")
    draft = valley.proposal(heard[0])
    with pytest.raises(WrongState):
        adopt(heard[0], draft, grounds="Ja", by=valley.officer, now=NOW)


def test_the_database_freezes_it(valley: Valley, heard: Heard) -> None:
    take_it(valley, heard)
    slot = heard[1].slots.first()
    assert slot is not None
    for act in (
        lambda: ProposedSlot.objects.filter(pk=slot.pk).update(start=960),
        lambda: ProposedSlot.objects.filter(pk=slot.pk).delete(),
        lambda: ProposedSlot.objects.create(
            proposal=heard[1], wish=slot.wish, resource=valley.gym, weekday=4, start=960, end=1020
        ),
        lambda: Proposal.objects.filter(pk=heard[1].pk).update(frozen_at=None),
        lambda: Proposal.objects.filter(pk=heard[1].pk).update(name="Noe annet"),
    ):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            act()
    assert heard[1].slots.count() == 2


def second(valley: Valley, heard: Heard) -> Proposal:
    """Only the handball team moves: to Wednesday; the choir gets the gym on Thursdays."""
    wishes = {wish.team: wish for wish in heard[0].wishes.all()}
    return valley.proposal(
        heard[0], (wishes["J13"], valley.hall.whole, 0, 17, 18), (wishes["G14"], valley.hall.whole, 2, 18, 19.5),
        (wishes["Koret"], valley.gym, 3, 17, 18), state=ProposalState.PUBLISHED,
    )  # fmt: skip


def test_a_second_adoption_changes_only_what_differs(valley: Valley, heard: Heard) -> None:
    take_it(valley, heard)
    OutboxMessage.objects.all().delete()
    before = list(Line.objects.filter(case__organisation=valley.club).order_by("pk").values())
    series = Allocation.objects.get(wish__team="J13").series
    assert series is not None
    stamp = (series.uid, series.sequence, series.revised_at)
    case = SeasonCase.objects.get(organisation=valley.choir).case
    appeal(case, message="Vi trenger en time.", by=valley.singer, now=NOW)
    OutboxMessage.objects.all().delete()
    # In the middle of the season, after the clocks have changed.
    later = datetime(2026, 11, 9, 12, tzinfo=UTC)
    made = adopt(heard[0], second(valley, heard), grounds="Etter klage.", by=valley.officer, now=later)
    assert made.number == 2
    assert made.holds_from == date(2026, 11, 10)
    assert list(Line.objects.filter(case__organisation=valley.club).order_by("pk").values()) == before
    series.refresh_from_db()
    assert (series.uid, series.sequence, series.revised_at) == stamp
    told = set(OutboxMessage.objects.filter(handler="season_adopted").values_list("recipient", flat=True))
    assert told == {valley.handball_leader.email, valley.singer.email}
    old = Allocation.objects.get(wish__team="G14", weekday=1)
    assert (old.until, old.ended_why) == (date(2026, 11, 9), "adoption")
    assert "UNTIL=20261109" in old.series.rrule
    assert set(old.series.lines.filter(start__gte=later + timedelta(days=1)).values_list("state", flat=True)) == {
        LineState.CANCELLED_BY_MUNICIPALITY
    }
    assert set(old.series.lines.filter(start__lt=later).values_list("state", flat=True)) == {LineState.GRANTED}
    new = Line.objects.filter(series=Allocation.objects.get(wish__team="G14", weekday=2).series).order_by("start")
    assert new[0].start == datetime(2026, 11, 11, 17, tzinfo=UTC)
    case.refresh_from_db()
    assert (case.state, case.stored_act) == ("granted", "")


def test_the_preview_writes_nothing_and_asks_a_constant_number(
    valley: Valley, heard: Heard, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(25):
        seen = preview(heard[0], heard[1], now=NOW)
    assert len(seen.new) == 2
    assert seen.date_count == 33 + 33
    assert [one.organisation for one in seen.silent] == [valley.handball, valley.club]
    assert not seen.clashes


def test_an_appeal_that_is_not_followed_leaves_the_case_with_its_hours(valley: Valley, heard: Heard) -> None:
    take_it(valley, heard)
    case = SeasonCase.objects.get(organisation=valley.club).case
    appeal(case, message="Vi vil ha mer.", by=valley.leader, now=NOW)
    answer_appeal(case, outcome="uphold", grounds="Det er ikke mer å få.", by=valley.boss, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.stored_act) == ("granted", "")


def test_hours_of_one_timetable_stand_back_to_back_and_others_keep_their_distance(valley: Valley, heard: Heard) -> None:
    wish = valley.wish(heard[0], "G16", valley.handball)
    ProposedSlot.objects.create(
        proposal=heard[1], wish=wish, resource=valley.hall.whole, weekday=0, start=1080, end=1140
    )
    valley.hall.whole.buffer_after = valley.hall.whole.buffer_before = 15
    valley.hall.whole.save()
    take_it(valley, heard)
    assert Allocation.objects.filter(resource=valley.hall.whole, weekday=0).count() == 2
    line = Line.objects.filter(series__allocation__wish=wish).earliest("start")
    after = [
        occupancy.Wanted(valley.hall.whole.pk, line.end + timedelta(minutes=gap), line.end + timedelta(hours=2))
        for gap in (0, 15)
    ]
    assert [bool(occupancy.conflicts([one])) for one in after] == [True, False]


def test_closed_days_are_listed_and_left_out_with_a_reason(valley: Valley, heard: Heard) -> None:
    """A day on which the hall is closed, or closes earlier than in other weeks, is no surprise of a Monday in June."""
    monday, tuesday = START + timedelta(days=7), START + timedelta(days=8)
    OpeningException.objects.create(resource=valley.hall.whole, start=monday, end=monday, reason="Planleggingsdag")
    OpeningException.objects.create(unit=valley.unit, start=tuesday, end=tuesday, opens=time(8), closes=time(18, 30))
    seen = preview(heard[0], heard[1], now=NOW)
    assert [(one.occurrence.day, one.status, one.who) for one in seen.clashes] == [
        (monday, "closed", ("Planleggingsdag",)), (tuesday, "closed", ()),
    ]  # fmt: skip
    assert "Planleggingsdag" in clash_words(seen.clashes[0])
    with pytest.raises(Unmet) as refused:
        take_it(valley, heard)
    assert {one["code"] for one in refused.value.items} == {"closed"}
    left = tuple(one.code for one in seen.clashes)
    made = take_it(valley, heard, accepted=Accepted(left, "Hallen er stengt."))
    assert len(made.left_out) == 2
    days = {line.start.astimezone(OSLO).date() for line in Line.objects.filter(case__kind=CaseKind.SEASON)}
    assert not days & {monday, tuesday}
    # In the open: which dates, and never who has them instead.
    page = Client().get(reverse("booking:season_timetable", args=[heard[0].slug]))
    assert [row[0] for row in page.context["left_out"]] == [monday, tuesday]


def test_many_dates_are_ticked_at_once_and_never_one_that_was_not_shown(valley: Valley, heard: Heard) -> None:
    first, last = START, START + timedelta(days=27)
    OpeningException.objects.create(resource=valley.hall.whole, start=first, end=last, reason="Nytt gulv")
    desk = browser(valley.officer)
    adoption = reverse("booking_seasons:adopt", args=[heard[0].pk])
    with clock.at(NOW):
        page = desk.get(adoption)
        codes = [one.code for one in page.context["seen"].clashes]
        assert len(codes) == 8
        assert page.content.decode().count('name="shown"') == 8
        given = {
            "grounds": "Etter høringen.", "all_left_out": "on", "shown": codes[1:],
            "left_out_reason": "Nytt gulv",
        }  # fmt: skip
        given["proposal"] = heard[1].number
        refused = desk.post(adoption, given)
        assert refused.status_code == 422  # one came after the page was shown
        assert len(refused.context["unmet"]) == 1
        assert desk.post(adoption, given | {"shown": codes}).status_code == 302
    assert len(Adoption.objects.get().left_out) == 8


def test_hours_outside_of_the_opening_hours_in_every_week_are_what_is_offered(valley: Valley, heard: Heard) -> None:
    """The round offers until 22 where the hall's page says until 15: somebody has thought of that."""
    OpeningHours.objects.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(resource=valley.hall.whole, weekday=day, opens=time(8), closes=time(15)) for day in range(5)
    )
    assert preview(heard[0], heard[1], now=NOW).clashes == []
    # But when the hall has a day off, nobody is let in after 15 either.
    monday = START + timedelta(days=7)
    OpeningException.objects.create(resource=valley.hall.whole, start=monday, end=monday, reason="Nytt gulv")
    assert [(one.occurrence.day, one.who) for one in preview(heard[0], heard[1], now=NOW).clashes] == [
        (monday, ("Nytt gulv",))
    ]


def test_holidays_count_where_the_place_keeps_them(valley: Valley, heard: Heard) -> None:
    valley.hall.whole.holidays = "closed"
    valley.hall.whole.save()
    found = {one.occurrence.day: one.who for one in preview(heard[0], heard[1], now=NOW).clashes}
    assert found == {date(2027, 3, 29): ("Andre påskedag",)}


def test_the_page_names_what_was_declined_and_whose_wish_is_gone(valley: Valley, heard: Heard) -> None:
    slot = heard[1].slots.get(wish__team="J13")
    with clock.at(NOW):
        confirm(
            heard[0], yes=False, declined=[slot.pk], words="Treneren slutter", by=valley.leader,
            organisation=valley.club, now=NOW,
        )  # fmt: skip
        withdraw_wish(heard[0].wishes.get(team="G14"), by=valley.handball_leader, now=NOW)
        page = browser(valley.officer).get(reverse("booking_seasons:adopt", args=[heard[0].pk]))
    (declined,) = page.context["declined"]
    assert (declined["name"], declined["words"], len(declined["hours"])) == (valley.club.name, "Treneren slutter", 1)
    (fault,) = page.context["faults"]
    assert fault.startswith(f"{valley.handball.name} G14")
    assert "Treneren slutter" in page.content.decode()
