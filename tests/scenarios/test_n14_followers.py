"""N14: a young person follows a place, hears of it, proposes and is answered, without an account and without a name.

N8 from the other side: who follows a place hears at once when something there is cancelled inside 48 hours.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.cases.services import LineOutcome
from booking.foundation import clock
from booking.occupancy.services import close_resource
from booking.organisations.followers.models import Follower
from tests.scenarios.conftest import OSLO, Stage


def words(answer: Any) -> str:
    """What a page says."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def tick(now: datetime, settings: Any) -> list[Any]:
    """The command, as the machine runs it; the followers' letters of that run."""
    settings.BOOKING = {**settings.BOOKING, "allow_time_travel": True}
    mail.outbox.clear()
    call_command("tick", now=now.isoformat())
    return [one for one in mail.outbox if "List-Unsubscribe" in one.extra_headers]


@pytest.fixture
def noon() -> datetime:
    """Tomorrow at noon in Oslo: nobody's night."""
    return (clock.now().astimezone(OSLO) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


def arrange(stage: Stage, start: datetime, title: str = "Møteplassen") -> Case:
    """A granted evening with a title that everybody sees."""
    line = {"resource": "lillebyhallen", "start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
    body = {"organisation": stage.club.slug, "title": title, "title_public": True, "lines": [line]}
    case = services.submit_request(drafts.parse(body, user=stage.coach), user=stage.coach, now=clock.now())
    return services.decide_lines(case, [LineOutcome(1, "grant")], "", by=stage.unit.officer, now=clock.now())


def test_the_whole_way_of_a_follower(stage: Stage, noon: datetime, settings: Any) -> None:
    phone = Client()
    mail.outbox.clear()
    phone.post("/things/lillebyhallen/follow/", {"way": "email", "email": "mia@example.org"})
    [first] = list(mail.outbox) or stage.post_goes_out()
    confirm = urlsplit(next(word for word in first.body.split() if "/follow/confirm/" in word)).path
    phone.get(confirm)
    assert not Follower.objects.exists()
    page = phone.post(confirm)["Location"]

    # What happens stands on the page, and in the calendar that is offered beside it.
    case = arrange(stage, noon + timedelta(hours=30))
    shown = words(phone.get(page))
    assert "Møteplassen" in shown
    assert "/feeds/resource-lillebyhallen.ics" in phone.get(page).content.decode()
    assert "Lilleby IL" not in shown

    # N8: inside 48 hours the club calls it off, and the follower is told directly.
    services.withdraw_case(case, by=stage.coach, now=noon)
    [told] = tick(noon + timedelta(minutes=2), settings)
    assert told.to == ["mia@example.org"]
    assert told.subject == "Møteplassen i Lillebyhallen er avlyst"
    assert tick(noon + timedelta(minutes=4), settings) == []

    # One press in the mail program, and nothing is left.
    stop = urlsplit(told.extra_headers["List-Unsubscribe"].strip("<>")).path
    assert Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    close_resource(
        stage.hall, start=noon + timedelta(days=3), end=noon + timedelta(days=4), reason="Lekkasje", now=noon
    )
    assert tick(noon + timedelta(minutes=6), settings) == []
    assert phone.get(page).status_code == 404
    assert not Follower.objects.exists()


def test_a_proposal_without_a_name_is_answered_by_the_unit_with_the_same_promise(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    phone = Client()
    page = phone.post("/things/lillebyhallen/follow/", {"way": "page"})["Location"]
    follow = Follower.objects.get().follows.get()
    phone.post(page, {"act": "propose", "follow": follow.pk, "message": "Jeg vil ha kveldsåpent.", "token": "en"})
    case = Case.objects.get()
    assert (case.unit, case.kind, case.waiting_on) == (stage.unit, "enquiry", "municipality")
    assert case.answer_by is not None
    assert case.reference in words(phone.get(page))
    desk = stage.browser(stage.unit.officer)
    assert "Jeg vil ha kveldsåpent." in words(desk.get(f"/admin/booking/cases/inspect/{case.pk}/"))
    desk.post(f"/admin/booking/cases/message/{case.pk}/", {"act": "message", "message": "Det ser vi på."})
    assert "Det ser vi på." in words(phone.get(page))
    assert stage.post_goes_out() == []


def test_the_meeting_place_is_followed_through_the_club_that_stands_for_it(
    stage: Stage, noon: datetime, settings: Any
) -> None:
    stage.club.listed = True
    stage.club.save()
    phone = Client()
    assert (
        f"/organisations/{stage.club.slug}/follow/" in phone.get(f"/organisations/{stage.club.slug}/").content.decode()
    )
    page = phone.post(f"/organisations/{stage.club.slug}/follow/", {"way": "page"})["Location"]
    arrange(stage, noon + timedelta(hours=30), "Møteplass for alle")
    assert "Møteplass for alle" in words(phone.get(page))
