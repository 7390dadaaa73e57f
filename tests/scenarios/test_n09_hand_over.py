"""N9: high turnover; history belongs to the case and the thing, and nothing is lost when somebody leaves.

Through the pages that people use: the hand-over in the CMS admin, the requester's page and mail, the new officer's and
the new club leader's first day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from booking.cases.models import Case, Line
from booking.catalogue import selectors
from booking.catalogue.models import HandOver, UnitRole
from booking.correspondence.models import Heartbeat
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import services as organisations
from booking.organisations.models import Invitation, LeaderMatter, LeadershipOffer
from tests import factories as f
from tests.scenarios.conftest import Stage


@pytest.fixture
def asked(stage: Stage, day: Callable[[int], str]) -> Case:
    """The club has asked for an evening; Ola, the officer, has it."""
    typed = {
        "action": "send",
        "day": day(14),
        "start": "18:00",
        "end": "20:00",
        "purpose": "Trening J13",
        "about": "18",
    }
    stage.browser(stage.coach).post("/ask/lillebyhallen/", typed | {"submission_key": "n9"})
    stage.post_goes_out()
    return Case.objects.get()


def today() -> Any:
    return clock.today(booking_settings().tz)


def fields_of(html: str) -> dict[str, str]:
    """What the form of the hand-over holds as it was shown: the chosen option of each row."""
    found = {}
    for name, options in re.findall(r'<select name="(to:[^"]+)".*?>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="(\d*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_an_officer_leaves_and_everything_is_handed_over_in_the_open(stage: Stage, asked: Case) -> None:
    ola, sigrid = stage.unit.officer, stage.unit.deputy
    leader = stage.browser(stage.leader)
    promised = asked.answer_by
    # The leader sets the last day; from then on the list of people says that there is something to do.
    page = reverse("booking_people:hand_over", args=[ola.pk])
    last = today() + timedelta(days=20)
    leader.post(reverse("booking_people:last_day", args=[ola.pk]), {"last": last.isoformat()})
    assert UnitRole.objects.get(user=ola).end == last
    assert page in leader.get(reverse("booking_people:index")).content.decode()

    # Step 1: everything is listed, with a receiver proposed for each.
    shown = leader.get(page).content.decode()
    choices = fields_of(shown)
    assert choices == {f"to:cases:{asked.pk}": str(sigrid.pk), f"to:units:{stage.unit.pk}:officer": str(sigrid.pk)}
    assert asked.reference in shown

    # Without a reason it goes no further, and what was chosen stays.
    refused = leader.post(page, choices | {"act": "look", "reason": ""})
    assert refused.status_code == 400
    assert fields_of(refused.content.decode()) == choices

    # Step 2: what happens, before anything does.
    reason = "Ola begynner i en annen kommune. Sigrid tar over."
    look = leader.post(page, choices | {"act": "look", "reason": reason}).content.decode()
    assert "Ingenting" in look or "Nothing has been handed over yet" in look
    assert Case.objects.get().officer == ola
    assert not HandOver.objects.exists()

    # Then it is done, and done twice is done once.
    for _press in range(2):
        assert leader.post(page, choices | {"act": "do", "reason": reason}).status_code == 302
    case = Case.objects.get()
    assert (case.officer, case.answer_by, case.hand_overs) == (sigrid, promised, 1)
    stage.unit.refresh_from_db()
    assert stage.unit.officer == sigrid
    assert fields_of(leader.get(page).content.decode()) == {}

    # The club reads who has it now and why, on its page and in one letter; Sigrid gets one letter about everything.
    coach = stage.browser(stage.coach).get(f"/cases/{case.reference}/").content.decode()
    assert reason in coach
    assert "Sigrid Stedfortreder" in coach
    letters = stage.post_goes_out()
    assert [one.to for one in letters if reason in one.body and stage.coach.email in one.to]
    [hers] = [one for one in letters if sigrid.email in one.to]
    assert case.reference in hers.body
    assert "Kultur og idrett" in hers.body
    # The thing's public page says so too, and the log of it all stays on Ola's page.
    assert "Sigrid Stedfortreder" in stage.browser().get("/things/lillebyhallen/").content.decode()
    assert reason in leader.get(reverse("booking_people:person", args=[ola.pk])).content.decode()

    # Ola's roles end by date, and the admin with them.
    with clock.at(clock.now() + timedelta(days=21)):
        assert not selectors.roles_of(ola, today()).exists()


def test_a_hand_over_that_stops_half_way_keeps_what_is_done_and_the_rest_goes_by_itself(
    stage: Stage, asked: Case
) -> None:
    ola, sigrid = stage.unit.officer, stage.unit.deputy
    mine = stage.browser(ola)
    page = reverse("booking_people:hand_over", args=[ola.pk])
    only = {f"to:units:{stage.unit.pk}:officer": str(sigrid.pk)}
    mine.post(page, only | {"act": "do", "reason": "Slutter."})
    assert list(fields_of(mine.get(page).content.decode())) == [f"to:cases:{asked.pk}"]
    mine.post(reverse("booking_people:last_day", args=[ola.pk]), {"last": today().isoformat()})
    # Nobody does the rest. From the next day on Sigrid owns it; at night that is written down, and the leader sees it.
    tomorrow = clock.now() + timedelta(days=1)
    with clock.at(tomorrow):
        assert "Sigrid Stedfortreder" in stage.browser(stage.coach).get(f"/cases/{asked.reference}/").content.decode()
    Heartbeat.objects.all().delete()
    call_command("tick", now=tomorrow.isoformat(), verbosity=0)
    asked.refresh_from_db()
    assert (asked.officer.name, asked.attention) == ("Sigrid Stedfortreder", "taken_over")
    leader = stage.browser(stage.leader)
    assert asked.reference in leader.get(reverse("booking_people:index")).content.decode()
    front = leader.get("/admin/").content.decode()
    assert f"{reverse('booking_people:index')}#taken-over" in front
    assert "samskap_taken_over 1" in stage.browser().get("/metrics").content.decode()
    # Sigrid has looked: the list is empty.
    stage.browser(asked.officer).post(reverse("booking_cases:act", args=[asked.pk, "seen"]), {"version": asked.version})
    assert "samskap_taken_over 0" in stage.browser().get("/metrics").content.decode()


def test_who_leads_the_club_can_not_be_given_its_case(stage: Stage, asked: Case) -> None:
    """N10: refused for that row, with a reason that doesn't say which tie; everything else goes over."""
    ola, sigrid = stage.unit.officer, stage.unit.deputy
    f.give_membership(sigrid, stage.club, "board")
    leader = stage.browser(stage.leader)
    page = reverse("booking_people:hand_over", args=[ola.pk])
    proposed = fields_of(leader.get(page).content.decode())
    assert proposed[f"to:cases:{asked.pk}"] == str(stage.leader.pk), "somebody without a tie is proposed"
    everything = leader.post(page, {"act": "fill", "all_to": str(sigrid.pk)})
    choices = fields_of(everything.content.decode())
    assert set(choices.values()) == {str(sigrid.pk)}
    look = leader.post(page, choices | {"act": "look", "reason": "Slutter."}).content.decode()
    assert "Lilleby IL" not in re.sub(r"\s+", " ", look).split("Slutter.")[0].split("<table")[0]
    leader.post(page, choices | {"act": "do", "reason": "Slutter."})
    asked.refresh_from_db()
    stage.unit.refresh_from_db()
    assert (asked.officer, stage.unit.officer) == (ola, sigrid)


