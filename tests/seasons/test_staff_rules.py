"""The rules of a round in fields: ages, hours by age, classes in order, limits; without a script; faults at their
field.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.rules import presets
from booking.seasons.staff import rules_rows
from booking.seasons.staff.rules_form import RulesForm, initial
from tests.seasons.test_staff import browser, text, url
from tests.seasons.world import Valley


def sent(page: Any) -> dict[str, list[str]]:
    """The form as the page shows it, ready to be sent again."""
    fields = {name: list(values) for name, values in page.context["form"].data.lists() if name != "act"}
    return fields | {
        "windows-rows": [str(len(page.context["form"].windows))],
        "classes-rows": [str(len(page.context["form"].classes))],
    }


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_ready_made_set_goes_through_the_fields_and_says_the_same(name: str) -> None:
    data = presets.preset_data(name)
    form = RulesForm(initial(data, name), rules=data, open=False)
    assert form.is_valid(), form.errors
    kept = {key: value for key, value in form.changed_rules().items() if value is not None}
    assert presets.read(kept) == presets.read(data)


def test_limits_and_shares_are_changed_and_faults_stand_at_their_field(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    data = sent(desk.get(url("rules", made.pk)))
    data |= {"club_least": ["90"], "heads": ["3"], "share_youth_standard": ["180"]}
    data = {name: values for name, values in data.items() if not name.startswith("cap_")}
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    assert (made.rules["club_least"], made.rules["gates"]["heads"]) == (90, 3)
    assert made.rules["shares"]["youth"] == {"least": 60, "standard": 180}
    assert "caps" not in made.rules  # emptied: no caps
    wrong = desk.post(url("rules", made.pk), data | {"share_youth_least": ["200"]})
    assert wrong.status_code == 400
    assert list(wrong.context["form"].errors) == ["share_youth_least"]
    assert 'value="200"' in text(wrong)


def test_what_comes_after_the_worst_off_is_chosen_and_what_is_usual_is_not_written_down(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    data = sent(desk.get(url("rules", made.pk)))
    assert data["after_worst"] == ["next_worst"]
    assert desk.post(url("rules", made.pk), data | {"after_worst": ["most_hours"]}).status_code == 302
    made.refresh_from_db()
    assert made.rules["after_worst"] == "most_hours"
    again = sent(desk.get(url("rules", made.pk)))
    assert again["after_worst"] == ["most_hours"]
    wrong = desk.post(url("rules", made.pk), again | {"after_worst": ["whim"]})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (400, ["after_worst"])
    assert desk.post(url("rules", made.pk), again | {"after_worst": ["next_worst"]}).status_code == 302
    made.refresh_from_db()
    assert "after_worst" not in made.rules


def test_hours_by_age_come_and_go_by_buttons_and_nothing_is_saved_until_then(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    page = desk.post(url("rules", made.pk), sent(desk.get(url("rules", made.pk))) | {"act": ["add-windows"]})
    assert (page.status_code, len(page.context["form"].windows)) == (200, 1)
    assert not page.context["form"].errors
    data = sent(page) | {
        "windows-0-bands": ["children"], "windows-0-weekdays": ["0", "1"], "windows-0-end": ["20"],
    }  # fmt: skip
    page = desk.post(url("rules", made.pk), data | {"act": ["preview"]})
    assert page.status_code == 200
    assert page.context["previewed"]
    assert any("20:00" in one or "20.00" in one for _kind, some in page.context["changes"] for one in some)
    made.refresh_from_db()
    assert "windows" not in made.rules
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    assert made.rules["windows"] == [{"bands": ["children"], "weekdays": [0, 1], "to": "20:00"}]
    page = desk.post(url("rules", made.pk), sent(desk.get(url("rules", made.pk))) | {"act": ["drop-windows-0"]})
    assert len(page.context["form"].windows) == 0


def test_a_row_that_is_wrong_says_what_and_keeps_what_was_typed(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    page = desk.post(url("rules", made.pk), sent(desk.get(url("rules", made.pk))) | {"act": ["add-windows"]})
    data = sent(page) | {"windows-0-start": ["26:00"], "windows-0-weekdays": ["0"]}
    wrong = desk.post(url("rules", made.pk), data)
    assert wrong.status_code == 400
    assert set(wrong.context["form"].errors) == {"windows-0-bands", "windows-0-start"}
    assert "26:00" in text(wrong)
    data |= {"windows-0-bands": ["adults"], "windows-0-start": ["21:00"], "windows-0-end": ["20.30"]}
    wrong = desk.post(url("rules", made.pk), data)
    assert list(wrong.context["form"].errors) == ["windows-0-end"]


def test_classes_move_up_and_down_and_are_named_by_what_they_hold(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    page = desk.post(url("rules", made.pk), sent(desk.get(url("rules", made.pk))) | {"act": ["up-classes-1"]})
    data = sent(page)
    assert [data[f"classes-{n}-name"][0] for n in range(3)] == ["sports", "young_adapted_senior", "others"]
    page = desk.post(url("rules", made.pk), data | {"act": ["add-any-0"]})
    data = sent(page) | {"classes-0-any-1-bands": ["children"], "classes-0-any-1-adapted": ["yes"]}
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    first, second, third = made.rules["classes"]
    assert first["any"] == [{"indoor": True}, {"bands": ["children"], "adapted": True}]
    assert first["name"] != "sports"  # that name says something else
    assert first["title"]
    assert (second["name"], third["name"]) == ("young_adapted_senior", "others")
    assert "title" not in second
    said = text(desk.get(url("rules", made.pk)))
    assert first["title"] in said


def test_no_class_at_all_is_refused_by_name(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    data = sent(desk.get(url("rules", made.pk))) | {"classes-rows": ["0"]}
    answer = desk.post(url("rules", made.pk), data)
    assert answer.status_code == 400
    assert answer.context["form"].non_field_errors()


def test_rules_of_an_open_round_change_with_a_reason(valley: Valley) -> None:
    made = valley.round(RoundState.OPEN)
    desk = browser(valley.officer)
    data = sent(desk.get(url("rules", made.pk))) | {"club_least": ["30"]}
    refused = desk.post(url("rules", made.pk), data)
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["reason"])
    assert desk.post(url("rules", made.pk), data | {"reason": ["Flere lag enn før"]}).status_code == 302
    assert SeasonRound.objects.get().rules["club_least"] == 30


ACTS = st.from_regex(r"(add|drop|up|down)-(windows|classes|any)(-\d{1,2}){0,2}", fullmatch=True)


@given(st.sampled_from(presets.NAMES), st.lists(ACTS, max_size=6))
def test_no_button_loses_or_doubles_another_row(name: str, acts: list[str]) -> None:
    data = presets.preset_data(name)
    found: QueryDict = initial(data, name)
    for act in acts:
        before, after = found, rules_rows.changed(found, act)
        assert after is not None
        kind = act.split("-")[1]
        step = {"add": 1, "drop": -1}.get(act.split("-")[0], 0)
        for rows in ("windows", "classes"):
            change = int(after[f"{rows}-rows"]) - int(before[f"{rows}-rows"])
            assert change in ((0, step) if kind == rows else (0,))
        RulesForm(after, rules=data, open=True).is_valid()
        found = after


@pytest.mark.parametrize("act", ["", "save", "add-", "drop-windows--1", "add-windows-100", "up-rows-1"])
def test_what_is_no_button_of_the_rows_changes_none(act: str) -> None:
    assert rules_rows.changed(QueryDict("windows-rows=1"), act) is None


PARTS = ["places", "own_use", "breaks", "rules"]
SAVE = '<button type="submit" class="button">'


@pytest.mark.parametrize("page", PARTS)
def test_what_may_change_can_be_saved(valley: Valley, page: str) -> None:
    shown = browser(valley.officer).get(url(page, valley.round("preparing").pk))
    assert (shown.context["frozen"], text(shown).count(SAVE)) == (False, 1)


@pytest.mark.parametrize("page", PARTS)
def test_what_does_not_change_any_more_says_so_before_anybody_types(valley: Valley, heard: Any, page: str) -> None:
    shown = browser(valley.officer).get(url(page, heard[0].pk))
    assert (shown.context["frozen"], text(shown).count(SAVE)) == (True, 0)
