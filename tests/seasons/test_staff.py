"""Rounds in the CMS admin: making one ready, its steps, writing wishes down; by unit and role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from booking.catalogue import registry as catalogue
from booking.catalogue.selectors.carrying import carried_by
from booking.catalogue.signals import ownership_taken_over
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.models import Comment, OwnUse, ProposalState, RoundState, SeasonRound, Wish
from booking.seasons.services import handing
from tests.factories import give_membership, give_role, make_officer, make_unit, make_user
from tests.seasons.test_pages import closed_round, entry, open_round
from tests.seasons.world import Valley
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(f"booking_seasons:{name}", args=args)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def basics(valley: Valley, **fields: Any) -> dict[str, Any]:
    on = clock.today(booking_settings().tz)
    return {
        "name": "Halltid 2027/28", "unit": str(valley.unit.pk), "season_start": (on + timedelta(120)).isoformat(),
        "season_end": (on + timedelta(360)).isoformat(), "officer": str(valley.officer.pk), "complaint_days": "21",
        "adopted_by_whom": "Kultur", "complain_to": "Klagenemnda", "grid_minutes": "30", "key": "k",
    } | fields  # fmt: skip


def test_an_officer_makes_a_round_and_opens_it(valley: Valley) -> None:
    desk = browser(valley.officer)
    assert desk.get(url("index")).status_code == 200
    assert desk.get(url("add")).status_code == 200
    answer = desk.post(url("add"), basics(valley))
    made = SeasonRound.objects.get()
    assert answer["Location"] == url("places", made.pk)
    assert made.opens_on < made.closes_on < made.adopt_on < made.season_start  # suggested, nobody typed them
    seen = text(desk.get(url("places", made.pk)))
    assert f'name="p{valley.gym.pk}-chosen"' in seen
    whole, part = valley.hall.whole, valley.hall.parts[0]
    data = {f"p{one.pk}-chosen": "on" for one in (whole, part, valley.gym)}
    data |= {f"p{one.pk}-day_{day}": "16-22" for one in (whole, valley.gym) for day in range(5)}
    assert desk.post(url("places", made.pk), data)["Location"] == url("own_use", made.pk)
    assert made.places.count() == 3
    rows = {"own-TOTAL_FORMS": "1", "own-INITIAL_FORMS": "0", "own-0-place": str(whole.pk), "own-0-weekday": "0",
            "own-0-hours": "16-18", "own-0-what": "Kulturskolen"}  # fmt: skip
    assert desk.post(url("own_use", made.pk), rows)["Location"] == url("breaks", made.pk)
    assert OwnUse.objects.get().what == "Kulturskolen"
    seen = text(desk.get(url("rules", made.pk) + "?preset=points"))
    assert "share_children_least" in seen
    assert desk.get(url("breaks", made.pk)).status_code == 200
    page = text(desk.get(url("inspect", made.pk)))
    assert url("open", made.pk) in page
    assert desk.post(url("open", made.pk)).status_code == 302
    made.refresh_from_db()
    assert made.state == RoundState.OPEN


def test_what_is_missing_is_listed_and_the_act_is_refused(valley: Valley) -> None:
    desk = browser(valley.officer)
    desk.post(url("add"), basics(valley, adopted_by_whom=""))
    made = SeasonRound.objects.get()
    assert url("open", made.pk) not in text(desk.get(url("inspect", made.pk)))
    answer = desk.post(url("open", made.pk))
    assert answer.status_code == 422
    assert text(answer).count("help-critical") == 1


def test_wrong_dates_come_back_with_what_was_typed(valley: Valley) -> None:
    desk = browser(valley.officer)
    answer = desk.post(url("add"), basics(valley, opens_on="2027-05-01", closes_on="2027-04-01"))
    assert answer.status_code == 400
    assert 'value="2027-04-01"' in text(answer)
    assert SeasonRound.objects.count() == 0


def test_hours_that_cannot_be_read_come_back(valley: Valley) -> None:
    made = valley.round("preparing")
    desk = browser(valley.officer)
    data = {f"p{valley.gym.pk}-chosen": "on", f"p{valley.gym.pk}-day_0": "fra fire"}
    answer = desk.post(url("places", made.pk), data)
    assert answer.status_code == 400
    assert "fra fire" in text(answer)
    data[f"p{valley.gym.pk}-day_0"] = ""
    refused = desk.post(url("places", made.pk), data)
    assert (refused.status_code, made.places.count()) == (400, 5)


def test_a_date_moves_only_with_a_reason_once_it_is_open(valley: Valley) -> None:
    made = open_round(valley)
    desk = browser(valley.officer)
    data = {
        name: getattr(made, name).isoformat()
        for name in ("season_start", "season_end", "opens_on", "closes_on", "proposals_until", "hearing_until",
                     "confirm_by", "adopt_on")
    } | {
        "name": made.name, "complaint_days": "21", "grid_minutes": "30", "officer": str(valley.officer.pk),
        "adopted_by_whom": "Kultur", "complain_to": "Klagenemnda", "version": "1",
        "closes_on": (made.closes_on + timedelta(5)).isoformat(),
    }  # fmt: skip
    assert desk.post(url("setup", made.pk), data).status_code == 400
    assert desk.post(url("setup", made.pk), data | {"reason": "Ferie"}).status_code == 302
    assert made.events.get().type == "dates_changed"


def test_copy_close_and_hear(valley: Valley) -> None:
    made = closed_round(valley)
    wish = valley.wish(made)
    desk = browser(valley.officer)
    assert text(desk.get(url("inspect", made.pk))).count("help-warning") == 1  # it nags
    desk.post(url("close", made.pk))
    made.refresh_from_db()
    assert made.state == RoundState.PROPOSALS
    shown = valley.proposal(made, (wish, valley.gym, 0, 17, 18), state=ProposalState.PUBLISHED)
    assert desk.post(url("hear", made.pk), {"proposal": shown.number}).status_code == 422  # before its date
    SeasonRound.objects.filter(pk=made.pk).update(proposals_until=made.closes_on)
    assert desk.post(url("hear", made.pk), {"proposal": "99"}).status_code == 400
    assert desk.post(url("hear", made.pk), {"proposal": shown.number}).status_code == 302
    made.refresh_from_db()
    assert made.heard == shown
    assert desk.post(url("copy", made.pk)).status_code == 302
    copy = SeasonRound.objects.exclude(pk=made.pk).get()
    assert desk.post(url("delete", copy.pk))["Location"] == url("index")
    assert SeasonRound.objects.count() == 1


def test_a_wish_by_phone_is_written_down(valley: Valley) -> None:
    made = open_round(valley)
    desk = browser(valley.officer)
    where = url("wish_new", made.pk) + f"?organisation={valley.club.slug}"
    assert desk.get(where).status_code == 200
    assert desk.post(where, entry(valley)).status_code == 302
    wish = Wish.objects.get()
    assert wish.entered_hat.startswith("unit:")
    assert desk.get(url("wishes", made.pk)).status_code == 200
    assert desk.post(url("wish", made.pk, wish.number), entry(valley, heads="0")).status_code == 400
    assert desk.post(url("wish", made.pk, wish.number), entry(valley, heads="18")).status_code == 302
    desk.post(url("wish_withdraw", made.pk, wish.number))
    wish.refresh_from_db()
    assert (wish.heads, wish.withdrawn_at is None) == (18, False)
    assert desk.get(url("wish_new", made.pk) + "?organisation=nei").status_code == 302
    assert desk.get(url("wish", made.pk, 77)).status_code == 404


def test_a_late_wish_needs_its_reason(valley: Valley) -> None:
    made = closed_round(valley)
    desk = browser(valley.officer)
    where = url("wish_new", made.pk) + f"?organisation={valley.club.slug}"
    assert desk.post(where, entry(valley)).status_code == 400
    assert desk.post(where, entry(valley, reason="Ny trener")).status_code == 302


def test_other_units_see_nothing_and_a_caretaker_changes_nothing(valley: Valley) -> None:
    made = valley.round("open")
    stranger = browser(make_officer(make_unit("Teknisk"), "Odd"))
    caretaker = make_user("Vakt")
    give_role(caretaker, valley.unit, "caretaker")
    pages = ("inspect", "setup", "places", "own_use", "breaks", "rules", "wishes")
    for name in pages:
        assert stranger.get(url(name, made.pk)).status_code in (302, 404)
    assert browser(caretaker).get(url("inspect", made.pk)).status_code == 200
    for name in ("setup", "places", "rules"):
        assert browser(caretaker).get(url(name, made.pk)).status_code in (302, 403)
    before = made.state
    for act in ("open", "close", "hear", "copy", "delete"):
        assert browser(caretaker).post(url(act, made.pk)).status_code in (302, 403)
        assert stranger.post(url(act, made.pk)).status_code in (302, 404)
    made.refresh_from_db()
    assert made.state == before
    assert SeasonRound.objects.count() == 1


def test_the_menu_has_a_number_when_a_date_has_passed(valley: Valley) -> None:
    closed_round(valley)
    seen = text(browser(valley.officer).get(reverse("wagtailadmin_home")))
    assert reverse("booking_seasons:index") in seen
    assert "(1)" in seen


def test_who_has_two_hats_is_told(valley: Valley) -> None:
    made = open_round(valley)
    valley.wish(made)
    give_membership(valley.officer, valley.club, "leader")
    desk = browser(valley.officer)
    assert desk.get(url("inspect", made.pk)).context["tied"] is True
    where = url("wish_new", made.pk) + f"?organisation={valley.handball.slug}"
    assert desk.post(where, entry(valley)).status_code == 400


def test_a_round_goes_along_when_its_officer_leaves(valley: Valley) -> None:
    made = open_round(valley)
    on = clock.today(booking_settings().tz)
    carried = [one for section in carried_by(valley.officer, on) for one in section.rows if one.title == made.name]
    assert [one.role for one in carried] == ["officer"]
    colleague = make_officer(valley.unit, "Ny Kollega")
    handing.hand_round(made, to=colleague, by=valley.boss, now=clock.now())
    made.refresh_from_db()
    assert made.officer == colleague
    colleague.is_active = False
    colleague.save()
    ownership_taken_over.send(sender=None, leaver=colleague, now=clock.now(), taken=[])
    made.refresh_from_db()
    assert (made.officer, made.taken_over) == (valley.boss, True)
    assert catalogue is not None


def test_pressed_twice_a_round_is_copied_once_and_a_wish_withdrawn_once(valley: Valley) -> None:
    round = open_round(valley)
    desk = browser(valley.officer)
    page = desk.get(url("inspect", round.pk))
    key = page.context["key"]
    assert f'name="key" value="{key}"' in text(page)
    first = desk.post(url("copy", round.pk), {"key": key})["Location"]
    assert desk.post(url("copy", round.pk), {"key": key})["Location"] == first
    assert SeasonRound.objects.count() == 2
    wish = valley.wish(round)
    for _press in range(2):
        assert desk.post(url("wish_withdraw", round.pk, wish.number)).status_code == 302


def test_the_round_s_page_names_objections_and_what_opening_means(valley: Valley) -> None:
    desk = browser(valley.officer)
    on = clock.today(booking_settings().tz)
    dates = ("opens_on", "closes_on", "proposals_until", "hearing_until", "confirm_by", "adopt_on", "season_start")
    ahead = {name: on + timedelta(30 + 7 * n) for n, name in enumerate(dates)}
    early = valley.round(**ahead, season_end=on + timedelta(300))
    assert desk.get(url("inspect", early.pk)).context["opens_early"]
    wish = valley.wish(early)
    heard = valley.proposal(early, (wish, valley.gym, 0, 17, 18), state=ProposalState.PUBLISHED)
    SeasonRound.objects.filter(pk=early.pk).update(
        state=RoundState.HEARING, heard=heard, **{name: day - timedelta(90) for name, day in ahead.items()}
    )
    Comment.objects.create(
        proposal=heard, number=1, kind="objection", text="Nei", organisation=valley.club, by=valley.leader,
        hat="organisation:x", at=clock.now(),
    )  # fmt: skip
    assert len(desk.get(url("inspect", early.pk)).context["missing"]) == 1
