"""Kits: asked for as one, stored as lines, free when all of it is (requests.md "Series and baskets")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.cases.models import Case, Line
from booking.cases.services import add_back
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.models import Kit
from booking.catalogue.kits.rules import Part, most, not_to_leave_out, unpacked
from booking.catalogue.kits.selectors import offered_kits
from booking.catalogue.kits.services import PartRow, save_kit
from booking.foundation import clock
from booking.foundation.errors import Invalid, NotFound, Stale, Taken, WrongState
from booking.occupancy import rules as occupancy_rules
from booking.occupancy.selectors.kits import _fit, kits_left
from booking.occupancy.services import retire_resource
from tests import factories
from tests.cases.conftest import NOW, Town, at, body
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db
DATES = {"day": "2026-03-10", "start": "18:00", "end": "20:00"}


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def kit(town: Town) -> Kit:
    """A projector, two of six leads, and a screen that may be left out."""
    made = factories.make_resource("Projektor", unit=town.unit, kind="equipment", slug="projektor")
    leads = factories.make_stock("Ledning", 6, unit=town.unit, slug="ledning")
    screen = factories.make_resource("Lerret", unit=town.unit, kind="equipment", slug="lerret")
    return factories.make_kit(made, (leads, 2), (screen, 1, True), name="Projektorpakken", slug="projektorpakken")


def asked(kit: Kit, start: datetime, end: datetime, **fields: Any) -> dict[str, Any]:
    line = {"kit": kit.slug, "start": start.isoformat(), "end": end.isoformat()}
    line |= {name: fields.pop(name) for name in ("quantity", "without") if name in fields}
    return {"lines": [line], **fields}


def contents(case: Case) -> list[tuple[str, int]]:
    return sorted(case.lines.values_list("resource__slug", "quantity"))


def left(kit: Kit, start: datetime, end: datetime, **kwargs: Any) -> Any:
    known = catalogue.snapshot()
    return kits_left(offered_kits(slugs=[kit.slug]), [(start, end)], known=known, **kwargs)[kit.pk]


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- the rules -------------------------------------------------------------------------------------------------------

_PARTS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=4)
_USES = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(1, 5)), max_size=8)


@given(parts=_PARTS, uses=st.lists(_USES, min_size=4, max_size=4), count=st.integers(1, 3))
@settings(max_examples=examples(300))
def test_a_kit_is_free_when_every_part_is_enough_at_every_moment(
    parts: list[tuple[int, int]], uses: list[Any], count: int
) -> None:
    """``parts``: (stock, how many in one kit), each a thing with a cell of its own. Asked for: ``[8, 14)``."""
    covers = {pk: [(pk, 1, False, stock)] for pk, (stock, _quantity) in enumerate(parts)}
    taken = {pk: [(a, a + length, n) for a, length, n in uses[pk]] for pk in covers}
    wanted = {pk: quantity for pk, (_stock, quantity) in enumerate(parts)}
    fits = _fit(wanted, count, dict.fromkeys(covers, (8, 14)), covers, taken)
    by_hand = all(
        stock - sum(n for a, b, n in taken[pk] if a <= moment < b) >= quantity * count
        for pk, (stock, quantity) in enumerate(parts)
        for moment in range(8, 14)
    )
    assert fits == by_hand


@given(amounts=st.lists(st.integers(1, 3), min_size=2, max_size=3), stock=st.integers(0, 20), use=_USES)
def test_parts_that_share_a_piece_are_counted_together(amounts: list[int], stock: int, use: Any) -> None:
    covers = {pk: [(7, amount, False, stock)] for pk, amount in enumerate(amounts)}
    taken = {7: [(a, a + length, n) for a, length, n in use]}
    free = stock - occupancy_rules.peak(taken[7], 8, 14)
    fits = _fit(dict.fromkeys(covers, 1), 1, dict.fromkeys(covers, (8, 14)), covers, taken)
    assert fits == (free >= sum(amounts))


@given(limit=st.integers(0, 50), bound=st.integers(0, 60))
def test_the_most_that_fits(limit: int, bound: int) -> None:
    assert most(lambda n: n <= limit, bound) == min(limit, bound)


def test_what_is_unpacked() -> None:
    parts = [Part(1, 1), Part(2, 3), Part(3, 1, True)]
    assert unpacked(parts, 2) == [(1, 2), (2, 6), (3, 2)]
    assert unpacked(parts, 1, [3]) == [(1, 1), (2, 3)]
    assert not_to_leave_out(parts, [3, 2, 9]) == {2, 9}


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_kit_becomes_lines_that_know_where_they_belong(town: Town, kit: Kit) -> None:
    case = town.ask(asked(kit, at(8, 18), at(8, 20), quantity=1))
    assert contents(case) == [("ledning", 2), ("lerret", 1), ("projektor", 1)]
    assert set(case.lines.values_list("kit", "kit_group", "kit_quantity")) == {(kit.pk, 1, 1)}
    # A kit that is changed later changes nothing of what was asked for.
    first = kit.parts.get(quantity=2).resource
    save_kit(kit=kit, values={"name": "Ledninger"}, parts=[PartRow(first, 5)], now=NOW)
    assert contents(case) == [("ledning", 2), ("lerret", 1), ("projektor", 1)]
    assert contents(town.ask(asked(kit, at(9, 18), at(9, 20)))) == [("ledning", 5)]


def test_numbers_are_multiplied_and_two_kits_are_two_groups(town: Town) -> None:
    skis = [factories.make_stock(f"Ski {size}", 6, unit=town.unit, slug=f"ski-{size}") for size in (120, 140)]
    kit = factories.make_kit(*((one, 2) for one in skis), name="Ski")
    data = asked(kit, at(8, 10), at(8, 12), quantity=2)
    data["lines"] += asked(kit, at(9, 10), at(9, 12))["lines"]
    case = town.ask(data)
    rows = case.lines.order_by("number").values_list("quantity", "kit_group", "kit_quantity")
    assert list(rows) == [(4, 1, 2), (4, 1, 2), (2, 2, 1), (2, 2, 1)]
    assert left(kit, at(9, 10), at(9, 12)).count == 3  # competing requests take nothing


def test_a_part_that_may_be_left_out(town: Town, kit: Kit) -> None:
    case = town.ask(asked(kit, at(8, 18), at(8, 20), without=["lerret"]))
    assert contents(case) == [("ledning", 2), ("projektor", 1)]
    for wrong in ("ledning", "finnes-ikke"):
        with pytest.raises(Invalid) as refused:
            town.ask(asked(kit, at(8, 18), at(8, 20), without=[wrong]))
        assert [(fault.loc, fault.code) for fault in refused.value.errors] == [
            (("lines", 0, "without", 0), "cant_leave_out")
        ]


def test_what_is_wrong_is_told_at_its_field(town: Town, kit: Kit) -> None:
    both = asked(kit, at(8, 18), at(8, 20))
    both["lines"][0]["resource"] = town.room.slug
    alone = body(town.room, at(8, 18), at(8, 20))
    alone["lines"][0]["without"] = ["lerret"]
    for data, loc, code in (
        (both, ("lines", 0, "kit"), "kit_or_resource"),
        (alone, ("lines", 0, "without"), "no_kit"),
        (asked(kit, at(8, 18), at(8, 20), without="lerret"), ("lines", 0, "without"), "not_a_list"),
        ({"lines": [{"kit": 7, "start": at(8, 18), "end": at(8, 20)}]}, ("lines", 0, "kit"), "not_text"),
    ):
        with pytest.raises(Invalid) as refused:
            town.ask(data)
        assert [(fault.loc, fault.code) for fault in refused.value.errors] == [(loc, code)]
    save_kit(kit=kit, values={"state": "draft"}, parts=[PartRow(one.resource) for one in kit.parts.all()], now=NOW)
    with pytest.raises(NotFound) as gone:
        town.ask(asked(kit, at(8, 18), at(8, 20)))
    assert [fault.loc for fault in gone.value.errors] == [("lines", 0, "kit")]


def test_a_series_of_a_kit(town: Town, kit: Kit) -> None:
    one = asked(kit, at(8, 18), at(8, 20))["lines"][0] | {"rrule": "FREQ=WEEKLY;COUNT=3"}
    case = town.ask({"series": [one]})
    assert (case.lines.count(), case.series.count()) == (9, 3)
    assert set(case.lines.values_list("kit_group", flat=True)) == {1}
    # What is wrong with the rule is told once, not for each part.
    with pytest.raises(Invalid) as refused:
        town.ask({"series": [one | {"exclude": ["2026-03-10", "2026-03-17", "2026-03-24"]}]})
    assert [fault.loc for fault in refused.value.errors] == [("series", 0, "exclude")]


def test_a_kit_that_lacks_a_part_is_refused_or_left_out_whole(town: Town, kit: Kit) -> None:
    screen = kit.parts.get(may_be_left_out=True).resource
    town.decide(town.ask(body(screen, at(8, 18), at(8, 20)), user=town.other_coach), "grant")
    assert left(kit, at(8, 18), at(8, 20)).short == {screen.pk}
    assert left(kit, at(8, 18), at(8, 20), without={kit.pk: [screen.pk]}).count == 1
    with pytest.raises(Taken):
        town.ask(asked(kit, at(8, 18), at(8, 20)))
    two = asked(kit, at(8, 18), at(8, 20), if_taken="skip")
    two["lines"] += asked(kit, at(9, 18), at(9, 20))["lines"]
    case = town.ask(two)
    assert contents(case) == [("ledning", 2), ("lerret", 1), ("projektor", 1)]
    assert set(case.lines.values_list("kit_group", flat=True)) == {2}


def test_a_kit_is_granted_at_once_only_when_all_of_it_is(town: Town) -> None:
    quick = factories.make_resource("Rask", unit=town.unit, approval="automatic")
    slow = factories.make_resource("Sein", unit=town.unit, approval="manual")
    kit, fast = factories.make_kit(quick, slow), factories.make_kit(quick, name="Bare rask")
    assert set(town.ask(asked(kit, at(8, 18), at(8, 20))).lines.values_list("state", flat=True)) == {"requested"}
    assert set(town.ask(asked(fast, at(8, 18), at(8, 20))).lines.values_list("state", flat=True)) == {"granted"}
    assert left(kit, at(8, 18), at(8, 20)).short == {quick.pk}


def test_lines_know_all_of_the_kit_or_nothing_of_it(town: Town, kit: Kit) -> None:
    line = town.ask(body(town.room, at(8, 18), at(8, 20))).lines.get()
    for values in ({"kit": kit}, {"kit_group": 1}, {"kit": kit, "kit_group": 1, "kit_quantity": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Line.objects.filter(pk=line.pk).update(**values)


# --- writing kits down -----------------------------------------------------------------------------------------------


def test_what_a_kit_may_not_be(town: Town, kit: Kit) -> None:
    elsewhere = factories.make_resource("Annet", unit=factories.make_unit("Teknisk", slug="teknisk"))
    gone = factories.make_resource("Gammel", unit=town.unit)
    retire_resource(gone, now=NOW)
    gone.refresh_from_db()
    values = {"name": "Ny", "unit": town.unit, "state": "active"}
    for rows, loc, code in (
        ([], ("parts",), "no_parts"),
        ([PartRow(town.room, 1, True)], ("parts",), "no_parts"),
        ([PartRow(town.room), PartRow(town.room)], ("parts", 1, "resource"), "twice"),
        ([PartRow(elsewhere)], ("parts", 0, "resource"), "other_unit"),
        ([PartRow(gone)], ("parts", 0, "resource"), "retired"),
        ([PartRow(town.room, 0)], ("parts", 0, "quantity"), "out_of_range"),
    ):
        with pytest.raises(Invalid) as refused:
            save_kit(values=values, parts=rows, now=NOW)
        assert [(fault.loc, fault.code) for fault in refused.value.errors] == [(loc, code)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Kit.objects.filter(pk=kit.pk).update(needed=0)
    with pytest.raises(Stale):
        save_kit(kit=kit, values={}, parts=[PartRow(town.room)], now=NOW, if_version=7)
    save_kit(kit=kit, values={"state": "retired"}, parts=[], now=NOW)
    with pytest.raises(WrongState):
        save_kit(kit=kit, values={"name": "Igjen"}, parts=[], now=NOW)


def test_a_kit_is_offered_while_all_that_it_needs_is_there(town: Town, kit: Kit) -> None:
    assert [one.kit for one in offered_kits()] == [kit]
    known = catalogue.snapshot()
    with CaptureQueriesContext(connection) as captured:
        offered_kits(known=known)
    assert len(captured) == 3  # kits, parts, things
    retire_resource(kit.parts.get(may_be_left_out=True).resource, now=NOW)
    assert [len(one.parts) for one in offered_kits()] == [2]
    retire_resource(kit.parts.get(quantity=2).resource, now=NOW)
    assert offered_kits() == []
    hidden = factories.make_kit(town.room, name="Skjult", public=False)
    assert offered_kits() == []
    assert [one.kit for one in offered_kits(town.officer)] == [hidden]


def test_staff_write_it_down(town: Town, kit: Kit) -> None:
    client = signed_in(town.officer)
    assert kit.name in client.get(reverse("booking_kits:index")).content.decode()
    data = {
        "name": "Møtepakken", "unit": town.unit.pk, "state": "active", "public": "on",
        "thing_0": town.room.pk, "quantity_0": "1", "thing_1": kit.parts.first().resource_id, "quantity_1": "1",
        "optional_1": "on", "thing_2": "", "quantity_2": "1",
    }  # fmt: skip
    page = client.post(reverse("booking_kits:add"), data | {"thing_2": town.room.pk})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["thing_2"]
    assert client.post(reverse("booking_kits:add"), data).status_code == 302
    made = Kit.objects.get(name="Møtepakken")
    assert made.parts.values_list("resource", "may_be_left_out")[0] == (town.room.pk, False)
    edit = reverse("booking_kits:edit", args=[quote(made.pk)])
    assert client.get(edit).context["form"]["thing_0"].value() == str(town.room.pk)
    data |= {"optional_0": "on", "version": "1"}
    assert list(client.post(edit, data).context["form"].errors) == ["thing_0"]
    assert client.post(edit, data | {"optional_0": "", "state": "draft"}).status_code == 302
    assert Kit.objects.get(pk=made.pk).state == "draft"
    other = factories.make_officer(factories.make_unit("Teknisk", slug="teknisk"))
    assert signed_in(other).get(edit).status_code == 404
    # A thing of another unit isn't a choice.
    page = signed_in(other).post(reverse("booking_kits:add"), data)
    assert {"unit", "thing_0"} <= set(page.context["form"].errors)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_page_of_a_kit(town: Town, kit: Kit, client: Client) -> None:
    url = reverse("booking:kit", args=[kit.slug])
    with CaptureQueriesContext(connection) as captured:
        page = client.get(url, DATES)
    assert len(captured) <= 18  # the page's frame takes its part
    assert (page.context["left"], page.context["short"]) == (1, [])
    screen = kit.parts.get(may_be_left_out=True).resource
    town.decide(town.ask(body(screen, at(8, 18), at(8, 20)), user=town.other_coach), "grant")
    page = client.get(url, DATES)
    assert (page.context["left"], [one.resource for one in page.context["short"]]) == (0, [screen])
    assert page.context["still"]
    assert client.get(url, DATES | {"without": screen.slug}).context["left"] == 1
    for wrong in ({"end": "17:00"}, {"day": "2025-01-01"}, {"day": "tull"}, {"day": "2099-01-01"}):
        page = client.get(url, DATES | wrong)
        assert page.status_code == 200
        assert page.context["form"].errors
    save_kit(kit=kit, values={"public": False}, parts=[PartRow(screen)], now=NOW)
    assert client.get(url).status_code == 404
    assert signed_in(town.officer).get(url).status_code == 200


def test_the_search_finds_kits(town: Town, kit: Kit, client: Client) -> None:
    def names(**asked_for: str) -> list[str]:
        return [one["resource"]["name"] for one in client.get(reverse("booking:find"), asked_for).context["kits"]]

    assert names() == [kit.name]
    assert names(q="lerret") == names(q="PROJEKTORPAKKEN") == [kit.name]
    assert names(q="båt") == names(kind="venue") == names(capacity="3") == []
    when = {"day": "2026-03-10", "time": "18:00", "minutes": "120"}
    assert names(**when) == [kit.name]
    assert names(**when, quantity="2") == []
    town.decide(town.ask(asked(kit, at(8, 18), at(8, 20))), "grant")
    assert names(**when) == []
    counts = []
    for number in (0, 5):
        for index in range(number):
            factories.make_kit(town.room, name=f"Pakke {index}")
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("booking:find"), when)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_basket_takes_kits(town: Town, kit: Kit) -> None:
    client = signed_in(town.coach)
    page = client.post("/ask/", DATES | {"action": "find"})
    assert [(row["kit"], row["left"]) for row in page.context["kits"]] == [(kit, 1)]
    data = DATES | {
        "kit": [kit.slug], f"without-{kit.slug}": ["lerret"], "thing": [town.room.slug], "purpose": "Film",
        "accept_rules": "on",
    }  # fmt: skip
    checked = client.post("/ask/", data | {"action": "check"})
    assert checked.context["well"] == 3
    assert client.post("/ask/", data | {"action": "send"}).status_code == 302
    case = Case.objects.get()
    assert contents(case) == sorted([("ledning", 2), ("projektor", 1), (town.room.slug, 1)])
    # On the case's pages the lines of the kit stand together, under its name.
    party = client.get(reverse("booking:case", args=[case.reference])).content.decode()
    assert party.count(kit.name) >= 3
    views = client.get(reverse("booking:case", args=[case.reference])).context["detail"].lines
    assert [(one.kit is not None, one.kit_head) for one in views] == [(True, True), (True, False), (False, False)]
    staff = signed_in(town.officer).get(reverse("booking_cases:inspect", args=[case.pk]))
    assert kit.name in staff.content.decode()
    # A stranger takes the kit along to the sign-in page; nonsense is no kit.
    away = Client().post("/ask/", data | {"action": "send"})["Location"]
    assert kit.slug in away
    assert client.post("/ask/", DATES | {"kit": ["\x00", "finnes-ikke"], "action": "send"}).status_code == 200


def test_the_basket_tells_what_is_missing_on_any_of_the_dates(town: Town, kit: Kit) -> None:
    screen = kit.parts.get(may_be_left_out=True).resource
    town.decide(town.ask(body(screen, at(15, 18), at(15, 20)), user=town.other_coach), "grant")
    page = signed_in(town.coach).post("/ask/", DATES | {"repeat": "on", "until": "2026-03-24", "action": "find"})
    (row,) = page.context["kits"]
    assert (row["left"], [one.resource for one in row["missing"]], row["possible"]) == (0, [screen], True)


def test_the_api_tells_of_the_kit(town: Town, kit: Kit) -> None:
    client = signed_in(town.coach)
    data = asked(kit, at(8, 18), at(8, 20)) | {"organisation": town.club.slug, "purpose": "Film"}
    answer = client.post("/api/booking/v1/checks/", data, content_type="application/json").json()
    belongs = {"slug": kit.slug, "group": 1, "quantity": 1}
    assert [one["kit"] for one in answer["lines"]] == [belongs] * 3
    made = client.post("/api/booking/v1/requests/", data, content_type="application/json")
    assert made.status_code == 201
    assert [one["kit"] for one in made.json()["lines"]] == [belongs] * 3
    listed = client.get("/api/booking/v1/requests/").json()["results"][0]
    assert [one["kit"] for one in listed["lines"]] == [belongs] * 3
    alone = body(town.room, at(9, 18), at(9, 20)) | {"organisation": town.club.slug, "purpose": "Møte"}
    made = client.post("/api/booking/v1/requests/", alone, content_type="application/json")
    assert made.json()["lines"][0]["kit"] is None


def test_a_date_that_is_added_back_belongs_to_the_kit(town: Town, kit: Kit) -> None:
    one = asked(kit, at(8, 18), at(8, 20))["lines"][0]
    case = town.ask({"series": [one | {"rrule": "FREQ=WEEKLY;COUNT=3", "exclude": ["2026-03-17"]}]})
    add_back(case, 0, (at(8, 18) + timedelta(days=7)).date(), by=town.coach, now=NOW)
    assert set(case.lines.values_list("kit", "kit_group")) == {(kit.pk, 1)}
    assert case.lines.count() == 7
