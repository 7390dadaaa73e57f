"""Every field about a person belongs to a class that is exported and erased: complete by construction.

A new model with a foreign key to the user, or an address, phone or name of somebody, fails here until its capability
describes it (``foundation.personal.register_personal_data``) or says why it isn't about people (``not_about_people``).
"""

from __future__ import annotations

import re

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.db import models

from booking.foundation import personal

_TELLING = re.compile(r"(^|_)(e?mail|phone|mobile|name|address|recipient|contact|born|birth)(_|$)")
#: Rows of Django and Wagtail that only join a user with a group or a right: they go with the account.
_JOINTS = {"accounts.user_groups.user", "accounts.user_user_permissions.user"}


def looks_personal(field: models.Field) -> bool:
    if field.is_relation:
        return field.related_model is get_user_model()
    if isinstance(field, models.EmailField | models.GenericIPAddressField):
        return True
    return isinstance(field, models.CharField | models.TextField) and _TELLING.search(field.name) is not None


def fields_of(found: list[type[models.Model]]) -> dict[str, models.Field]:
    return {
        f"{model._meta.label_lower}.{field.name}": field
        for model in found
        for field in model._meta.local_concrete_fields
        if not model._meta.abstract
    }


def all_fields() -> dict[str, models.Field]:
    return fields_of([model for model in apps.get_models(include_auto_created=True) if model._meta.managed])


def test_every_field_about_a_person_is_described() -> None:
    described = {*personal.covered_fields(), *personal.impersonal_fields(), *_JOINTS}
    telling = {name for name, field in all_fields().items() if looks_personal(field)}
    assert len(telling) > 60  # fewer means that the walk is broken
    assert not telling - described, "describe: " + ", ".join(sorted(telling - described))


def test_what_is_described_exists_and_is_described_once() -> None:
    known = set(all_fields())
    described = [*personal.covered_fields(), *personal.impersonal_fields()]
    assert not set(described) - known, "no such field: " + ", ".join(sorted(set(described) - known))
    twice = {name for name in described if described.count(name) > 1}
    assert not twice


def test_a_new_model_about_people_would_be_found() -> None:
    class Meta:
        app_label = "samskap_booking"
        managed = False

    fields = {
        "__module__": "tests.privacy",
        "Meta": Meta,
        "helper": models.ForeignKey(get_user_model(), models.PROTECT, related_name="+"),
        "helper_phone": models.CharField(max_length=10),
        "nickname": models.CharField(max_length=10),
        "size": models.IntegerField(),
    }
    try:
        found = fields_of([type("PrivacyProbe", (models.Model,), fields)])
    finally:
        del apps.all_models["samskap_booking"]["privacyprobe"]
        apps.clear_cache()
    assert {name.rpartition(".")[2] for name, field in found.items() if looks_personal(field)} == {
        "helper",
        "helper_phone",
    }


def test_every_class_says_what_it_is_for_and_what_becomes_of_it() -> None:
    classes = personal.personal_data()
    assert {"account", "cases", "consents", "letters", "looks", "organisations", "staff_log", "work"} <= {
        one.name for one in classes
    }
    for one in classes:
        assert str(one.label), one.name
        assert str(one.why), one.name
        assert str(one.goes) or str(one.stays), one.name
    assert classes[-1].name == "account"  # the others still ask for the address


def test_a_setting_for_a_class_that_is_not_there_is_a_system_check_error(settings) -> None:
    settings.BOOKING = settings.BOOKING | {"retention_days": {"leters": 90, "kept_answers": 3}}
    ids = {message.id for message in run_checks(tags=["samskap"])}
    assert {"samskap.E030", "samskap.E031"} <= ids
    settings.BOOKING = settings.BOOKING | {"retention_days": {"letters": 90}}
    assert not {"samskap.E030", "samskap.E031", "samskap.W032"} & {one.id for one in run_checks(tags=["samskap"])}
