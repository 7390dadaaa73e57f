"""What a process keeps of the catalogue is never older than the last commit, whoever made it and however."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, PageViewRestriction, Site

from booking.catalogue import selectors, services, stamp
from booking.catalogue.models import Cell, Feature, OpeningHours, Resource, Unit
from booking.occupancy import services as occupancy
from pages import services as page_services
from pages.models import VenueIndexPage, VenuePage
from tests import factories
from tests.catalogue.elsewhere import Elsewhere, Question, elsewhere

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]

NOW = datetime(2030, 6, 3, 9, tzinfo=UTC)  # a Monday; checks look at the real clock, so it lies ahead
DAY = timedelta(days=1)
LIST = Path(__file__).parents[1] / "data" / "venues" / "own-list.csv"


def _check(slug: str, start: datetime, hours: int = 2) -> Question:
    line = {"resource": slug, "start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}
    return Question("checks/", {"purpose": "Øving", "lines": [line]})


class Town:
    """A unit with a hall, a room, chairs and a club house of another unit; and pages for the hall."""

    def __init__(self) -> None:
        self.unit = factories.make_unit("Kultur", slug="kultur", phone="1")
        self.other = factories.make_unit("Bygdehuset", slug="bygdehuset")
        self.hall = factories.make_resource("Hallen", unit=self.unit, slug="hallen", open=None, horizon_days=3000)
        self.room = factories.make_resource("Rommet", unit=self.unit, slug="rommet", open=None, horizon_days=3000)
        self.chairs = factories.make_stock("Stoler", 40, unit=self.unit, slug="stoler", open=None, horizon_days=3000)
        self.house = factories.make_resource("Huset", unit=self.other, slug="huset", horizon_days=3000)
        factories.open_hours(self.unit)
        page_services.ensure_locales("nb", "nn", "en")
        self.home = page_services.create_home(texts={"nb": {"title": "Forsiden"}})
        self.index = page_services.create_page(
            VenueIndexPage, parent=self.home, texts={"nb": {"title": "Lokaler", "slug": "lokaler"}}
        )
        self.page = page_services.create_page(
            VenuePage, parent=self.index, texts={"nb": {"title": "Hallen", "slug": "hallen"}}, resource=self.hall
        )
        at = NOW.replace(hour=15)
        with transaction.atomic():  # so that it shows who shares a cell with the house
            occupancy.take([occupancy.Take(self.house.pk, at, at + timedelta(hours=1), 1)], now=NOW)
        self.questions = [
            Question("resources/"),
            Question(f"resources/?free_from={at:%Y-%m-%dT%H:00:00Z}&free_to={at:%Y-%m-%dT%H:59:00Z}"),
            Question("resources/?q=prosjektor&capacity_min=5"),
            Question("resources/?unit=kultur&kind=venue"),
            Question(f"availability/?resources=hallen,rommet,stoler,huset,nytt&from={NOW:%Y-%m-%d}&to=2030-06-06"),
            _check("hallen", at),
            _check("stoler", at),
        ]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def other(town: Town) -> Iterator[Elsewhere]:
    with elsewhere() as process:
        yield process


def truth(town: Town) -> list[Any]:
    """What the database says: inside of a transaction nothing kept is used."""
    Site.clear_site_root_paths_cache()
    with transaction.atomic():
        return [question.ask()[0] for question in town.questions]


def see_each(town: Town, other: Elsewhere, changes: dict[str, Callable[[], Any]]) -> None:
    """Make the changes one by one: the very next answer of the other process shows each, and is the truth."""
    before, _queries = other.ask(town.questions)
    assert before == truth(town)
    for what, change in changes.items():
        change()
        after, _queries = other.ask(town.questions)
        assert after == truth(town), f"{what}: the other process says something else than the database"
        assert after != before, f"{what}: nothing changed, so this shows nothing"
        before = after


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)


def test_what_services_change_is_seen_by_the_next_request_elsewhere(town: Town, other: Elsewhere) -> None:
    hall, unit, officer = town.hall, town.unit, town.unit.officer
    beamer: list[Feature] = []
    exception: list[Any] = []

    def features() -> None:
        beamer.append(services.save_feature(name="Prosjektor"))
        services.update_resource(hall, changes={"features": beamer, "capacity": 80}, now=NOW)

    def new() -> None:
        made = services.create_resource(name="Nytt", kind="venue", unit=unit, slug="nytt", now=NOW)
        services.publish_resource(made, now=NOW)

    def closed() -> None:
        exception.append(services.add_opening_exception(hall, start=NOW.date(), end=NOW.date(), now=NOW))

    hours = [services.Hours(day, time(10), time(16)) for day in range(7)]
    see_each(town, other, {
        "name": lambda: services.update_resource(hall, changes={"name": "Storhallen"}, now=NOW),
        "feature and capacity": features,
        "a feature's name": lambda: services.save_feature(name="Lerret", feature=beamer[0]),
        "own rule": lambda: services.update_resource(hall, changes={"min_minutes": 240}, now=NOW),
        "the unit's rules": lambda: services.set_unit_rules(unit=unit, values={"buffer_after": 30, "step_minutes": 7}),
        "the unit's telephone": lambda: services.update_unit(unit, changes={"phone": "2"}, now=NOW),
        "a new thing": new,
        "the unit's hours": lambda: services.set_opening_hours(unit, hours=hours, now=NOW),
        "own hours": lambda: occupancy.change_opening_hours(hall, hours=hours[:1], now=NOW),
        "closed on a day": closed,
        "open again": lambda: services.remove_opening_exception(exception[0], now=NOW),
        "stock": lambda: occupancy.change_stock(town.chairs, quantity=25, now=NOW),
        "split in two": lambda: services.split_into_parts(fresh(town.room), count=2, now=NOW),
        "what it covers": lambda: occupancy.change_cover(
            fresh(hall), covers=dict.fromkeys(Cell.objects.filter(covers__resource__in=[hall, town.house]), 1), now=NOW
        ),
        "hidden": lambda: services.update_resource(town.house, changes={"public": False}, now=NOW),
        "unpublished": lambda: services.unpublish_resource(town.room, now=NOW),
        "retired": lambda: occupancy.retire_resource(town.chairs, now=NOW),
        "its officer and deputy leave": lambda: [
            setattr(one, "is_active", False) or one.save() for one in (fresh(unit.deputy), fresh(officer))
        ],
    })  # fmt: skip


def test_what_is_changed_past_the_services_is_seen_too(town: Town, other: Elsewhere) -> None:
    officers = get_user_model().objects.filter(pk__in=[town.other.officer_id, town.unit.officer_id])

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE samskap_booking_unit SET name = 'Kultur og idrett' WHERE slug = 'kultur'")

    def import_list() -> None:
        with suppress(CommandError):  # some of its rows are refused
            call_command("import_resources", LIST, unit="kultur", publish=True, stdout=StringIO())

    def renamed() -> None:
        town.room.name = "Lillerommet"
        Resource.objects.bulk_update([town.room], ["name"])

    see_each(town, other, {
        "update of a queryset": lambda: Resource.objects.filter(slug="hallen").update(capacity=7),
        "bulk_update": renamed,
        "SQL by hand": by_hand,
        "an import": import_list,
        "bulk_create": lambda: OpeningHours.objects.bulk_create(
            [OpeningHours(resource=town.hall, weekday=0, opens=time(11), closes=time(13))]
        ),
        "delete of a queryset": lambda: OpeningHours.objects.filter(unit=town.unit).delete(),
        "deactivated past the signals": lambda: officers.update(is_active=False),
        "active again": lambda: officers.update(is_active=True),
        "a unit that is closed": lambda: Unit.objects.filter(pk=town.other.pk).update(active=False),
    })  # fmt: skip


def test_what_staff_change_in_a_form_is_seen(town: Town, other: Elsewhere) -> None:
    client = Client()
    client.force_login(town.unit.officer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("booking_resources:edit", args=[town.hall.pk])

    def save() -> None:
        data = {}
        for field in client.get(address).context["form"]:
            value = field.value()
            if hasattr(value, "all"):
                value = [one.pk for one in value.all()]
            if value is not None and value is not False:
                data[field.html_name] = getattr(value, "pk", value)
        answer = client.post(address, data | {"capacity": "33", "name": "Svømmehallen"})
        assert answer.status_code == 302, answer.context["form"].errors

    see_each(town, other, {"the form of a thing": save})


def test_what_happens_to_a_page_is_seen(town: Town, other: Elsewhere) -> None:
    page = town.page

    def publish() -> None:
        fresh(page).get_latest_revision().publish()

    def slug() -> None:
        changed = fresh(page)
        changed.slug = "storhallen"
        changed.save_revision().publish()

    def host() -> None:
        site = Site.objects.get()
        site.root_page = fresh(town.index)
        site.save()

    def other_thing() -> None:
        changed = fresh(page)
        changed.resource = town.room
        changed.save_revision().publish()

    see_each(town, other, {
        "unpublished": lambda: fresh(page).unpublish(),
        "published": publish,
        "a new address": slug,
        "moved": lambda: fresh(page).move(fresh(town.home), pos="last-child"),
        "moved back with its list": lambda: fresh(page).move(fresh(town.index), pos="last-child"),
        "another root of the site": host,
        "it presents something else": other_thing,
        "behind a password": lambda: PageViewRestriction.objects.create(
            page=Page.objects.get(pk=page.pk), restriction_type="login"
        ),
        "open again": lambda: PageViewRestriction.objects.all().delete(),
        "deleted": lambda: fresh(page).delete(),
    })  # fmt: skip


def test_what_is_not_committed_is_seen_by_nobody_and_what_is_rolled_back_never(town: Town, other: Elsewhere) -> None:
    before, _queries = other.ask(town.questions)
    here = [question.ask()[0] for question in town.questions]
    assert here == before
    with transaction.atomic():
        services.update_resource(town.hall, changes={"name": "Aldri"}, now=NOW)
        Unit.objects.filter(pk=town.unit.pk).update(phone="3")
        inside = [question.ask()[0] for question in town.questions]
        assert inside != before  # who makes the change sees it
        assert other.ask(town.questions)[0] == before
        transaction.set_rollback(True)
    assert other.ask(town.questions)[0] == before
    assert [question.ask()[0] for question in town.questions] == before  # and hasn't kept what it saw


def test_a_savepoint_that_is_rolled_back_leaves_what_came_before_and_after_it(town: Town, other: Elsewhere) -> None:
    def some() -> None:
        with transaction.atomic():
            with transaction.atomic():
                Resource.objects.filter(slug="hallen").update(capacity=1)
                transaction.set_rollback(True)
            Resource.objects.filter(slug="rommet").update(capacity=2)

    def first() -> None:
        with transaction.atomic():
            Resource.objects.filter(slug="rommet").update(capacity=3)
            with transaction.atomic():
                Resource.objects.filter(slug="hallen").update(capacity=4)
                transaction.set_rollback(True)

    see_each(town, other, {"after it": some, "before it": first})


def test_while_nothing_changes_each_question_takes_the_same_few_queries(town: Town, other: Elsewhere) -> None:
    other.ask(town.questions)
    _answers, queries = other.ask(town.questions)
    assert queries == [1, 2, 1, 1, 2, 3, 3]  # the stamp, the taken time; a check asks for works besides
    for number in range(20):
        factories.make_resource(f"Rom {number}", unit=town.unit, horizon_days=3000)
    other.ask(town.questions)
    assert other.ask(town.questions)[1] == queries


def test_signing_in_and_lending_leave_the_catalogue_as_it_is(town: Town) -> None:
    user = factories.make_user("Kari Trener")
    before = stamp.read()
    user.last_login = NOW
    user.name = "Kari Nordmann"
    user.save()
    Client().force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    start = NOW + DAY
    with transaction.atomic():
        occupancy.take([occupancy.Take(town.hall.pk, start, start + timedelta(hours=1), 2)], now=NOW)
    Page.objects.filter(pk=town.page.pk).update(draft_title="Utkast", has_unpublished_changes=True)
    assert stamp.read() == before is not None


def test_without_a_stamp_nothing_is_kept(town: Town) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {stamp.TABLE}")  # noqa: S608
    assert stamp.read() is None
    one = selectors.snapshot()
    assert selectors.snapshot() is not one
    stamp.install(connection)
    one = selectors.snapshot()
    assert selectors.snapshot() is one


def test_the_triggers_are_made_again_after_they_were_lost(town: Town) -> None:
    assert not stamp.missing(connection)
    name, (table, _statement) = next(iter(stamp.triggers(connection).items()))
    place = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{place}")
    assert stamp.missing(connection) == [name]
    before = stamp.read()
    call_command("migrate", verbosity=0)
    assert not stamp.missing(connection)
    assert stamp.read() != before  # whatever changed meanwhile is news