def test_the_new_officer_knows_on_the_first_day(
    stage: Stage, asked: Case, moment: Callable[[int, int], datetime]
) -> None:
    fresh = f.make_officer(stage.unit, "Nina Ny", start=today())
    held = f.make_resource("Torget", unit=stage.unit)
    _lent_last_year(stage, held, "Julegran", moment(-360, 12))
    leader = stage.browser(stage.leader)
    leader.post(
        reverse("booking_people:hand_over", args=[stage.unit.officer.pk]),
        {f"to:cases:{asked.pk}": str(fresh.pk), "act": "do", "reason": "Nina begynner."},
    )
    desk = stage.browser(fresh)
    first_day = reverse("booking_people:first_day")
    assert first_day in desk.get("/admin/").content.decode()
    page = desk.get(first_day).content.decode()
    for told in (asked.reference, "Julegran", "Torget", "Ola Saksbehandler", "Lise Leder"):
        assert told in page, told
    with clock.at(clock.now() + timedelta(days=60)):
        assert first_day not in desk.get("/admin/").content.decode()


def test_the_new_leader_of_the_club_knows_on_the_first_day(
    stage: Stage, asked: Case, moment: Callable[[int, int], datetime]
) -> None:
    heir = f.make_user("Nils Nyleder")
    row = stage.club.memberships.get(user=stage.coach)
    row.end = today() - timedelta(days=1)
    row.save()
    f.give_membership(heir, stage.club, "leader", start=today())
    _lent_last_year(stage, stage.hall, "Juleavslutning", moment(-350, 17), organisation=stage.club)
    browser = stage.browser(heir)
    mine = f"/my/organisations/{stage.club.slug}/"
    assert f"{mine}first-day/" in browser.get(mine).content.decode()
    page = browser.get(f"{mine}first-day/").content.decode()
    for told in (asked.reference, "Juleavslutning", "Kari Trener", "Kultur og idrett", "kultur@example.org"):
        assert told in page, told
    assert stage.browser(stage.coach).get(f"{mine}first-day/").status_code == 404


def test_a_club_leader_who_can_not_sign_in_leaves_nothing_that_points_at_nobody(stage: Stage) -> None:
    now = clock.now()
    helper = f.make_user("Hilde Hjelper")
    f.give_membership(helper, stage.club, "member")
    invited = organisations.invite(
        organisation=stage.club, role="booker", email="ny@example.org", by=stage.coach, now=now
    )
    organisations.offer_leadership(organisation=stage.club, to=helper, by=stage.coach, now=now)
    stage.coach.is_active = False
    stage.coach.save()
    assert Invitation.objects.get(pk=invited.invitation.pk).revoked_at is not None
    assert LeadershipOffer.objects.get().state == "withdrawn"
    matter = LeaderMatter.objects.get()
    assert (matter.organisation, matter.reason, matter.state) == (stage.club, "left", "received")
    assert stage.club.name in stage.browser(stage.leader).get(reverse("booking_leaders:index")).content.decode()
    # The invitation that had not left is not sent.
    assert not [one for one in stage.post_goes_out() if "ny@example.org" in one.to]


def _lent_last_year(stage: Stage, thing: Any, title: str, start: datetime, organisation: Any = None) -> None:
    """A year ago somebody had it for three hours."""
    case = Case.objects.create(
        reference=f"{start.year}-{title[:4]}", title=title, unit=stage.unit, organisation=organisation, state="granted",
        waiting_on="nobody", contact_name="Lions", received_at=start - timedelta(days=30), revised_at=start,
    )  # fmt: skip
    Line.objects.create(
        case=case, number=1, resource=thing, start=start, end=start + timedelta(hours=3), state="completed",
        created_at=start, revised_at=start,
    )  # fmt: skip
