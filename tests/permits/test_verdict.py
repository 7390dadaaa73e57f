"""The rule `permits`: what it says before asking, when it is sent, and when it is decided (needs N11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from booking.cases import drafts, services
from booking.cases.services.checking import verdicts_on
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import PermitRequirement
from booking.foundation.errors import Invalid, RuleBroken
from booking.permits import services as permits
from booking.permits.models import Permit
from tests import factories as f
from tests.factories import NOW
from tests.permits.world import World

pytestmark = pytest.mark.django_db


def said(world: World, **more: object) -> dict[str, str]:
    """What the check says about permits: what → severity."""
    check = services.check_request(drafts.parse(world.body(**more), user=world.coach), user=world.coach, now=NOW)
    return {
        str(one.params["what"]): one.severity for line in check.lines for one in line.verdicts if one.code == "permits"
    }


def test_what_a_loan_can_be_granted_subject_to_doesnt_hold_the_answer_back(world: World) -> None:
    assert said(world) == {"Vi rydder etter oss": "info", "Forsikringsbevis": "info"}
    assert world.asked().state == "granted"


def test_a_use_that_is_ticked_takes_its_permit_and_a_person(world: World) -> None:
    assert said(world, uses=["amplified-sound"])["Støydispensasjon <b>"] == "needs_officer"
    case = world.asked(uses=["amplified-sound"])
    assert case.state == "received"
    assert {one["code"] for one in case.verdicts} == {"permits"}


def test_a_head_count_means_a_use_by_itself_and_a_block_can_be_asked_anyway(world: World) -> None:
    crowd = {"20-59": 501}
    assert "Arrangementstillatelse" not in said(world, audience={"20-59": 500})
    assert said(world, audience=crowd)["Arrangementstillatelse"] == "block"
    with pytest.raises(RuleBroken):
        world.asked(audience=crowd)
    case = world.asked(audience=crowd, override_reason="Søknaden er sendt til politiet.")
    assert case.state == "received"


def test_a_part_inherits_from_its_whole_and_its_unit_and_may_replace_or_waive(world: World) -> None:
    pier = f.make_resource("Brygga", unit=world.unit, slug="brygga", kind="area", parent=world.beach)

    def takes() -> list[str]:
        return [one.what for one in catalogue.terms([pier]).requirements(pier.pk)]

    assert takes() == ["Vi rydder etter oss", "Forsikringsbevis"]
    PermitRequirement.objects.create(resource=pier, what="Egen plan", granted_by="Havna", replaces=world.tidy)
    assert takes() == ["Egen plan", "Forsikringsbevis"]
    PermitRequirement.objects.create(
        resource=pier, what="Ikke her", granted_by="–", replaces=world.insurance, waived=True
    )
    assert takes() == ["Egen plan"]
    # What holds for the part changes nothing for the whole.
    assert len(catalogue.terms([world.beach]).requirements(world.beach.pk)) == 2


def test_the_decision_sees_where_it_stands_on_each_date(world: World) -> None:
    case = world.asked(uses=["amplified-sound"])
    lines = list(case.lines.select_related("resource"))
    noise = world.permit(case, world.noise)
    officer = world.technical.officer

    def open_now() -> set[str]:
        return {one.params["state"] for one in verdicts_on(case, lines, now=NOW).lines[1] if one.severity != "info"}

    assert open_now() == {"needed"}
    permits.say_applied(noise, applied_on=NOW.date(), by=world.coach, now=NOW)
    assert open_now() == {"applied"}
    permits.decide(noise, state="granted", valid_to=NOW.date() + timedelta(days=5), by=officer, now=NOW)
    assert open_now() == {"granted"}  # but not until the day of the loan
    permits.decide(noise, state="granted", valid_to=date(2026, 12, 31), by=officer, now=NOW)
    assert open_now() == set()
    permits.decide(noise, state="refused", note="For nær boliger.", by=officer, now=NOW)
    assert open_now() == {"refused"}
    permits.decide(noise, state="not_needed", by=officer, now=NOW)
    assert open_now() == set()


def test_preview_submission_and_decision_say_the_same(world: World) -> None:
    fresh = said(world, uses=["amplified-sound"])
    case = world.asked(uses=["amplified-sound"])
    kept = {one["params"]["what"]: one["severity"] for one in case.verdicts}
    lines = list(case.lines.select_related("resource"))
    later = {str(one.params["what"]): one.severity for one in verdicts_on(case, lines, now=NOW).lines[1]}
    assert fresh == kept == later


def test_a_series_says_it_once_and_keeps_the_number_of_queries(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    start = (NOW + timedelta(days=20)).replace(hour=17, minute=0)
    series = {
        "resource": "stranda", "start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat(),
        "rrule": "FREQ=WEEKLY;COUNT=30",
    }  # fmt: skip
    body = {"organisation": "jff", "purpose": "Trening", "series": [series], "uses": ["amplified-sound"]}
    known = catalogue.snapshot()
    draft = drafts.parse(body, user=world.coach, known=known)
    with django_assert_max_num_queries(2):  # taken time; works that may be felt then
        check = services.check_request(draft, user=world.coach, now=NOW, known=known, alternatives=False)
    found = {id(one) for line in check.lines for one in line.verdicts if one.code == "permits"}
    assert len(found) == 3
    assert len(check.lines) == 30


def test_rows_follow_the_lines_and_agree_with_the_requirements_of_that_day(world: World) -> None:
    case = world.asked()
    assert {one.requirement_id for one in Permit.objects.filter(case=case)} == {world.tidy.pk, world.insurance.pk}
    PermitRequirement.objects.create(resource=world.beach, what="Ny", granted_by="Havna")
    permits.sync_case(case, list(case.lines.select_related("resource")), NOW)
    permits.sync_case(case, list(case.lines.select_related("resource")), NOW)
    assert Permit.objects.filter(case=case).count() == 3


def test_an_unknown_use_is_refused_with_its_place(world: World) -> None:
    with pytest.raises(Invalid) as error:
        drafts.parse(world.body(uses=["amplified-sound", "no-such"]), user=world.coach)
    assert [one.loc for one in error.value.errors] == [("uses", 1)]
