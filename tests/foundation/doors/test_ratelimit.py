from datetime import UTC, datetime, timedelta

import pytest

from booking.foundation.doors.ratelimit import LIMITS, client_address, forget_old_windows, spend
from booking.foundation.errors import TooMany
from booking.foundation.models import RateWindow

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
CODE = LIMITS["login_code"]


def spend_all(**kwargs):
    for _number in range(CODE.contact.count):
        spend("login_code", now=NOW, **kwargs)


@pytest.mark.django_db
def test_a_contact_has_its_own_strict_limit():
    spend_all(contact="kari@example.org", address="192.0.2.1")
    with pytest.raises(TooMany) as caught:
        spend("login_code", now=NOW + timedelta(seconds=100), contact=" Kari@Example.org", address="192.0.2.9")
    assert caught.value.retry_after == CODE.contact.seconds - 100
    # A neighbour at the same address, and the same person after the window.
    spend("login_code", now=NOW, contact="ola@example.org", address="192.0.2.1")
    spend("login_code", now=NOW + timedelta(seconds=CODE.contact.seconds), contact="kari@example.org")


@pytest.mark.django_db
def test_an_address_has_a_generous_limit_over_all_contacts():
    for number in range(CODE.address.count):
        spend("login_code", now=NOW, contact=f"{number}@example.org", address="192.0.2.1")
    with pytest.raises(TooMany):
        spend("login_code", now=NOW, contact="late@example.org", address="192.0.2.1")
    assert CODE.address.count >= 20 * CODE.contact.count


@pytest.mark.django_db
def test_the_table_tells_nobody_who_tried():
    spend("login_code", now=NOW, contact="kari@example.org", address="192.0.2.1")
    assert not any("kari" in key or "192" in key for key in RateWindow.objects.values_list("key", flat=True))


@pytest.mark.django_db
def test_old_windows_are_forgotten():
    spend("login_code", now=NOW, contact="kari@example.org")
    assert forget_old_windows(NOW) == 0
    assert forget_old_windows(NOW + timedelta(days=1, seconds=1)) == 1


def test_an_unknown_action_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        spend("dance", now=NOW)


def test_only_what_our_own_proxies_wrote_is_believed(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.1, 10.0.0.2")
    settings.BOOKING = {"trusted_proxies": 0}
    assert client_address(request) == "10.0.0.1"
    settings.BOOKING = {"trusted_proxies": 2}
    assert client_address(request) == "192.0.2.1"
    settings.BOOKING = {"trusted_proxies": 5}
    assert client_address(request) == "10.0.0.1"


@pytest.mark.django_db
def test_a_clock_that_ran_ahead_locks_nobody_out_once_it_is_right_again():
    for _number in range(CODE.contact.count):
        spend("login_code", now=NOW + timedelta(days=10), contact="kari@example.org")
    spend("login_code", now=NOW, contact="kari@example.org")
    assert RateWindow.objects.get().started_at == NOW
