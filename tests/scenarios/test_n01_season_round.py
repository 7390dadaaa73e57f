"""N1: each autumn the hours in the sports hall are shared out in a meeting, with rival timetables on paper.

Played whole, through the doors that people use: the round made in the CMS admin (places, own use, holidays, rules,
dates), wishes on the phone, the municipality's draft, the club's rival with
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


#: Mondays of the school holidays of this season: autumn, Christmas, winter break, Easter.
NO_MONDAYS = {date(2026, 9, 28), date(2026, 12, 28), date(2027, 2, 22), date(2027, 3, 22), date(2027, 3, 29)}


def made_in_the_admin(town: Town, desk: Client) -> SeasonRound:
    """New → places and hours → own use → dates without hours → rules, page by page as the officer's browser does."""
    assert desk.get(admin("add")).status_code == 200
    dates = {
        "season_start": START, "season_end": END, "opens_on": date(2026, 3, 2), "closes_on": date(2026, 3, 15),
        "proposals_until": date(2026, 4, 1), "hearing_until": date(2026, 4, 20), "confirm_by": date(2026, 4, 18),
        "adopt_on": date(2026, 4, 21),
    }  # fmt: skip
    basics = {
        "name": "Hallfordeling 2026/27", "unit": town.unit.pk, "officer": town.officer.pk, "deputy": town.boss.pk,
        "adopted_by_whom": "Idrettsrådet og Kultur og idrett", "complain_to": "Kultur og idrett", "complaint_days": 21,
        "grid_minutes": 30, "key": "ny", **{name: day.isoformat() for name, day in dates.items()},
    }  # fmt: skip
    answer = desk.post(admin("add"), basics)
    assert answer.status_code == 302, refusal(answer)
    round = SeasonRound.objects.get()
    assert (round.slug, answer["Location"]) == (SLUG, admin("places", round.pk))

    whole, gym = town.hall.whole, town.gym
    places = {f"p{one.pk}-chosen": "on" for one in (whole, *town.hall.parts, gym)}
    places |= {f"p{one.pk}-day_{day}": "16-22" for one in (whole, gym) for day in range(5)}
    answer = desk.post(admin("places", round.pk), places | {"version": SeasonRound.objects.get().version})
    assert answer.status_code == 302, refusal(answer)
    own = {
        "own-TOTAL_FORMS": 1, "own-INITIAL_FORMS": 0, "own-0-place": gym.pk, "own-0-weekday": 4, "own-0-hours": "16-18",
        "own-0-what": "Kulturskolen",
    }  # fmt: skip
    answer = desk.post(admin("own_use", round.pk), own)
    assert answer.status_code == 302, refusal(answer)
    # The school holidays of the season stand there already.
    rows = desk.get(admin("breaks", round.pk)).context["rows"]
    breaks = {"break-TOTAL_FORMS": len(rows), "break-INITIAL_FORMS": rows.initial_form_count()}
    for row in rows:
        breaks |= {row.add_prefix(name): row[name].value() or "" for name in ("start", "end", "why")}
    answer = desk.post(admin("breaks", round.pk), breaks)
    assert answer.status_code == 302, refusal(answer)
    # The rules: ready-made ones, with hours for children until 21.
    form = desk.get(admin("rules", round.pk)).context["form"]
    rules = dict(form.data.lists())
    answer = desk.post(admin("rules", round.pk), rules | {"act": "add-windows"})
    rules = {name: values for name, values in answer.context["form"].data.lists() if name != "act"}
    rules |= {"windows-0-bands": ["children"], "windows-0-weekdays": list("01234"), "windows-0-end": ["21:00"]}
    assert "21:00" in text(desk.post(admin("rules", round.pk), rules | {"act": "preview"}))
    answer = desk.post(admin("rules", round.pk), rules)
    assert answer.status_code == 302, refusal(answer)
    assert Client().get(ROUND).status_code == 404  # nobody sees it yet
    return SeasonRound.objects.get()


def asks_for_the_waiting_list(town: Town, place: Any, wanted: Line) -> Line:
    """The choir asks for a time that is taken, through the API, and takes the waiting list."""
    body = {
        "organisation": "koret", "purpose": "Øving", "title": "Ekstra øving", "title_public": True,
        "audience": {"6-12": 12}, "responsible": {"name": town.singer.name, "phone": "99999999",
                                                  "email": town.singer.email},
        "lines": [{"resource": place.slug, "quantity": 1, "start": wanted.start.isoformat(),
                   "end": wanted.end.isoformat()}],
        "if_taken": "waiting_list", "accept_rules": True,
    }  # fmt: skip
    answer = town.browser(town.singer).post("/api/booking/v1/requests/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content.decode()
    made = Line.objects.get(case__reference=answer.json()["ref"])
    assert made.state == LineState.WAITING_LIST
    return made


@needs_node
def test_from_wishes_to_the_second_adoption(town: Town, settings: Any) -> None:
    desk = town.browser(town.officer)
    with clock.at(on(date(2026, 2, 16))):
        round = made_in_the_admin(town, desk)

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
    days = [day for day in (START + timedelta(weeks=week) for week in range(35)) if day not in NO_MONDAYS]
    assert len(days) == 30
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
        waiting = asks_for_the_waiting_list(town, whole, given_up)
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
