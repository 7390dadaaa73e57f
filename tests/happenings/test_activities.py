"""What one can take part in: found by age, day, place, cost and access; kept right by the organisation; asked about
once a year (needs N20)."""

from __future__ import annotations

import os
import re
from datetime import date, time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.correspondence.running import run_due
from booking.foundation import clock, errors
from booking.happenings import selectors, services
from booking.happenings.models import LeisureActivity
from booking.happenings.rules import offers
from booking.organisations.services import merge_organisations
from tests.correspondence.test_letters import SNAPSHOTS
from tests.factories import NOW, give_membership, make_organisation, make_resource, make_user
from tests.staff.conftest import browser
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today():
    """The doors' clock stands at NOW."""
    with clock.at(NOW):
        yield


@pytest.fixture
def club():
    return make_organisation("Lilleby IL", slug="il", leader=make_user("Leif Leder", email="leif@example.org"))


def leader(club):
    return club.memberships.get(role="leader").user


def draft(**fields) -> services.Draft:
    return services.Draft(**({"title": "Håndball", "place": "Hallen"} | fields))


def add(club, **fields) -> LeisureActivity:
    return services.add_activity(club, draft(**fields), by=leader(club), now=NOW)


def aged(activity: LeisureActivity, days: int) -> None:
    LeisureActivity.objects.filter(pk=activity.pk).update(confirmed_at=NOW - days * DAY)


def titles(**wanted) -> list[str]:
    return [one.activity.title for one in selectors.activities(TODAY, **wanted)]


def page(path: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(f"/en{path}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "standing", "asked"),
    [(0, "fresh", 0), (334, "fresh", 0), (335, "fresh", 1), (365, "fresh", 2), (366, "old", 2), (425, "old", 3),
     (455, "old", 3), (456, "hidden", 3)],
)  # fmt: skip
def test_how_long_a_confirmation_holds_and_when_one_is_asked_again(days, standing, asked):
    confirmed = TODAY - days * DAY
    assert (offers.standing(confirmed, TODAY), offers.asked(confirmed, TODAY)) == (standing, asked)


@settings(max_examples=examples(200))
@given(st.integers(0, 120) | st.none(), st.integers(0, 120) | st.none(), st.integers(0, 120))
def test_who_is_old_enough_for_an_activity_finds_it_under_their_age(first, last, age):
    band = next(name for name, (least, most) in offers.BANDS.items() if least <= age <= most)
    if (first or 0) <= age <= (120 if last is None else last):
        assert offers.is_for(first, last, band)


# --- finding ----------------------------------------------------------------------------------------------------------


def test_activities_are_found_by_age_day_place_cost_access_and_words(club):
    hall = make_resource("Lillebyhallen", slug="hallen", step_free="yes")
    add(club, title="Håndball 8–10", age_from=8, age_to=10, weekdays=[1, 3], resource=hall, place="")
    add(club, title="Voksenkor", age_from=18, weekdays=[0], free=False, cost="400 kr i halvåret", about="Vi synger")
    add(club, title="Turlag", place="Skogen", step_free="no")
    assert titles() == ["Håndball 8–10", "Turlag", "Voksenkor"]
    assert titles(band="6-12") == ["Håndball 8–10", "Turlag"]
    assert titles(band="60+") == ["Turlag", "Voksenkor"]
    assert titles(weekday=3) == ["Håndball 8–10", "Turlag"]
    assert titles(place="hallen") == ["Håndball 8–10"]
    assert titles(free=True) == ["Håndball 8–10", "Turlag"]
    assert titles(step_free=True) == ["Håndball 8–10"]  # as is known of the hall
    assert titles(query="SYNGER lilleby") == ["Voksenkor"]
    shown = page("/whats-on/?age=6-12&day=1&free=yes&access=yes&place=hallen")
    assert "Håndball 8–10" in shown
    assert "Turlag" not in shown
    assert "8–10 years" in shown
    assert "1 activity" in shown


@pytest.mark.parametrize("query", ["age=x&day=9&place=nowhere&free=maybe", "q=%00", "q=" + "x" * 500, "day=-1"])
def test_what_can_t_be_read_in_the_address_narrows_nothing(club, query):
    add(club)
    assert "Håndball" in page(f"/whats-on/?{query}")


def test_the_one_contact_is_what_the_organisation_shows_else_the_municipality(club):
    add(club)
    shown = page("/whats-on/")
    assert "post@example.org" not in shown
    assert "Leif" not in shown
    assert "Ask the municipality, who passes it on" in shown
    club.contact_public = True
    club.save()
    assert "mailto:post@example.org" in page("/whats-on/")


def test_what_nobody_confirms_is_marked_and_later_not_shown(club):
    activity = add(club)
    aged(activity, 400)
    assert "Not confirmed for a year: ask before you go." in page("/whats-on/")
    aged(activity, 500)
    assert "Nothing is written down yet" in page("/whats-on/")
    club.state = "inactive"
    club.save()
    aged(activity, 0)
    assert titles() == []


def test_the_page_asks_a_constant_number_of_queries(club):
    counts = []
    for number in (1, 8):
        for index in range(number):
            add(club, title=f"{number} {index}", resource=make_resource(), place="")
        page("/whats-on/")
        with CaptureQueriesContext(connection) as queries:
            page("/whats-on/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "name", "code"),
    [
        ({"title": " "}, "title", "required"),
        ({"title": "x" * 101}, "title", "too_long"),
        ({"age_from": 121}, "age_from", "age"),
        ({"age_from": 10, "age_to": 8}, "age_to", "ages"),
        ({"weekdays": [7]}, "weekdays", "weekday"),
        ({"begins": time(17)}, "ends", "times"),
        ({"begins": time(17), "ends": time(17)}, "ends", "end_before_start"),
        ({"place": ""}, "place", "no_place"),
        ({"free": False}, "cost", "no_cost"),
        ({"step_free": "maybe"}, "step_free", "answer"),
    ],
)
def test_what_can_t_be_is_refused_at_its_field(club, fields, name, code):
    with pytest.raises(errors.Invalid) as caught:
        add(club, **fields)
    assert [(one.loc, one.code) for one in caught.value.errors] == [((name,), code)]
    assert not LeisureActivity.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"age_from": 10, "age_to": 8},
        {"free": False},
        {"place": ""},
        {"begins": time(17)},
        {"begins": time(17), "ends": time(16)},
    ],
)
def test_the_database_says_no_too(club, fields):
    values = {"title": "X", "place": "Hallen"} | fields
    with pytest.raises(IntegrityError), transaction.atomic():
        LeisureActivity.objects.create(organisation=club, created_at=NOW, confirmed_at=NOW, **values)


