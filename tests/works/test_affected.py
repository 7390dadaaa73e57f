"""Who is affected: the union with its evidence, gone through by a person, frozen, signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.catalogue.models import Feature
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Unmet, WrongState
from booking.foundation.intervals import Interval
from booking.works import selectors, services
from booking.works.models import AffectedParty, WorksPeriod
from booking.works.services import PeriodSpec, TargetSpec, figures
from tests.factories import NOW, give_membership, make_organisation, make_resource, open_hours
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def found(world: World, **fields: object) -> dict[str, AffectedParty]:
    works = world.planned(**fields)
    listing = selectors.list_of(works.current)
    assert listing is not None
    rows = listing.rows.select_related("party__organisation", "party__user")
    return {(row.party.organisation.name if row.party.organisation else row.party.kind): row for row in rows}


def test_granted_time_is_direct_and_a_request_is_not(world: World) -> None:
    world.lend(44)
    world.lend(45, place=world.hall, who=world.choir)
    rows = found(world)
    assert set(rows) == {"Lilleby idrettslag"}
    row = rows["Lilleby idrettslag"]
    assert row.direct
    assert [one["why"] for one in row.evidence] == ["line"]
    assert row.requirement["latest_notice"] == "2026-03-24T15:00:00+00:00"


def test_half_open(world: World) -> None:
    world.lend(42, 10, 12)
    window = {"window_start": at(42, 12), "window_end": at(42, 15)}
    assert found(world, **window) == {}
    assert len(found(world, window_start=at(42, 11, 59), window_end=at(42, 15))) == 1


def test_restoring_the_ground_counts(world: World) -> None:
    world.lend(49)
    periods = [PeriodSpec(at(42, 7), at(44, 15)), PeriodSpec(at(44, 15), at(50, 15), "restoring")]
    assert set(found(world, periods=periods)) == {"Lilleby idrettslag"}


def test_only_the_occupied_periods_count(world: World) -> None:
    world.lend(45)
    periods = [PeriodSpec(at(42, 7), at(42, 15)), PeriodSpec(at(49, 7), at(50, 15))]
    assert found(world, periods=periods) == {}


def test_phases_hit_different_places(world: World) -> None:
    world.lend(43)
    world.lend(43, place=world.hall, who=world.choir)
    periods = [PeriodSpec(at(42, 7), at(44, 15), phase=1), PeriodSpec(at(45, 7), at(50, 15), phase=2)]
    targets = [TargetSpec(world.meadow, phases=(1,)), TargetSpec(world.hall, phases=(2,))]
    assert set(found(world, periods=periods, targets=targets)) == {"Lilleby idrettslag"}


def test_a_part_of_a_ticked_place_and_what_depends_on_it(world: World) -> None:
    park = make_resource("Aktivitetsparken", unit=world.culture, kind="area", slug="parken", parent=world.meadow)
    services.set_needs(world.hall, needs=[(world.meadow, "access")], by=world.culture.officer, now=NOW)
    world.lend(43, place=park)
    world.lend(43, place=world.hall, who=world.choir)
    rows = found(world)
    assert {name: row.evidence[0]["by"] for name, row in rows.items()} == {
        "Lilleby idrettslag": "part",
        "Lilleby kor": "dependency",
    }


def test_impact_none_affects_nobody_and_nuisance_is_never_direct(world: World) -> None:
    world.lend(44)
    assert found(world, targets=[TargetSpec(world.meadow, "none")]) == {}
    (row,) = found(world, title="Støy", targets=[TargetSpec(world.meadow, "nuisance")]).values()
    assert not row.direct
    assert row.requirement["inform_only"]


def test_the_youth_council_is_a_party_where_a_place_is_tagged(world: World) -> None:
    make_organisation("Ungdomsrådet", slug="lilleby-ungdomsrad", kind="council")
    world.meadow.features.add(Feature.objects.create(name="For ungdom", slug="for-ungdom"))
    (row,) = found(world).values()
    assert row.party.organisation.slug == "lilleby-ungdomsrad"
    assert [one["why"] for one in row.evidence] == ["council"]


def test_a_person_goes_through_the_list(world: World) -> None:
    world.lend(44)
    works = world.planned()
    listing = selectors.list_of(works.current)
    row = listing.rows.get()
    with pytest.raises(Invalid):
        services.decide_affected(row, affected=False, by=world.planner, now=NOW)
    give_membership(world.mate, world.club, "board")
    with pytest.raises(Disqualified):
        services.decide_affected(row, affected=False, reason="Nei.", by=world.mate, now=NOW)
    services.decide_affected(row, affected=False, reason="De har sagt fra seg tiden.", by=world.planner, now=NOW)
    services.confirm_affected(works, by=world.planner, now=NOW)
    with pytest.raises(WrongState):
        services.decide_affected(row, affected=True, by=world.planner, now=NOW)
    # A match was removed: that nobody is affected must be signed by another.
    with pytest.raises(Unmet) as error:
        services.move(works, to="consulting", by=world.planner, now=NOW)
    assert [one.code for one in error.value.items] == ["nobody_not_signed"]
    with pytest.raises(Forbidden):
        services.sign_nobody(works, by=world.planner, now=NOW)
    services.sign_nobody(works, by=world.boss, now=NOW)
    services.move(works, to="consulting", by=world.planner, now=NOW)


def test_zero_matches_in_short_works_need_no_signature(world: World) -> None:
    works = world.listed(window_start=at(42, 7), window_end=at(42, 11))
    assert works.current.category == "short"
    services.move(works, to="noticed", by=world.planner, now=NOW)


def test_the_database_wants_two_people(world: World) -> None:
    works = world.listed()
    listing = selectors.list_of(works.current)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(listing).objects.filter(pk=listing.pk).update(signed_at=NOW, signed_by=world.planner)


def test_an_announced_version_can_t_be_changed(world: World) -> None:
    works = world.planned()
    version = works.current
    with pytest.raises(IntegrityError), transaction.atomic():
        type(version).objects.filter(pk=version.pk).update(window_end=at(60))
    type(version).objects.filter(pk=version.pk).update(title="Uten navn")
    assert WorksPeriod.objects.filter(version=version).count() == 1


def test_we_are_affected_too(world: World) -> None:
    world.lend(44)
    works = world.listed()
    report = services.report_affected(
        works, name="Nabolaget", how="Vi går tur her hver dag.", email="nabo@example.org", now=NOW
    )
    assert "nabo@example.org" not in report.address_sealed
    with pytest.raises(Invalid):
        services.report_affected(works, name="x", how="y", email="ikke en adresse", now=NOW)
    with pytest.raises(Forbidden):
        services.report_affected(works, name="x", how="y", organisation=world.club, by=world.singer, now=NOW)
    services.decide_report(report, affected=True, by=world.planner, now=NOW)
    names = {row.party.kind for row in selectors.affected_rows(selectors.list_of(works.current))}
    assert names == {"organisation", "declared"}
    works = services.move(works, to="consulting", by=world.planner, now=NOW)
    sent = world.post_goes_out()
    assert ["nabo@example.org"] in [one.to for one in sent]


def test_the_machine_s_list_costs_the_same_for_many(world: World, django_assert_max_num_queries) -> None:
    from booking.works.services import finding

    for day in range(43, 49):
        world.lend(day)
        world.lend(day, 12, 14, who=world.choir)
    works = world.planned()
    with django_assert_max_num_queries(30):
        assert len(finding.matches(works.current)) == 2


def test_works_cut_in_two_drafts_are_measured_as_one_when_they_go_public(world: World) -> None:
    """Two drafts don't know of each other; the second to be planned is the sum of both (no splitting to dodge)."""
    first = world.drafted(window_start=at(42, 7), window_end=at(44, 15))
    second = world.drafted(window_start=at(49, 7), window_end=at(51, 15))
    assert (first.current.category, second.current.category) == ("minor", "minor")
    services.move(first, to="planned", by=world.planner, now=NOW)
    world.lend(50)
    second = services.move(second, to="planned", by=world.planner, now=NOW)
    assert second.current.category == "standard"
    assert second.current.affected.rows.get().requirement["category"] == "standard"


