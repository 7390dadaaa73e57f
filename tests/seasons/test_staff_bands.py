"""Age bands come and go on the page of the rules, without a script; teams change band only where it is said first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons import wording_rounds
from booking.seasons.models import RoundEvent, RoundState, SeasonRound
from booking.seasons.rules import presets
from booking.seasons.selectors.bands import Move, Moves, moves
from booking.seasons.services import preparing
from booking.seasons.staff import rules_rows
from booking.seasons.staff.rules_form import RulesForm, initial
from tests.factories import NOW
from tests.seasons.test_staff import browser, text, url
from tests.seasons.test_staff_rules import sent
from tests.seasons.world import Valley
from tests.thoroughness import examples

U_SCHOOL = {
    "band_youth_from": ["16"], "band_new_1_title": ["Ungdomsskole"], "band_new_1_from": ["13"],
    "band_new_1_to": ["15"], "share_new_1_least": ["90"], "share_new_1_standard": ["150"],
}  # fmt: skip


def press(desk: Any, round: SeasonRound, page: Any, act: str, **typed: list[str]) -> Any:
    return desk.post(url("rules", round.pk), sent(page) | typed | {"act": [act]})


@pytest.fixture
def made(valley: Valley) -> SeasonRound:
    return valley.round("preparing")


def test_a_band_is_added_with_a_title_and_stands_where_its_age_is(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = press(desk, made, desk.get(url("rules", made.pk)), "add-bands")
    form = page.context["form"]
    assert (page.status_code, form.bands[-1], dict(form.errors)) == (200, "new_1", {})
    assert form["share_new_1_standard"].value() == "120"  # a start: what the oldest age has
    data = sent(page) | U_SCHOOL
    # It can be named at once, before anything is saved.
    data |= {"windows-rows": ["1"], "windows-0-bands": ["new_1"], "windows-0-weekdays": ["2"], "windows-0-end": ["20"]}
    shown = desk.post(url("rules", made.pk), data | {"act": ["preview"]})
    assert shown.status_code == 200, shown.context["form"].errors
    assert sum("Ungdomsskole" in one for one in shown.context["sentences"]) == 2
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    assert made.rules["bands"] == [
        {"name": "children", "to": 12}, {"name": "ungdomsskole", "title": "Ungdomsskole", "from": 13, "to": 15},
        {"name": "youth", "from": 16, "to": 18}, {"name": "adults", "from": 19, "to": 66},
        {"name": "seniors", "from": 67},
    ]  # fmt: skip
    assert made.rules["shares"]["ungdomsskole"] == {"least": 90, "standard": 150}
    assert made.rules["windows"] == [{"bands": ["ungdomsskole"], "weekdays": [2], "to": "20:00"}]
    again = desk.get(url("rules", made.pk))
    assert [row["name"] for row in again.context["form"].band_rows()] == [
        "barn", "Ungdomsskole", "ungdom", "voksne", "eldre",
    ]  # fmt: skip
    assert desk.post(url("rules", made.pk), sent(again)).status_code == 302
    kept = made.rules
    made.refresh_from_db()
    assert made.rules == kept


def test_a_new_band_needs_a_name_and_the_years_must_fit(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    data = sent(press(desk, made, desk.get(url("rules", made.pk)), "add-bands")) | U_SCHOOL
    wrong = desk.post(url("rules", made.pk), data | {"band_new_1_title": [" "]})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (400, ["band_new_1_title"])
    wrong = desk.post(url("rules", made.pk), data | {"band_youth_from": ["13"]})
    assert wrong.status_code == 400
    ((field, errors),) = wrong.context["form"].errors.items()
    assert field == "band_youth_from"  # the older of the two
    assert "ungdom" in errors[0].lower()
    assert "Ungdomsskole" in errors[0]
    wrong = desk.post(url("rules", made.pk), data | {"band_new_1_to": ["14"]})
    assert list(wrong.context["form"].errors) == ["band_youth_from"]
    assert "15" in wrong.context["form"].errors["band_youth_from"][0]
    assert "Ungdomsskole" in text(wrong)
    made.refresh_from_db()
    assert "bands" not in made.rules or len(made.rules["bands"]) == 4


def test_a_band_that_nothing_uses_goes_at_once(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = press(desk, made, desk.get(url("rules", made.pk)), "drop-bands-adults", band_seniors_from=["19"])
    assert page.context["form"].bands == ["children", "youth", "seniors"]
    assert page.context["previewed"]  # it can be used, and the page says how it reads
    assert desk.post(url("rules", made.pk), sent(page)).status_code == 302
    made.refresh_from_db()
    assert set(made.rules["shares"]) == {"children", "youth", "seniors"}


def test_a_band_that_is_used_stays_and_says_where(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    start = sent(desk.get(url("rules", made.pk))) | {
        "windows-rows": ["2"], "windows-0-bands": ["youth"], "windows-0-weekdays": ["0"], "windows-0-end": ["21:00"],
        "windows-1-bands": ["youth", "adults"], "windows-1-weekdays": ["1"], "windows-1-start": ["19:00"],
    }  # fmt: skip
    page = desk.post(url("rules", made.pk), start | {"act": ["drop-bands-youth"]})
    form = page.context["form"]
    assert "youth" in form.bands
    (uses,) = [row["uses"] for row in form.band_rows() if row["uses"]]
    assert len(uses) == 3  # two rows of hours, and a class
    body = text(page)
    assert all(one in body for one in uses)
    assert 'value="clear-bands-youth"' in body
    page = desk.post(url("rules", made.pk), sent(page) | {"act": ["clear-bands-youth"]})
    assert page.context["form"].bands == ["children", "adults", "seniors"]
    data = sent(page) | {"band_adults_from": ["13"]}
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    assert made.rules["windows"] == [{"bands": ["adults"], "weekdays": [1], "from": "19:00"}]
    assert made.rules["classes"][0]["any"] == [{"bands": ["children", "seniors"]}, {"adapted": True}]
    assert "youth" not in str(made.rules)


def test_a_class_of_that_age_only_goes_and_never_becomes_everybody_s(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = press(desk, made, desk.get(url("rules", made.pk)), "add-classes")
    data = sent(page) | {"classes-3-title": ["Ungdom"], "classes-3-any-0-bands": ["youth"]}
    page = desk.post(url("rules", made.pk), data | {"act": ["clear-bands-youth"]})
    form = page.context["form"]
    assert len(form.classes) == 3
    assert form.data["classes-rows"] == "3"
    assert not any("Ungdom" in value for _key, value in form.data.items())


def test_a_known_band_comes_back_with_its_own_words(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = press(desk, made, desk.get(url("rules", made.pk)), "clear-bands-seniors", band_adults_to=[""])
    assert 'value="add-bands-seniors"' in text(page)
    assert desk.post(url("rules", made.pk), sent(page)).status_code == 302
    page = press(desk, made, desk.get(url("rules", made.pk)), "add-bands-seniors")
    data = sent(page) | {"band_adults_to": ["66"], "band_seniors_from": ["67"]}
    assert desk.post(url("rules", made.pk), data).status_code == 302
    made.refresh_from_db()
    assert made.rules["bands"][-1] == {"name": "seniors", "from": 67}  # no title: the code has words for it
    assert any("eldre" in one for one in desk.get(url("rules", made.pk)).context["sentences"])


def test_there_is_room_for_eight_and_one_stays(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = desk.get(url("rules", made.pk))
    for _n in range(6):
        page = press(desk, made, page, "add-bands")
    assert len(page.context["form"].bands) == presets.MOST_BANDS
    assert 'value="add-bands"' not in text(page)
    for band in page.context["form"].bands:
        page = press(desk, made, page, f"clear-bands-{band}")
    assert len(page.context["form"].bands) == 1
    assert "drop-bands-" not in text(page)


def test_two_new_bands_with_one_name_are_refused_and_strange_names_get_one(valley: Valley, made: SeasonRound) -> None:
    desk = browser(valley.officer)
    page = press(desk, made, press(desk, made, desk.get(url("rules", made.pk)), "add-bands"), "add-bands")
    data = sent(page) | U_SCHOOL | {
        "band_new_2_title": ["ungdomsskole"], "band_new_2_from": ["16"], "band_new_2_to": ["16"],
        "band_youth_from": ["17"],
    }  # fmt: skip
    wrong = desk.post(url("rules", made.pk), data)
    assert list(wrong.context["form"].errors) == ["band_new_2_title"]
    assert desk.post(url("rules", made.pk), data | {"band_new_2_title": ["第一"]}).status_code == 302
    made.refresh_from_db()
    assert [one["name"] for one in made.rules["bands"]] == [
        "children", "ungdomsskole", "age", "youth", "adults", "seniors",
    ]  # fmt: skip


# --- teams with wishes ------------------------------------------------------------------------------------------------


def opened(valley: Valley) -> SeasonRound:
    round = valley.round(RoundState.OPEN)
    for team, low, high in (("J13", 13, 13), ("G15", 14, 15), ("Kor", None, None), ("J9", 9, 9)):
        valley.wish(round, team, age_from=low, age_to=high)
    valley.wish(round, "g15 ", age_from=14, age_to=15)  # the same team's second wish
    valley.wish(round, "Gått", age_from=14, age_to=14, withdrawn_at=NOW)
    return round


def test_teams_change_band_only_when_the_page_has_said_so(valley: Valley) -> None:
    round = opened(valley)
    desk = browser(valley.officer)
    page = press(desk, round, desk.get(url("rules", round.pk)), "add-bands")
    data = sent(page) | U_SCHOOL | {"reason": ["Egen tid for ungdomsskolen"]}
    shown = desk.post(url("rules", round.pk), data | {"act": ["preview"]})
    (_heading, lines), (_other, classes) = shown.context["moves"]
    assert [one[:5] for one in lines] == ["2 lag"]
    assert [one[:5] for one in classes] == ["2 lag"]  # nobody has ticked the new age in the first class
    asked = desk.post(url("rules", round.pk), data)
    assert (asked.status_code, asked.context["asks"]) == (200, True)
    round.refresh_from_db()
    assert "ungdomsskole" not in str(round.rules)
    told = re.search(r'name="moved" value="([^"]+)"', text(asked))
    assert told is not None
    assert told[1].replace("&gt;", ">") == asked.context["moved"]
    stale = desk.post(url("rules", round.pk), data | {"moved": ["youth>Ungdomsskole:1"]})
    assert stale.status_code == 200  # another team has come since
    saved = desk.post(
        url("rules", round.pk), data | {"moved": [asked.context["moved"]], "version": [str(round.version)]}, follow=True
    )
    assert "2 lag" in text(saved)
    event = RoundEvent.objects.get(round=round, type="rules_changed")
    assert event.facts["moved"] == 2
    item = wording_rounds.story_item(event)
    assert item["body"].endswith("Egen tid for ungdomsskolen")
    assert item["body"].startswith("2 ")


def test_a_new_age_that_is_ticked_in_its_class_stays_in_it(valley: Valley) -> None:
    """The class says something else then, and has another name; its teams stay where they were in the order."""
    round = opened(valley)
    desk = browser(valley.officer)
    page = press(desk, round, desk.get(url("rules", round.pk)), "add-bands")
    data = sent(page) | U_SCHOOL | {"classes-0-any-0-bands": ["children", "youth", "seniors", "new_1"]}
    shown = desk.post(url("rules", round.pk), data | {"act": ["preview"]})
    assert [len(lines) for _heading, lines in shown.context["moves"]] == [1]


def test_other_words_for_a_band_move_nobody(valley: Valley) -> None:
    round = opened(valley)
    desk = browser(valley.officer)
    data = sent(desk.get(url("rules", round.pk))) | {
        "band_youth_title": ["Tenåringer"], "reason": ["Klarere navn"],
    }  # fmt: skip
    assert desk.post(url("rules", round.pk), data).status_code == 302
    round.refresh_from_db()
    assert round.rules["bands"][1] == {"name": "youth", "title": "Tenåringer", "from": 13, "to": 18}
    assert "moved" not in RoundEvent.objects.get(round=round, type="rules_changed").facts


def test_other_ready_made_rules_say_it_too(valley: Valley) -> None:
    round = valley.round(RoundState.OPEN)
    valley.wish(round, "Russ", age_from=19, age_to=19)  # youth up to 18 here, up to 19 by points
    before, after = presets.load("small_town"), presets.load("points")
    assert moves(round, before, after) == Moves((Move("adults", "youth", 1),))
    assert moves(round, before, before) == Moves()
    desk = browser(valley.officer)
    page = desk.get(url("rules", round.pk) + "?preset=points")
    answer = desk.post(url("rules", round.pk), sent(page) | {"preset": ["points"], "reason": ["Poeng"]})
    assert answer.context["asks"]


def test_one_query_however_many_wishes(valley: Valley, django_assert_num_queries: Any) -> None:
    round = opened(valley)
    for number in range(20):
        valley.wish(round, f"Lag {number}", age_from=number, age_to=number + 1)
    with django_assert_num_queries(1):
        moves(round, presets.load("small_town"), presets.load("points"))


def test_the_service_refuses_a_gap_whoever_asks(valley: Valley, made: SeasonRound) -> None:
    bands = [{"name": "children", "to": 12}, {"name": "youth", "from": 14}]
    shares = {name: {"least": 60, "standard": 120} for name in ("children", "youth")}
    classes = [{"name": "everybody"}]
    with pytest.raises(Exception, match="13") as caught:
        preparing.set_rules(
            made, "small_town", {"bands": bands, "shares": shares, "classes": classes}, by=valley.officer, now=NOW
        )
    assert [tuple(fault.loc) for fault in caught.value.errors] == [("rules", "bands", 1, "from")]


def test_a_band_moves_on_the_api_with_its_title(valley: Valley) -> None:
    """The rules' data keep their shape: a title is one member more."""
    round = opened(valley)
    data = presets.preset_data("small_town")
    data["bands"][1]["title"] = "Tenåringer"
    preparing.set_rules(round, "small_town", data, by=valley.officer, now=NOW, reason="Navn")
    answer = browser(valley.officer).get(f"/api/booking/v1/seasons/{round.slug}/").json()
    assert answer["rules"]["bands"][1] == {"name": "youth", "title": "Tenåringer", "from": 13, "to": 18}
    assert answer["rules"]["bands"][0] == {"name": "children", "to": 12}


