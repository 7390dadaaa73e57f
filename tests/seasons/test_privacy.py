"""What rounds and wishes know about a person: read, erased, and gone after a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from booking.foundation import personal
from booking.foundation.personal import naming
from booking.seasons import personal as ours
from booking.seasons.models import RoundState, SeasonRound, Wish
from tests.factories import NOW
from tests.seasons.world import Valley

pytestmark = pytest.mark.django_db


def data() -> Any:
    return next(one for one in personal.personal_data() if one.name == "seasons")


def test_a_person_reads_what_they_did(valley: Valley) -> None:
    found = valley.round("open")
    valley.wish(found, note="Ring meg")
    titles = [str(one.title) for one in data().collect(valley.leader)]
    assert len(titles) == 1
    facts = {fact.code: fact.value for one in data().collect(valley.leader) for fact in one.facts}
    assert facts["team"] == "J13"
    assert facts["note"] == "Ring meg"
    assert str(found) in [str(one.title) for one in data().collect(valley.officer)]


def test_erasing_takes_the_name_out_of_words_and_leaves_the_wish(valley: Valley) -> None:
    found = valley.round("open")
    wish = valley.wish(found, note="Spør Eva Leder om nøkkel", entered_by=valley.coach)
    assert naming(valley.leader).pattern is not None
    assert data().erase(valley.leader, NOW) == 1
    wish.refresh_from_db()
    assert "Eva Leder" not in wish.note
    assert wish.team == "J13"


def test_who_runs_a_round_hands_it_on_first(valley: Valley) -> None:
    found = valley.round("open")
    (one,) = data().obstacles(valley.officer, NOW)
    assert one.code == "officer_of_rounds"
    assert one.where == reverse("booking_seasons:inspect", args=[found.pk])
    assert list(data().obstacles(valley.leader, NOW)) == []


def test_notes_of_a_season_that_is_over_go_after_a_time(valley: Valley) -> None:
    old = valley.round("ended")
    valley.wish(old, note="Nøkkel hos Kari")
    living = valley.round("open", slug="ny")
    valley.wish(living, "G15", note="Husk ballene")
    assert list(ours._with_notes()) == [old]
    assert ours._forget(SeasonRound.objects.filter(state=RoundState.ENDED), NOW + timedelta(days=1200)) == 1
    assert sorted(Wish.objects.values_list("note", flat=True)) == ["", "Husk ballene"]
