"""What is sealed opens again, also after the keys have changed, and only then."""

import pytest

from booking.foundation import vault
from booking.foundation.conf import read

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def keys(settings):
    def choose(*chosen):
        settings.BOOKING = settings.BOOKING | {"encryption_keys": list(chosen)}

    return choose


def test_sealed_values_differ_each_time_open_again_and_show_nothing(keys):
    keys(NEW)
    first, second = vault.seal("a", "kari@example.org"), vault.seal("a", "kari@example.org")
    assert first != second
    assert vault.open_sealed("a", first) == vault.open_sealed("a", second) == "kari@example.org"
    assert "kari" not in first
    assert vault.fingerprint("a", "kari@example.org") == vault.fingerprint("a", "kari@example.org")
    assert vault.fingerprint("a", "kari@example.org") != vault.fingerprint("a", "ola@example.org")


def test_a_purpose_is_part_of_the_key(keys):
    keys(NEW)
    with pytest.raises(vault.Unreadable):
        vault.open_sealed("b", vault.seal("a", "x"))
    assert vault.fingerprint("a", "x") != vault.fingerprint("b", "x")


def test_an_old_key_opens_until_it_is_taken_away(keys):
    keys(OLD)
    sealed, mark, key = vault.seal("a", "x"), vault.fingerprint("a", "x"), vault.key_id()
    keys(NEW, OLD)
    assert vault.open_sealed("a", sealed) == "x"
    assert mark in vault.fingerprints("a", "x")
    assert vault.fingerprint("a", "x") != mark
    assert vault.key_id() != key
    keys(NEW)
    with pytest.raises(vault.Unreadable):
        vault.open_sealed("a", sealed)


def test_without_keys_of_their_own_they_come_from_the_secret_key(settings):
    settings.SECRET_KEY = "first"
    sealed = vault.seal("a", "x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second", ["first"]
    assert vault.open_sealed("a", sealed) == "x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(vault.Unreadable):
        vault.open_sealed("a", sealed)


@pytest.mark.parametrize("given", ["one text of more than thirty-two characters", ["short"], [5 * 10**40]])
def test_a_wrong_list_of_keys_is_a_fault_of_the_settings(given):
    chosen, faults = read({"encryption_keys": given})
    assert [fault.key for fault in faults] == ["encryption_keys"]
    assert chosen.encryption_keys == ()
