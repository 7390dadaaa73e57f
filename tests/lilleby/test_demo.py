"""The demo municipality: built as a newcomer builds it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.test import override_settings
from stdnum.no import orgnr
from wagtail.models import Page

from booking.cases.models import Case, Line
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.occupancy.models import Occupancy
from booking.organisations.models import Organisation
from municipality.lilleby.builders.wipe import wipe
from municipality.lilleby.models import DemoMark
from tests.browser import towns

ROLES = {
    "coach", "leader", "youth", "officer", "officer_two_hats", "unit_leader", "other_unit_officer", "planner", "admin",
}  # fmt: skip


#: Also for those that stand in the town's transaction: without the mark they would come after the tests that flush the
#: database, and find neither page root nor content types.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("lilleby")]


@pytest.fixture(scope="module")
def town(django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory):
    """Built once for all tests here. On SQLite the browser's tests play in the same one, and whoever comes first builds
    it; elsewhere it stands in a transaction that is rolled back at the end."""
    from django.db import connection, transaction

    media = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            template = towns.lilleby()
            shutil.copytree(template.media, media, dirs_exist_ok=True)
            with template.opened(""), override_settings(MEDIA_ROOT=media):
                yield template.told
            return
        with override_settings(MEDIA_ROOT=media), transaction.atomic():
            yield run("--json")
            transaction.set_rollback(True)


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return json.loads(out.getvalue().strip().splitlines()[-1])


def counts() -> dict[str, int]:
    models = (get_user_model(), Resource, Organisation, Case, Line, Occupancy, OutboxMessage, Page, DemoMark)
    return {model.__name__: model.objects.count() for model in models}


def test_the_last_line_tells_who_can_sign_in(town):
    assert set(town["logins"]) == ROLES
    for address in town["logins"].values():
        assert address.endswith("@example.org")
        assert get_user_model().objects.get(email=address).is_active
    assert set(town["resources"]) == set(Resource.objects.values_list("slug", flat=True))
    assert "lillebyhallen" in town["resources"]


def test_everything_published_has_somebody_who_answers(town):
    today = clock.local_date(clock.now(), booking_settings().tz)
    resources = list(Resource.objects.filter(state="active"))
    assert len(resources) >= 20
    assert all(found.owned for found in catalogue.responsibles(resources, today).values())


def test_organisation_numbers_are_valid_and_nobodys(town):
    numbers = list(Organisation.objects.exclude(number=None).values_list("number", flat=True))
    assert len(numbers) >= 25
    assert all(orgnr.is_valid(number) and number.startswith("3") for number in numbers)


def test_there_is_life_on_both_sides_of_today(town):
    now = clock.now()
    assert 1800 <= Line.objects.count() <= 3500
    assert Line.objects.filter(start__lt=now).count() > 100
    assert Line.objects.filter(start__gt=now).count() > 300
    states = set(Case.objects.values_list("state", flat=True))
    assert {"received", "in_review", "granted", "partly_granted", "refused", "withdrawn"} <= states
    assert {"waiting_list", "displaced", "completed"} <= set(Line.objects.values_list("state", flat=True))
    today = clock.local_date(now, booking_settings().tz)
    assert Case.objects.filter(waiting_on="municipality", answer_by__lt=today).exists()


def test_nothing_historic_goes_out_today(town):
    late = OutboxMessage.objects.filter(state__in=["queued", "sending"], due_at__lte=clock.now() - timedelta(minutes=2))
    assert not late.exists()
    assert OutboxMessage.objects.filter(state="sent").exclude(subject="").exists()
    assert mail.outbox == []


def test_a_demo_of_today_is_kept_when_asked(town):
    newest = Case.objects.latest("pk").pk
    assert run("--json", "--keep-today") == town
    assert Case.objects.latest("pk").pk == newest


def test_it_is_taken_away_whole(town):
    assert all(counts().values())
    wipe()
    assert counts() == dict.fromkeys(counts(), 0) | {"Page": 1}  # the root


@pytest.mark.once  # what is taken away whole is built in an empty database, as it was
def test_building_again_gives_the_same(town):
    before, places = counts(), sorted(town["resources"])
    assert sorted(run("--json")["resources"]) == places
    assert counts() == before