# --- rows -------------------------------------------------------------------------------------------------------------

NAMES = ["children", "youth", "adults", "seniors", "new_1", "new_2"]
ACTS = st.one_of(
    st.just("add-bands"),
    st.builds("{}-bands-{}".format, st.sampled_from(["add", "drop", "clear"]), st.sampled_from(NAMES)),
    st.sampled_from(["add-windows", "drop-windows-0", "add-classes", "up-classes-1", "drop-classes-0"]),
)


@given(st.sampled_from(presets.NAMES), st.lists(ACTS, max_size=8))
@settings(max_examples=examples())
def test_no_row_names_a_band_that_is_gone(name: str, acts: list[str]) -> None:
    data = presets.preset_data(name)
    found: QueryDict = initial(data, name)
    for act in acts:
        before, after = found, rules_rows.changed(found, act)
        assert after is not None
        keys = rules_rows.band_keys(after)
        assert 1 <= len(keys) <= presets.MOST_BANDS
        gone = set(rules_rows.band_keys(before)) - set(keys)
        for field in after:
            if field.endswith("-bands"):
                assert set(after.getlist(field)) <= set(keys)
                assert after.getlist(field), field  # never emptied: it would be about everybody
            assert not any(field in (f"band_{one}_from", f"share_{one}_least") for one in gone)
        if act.startswith("drop-bands-"):
            assert not any(rules_rows.uses_of(before, one) for one in gone)
        form = RulesForm(after, rules=data, open=True)
        form.is_valid()
        form.band_rows()
        found = after


@pytest.mark.parametrize(
    "act", ["add-bands-", "drop-bands", "drop-bands-Æ", "up-bands-youth", "clear-bands", "add-bands-9"]
)
def test_what_names_no_band_changes_none(act: str) -> None:
    posted = initial(presets.preset_data("small_town"), "small_town")
    after = rules_rows.changed(posted, act)
    assert after is None or rules_rows.band_keys(after) == rules_rows.band_keys(posted)
