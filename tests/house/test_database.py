"""What the migrations made is what the models say: tables, columns, constraints, indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db
OURS = [
    model
    for label in ("samskap_booking", "samskap_pages", "accounts", "lilleby")
    for model in apps.get_app_config(label).get_models(include_auto_created=True)
    if model._meta.managed and not model._meta.proxy
]


def found_in(model: type[models.Model]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, model._meta.db_table)


def named(model: type[models.Model]) -> Iterator[str]:
    """Constraints and indexes that have a name of their own."""
    for one in (*model._meta.constraints, *model._meta.indexes):
        assert one.name
        yield one.name


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label_lower)
def test_a_table_is_as_its_model_says(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        columns = {
            one.name: bool(one.null_ok)
            for one in connection.introspection.get_table_description(cursor, model._meta.db_table)
        }
    there = found_in(model)
    # SQLite tells of a primary key that it may be nothing, which it can't.
    expected = {field.column: field.null for field in model._meta.local_concrete_fields if not field.primary_key}
    assert {name: null for name, null in columns.items() if name != model._meta.pk.column} == expected
    assert set(named(model)) <= there.keys()
    unique = {tuple(one["columns"]) for one in there.values() if one["unique"]}
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            assert (field.column,) in unique, field.name
        if field.remote_field and field.db_constraint:
            target = (field.remote_field.model._meta.db_table, field.target_field.column)
            assert any(one["foreign_key"] == target and one["columns"] == [field.column] for one in there.values())


def test_there_are_many() -> None:
    assert len(OURS) > 100
    assert sum(len(list(named(model))) for model in OURS) > 250