def test_only_who_leads_or_books_writes_and_only_for_their_own(club):
    other = make_organisation("Annet lag", leader=True)
    member = make_user("Mona")
    give_membership(member, club, "member")
    activity = add(club)
    for user in (leader(other), member):
        with pytest.raises(errors.Forbidden):
            services.add_activity(club, draft(), by=user, now=NOW)
        with pytest.raises(errors.Forbidden):
            services.change_activity(activity, draft(), by=user, now=NOW)
        with pytest.raises(errors.Forbidden):
            services.stop_activity(activity, by=user, now=NOW)
        with pytest.raises(errors.Forbidden):
            services.confirm_activities(club, by=user, now=NOW)
        assert browser(user).get("/en/my/organisations/il/activities/").status_code == 404
        assert browser(user).post(f"/en/my/organisations/il/activities/{activity.pk}/stop/").status_code == 404
    theirs = services.add_activity(other, draft(), by=leader(other), now=NOW)
    desk = browser(leader(club))
    assert desk.get(f"/en/my/organisations/il/activities/{theirs.pk}/").status_code == 404


def test_an_organisation_adds_changes_stops_and_brings_back_on_its_own_pages(club):
    desk = browser(leader(club))
    assert "Nothing yet" in page("/my/organisations/il/activities/", desk)
    data = {"title": "Turn", "age_from": "6", "age_to": "12", "weekdays": ["0"], "begins": "17:00", "ends": "18:00",
            "place": "Gymsalen", "step_free": ""}  # fmt: skip
    assert desk.post("/en/my/organisations/il/activities/new/", data | {"paid": "on"}).status_code == 400
    assert desk.post("/en/my/organisations/il/activities/new/", data).status_code == 302
    activity = LeisureActivity.objects.get()
    assert (activity.free, activity.weekdays, activity.begins) == (True, [0], time(17))
    aged(activity, 400)
    assert "Not confirmed for a year" in page("/my/organisations/il/activities/", desk)
    change = f"/en/my/organisations/il/activities/{activity.pk}/"
    assert 'value="Turn"' in page(change.removeprefix("/en"), desk)
    desk.post(change, data | {"title": "Turn og lek", "paid": "on", "cost": "100 kr"})
    activity.refresh_from_db()
    assert (activity.title, activity.cost, activity.confirmed_at) == ("Turn og lek", "100 kr", NOW)
    aged(activity, 400)
    assert desk.post("/en/my/organisations/il/activities/right/").status_code == 302  # all of it is still right
    activity.refresh_from_db()
    assert activity.confirmed_at == NOW
    desk.post(f"/en/my/organisations/il/activities/{activity.pk}/stop/")
    assert titles() == []
    assert "Not shown any more" in page("/my/organisations/il/activities/", desk)
    desk.post(change, data)
    assert titles() == ["Turn"]
    assert "What one can take part in" in page("/my/organisations/il/", desk)


