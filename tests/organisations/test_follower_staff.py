"""Staff see how many follow each of their things, never who."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.organisations.followers import links, services
from tests import factories as f
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def desk(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_counts_of_one_s_own_things_and_no_address():
    hall, other, lonely = f.make_resource("Hallen"), f.make_resource("Annen hall"), f.make_resource("Boden")
    for number in range(3):
        pending = services.ask_by_email(target=hall, address=f"nr{number}@example.org", language="nb", now=NOW)
        services.confirm(token=links.open_link(pending.token_sealed), now=NOW)
    services.follow_by_link(target=other, language="nb", now=NOW)
    page = desk(hall.unit.officer).get(reverse("booking_followers:index"))
    rows = [(row.name, row.followers) for row in page.context["object_list"]]
    assert rows == [("Hallen", 3)]
    assert "example.org" not in page.content.decode().replace(hall.unit.officer.email, "")
    everything = desk(f.make_user("Admin", is_staff=True, is_superuser=True)).get(reverse("booking_followers:index"))
    assert [(row.name, row.followers) for row in everything.context["object_list"]] == [
        ("Hallen", 3),
        ("Annen hall", 1),
    ]
    assert lonely.name not in everything.content.decode()
    assert "Hallen" in desk(hall.unit.officer).get(reverse("booking_followers:index"), {"q": "hallen"}).content.decode()


def test_the_list_asks_a_constant_number_of_queries():
    hall = f.make_resource("Hallen")
    client = desk(hall.unit.officer)
    counts = []
    for many in (1, 14):
        for number in range(many):
            services.follow_by_link(target=f.make_resource(f"Rom {number}", unit=hall.unit), language="nb", now=NOW)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("booking_followers:index")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_an_empty_list_says_where_following_begins():
    unit = f.make_unit()
    assert "Følg" in desk(unit.officer).get(reverse("booking_followers:index")).content.decode()
