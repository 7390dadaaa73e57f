"""N20: a child or parent finds what is on, by age, weekday, place, cost, access and what can be borrowed, with one
contact; the organisation keeps it right with one tap a year. N17: what happens is to be seen on a wall, too.

Played through the doors: the public page, the organisation's own page, `tick`, the letter, its link.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from booking.correspondence.running import run_due
from booking.foundation import clock
from tests.factories import NOW, make_organisation, make_resource, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def test_a_child_finds_handball_and_the_coach_keeps_it_right_with_one_tap():
    hall = make_resource("Lillebyhallen", slug="lillebyhallen", step_free="yes")
    coach = make_user("Linn Trener", email="linn@example.org")
    club = make_organisation("Lilleby Idrettslag", slug="il", leader=coach, contact_public=True, listed=True)
    hidden = "Linn"

    with clock.at(NOW):
        # The coach writes it on a phone.
        answer = browser(coach).post(
            "/en/my/organisations/il/activities/new/",
            {"title": "Håndball", "age_from": "8", "age_to": "10", "weekdays": ["1"], "begins": "17:00",
             "ends": "18:30", "resource": hall.slug, "equipment": "Innesko", "step_free": ""},
        )  # fmt: skip
        assert answer.status_code == 302

        # A girl of nine who sits in a wheelchair has Tuesdays, and no money.
        found = Client().get("/en/whats-on/?age=6-12&day=1&free=yes&access=yes").content.decode()
        assert "Håndball" in found
        assert "Innesko" in found
        assert f"mailto:{club.email}" in found  # the one contact
        assert hidden not in found
        assert "Håndball" not in Client().get("/en/whats-on/?age=13-19").content.decode()

    # Eleven months later the club is asked; the coach taps once, without signing in.
    later = NOW + timedelta(days=336)
    with clock.at(later):
        run_due(later)
        letter = next(one for one in mail.outbox if one.to == ["linn@example.org"])
        path = "/" + next(word for word in letter.body.split() if "/whats-on/confirm/" in word).split("/", 3)[3]
        assert Client().post(path).status_code == 200

    # A year and a half after the first word it still stands there, unmarked.
    with clock.at(NOW + timedelta(days=540)):
        found = Client().get("/en/whats-on/").content.decode()
        assert "Håndball" in found
        assert "Not confirmed for a year" not in found

    # Had nobody tapped, it would be marked, and then gone.
    with clock.at(later + timedelta(days=380)):
        assert "Not confirmed for a year" in Client().get("/en/whats-on/").content.decode()
    with clock.at(later + timedelta(days=500)):
        assert "Håndball" not in Client().get("/en/whats-on/").content.decode()
