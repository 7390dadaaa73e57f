"""N1: each autumn the hours in the sports hall are shared out in a meeting, with rival timetables on paper.

Played whole, through the doors that people use: wishes on the phone, the municipality's draft, the club's rival with
three moved hours, side by side, comments, an objection that is answered, a swap, confirmations and one silence,
adoption, a parent's calendar over both clock changes, a date that goes to the waiting list, an appeal and a second
adoption, and works that take a date.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.cases.models import Case, Line, LineState
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.models import Occupancy
from booking.occupancy.services import close_resource
from booking.seasons.models import Allocation, Comment, Proposal, SeasonCase, SeasonRound, SwapOffer, Wish
from tests.calendars.reading import OSLO, by_ical_js, by_icalendar, needs_node
from tests.calendars.test_http import body_of
from tests.seasons.conftest import make_line
from tests.seasons.world import Valley, make_valley

pytestmark = pytest.mark.django_db
SLUG = "hallfordeling-2026-27"
ROUND = f"/seasons/{SLUG}/"
API = f"/api/booking/v1/seasons/{SLUG}/proposals/"
START, END = date(2026, 8, 31), date(2027, 4, 30)


def on(day: date, hour: int = 12) -> datetime:
    """That hour on the wall, in UTC."""
    return datetime.combine(day, time(hour), OSLO).astimezone(UTC)


class Town(Valley):
    """The valley, with browsers."""

    def browser(self, user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def row(self, proposal: Proposal, team: str) -> Any:
        return proposal.slots.get(wish__team=team)


@pytest.fixture
def town(db: Any) -> Town:
    made = make_valley()
    for one, slug in ((made.club, "lilleby-il"), (made.handball, "lilleby-hk"), (made.choir, "koret")):
        one.slug = slug
        one.save()
    return Town(**vars(made))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def refusal(answer: Any) -> list[str]:
    """What a page says was wrong."""
    found = re.findall(r'(?:ds-validation-message|role="alert"|help-critical)[^>]*>(.*?)</', text(answer), re.S)
    return [re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in found] or [text(answer)[:300]]


def admin(name: str, *args: Any) -> str:
    return reverse(f"booking_seasons:{name}", args=args)


def wish(town: Town, user: Any, organisation: str, team: str, place: Any, key: str) -> None:
    """A wish, typed on the phone."""
    data = {
        "team": team, "activity": "håndball", "age_from": "12", "age_to": "13", "heads": "15", "sessions_wanted": "1",
        "minutes_wanted": "60", "place_1": str(place.pk), "key": key,
    }  # fmt: skip
    answer = town.browser(user).post(f"{ROUND}wishes/{organisation}/new/", data)
    assert answer.status_code == 302, refusal(answer)


@needs_node
def test_from_wishes_to_the_second_adoption(town: Town, settings: Any) -> None:
    desk = town.browser(town.officer)
    round = town.round(
        "preparing", opens_on=date(2026, 3, 2), closes_on=date(2026, 3, 15), proposals_until=date(2026, 4, 1),
        hearing_until=date(2026, 4, 20), confirm_by=date(2026, 4, 18), adopt_on=date(2026, 4, 21), preset="small_town",
    )  # fmt: skip

    # The round opens, and the organisations wish on the phone.
    with clock.at(on(date(2026, 3, 2))):
        assert desk.post(admin("open", round.pk)).status_code == 302
        wish(town, town.coach, "lilleby-il", "J13", town.hall.whole, "a")
        wish(town, town.coach, "lilleby-il", "G12", town.hall.whole, "b")
        wish(town, town.leader, "lilleby-il", "J11", town.gym, "c")
        wish(town, town.handball_leader, "lilleby-hk", "HK jenter", town.hall.whole, "d")
        wish(town, town.singer, "koret", "Barnekoret", town.gym, "e")
        assert Wish.objects.count() == 5
    with clock.at(on(date(2026, 3, 16))):
        assert desk.post(admin("close", round.pk)).status_code == 302
        assert "Barnekoret" in text(Client().get(f"{ROUND}wishes/"))

    # The municipality's timetable: made on its page, hour by hour, and put on the table.
    whole, gym = town.hall.whole, town.gym
    with clock.at(on(date(2026, 3, 20))):
        answer = desk.post(
            f"{ROUND}proposals/new/", {"begin": "empty", "name": "Kommunens forslag", "author": "unit", "key": "m"}
        )
        assert answer.status_code == 302, refusal(answer)
        ours = Proposal.objects.get(name="Kommunens forslag")
        for team, place, weekday, start in (
            ("J13", whole, 0, "17:00"), ("G12", whole, 1, "17:00"), ("J11", gym, 2, "17:00"),
            ("HK jenter", whole, 3, "17:00"), ("Barnekoret", gym, 3, "18:00"),
        ):  # fmt: skip
            ours.refresh_from_db()
            given = {
                "team": Wish.objects.get(team=team).pk, "place": place.pk, "weekday": weekday, "start": start,
                "minutes": 60, "reason": "Utkast", "act": "save", "version": ours.version,
            }  # fmt: skip
            answer = desk.post(f"{ROUND}proposals/{ours.number}/edit/add/", given)
            assert answer.status_code == 302, refusal(answer)
        ours.refresh_from_db()
        desk.post(f"{ROUND}proposals/{ours.number}/publish/", {"version": ours.version})
        ours.refresh_from_db()
        assert ours.state == "published"

    # The sports club's rival: a copy with three hours moved, each with a reason.
    phone = town.browser(town.coach)
    with clock.at(on(date(2026, 3, 25))):
        phone.post(
            f"{ROUND}proposals/new/",
            {"begin": str(ours.number), "name": "Idrettslagets forslag", "author": "lilleby-il", "key": "r"},
        )
        rival = Proposal.objects.get(name="Idrettslagets forslag")
        for team, place, weekday, start in (
            ("J13", whole, 0, "18:00"),
            ("G12", whole, 1, "18:00"),
            ("J11", gym, 0, "16:00"),
        ):
            rival.refresh_from_db()
            given = {
                "place": place.pk, "weekday": weekday, "start": start, "minutes": 60, "reason": "Foreldrene kjører",
                "act": "save", "version": rival.version,
            }  # fmt: skip
            answer = phone.post(f"{ROUND}proposals/{rival.number}/edit/{town.row(rival, team).pk}/", given)
            assert answer.status_code == 302, refusal(answer)
        rival.refresh_from_db()
        phone.post(f"{ROUND}proposals/{rival.number}/publish/", {"version": rival.version})
        # Anybody can lay the two side by side: three hours are marked.
        side = Client().get(f"{ROUND}proposals/{rival.number}/compare/?against={ours.number}")
        assert side.status_code == 200
        diff = Client().get(f"{API}{rival.number}/diff/?against={ours.number}").json()
        assert (len(diff["moved"]), len(diff["added"]), len(diff["removed"])) == (3, 0, 0)

    # The hearing: two comments, an objection that is answered, and a swap.
    with clock.at(on(date(2026, 4, 2))):
        answer = desk.post(admin("hear", round.pk), {"proposal": rival.number})
        assert answer.status_code == 302, refusal(answer)
        hearing = f"{ROUND}hearing/"
        singer, handball = town.browser(town.singer), town.browser(town.handball_leader)
        for browser, who, kind, words in (
            (phone, "lilleby-il", "comment", "Takk for et godt forslag."),
            (handball, "lilleby-hk", "comment", "Torsdag passer bra."),
            (singer, "koret", "objection", "Klokka 18 er for sent for barna."),
        ):
            data = {"say-speaker": who, "say-kind": kind, "say-slot": "", "say-text": words, "key": words}
            assert browser.post(f"{hearing}say/", data).status_code == 302
        body = text(Client().get(hearing))
        assert "Klokka 18 er for sent for barna." in body
        assert "Siri Sanger" not in body
        give, get = town.row(rival, "G12").pk, town.row(rival, "HK jenter").pk
        name = "swap-lilleby-il"
        swap = {f"{name}-ours": give, f"{name}-theirs": get, f"{name}-text": "Bytte?"}
        assert phone.post(f"{hearing}lilleby-il/swap/", swap).status_code == 302
        offer = SwapOffer.objects.get()
        assert handball.post(f"{hearing}swaps/{offer.pk}/accept/").status_code == 302
        offer.refresh_from_db()
        swapped = offer.made
        assert swapped is not None
        assert swapped.number == 3
        # The officer hears the swapped one instead, and everybody whose hours changed is asked anew.
        desk.post(admin("hear", round.pk), {"proposal": swapped.number})
        round.refresh_from_db()
        assert round.heard == swapped

    # One tap each; the choir is silent, also after a reminder, and that is shown as silence.
    with clock.at(on(date(2026, 4, 16))):
        for browser, who in ((phone, "lilleby-il"), (handball, "lilleby-hk")):
            assert (
                browser.post(f"{hearing}{who}/confirm/", {"answer": "yes", "proposal": swapped.pk}).status_code == 302
            )
        call_command("tick")
        assert "påminnelse" in text(Client().get(hearing)).casefold() or "reminder" in text(Client().get(hearing))

    # Adoption is refused until the objection has its answer, and then it is one press.
    with clock.at(on(date(2026, 4, 21))):
        grounds = {"grounds": "Etter høringen, med ett bytte.", "proposal": swapped.number}
        assert desk.post(admin("adopt", round.pk), grounds).status_code == 422
        assert not round.adoptions.exists()
        row = Comment.objects.get(kind="objection")
        # It was about the proposal that was heard before, and still waits.
        desk.post(admin("answer", round.pk, row.pk), {"answer": "Vi ser på det når sesongen er i gang."})
        page = text(desk.get(admin("adopt", round.pk)))
        assert "Lilleby kor" in page  # silent, by name
        answer = desk.post(admin("adopt", round.pk), grounds)
        assert answer.status_code == 302, refusal(answer)
        assert desk.post(admin("adopt", round.pk), grounds).status_code == 302  # pressed twice
        assert round.adoptions.count() == 1
    assert Allocation.objects.count() == 5
    lines = Line.objects.filter(case__season__organisation=town.club, series__allocation__wish__team="J13")
    days = [START + timedelta(weeks=week) for week in range(35)]
    assert [line.start for line in lines.order_by("start")] == [on(day, 18) for day in days]
    assert Occupancy.objects.filter(cause_id__in=lines.values("pk")).exists()

    # A parent follows the team without an account; two programs read the same, over both clock changes.
    with clock.at(on(date(2026, 9, 1))):
        page = text(Client().get(f"{ROUND}timetable/"))
        feed = f"/feeds/season-{SLUG}--lilleby-il--{Wish.objects.get(team='J13').number}.ics"
        assert feed in page
        body = bytes(body_of(Client().get(feed)))
        spread = (on(date(2026, 8, 1)), on(date(2027, 6, 1)))
        expected = [(on(day, 18), on(day, 19), "Lilleby idrettslag J13") for day in days]
        assert by_icalendar(body, *spread) == by_ical_js(body, *spread) == expected
        assert {start.hour for start, _end, _what in expected} == {16, 17}

    # A date is given up with one tap, and goes to the waiting list before it is anybody's.
    with clock.at(on(date(2026, 9, 2))):
        given_up = lines.order_by("start")[3]
        waiting = make_line(
            town, whole, given_up.start, given_up.end, state=LineState.WAITING_LIST, organisation=town.choir
        )
        assert phone.post(f"/my/organisations/lilleby-il/hours/dates/{given_up.pk}/give-up/").status_code == 302
        assert waiting.offers.get().state == "open"
        assert given_up.start not in [
            start for start, _end, _what in by_icalendar(bytes(body_of(Client().get(feed))), *spread)
        ]

    # The choir appeals; the second adoption changes only what differs, and tells only those concerned.
    case = SeasonCase.objects.get(organisation=town.choir).case
    with clock.at(on(date(2026, 9, 3))):
        before = body_of(Client().get(feed))
        answer = singer.post(
            f"/api/booking/v1/requests/{case.reference}/appeal/", {"message": "Barna legger seg klokka 19."},
            content_type="application/json",
        )  # fmt: skip
        assert answer.status_code == 200, refusal(answer)
        answer = desk.post(
            f"{ROUND}proposals/new/",
            {"begin": str(swapped.number), "name": "Etter klage", "author": "unit", "key": "k"},
        )
        assert answer.status_code == 302, refusal(answer)
        again = Proposal.objects.get(name="Etter klage")
        given = {
            "place": gym.pk, "weekday": 3, "start": "16:00", "minutes": 60, "reason": "Klagen er tatt til følge",
            "act": "save", "version": again.version,
        }  # fmt: skip
        desk.post(f"{ROUND}proposals/{again.number}/edit/{town.row(again, 'Barnekoret').pk}/", given)
        again.refresh_from_db()
        desk.post(f"{ROUND}proposals/{again.number}/publish/", {"version": again.version})
        tag = desk.get(f"{API}{again.number}/")["ETag"]
        answer = desk.post(
            f"{API}{again.number}/adopt/", {"grounds": "Klagen er tatt til følge."}, content_type="application/json",
            headers={"If-Match": tag},
        )  # fmt: skip
        assert answer.status_code == 200, refusal(answer)
        assert answer.json()["allocations"] == 1
        assert body_of(Client().get(feed)) == before
        told = OutboxMessage.objects.filter(handler="season_adopted", payload__adoption=round.adoptions.last().pk)
        assert set(told.values_list("recipient", flat=True)) == {town.singer.email}
        case.refresh_from_db()
        assert (case.state, case.stored_act) == ("granted", "")

    # Works on the hall find the season's hours, and take a date by the ordinary notice.
    taken = lines.order_by("start")[6]
    with clock.at(on(date(2026, 9, 4))):
        close_resource(
            whole, start=taken.start - timedelta(hours=1), end=taken.end + timedelta(hours=1), reason="Nytt gulv",
            by=town.officer, now=clock.now(),
        )  # fmt: skip
        taken.refresh_from_db()
        assert taken.state == LineState.DISPLACED
        assert taken.start not in [
            start for start, _end, _what in by_icalendar(bytes(body_of(Client().get(feed))), *spread)
        ]
    assert Case.objects.filter(season__round=SeasonRound.objects.get(pk=round.pk)).count() == 3
