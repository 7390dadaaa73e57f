"""Every code has words, in every preset and for whatever can be wrong."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons import wording
from booking.seasons.rules import presets
from booking.seasons.rules.presets import RulesError
from booking.seasons.rules.saying import Reason
from booking.seasons.rules.validity import faults
from booking.seasons.rules.why import reasons
from tests.seasons.rules.scenes import instances, timetables
from tests.thoroughness import examples


def test_presets_are_explained_in_whole_sentences() -> None:
    for name in presets.NAMES:
        assert str(wording.PRESET_NAMES[name])
        assert str(wording.PRESET_SUMMARIES[name])
        for one in presets.explain_rules(presets.load(name)):
            text = wording.reason_text(one)
            assert text.endswith(".")
            assert one.code not in text
            assert "%" not in text


@given(st.data())
@settings(max_examples=examples(30), deadline=None)
def test_reasons_and_faults_have_words(data: st.DataObject) -> None:
    instance = data.draw(instances())
    timetable = data.draw(timetables(instance, most=5, locks=True))
    for fault in faults(instance, timetable):
        text = wording.fault_text(fault)
        assert fault.code not in text.lower().split()
        assert "%(" not in text
    for some in reasons(instance, timetable).values():
        for one in some:
            text = wording.reason_text(one)
            assert not {"_", "%("} & set(text)
            assert text.endswith(".")


def test_a_fault_in_rules_names_its_place() -> None:
    with pytest.raises(RulesError) as error:
        presets.read({"preset": "small_town", "caps": {"team_days_week": 900_000}})
    with translation.override("en"):
        told = [wording.rules_fault_text(*one) for one in error.value.faults]
    assert told == ["caps.team_days_week: Give a whole number from 1 to 10080."]


def test_lengths_days_and_names() -> None:
    with translation.override("en"):
        in_english()


def in_english() -> None:
    assert [wording.minutes_text(one) for one in (30, 60, 90)] == ["30 min", "1 h", "1 h 30 min"]
    assert wording.weekdays_text((0, 1, 2, 3, 4)) == "Monday to Friday"
    assert wording.weekdays_text((1, 4)) == "Tuesday, Friday"
    assert wording.reason_text(Reason("something_new")) == "Something_new."