# --- the yearly tap ---------------------------------------------------------------------------------------------------


def letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(handler="activities_to_confirm").order_by("pk"))


def test_once_a_year_one_letter_asks_for_all_and_one_press_confirms_without_signing_in(club):
    first, second = add(club), add(club, title="Turn")
    aged(first, 340)
    run_due(NOW)
    run_due(NOW)
    [letter] = letters()
    assert letter.recipient == "leif@example.org"
    [sent] = [one for one in mail.outbox if one.to == ["leif@example.org"]]
    assert "Turn" in sent.body
    link = next(word for word in sent.body.split() if "/whats-on/confirm/" in word)
    path = "/" + link.split("/", 3)[3]
    anybody = Client()
    answer = anybody.get(path)
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    first.refresh_from_db()
    assert first.confirmed_at < NOW  # looking confirms nothing: mail programs look, too
    assert anybody.post(path).status_code == 200
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.confirmed_at, second.confirmed_at) == (NOW, NOW)


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_letter(club, language):
    hall = make_resource("Lillebyhallen")
    times = {"weekdays": [1, 3], "begins": time(17), "ends": time(18, 30), "season": "september–april"}
    activity = add(club, title="Håndball <8>", age_from=8, age_to=10, resource=hall, place="", **times)
    aged(activity, 340)
    services.ask_for_confirmations(NOW)
    [row] = letters()
    handler = registry.handler(row.handler)
    assert handler.still_valid(row.payload)
    letter = handler.write(row.payload, language)
    text = "\n".join([f"Subject: {letter.subject}", "", letter.text, letter.html or ""])
    text = re.sub(r"/whats-on/confirm/[A-Za-z0-9_-]{40,}/", "/whats-on/confirm/[secret]/", text)
    stored = SNAPSHOTS / f"activities_to_confirm.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert "<8>" not in (letter.html or "")


def test_it_is_asked_three_times_and_then_no_more_and_never_when_it_was_confirmed_meanwhile(club):
    activity = add(club)
    for days in (335, 350, 365, 400, 425, 450, 460, 700):
        with clock.at(NOW + days * DAY):
            services.ask_for_confirmations(NOW + days * DAY)
    assert len(letters()) == 3
    aged(activity, 340)
    OutboxMessage.objects.all().delete()
    services.ask_for_confirmations(NOW)
    services.confirm_activities(club, by=leader(club), now=NOW)
    run_due(NOW + timedelta(hours=1))
    assert letters()[0].state == "dropped"


def test_a_link_is_good_for_half_a_year_and_nobody_can_make_one(club):
    token = services.link_token(club, "2026-03-02")
    assert services.organisation_of(token, now=NOW) == club
    assert services.organisation_of(token, now=NOW + 181 * DAY) is None
    other = make_organisation()
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace(str(club.pk), str(other.pk), 1),
        "",
        "x" * 500,
    ):
        assert services.organisation_of(wrong, now=NOW) is None
        if wrong:
            assert Client().post(f"/en/whats-on/confirm/{wrong}/").status_code == 404


def test_an_organisation_without_a_leader_is_asked_at_its_own_address():
    club = make_organisation("Uten leder")
    LeisureActivity.objects.create(
        organisation=club, title="X", place="Y", created_at=NOW, confirmed_at=NOW - 340 * DAY
    )
    services.ask_for_confirmations(NOW)
    assert [one.recipient for one in letters()] == ["post@example.org"]


def test_when_two_entries_become_one_the_activities_go_along(club):
    double = make_organisation("Lilleby IL igjen")
    LeisureActivity.objects.create(organisation=double, title="X", place="Y", created_at=NOW, confirmed_at=NOW)
    merge_organisations(source=double, target=club, by=make_user(), now=NOW)
    assert LeisureActivity.objects.get().organisation == club
