"""What a test commits is gone before the next one, and what migrations have put there is there again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase
from wagtail.models import Page

from booking.catalogue.models import Resource
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def everything() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


def test_what_a_test_commits_is_gone() -> None:
    if hasattr(connection, "_test_serialized_contents"):
        pytest.skip("a database whose role may not put triggers aside is emptied in Django's way")
    before = everything()
    assert Page.objects.filter(depth=1).exists()
    factories.make_resource("Lillebyhallen")
    Permission.objects.all().delete()
    Page.objects.filter(depth=1).update(title="Annet")
    ContentType.objects.filter(pk=ContentType.objects.latest("pk").pk).update(model="annet")
    assert everything() != before
    TransactionTestCase()._fixture_teardown()
    assert everything() == before
    # And it is a database to write in.
    factories.make_resource("Lillebyhallen")
    assert Resource.objects.count() == 1
