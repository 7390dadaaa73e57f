"""Works for everybody, and a party's own page by its link: what is shown, what can be done, and what GET never does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.works import addresses, selectors, services
from booking.works.models import Works, WorksReceipt, WorksReply, WorksReport
from tests.factories import NOW
from tests.works.world import OSLO, World, at

pytestmark = pytest.mark.django_db
PIPE = {"type": "LineString", "coordinates": [[10.001, 59.0005], [10.004, 59.0015]]}


@pytest.fixture(autouse=True)
def then():
    with clock.at(NOW):
        yield


def page(client: Client, name: str, *args: Any, **data: Any) -> Any:
    return client.get(reverse(f"booking:{name}", args=args), data)


def link_of(works: Works, organisation: Any) -> str:
    party = selectors.party_of_organisation(works, organisation)
    assert party is not None
    return selectors.token_of(party)


@pytest.fixture
def consulting(world: World) -> Works:
    world.lend(43)
    return world.consulting(footprint=PIPE)


def test_the_list_has_what_was_announced_and_no_draft(world: World, client: Client) -> None:
    world.drafted(title="Hemmelig skisse")
    works = world.planned(footprint=PIPE)
    answer = page(client, "works_list")
    text = answer.content.decode()
    assert works.current.title in text
    assert works.reference in text
    assert "Hemmelig" not in text
    assert "<svg" in text
    assert text.count("<h1") == 1
    assert "Elvesletta" in text
    assert "Lilleby idrettslag" not in text


def test_the_list_takes_as_many_queries_for_many_as_for_few(world: World, client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert page(client, "works_list").status_code == 200
        return len(found)

    world.planned()
    queries()
    few = queries()
    for number in range(6):
        world.planned(title=f"Arbeid {number}", window_start=at(60 + number, 7), window_end=at(60 + number, 15))
    assert queries() == few


def test_an_empty_list_and_a_search_without_a_hit(world: World, client: Client) -> None:
    assert "sk-empty" in page(client, "works_list").content.decode()
    world.planned()
    assert "Vannledning" not in page(client, "works_list", q="asfalt").content.decode()
    assert "vannledning" in page(client, "works_list", q="vannledning").content.decode()
    assert page(client, "works_list", q="\x00", page="99999").status_code == 200


def test_the_record_tells_the_story_without_names(consulting: Works, world: World, client: Client) -> None:
    services.reply(
        consulting, kind="object", message="Vi har turnering", by=world.leader, now=NOW,
        party=selectors.party_of_organisation(consulting, world.club),
    )  # fmt: skip
    reply = WorksReply.objects.get()
    services.answer_replies(
        consulting, replies=[reply], said="Det er turnering i uka", did="Vi venter en uke", outcome="done",
        by=world.planner, now=NOW,
    )  # fmt: skip
    text = page(client, "works_page", consulting.reference).content.decode()
    assert "Det er turnering i uka" in text
    assert "Vi venter en uke" in text
    assert "Vi har turnering" not in text
    assert "Lilleby idrettslag" not in text
    assert text.count("<h1") == 1


@pytest.mark.parametrize("name", ["works_page", "works_poster", "works_affected"])
def test_a_draft_and_what_is_not_there_do_not_exist(world: World, client: Client, name: str) -> None:
    draft = world.drafted()
    assert page(client, name, draft.reference).status_code == 404
    assert page(client, name, "ARB-2026-999").status_code == 404


def test_where_works_are_switched_off_nothing_is_there(world: World, client: Client, settings: Any) -> None:
    world.lend(43)
    works = world.consulting()
    token = link_of(works, world.club)
    settings.BOOKING = settings.BOOKING | {"switches": {"works": False}}
    for name, argument in (("works_list", None), ("works_page", works.reference), ("works_party", token)):
        assert page(client, name, *([argument] if argument else [])).status_code == 404


def test_we_are_affected_too(consulting: Works, client: Client) -> None:
    url = reverse("booking:works_affected", args=[consulting.reference])
    assert client.get(url).status_code == 302
    refused = client.post(url, {"name": "", "how": "Vi bader der", "email": "nei"})
    assert refused.status_code == 400
    assert "Vi bader der" in refused.content.decode()
    assert not WorksReport.objects.exists()
    robot = client.post(url, {"name": "x", "how": "y", "homepage": "http://example.org"})
    assert robot.status_code == 400
    done = client.post(url, {"name": "Badevennene", "how": "Vi bader der", "email": "bad@example.org"}, follow=True)
    assert done.status_code == 200
    report = WorksReport.objects.get()
    assert (report.name, report.works_id) == ("Badevennene", consulting.pk)
    assert "bad@example.org" not in report.address_sealed
    assert "Badevennene" not in done.content.decode()


def test_the_poster_and_its_short_address(consulting: Works, client: Client) -> None:
    text = page(client, "works_poster", consulting.reference).content.decode()
    assert consulting.current.title in text
    short = re.search(r"/w/[0-9-]+/", text)
    assert short is not None
    assert client.get(short[0])["Location"] == reverse("booking:works_page", args=[consulting.reference])
    assert "<svg" in text
    assert page(client, "works_short", "2026-999").status_code == 404


# --- the party's own page --------------------------------------------------------------------------------------------


def test_the_partys_page_shows_its_hours_and_looking_changes_nothing(
    consulting: Works, world: World, client: Client
) -> None:
    token = link_of(consulting, world.club)
    answer = page(client, "works_party", token)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Lilleby idrettslag" in text
    assert "14. april" in text  # the club's evening, 43 days after 2 March
    assert (answer["Referrer-Policy"], "noindex" in answer["X-Robots-Tag"]) == ("no-referrer", True)
    assert "no-store" in answer["Cache-Control"]
    assert not WorksReceipt.objects.exists()
    assert text.count("<h1") == 1


def test_the_day_to_answer_by_is_the_last_one_on_which_one_can(consulting: Works, world: World, client: Client) -> None:
    """The consultation ends at midnight: the page says the day before it, as the letter does, and no 00:00."""
    last = consulting.notices.get(kind="consultation")
    until = datetime.fromisoformat(last.data["until"])
    text = page(client, "works_party", link_of(consulting, world.club)).content.decode()
    last_day = (until - timedelta(seconds=1)).astimezone(OSLO)
    assert f"{last_day.day}. mars" in text
    assert "kl. 00.00" not in text


def test_acknowledging_is_a_press_and_never_a_link(consulting: Works, world: World, client: Client) -> None:
    token = link_of(consulting, world.club)
    url = reverse("booking:works_acknowledge", args=[token])
    assert client.get(url).status_code == 405
    assert not WorksReceipt.objects.exists()
    for _twice in range(2):
        assert client.post(url, follow=True).status_code == 200
    receipt = WorksReceipt.objects.get()
    assert (receipt.how, receipt.by) == ("acknowledged", None)
    text = page(client, "works_party", token).content.decode()
    assert url not in text  # there is nothing left to press


def test_replying_without_an_account(consulting: Works, world: World, client: Client) -> None:
    url = reverse("booking:works_reply", args=[link_of(consulting, world.club)])
    refused = client.post(url, {"kind": "propose", "message": "Heller uka etter", "key": "k1"})
    assert refused.status_code == 400
    assert "Heller uka etter" in refused.content.decode()
    past = client.post(url, {"kind": "propose", "message": "Før", "day": "2026-01-05", "key": "k1"})
    assert past.status_code == 400
    body = {
        "kind": "propose",
        "message": "Heller uka etter",
        "day": "2026-05-04",
        "last_day": "2026-05-12",
        "key": "k1",
    }
    for _twice in range(2):
        assert client.post(url, body).status_code == 302
    reply = WorksReply.objects.get()
    assert (reply.kind, reply.by, reply.in_window, reply.officer) == ("propose", None, True, world.planner)
    assert reply.proposed[0][0].startswith("2026-05-04T05:00")
    assert "Heller uka etter" in page(client, "works_party", link_of(consulting, world.club)).content.decode()


def test_a_link_that_nobody_has(consulting: Works, client: Client) -> None:
    for name in ("works_party", "works_reply"):
        assert page(client, name, "feil-" + "x" * 40).status_code == 404
    assert client.post(reverse("booking:works_acknowledge", args=["feil"])).status_code == 404


def test_one_partys_link_opens_no_offer_of_another(world: World, client: Client) -> None:
    world.lend(43)
    world.lend(44, who=world.choir)
    works = world.noticed()
    assert Works.objects.get(pk=works.pk).state == "noticed"
    conflict = works.conflicts.get(party__organisation=world.club)
    found = services.alternatives(conflict, now=NOW)[0]
    offer = services.offer_alternative(
        conflict, resource=Resource.objects.get(pk=found.resource_id), start=found.start, end=found.end,
        by=world.planner, now=NOW,
    )  # fmt: skip
    other = reverse("booking:works_offer", args=[link_of(works, world.choir), offer.pk])
    assert client.post(other, {"answer": "yes"}).status_code == 404
    mine = reverse("booking:works_offer", args=[link_of(works, world.club), offer.pk])
    # The link alone isn't enough to take a time: somebody who leads the club must be signed in.
    assert client.post(mine, {"answer": "yes"}).status_code == 403
    client.force_login(world.leader)
    text = page(client, "works_party", link_of(works, world.club)).content.decode()
    assert mine in text
    assert client.post(mine, {"answer": "yes"}).status_code == 302
    offer.refresh_from_db()
    assert offer.state == "accepted"


def test_who_leads_the_club_finds_the_own_page_from_the_public_one(consulting: Works, world: World) -> None:
    client = Client()
    assert "works/link/" not in page(client, "works_page", consulting.reference).content.decode()
    client.force_login(world.leader)
    assert link_of(consulting, world.club) in page(client, "works_page", consulting.reference).content.decode()
    client.force_login(world.singer)
    assert "works/link/" not in page(client, "works_page", consulting.reference).content.decode()


def test_letters_lead_to_the_page(consulting: Works, world: World) -> None:
    party = selectors.party_of_organisation(consulting, world.club)
    assert party is not None
    assert addresses.party_url(party).endswith(reverse("booking:works_party", args=[selectors.token_of(party)]))
    assert addresses.public_url(consulting).endswith(reverse("booking:works_page", args=[consulting.reference]))
    assert addresses.staff_url(consulting).endswith(reverse("booking_works:inspect", args=[consulting.pk]))


def test_cancelled_works_say_so(consulting: Works, world: World, client: Client) -> None:
    services.move(consulting, to="cancelled", why="Røret holder", by=world.planner, now=NOW)
    text = page(client, "works_page", consulting.reference).content.decode()
    assert text.count("ds-alert") == 1
    url = reverse("booking:works_affected", args=[consulting.reference])
    assert client.post(url, {"name": "x", "how": "y"}).status_code == 409
    assert page(client, "works_party", link_of(consulting, world.club)).status_code == 200


def test_works_stand_on_top_of_the_places_page(consulting: Works, world: World, client: Client) -> None:
    text = page(client, "resource", world.meadow.slug).content.decode()
    assert reverse("booking:works_page", args=[consulting.reference]) in text
    assert consulting.current.title in text
    assert consulting.current.title not in page(client, "resource", world.hall.slug).content.decode()
