"""N13: the monthly meeting place. Co-hosts stand behind it together, and its duties are shared out before the day.

"A monthly meeting place for ages 0-18: sports, play, café; volunteers, youth club and municipal employees share opening
and locking, canteen, fire watch, tidying, floors, equipment."
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as sent
from django.urls import reverse

from booking.cases import drafts, services
from booking.cases.models import Case, CoHost
from booking.correspondence import services as correspondence
from booking.foundation import clock
from booking.rosters import services as rosters
from tests import factories as f
from tests.scenarios.conftest import Stage

MORNING = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
SATURDAY = datetime.fromisoformat("2026-03-14T12:00:00+01:00")


def out(now: datetime) -> list[Any]:
    """What `tick` makes due, and what the worker then sends."""
    sent.outbox.clear()
    with clock.at(now):
        rosters.run_rosters(now)
        correspondence.send_due(now)
    return list(sent.outbox)


def link_in(letter: Any, part: str) -> str:
    found = re.search(rf"https?://[^/]+(\S*/{part}/\S+/)", letter.body)
    assert found, letter.body
    return found[1]


@pytest.fixture
def youth(stage: Stage) -> Any:
    """Leads the youth club, which is asked to be co-host."""
    user = f.make_user("Una Ungdom")
    f.make_organisation("Ungdomsklubben", leader=user, slug="ungdomsklubben", listed=True)
    return user


def test_the_meeting_place(stage: Stage, youth: Any) -> None:
    with clock.at(MORNING):
        _prepare(stage, youth)
        case = Case.objects.get()
        page = reverse("booking:case_duties", args=[case.reference])

        # The hosts add what the hall doesn't ask for, on both dates at once.
        coach = stage.browser(stage.coach)
        coach.post(page, {"act": "add", "line": "1", "scope": "all", "role": "cafe", "needed": "2"})

        # A member of the co-host signs up with one press; nobody asked her for more.
        young = f.make_user("Nora Nilsen")
        f.give_membership(young, CoHost.objects.get().organisation, "member")
        duties = coach.get(f"/api/booking/v1/requests/{case.reference}/").json()["duties"]
        cafe = next(one for one in duties if one["role"] == "cafe" and one["line"] == 1)
        stage.browser(young).post(page, {"act": "sign_up", "duty": str(cafe["id"])})

        # The coach opens, by the API.
        opening = next(one for one in duties if one["role"] == "open" and one["line"] == 1)
        done = coach.post(
            f"/api/booking/v1/requests/{case.reference}/duties/{opening['id']}/sign-up/", {},
            content_type="application/json",
        )  # fmt: skip
        shown = {one["id"]: one for one in done.json()["duties"]}
        assert shown[opening["id"]]["signed_up"] == [{"name": "Kari"}]
        # She hasn't said that she is fifteen: only whom she stands for.
        assert shown[cafe["id"]]["signed_up"] == [{"name": "Ungdomsklubben"}]

        # A volunteer without an account gets a link by e-mail, and signs up with it.
        coach.post(page, {"act": "personal_link", "name": "Olav", "grown": "on", "email": "olav@example.org"})
    letters = out(MORNING + timedelta(minutes=1))
    [his] = [one for one in letters if one.to == ["olav@example.org"]]
    link = link_in(his, "duties")
    fire = next(one for one in duties if one["role"] == "fire_watch" and one["line"] == 1)
    with clock.at(MORNING + timedelta(minutes=10)):
        nobody = stage.browser()
        assert nobody.get(link).status_code == 200
        nobody.post(link, {"act": "sign_up", "duty": str(fire["id"])})
        # On the officer's page the unit sees what is missing.
        officer = stage.browser(stage.unit.officer)
        seen = officer.get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
        assert "Olav" in seen

    # Each hears once what they have signed up for.
    heard = sorted(one.to[0] for one in out(MORNING + timedelta(hours=1)))
    assert heard == sorted([stage.coach.email, young.email, "olav@example.org"])

    # A week ahead: nobody locks. Hosts hear it once, the officer in the morning's digest.
    monday = SATURDAY - timedelta(days=5)
    letters = out(monday)
    to = sorted(one.to[0] for one in letters)
    assert to.count(stage.coach.email) == to.count(youth.email) == 1
    assert stage.unit.officer.email in to
    assert not [one for one in out(monday + timedelta(days=1)) if one.to[0] in (stage.coach.email, youth.email)]

    # An employee of the unit takes it.
    lock = next(one for one in duties if one["role"] == "lock" and one["line"] == 1)
    with clock.at(monday + timedelta(hours=1)):
        officer.post(page, {"act": "sign_up", "duty": str(lock["id"])})

    # The day before, Olav can't after all: he asks everybody, and Nora takes over. Until then it was his.
    eve = SATURDAY - timedelta(days=1, hours=4)
    with clock.at(eve):
        nobody.post(link, {"act": "ask_swap", "duty": str(fire["id"]), "to": ""})
        assert "Olav" in coach.get(page).content.decode()
        swap = re.search(r'name="swap" value="(\d+)"', stage.browser(young).get(page).content.decode())
        assert swap
        stage.browser(young).post(page, {"act": "accept_swap", "swap": swap[1]})
    letters = out(eve + timedelta(hours=2))
    assert [one for one in letters if one.to == ["olav@example.org"]]
    # 10 in the morning: each is reminded, once.
    reminded = [one for one in letters if "Husk oppgaven din" in one.subject or "Remember" in one.subject]
    assert sorted(one.to[0] for one in reminded) == sorted([stage.coach.email, young.email, stage.unit.officer.email])

    # Next month's date is given back: nobody is on it, and nobody is told. This one: all are told, once.
    with clock.at(eve + timedelta(hours=3)):
        services.withdraw_line(case, 1, by=stage.coach, now=eve + timedelta(hours=3))
    told = [one for one in out(eve + timedelta(hours=4)) if "oppgaven din" in one.subject or "your duty" in one.subject]
    assert sorted(one.to[0] for one in told) == sorted([stage.coach.email, young.email, stage.unit.officer.email])


def _prepare(stage: Stage, youth: Any) -> None:
    """The hall says what it needs; the club asks with the youth club as co-host; both say yes."""
    stage.hall.approval, stage.hall.unverified_may_ask, stage.hall.needs_adult = "automatic", True, False
    stage.hall.save()
    officer = stage.browser(stage.unit.officer)
    needs = {f"needed_{role}": "1" for role in ("open", "lock", "fire_watch")}
    needs |= {f"condition_{role}": "on" for role in ("open", "lock", "fire_watch")}
    said = officer.post(reverse("booking_duty_plans:add"), {"resource": stage.hall.pk, "unit": "", **needs})
    assert said.status_code == 302
    lines = [
        {
            "resource": stage.hall.slug, "start": (SATURDAY + timedelta(weeks=weeks)).isoformat(),
            "end": (SATURDAY + timedelta(weeks=weeks, hours=4)).isoformat(),
        }
        for weeks in (0, 4)
    ]  # fmt: skip
    body = {
        "organisation": stage.club.slug, "title": "Møteplassen", "lines": lines, "co_hosts": ["ungdomsklubben"],
        "accept_rules": True, "audience": {"0-5": 20, "6-12": 60, "13-19": 30},
    }  # fmt: skip
    case = services.submit_request(drafts.parse(body, user=stage.coach), user=stage.coach, now=MORNING)
    page = reverse("booking:case_hosts", args=[case.reference])
    stage.browser(youth).post(page, {"act": "accept", "organisation": "ungdomsklubben"})
    assert CoHost.objects.get().state == "accepted"
