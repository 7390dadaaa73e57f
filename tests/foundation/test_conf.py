from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from booking.foundation import checks
from booking.foundation.conf import BookingSettings, booking_settings, read
from booking.foundation.i18n import localized


def ids(**kwargs):
    return [message.id for message in run_checks(tags=["samskap"], **kwargs)]


def test_empty_settings_are_the_defaults(settings):
    settings.BOOKING = {}
    assert booking_settings() == BookingSettings()
    assert booking_settings().promise_days == 10


def test_values_are_read_in_their_types(settings):
    settings.BOOKING = {
        "timezone": "Europe/Helsinki", "country": "FI", "extra_days": ["12-24", "2026-05-15"], "child_share": "1/2",
        "switches": {"works": False}, "public_base_url": "https://lilleby.example/",
    }  # fmt: skip
    conf = booking_settings()
    assert conf.tz.key == "Europe/Helsinki"
    assert conf.extra_days == ((12, 24), date(2026, 5, 15))
    assert conf.child_share == Fraction(1, 2)
    assert not conf.is_on("works")
    assert conf.is_on("seasons")
    assert conf.public_base_url == "https://lilleby.example"


@pytest.mark.parametrize(
    ("booking", "check"),
    [
        ({"colour": "red"}, "samskap.E001"),
        ({"switches": {"magic": True}}, "samskap.E001"),
        ({"promise_days": "10"}, "samskap.E002"),
        ({"promise_days": True}, "samskap.E002"),
        ({"show_officer_names": 1}, "samskap.E002"),
        ({"switches": {"works": 0}}, "samskap.E002"),
        ({"switches": ["works"]}, "samskap.E002"),
        ({"extra_days": "12-24"}, "samskap.E002"),
        ({"child_share": 0.6667}, "samskap.E002"),
        ([("promise_days", 10)], "samskap.E002"),
        ({"timezone": "Europe/Lilleby"}, "samskap.E003"),
        ({"timezone": "../etc/passwd"}, "samskap.E003"),
        ({"country": "XX"}, "samskap.E004"),
        ({"promise_days": 0}, "samskap.E005"),
        # Shorter than the step in which hours are taken.
        ({"agreement_horizon_weeks": 4}, "samskap.E005"),
        ({"agreement_horizon_weeks": "52"}, "samskap.E002"),
        ({"child_share": "3/2"}, "samskap.E005"),
        ({"extra_days": ["31-12"]}, "samskap.E005"),
        ({"four_eyes": "never"}, "samskap.E005"),
        ({"mail_in": {"adress": "svar@example.org"}}, "samskap.E001"),
        ({"mail_in": "svar@example.org"}, "samskap.E002"),
        ({"mail_in": {"address": "svar@example.org", "port": "993"}}, "samskap.E002"),
        ({"mail_in": {"address": "svar+x@example.org"}}, "samskap.E005"),
        ({"mail_in": {"address": "svar@example.org", "http_secret": "short"}}, "samskap.E005"),
        ({"mail_in": {"host": "imap.example.org"}}, "samskap.E005"),
    ],
)
def test_each_wrong_setting_is_named_by_the_system_check(settings, booking, check):
    settings.BOOKING = booking
    assert ids() == [check]
    with pytest.raises(ImproperlyConfigured):
        booking_settings()


def test_all_faults_are_told_at_once():
    result, faults = read({"colour": 1, "timezone": "Moon", "promise_days": 5})
    assert [fault.key for fault in faults] == ["colour", "timezone"]
    assert result.promise_days == 5


def test_an_app_that_uses_our_names_is_named(monkeypatch):
    foreign = [
        SimpleNamespace(label="pages", name="host.pages"),
        SimpleNamespace(label="samskap_booking", name="booking"),
    ]
    monkeypatch.setattr(checks.apps, "get_app_configs", lambda: foreign)
    assert [message.id for message in checks.check_labels()] == ["samskap.W006"]


def test_mysql_is_refused_by_name(monkeypatch):
    class Connections(dict):
        pass

    monkeypatch.setattr(
        checks, "connections", Connections(default=SimpleNamespace(vendor="mysql", display_name="MySQL"))
    )
    messages = checks.check_engine()
    assert [message.id for message in messages] == ["samskap.E007"]
    assert "MySQL" in messages[0].msg


@pytest.mark.django_db
def test_a_missing_guard_is_named_by_the_database_check(monkeypatch):
    monkeypatch.setitem(checks._probes, "test", lambda connection: ["no_overlap"])
    messages = [m for m in checks.check_database(databases=["default"]) if m.id == "samskap.E009"]
    assert any("no_overlap" in message.msg for message in messages)


@pytest.mark.django_db
def test_the_database_of_the_suite_is_sound():
    assert checks.check_database(databases=[connection.alias]) == []


def test_a_text_falls_back_to_another_language_marked():
    hall = {"name": "Hall", "name_nn": "", "name_en": "Sports hall"}
    assert localized(hall, "name", "en") == "Sports hall"
    assert not localized(hall, "name", "en").is_fallback
    in_nynorsk = localized(hall, "name", "nn-no")
    assert (str(in_nynorsk), in_nynorsk.lang, in_nynorsk.is_fallback) == ("Hall", "nb", True)
    assert (localized(hall, "name", "se").lang, localized(hall, "name", "no").is_fallback) == ("nb", False)
    assert localized({"name": ""}, "name", "en") == ""
    assert not localized({"name": ""}, "name", "en").is_fallback


def test_secrets_of_the_mailbox_are_not_shown_with_the_settings(settings):
    settings.BOOKING = {"mail_in": {"address": "svar@example.org", "password": "hush", "http_secret": "x" * 32}}
    assert booking_settings().mail_in.password == "hush"
    assert "hush" not in repr(booking_settings())
    assert "x" * 32 not in repr(booking_settings())