def test_what_is_planned_beside_works_since_their_list_was_confirmed_counts_at_their_notice(world: World) -> None:
    world.lend(43)
    first = world.consulting(window_start=at(42, 7), window_end=at(44, 15), now=NOW - timedelta(days=15))
    world.planned(window_start=at(49, 7), window_end=at(62, 15), title="Mer")
    first = services.move(fresh(first), to="noticed", by=world.planner, now=NOW)
    assert fresh(first).current.category == "major"


def test_the_holidays_counted_with_stand_with_each_party_s_date(world: World) -> None:
    world.lend(44)
    works = world.listed()
    row = works.current.affected.rows.get()
    days = dict(row.requirement["days_off"])
    assert "2026-04-03" in days or "2026-04-06" in days  # Easter lies in the fourteen days
    assert row.requirement["latest_notice"]


def test_a_day_off_on_which_a_part_is_used_counts(world: World) -> None:
    """A place that is closed at weekends: an hour in a third of it makes the Saturday a day of the whole."""
    place = make_resource("Gymsalen", unit=world.culture, slug="gymsalen", open=None)
    open_hours(place, 8, 22, weekdays=range(5))
    third = make_resource(
        "Gymsalen A", unit=world.culture, slug="gymsalen-a", cells=[one.cell for one in place.covers.all()]
    )
    hit = figures.Hit(place.pk, "closed", (Interval(at(44, 7), at(50, 15)),))
    saturday = at(47, 12).date()
    assert saturday not in figures._used_days([hit], figures.figures())[place.pk]
    world.lend(47, 10, 12, place=third)
    assert saturday in figures._used_days([hit], figures.figures())[place.pk]
