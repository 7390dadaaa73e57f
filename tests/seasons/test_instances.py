"""A round of the database as the solver sees it."""

from __future__ import annotations

from typing import Any

from booking.seasons.models import OwnUse, RoundPlace
from booking.seasons.rules.instance import Slot, Span
from booking.seasons.selectors.instances import instance_of, timetable_of
from tests.seasons.world import Valley


def test_a_part_has_the_hours_of_its_whole_less_what_the_municipality_needs(valley: Valley) -> None:
    found = valley.round("open")
    part = RoundPlace.objects.get(round=found, resource=valley.hall.parts[0])
    OwnUse.objects.create(place=part, weekday=0, start=16 * 60, end=18 * 60, what="Kulturskolen")
    wish = valley.wish(found, places=(valley.hall.whole, valley.gym), best=[[1, 1020, 1080]])
    instance = instance_of(found)
    whole, first, second = valley.hall.whole.pk, valley.hall.parts[0].pk, valley.hall.parts[1].pk
    monday = lambda key: [span for span in instance.place[key].open if span.weekday == 0]  # noqa: E731
    assert monday(whole) == monday(first) == [Span(0, 1080, 1320)]
    assert monday(second) == [Span(0, 960, 1320)]
    assert instance.place[first].hall == instance.place[second].hall == whole
    assert instance.place[whole].cells > instance.place[first].cells
    assert instance.wish[wish.pk].places == (whole, valley.gym.pk)
    assert instance.wish[wish.pk].best == (Span(1, 1020, 1080),)
    assert instance.applicant[valley.club.pk].name == "Lilleby idrettslag"


def test_a_withdrawn_wish_is_not_in_it(valley: Valley) -> None:
    found = valley.round("open")
    valley.wish(found, withdrawn_at=found.created_at)
    assert instance_of(found).wishes == ()


def test_many_wishes_take_no_more_queries(valley: Valley, django_assert_max_num_queries: Any) -> None:
    found = valley.round("open")
    for number in range(12):
        valley.wish(found, f"Lag {number}", places=(valley.hall.whole, valley.gym))
    with django_assert_max_num_queries(7):
        assert len(instance_of(found).wishes) == 12


def test_a_proposal_is_a_sorted_timetable(valley: Valley) -> None:
    found = valley.round("proposals")
    wish = valley.wish(found)
    made = valley.proposal(found, (wish, valley.gym, 3, 17, 18), (wish, valley.hall.whole, 1, 17, 18.5))
    assert timetable_of(made) == (
        Slot(wish.pk, valley.hall.whole.pk, 1, 1020, 1110),
        Slot(wish.pk, valley.gym.pk, 3, 1020, 1080),
    )
