"""Granted lines change: the old time stands until the new one is granted (requests.md "Deciding", "Series")."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.cases import services
from booking.cases.models import Case, LineChange, Offer, Series
from booking.cases.rules import expand, parse_rule
from booking.cases.services import Wish
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, RuleBroken, Taken, WrongState
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, weekly

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def case(town: Town) -> Case:
    return town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")


def wish(town: Town, case: Case, start: datetime, end: datetime, number: int = 1, **fields: Any) -> Case:
    by = fields.pop("by", town.coach)
    return services.propose_change(case, Wish(number, start, end, **fields), by=by, now=NOW)


def claims(case: Case) -> list[tuple[datetime, datetime]]:
    ids = list(case.lines.values_list("pk", flat=True))
    rows = Occupancy.objects.filter(cause_kind="line", cause_id__in=ids, klass="claim").order_by("start")
    return list(rows.values_list("start", "end"))


def test_the_old_time_stands_until_the_new_one_is_granted(town: Town, case: Case) -> None:
    uid = case.lines.get().uid
    asked = wish(town, case, at(8, 18), at(8, 20), why="Kamp på mandag")
    assert (asked.state, asked.waiting_on, claims(case)) == ("granted", "municipality", [(at(7, 18), at(7, 20))])
    row = LineChange.objects.get()
    assert Occupancy.objects.get(cause_kind="change").cause_id == row.pk
    assert OutboxMessage.objects.filter(handler="case_change_received").count() == 1
    done = services.decide_change(case, row.batch, outcome="grant", by=town.officer, now=NOW)
    line = case.lines.get()
    assert (done.waiting_on, line.state, line.start, line.uid) == ("nobody", "granted", at(8, 18), uid)
    assert claims(case) == [(at(8, 18), at(8, 20))]
    assert not Occupancy.objects.filter(cause_kind="change").exists()
    assert OutboxMessage.objects.filter(handler="case_change_decided").count() == 1
    # Twice is once.
    again = services.decide_change(case, row.batch, outcome="grant", by=town.officer, now=NOW)
    assert again.version == done.version
    with pytest.raises(WrongState):
        services.decide_change(case, row.batch, outcome="refuse", grounds="Nei", by=town.officer, now=NOW)


def test_refused_the_old_time_stands_and_that_needs_grounds(town: Town, case: Case) -> None:
    wish(town, case, at(8, 18), at(8, 20))
    batch = LineChange.objects.get().batch
    with pytest.raises(Invalid):
        services.decide_change(case, batch, outcome="refuse", by=town.officer, now=NOW)
    done = services.decide_change(case, batch, outcome="refuse", grounds="Hallen er opptatt", by=town.officer, now=NOW)
    assert (done.waiting_on, case.lines.get().start, claims(case)) == (
        "nobody", at(7, 18), [(at(7, 18), at(7, 20))],
    )  # fmt: skip


def test_what_only_shrinks_is_granted_at_once_and_frees_the_rest(town: Town, case: Case) -> None:
    other = town.ask(body(town.room, at(7, 19), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
    done = wish(town, case, at(7, 18), at(7, 19))
    assert (done.waiting_on, claims(case)) == ("nobody", [(at(7, 18), at(7, 19))])
    assert not LineChange.objects.exists()
    # Who waited for that hour is offered it.
    assert Offer.objects.get().line == other.lines.get()


def test_the_rules_grant_by_themselves_what_they_would_have_granted(town: Town) -> None:
    town.room.approval = "automatic"
    town.room.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    wish(town, case, at(8, 18), at(8, 21))
    assert claims(case) == [(at(8, 18), at(8, 21))]
    assert case.events.get(type="changed").data["by_rule"] is True


def test_taken_time_and_broken_rules_are_told(town: Town, case: Case) -> None:
    town.decide(town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken) as taken:
        wish(town, case, at(8, 18), at(8, 20))
    assert taken.value.items[0].alternatives
    with pytest.raises(RuleBroken) as closed:
        wish(town, case, at(8, 22), at(8, 23))
    assert closed.value.extra["verdicts"][0].code == "opening_hours"
    # "Ask anyway, and why".
    assert wish(town, case, at(8, 22), at(8, 23), why="Avslutning").waiting_on == "municipality"


@pytest.mark.parametrize(
    ("start", "end", "more", "code"),
    [
        (at(8, 20), at(8, 18), {}, "end_before_start"),
        (at(-1, 18), at(-1, 20), {}, "past"),
        (at(8, 18).replace(second=5), at(8, 20), {}, "whole_minutes"),
        (at(8, 18), at(8, 20), {"quantity": 0}, "bad_quantity"),
        (at(8, 18), at(8, 20), {"scope": "some"}, "unknown_choice"),
    ],
)
def test_impossible_wishes(town: Town, case: Case, start: Any, end: Any, more: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        wish(town, case, start, end, **more)
    assert refused.value.code == code


def test_a_newer_proposal_takes_the_older_ones_place_and_can_be_taken_back(town: Town, case: Case) -> None:
    wish(town, case, at(8, 18), at(8, 20))
    wish(town, case, at(9, 18), at(9, 20))
    older, newer = LineChange.objects.order_by("pk")
    assert (older.state, newer.state) == ("withdrawn", "open")
    for _press in range(2):
        done = services.withdraw_change(case, newer.batch, by=town.coach, now=NOW)
    assert (done.waiting_on, Occupancy.objects.filter(cause_kind="change").exists()) == ("nobody", False)
    with pytest.raises(WrongState):
        services.decide_change(case, newer.batch, outcome="grant", by=town.officer, now=NOW)


def test_withdrawing_the_line_ends_the_proposal(town: Town, case: Case) -> None:
    wish(town, case, at(8, 18), at(8, 20))
    done = services.withdraw_case(case, by=town.coach, now=NOW)
    assert (LineChange.objects.get().state, done.waiting_on) == ("withdrawn", "nobody")
    assert not Occupancy.objects.exists()


def test_rivals_of_the_new_time_lose_as_by_any_grant(town: Town, case: Case) -> None:
    rival = town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach)
    wish(town, case, at(8, 18), at(8, 20))
    services.decide_change(case, LineChange.objects.get().batch, outcome="grant", by=town.officer, now=NOW)
    assert rival.lines.get().state == "waiting_list"


def test_a_lost_race_leaves_everything_as_it_was(town: Town, case: Case) -> None:
    wish(town, case, at(8, 18), at(8, 20))
    town.decide(town.ask(body(town.room, at(8, 19), at(8, 21)), user=town.other_coach), "grant")
    with pytest.raises(Taken) as lost:
        services.decide_change(case, LineChange.objects.get().batch, outcome="grant", by=town.officer, now=NOW)
    assert lost.value.items[0].number == 1
    assert (claims(case), LineChange.objects.get().state) == ([(at(7, 18), at(7, 20))], "open")


def test_strangers_and_those_with_ties_keep_away(town: Town, case: Case) -> None:
    with pytest.raises(Forbidden):
        wish(town, case, at(8, 18), at(8, 20), by=town.other_coach)
    wish(town, case, at(8, 18), at(8, 20))
    factories.give_membership(town.officer, town.club, "leader")
    with pytest.raises(Disqualified):
        services.decide_change(case, LineChange.objects.get().batch, outcome="grant", by=town.officer, now=NOW)


# --- series ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def season(town: Town) -> Case:
    """Four Mondays, 18-20, all granted; the third was left out."""
    data = weekly(town.room, at(7, 18), at(7, 20), 4, exclude=["2026-03-23"])
    return town.decide(town.ask(data), "grant")


def wall(case: Case) -> list[str]:
    rows = case.lines.filter(state="granted").order_by("start").values_list("start", flat=True)
    return [f"{one.astimezone(OSLO):%m-%d %H}" for one in rows]


def grant(town: Town, case: Case) -> None:
    batch = LineChange.objects.filter(state="open").values_list("batch", flat=True)[0]
    services.decide_change(case, batch, outcome="grant", by=town.officer, now=NOW)


def hits(series: Series) -> bool:
    """Every line stands on a date of its rule (RECURRENCE-ID hits an instance)."""
    starts = {one.start for one in expand(parse_rule(series.rrule), series.start, series.end, OSLO)}
    return all(line.series_start in starts for line in series.lines.all())


def test_one_date_moves_and_the_rule_stands(town: Town, season: Case) -> None:
    before = Series.objects.get()
    wish(town, season, at(9, 18), at(9, 20), number=1)
    grant(town, season)
    assert wall(season) == ["03-11 18", "03-16 18", "03-30 18"]
    after = Series.objects.get()
    assert (after.rrule, after.uid, season.lines.get(number=1).series_start) == (before.rrule, before.uid, at(7, 18))


def test_all_dates_move_and_keep_their_identity(town: Town, season: Case) -> None:
    uids = {line.number: line.uid for line in season.lines.all()}
    uid, sequence = Series.objects.values_list("uid", "sequence").get()
    wish(town, season, at(8, 19), at(8, 21), number=1, scope="all")
    assert wall(season) == ["03-09 18", "03-16 18", "03-30 18"]
    grant(town, season)
    # 19:00 on the wall before and after the clock change.
    assert wall(season) == ["03-10 19", "03-17 19", "03-31 19"]
    series = Series.objects.get()
    assert (series.uid, series.exclude) == (uid, ["2026-03-24"])
    assert series.sequence > sequence
    assert {line.number: line.uid for line in season.lines.all()} == uids
    assert hits(series)


def test_this_and_following_becomes_a_series_of_its_own(town: Town, season: Case) -> None:
    old = Series.objects.get()
    wish(town, season, at(15, 17), at(15, 18), number=2, scope="following")
    grant(town, season)
    assert wall(season) == ["03-09 18", "03-17 17", "03-31 17"]
    first, second = Series.objects.order_by("number")
    assert (first.uid, first.rrule, first.exclude) == (old.uid, "FREQ=WEEKLY;COUNT=1", [])
    assert (second.uid != old.uid, second.number, second.exclude) == (True, 1, ["2026-03-24"])
    assert [list(one.lines.values_list("number", flat=True)) for one in (first, second)] == [[1], [2, 3]]
    assert hits(first)
    assert hits(second)


def test_a_date_that_was_moved_by_itself_stays_there(town: Town, season: Case) -> None:
    wish(town, season, at(16, 12), at(16, 14), number=2)
    grant(town, season)
    wish(town, season, at(7, 17), at(7, 19), number=1, scope="all")
    grant(town, season)
    assert wall(season) == ["03-09 17", "03-18 12", "03-30 17"]
    assert hits(Series.objects.get())


def test_what_only_shrinks_in_a_series_is_granted_at_once(town: Town, season: Case) -> None:
    wish(town, season, at(7, 18), at(7, 19), number=1, scope="all")
    assert not LineChange.objects.exists()
    assert {end - start for start, end in claims(season)} == {timedelta(hours=1)}


def test_dates_of_a_series_may_move_onto_each_other(town: Town, season: Case) -> None:
    wish(town, season, at(14, 18), at(14, 20), number=1, scope="all")
    grant(town, season)
    assert wall(season) == ["03-16 18", "03-23 18", "04-06 18"]


def test_a_rule_of_weekdays_moves_with_its_days(town: Town) -> None:
    line = weekly(town.room, at(7, 18), at(7, 20), 4)
    line["series"][0]["rrule"] = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4"
    case = town.decide(town.ask(line), "grant")
    wish(town, case, at(8, 18), at(8, 20), number=1, scope="all")
    grant(town, case)
    assert wall(case) == ["03-10 18", "03-12 18", "03-17 18", "03-19 18"]
    assert Series.objects.get().rrule == "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4"


def test_a_monthly_rule_moves_in_time_but_not_in_days(town: Town) -> None:
    line = weekly(town.room, at(7, 18), at(7, 20), 2)
    line["series"][0]["rrule"] = "FREQ=MONTHLY;BYDAY=2MO;COUNT=2"
    case = town.decide(town.ask(line), "grant")
    wish(town, case, at(7, 17), at(7, 19), number=1, scope="all")
    grant(town, case)
    assert wall(case) == ["03-09 17", "04-13 17"]
    with pytest.raises(Invalid) as refused:
        wish(town, case, at(8, 17), at(8, 19), number=1, scope="all")
    assert refused.value.code == "cant_move"


def test_a_date_that_was_left_out_is_asked_for_again(town: Town, season: Case) -> None:
    series = Series.objects.get()
    assert [one.day for one in services.dates_left_out(series)] == [date(2026, 3, 23)]
    for _press in range(2):
        done = services.add_back(season, 0, date(2026, 3, 23), by=town.coach, now=NOW)
    assert (done.lines.count(), done.waiting_on) == (4, "municipality")
    line = done.lines.get(number=4)
    assert (line.state, line.start, line.series_start) == ("requested", at(21, 18), at(21, 18))
    assert Series.objects.get().exclude == []
    town.decide(done, "grant", 4)
    assert wall(season) == ["03-09 18", "03-16 18", "03-23 18", "03-30 18"]
    assert hits(Series.objects.get())
    with pytest.raises(Invalid) as none:
        services.add_back(season, 0, date(2026, 3, 24), by=town.coach, now=NOW)
    assert none.value.code == "not_a_date"


def test_a_date_comes_back_at_once_where_the_rules_grant(town: Town, season: Case) -> None:
    town.room.approval = "automatic"
    town.room.save()
    done = services.add_back(season, 0, date(2026, 3, 23), by=town.coach, now=NOW)
    assert (done.lines.get(number=4).state, done.waiting_on) == ("granted", "nobody")


def test_a_date_that_is_taken_meanwhile_is_told(town: Town, season: Case) -> None:
    town.decide(town.ask(body(town.room, at(21, 18), at(21, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken):
        services.add_back(season, 0, date(2026, 3, 23), by=town.coach, now=NOW)
    assert season.lines.count() == 3
