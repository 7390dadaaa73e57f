"""A person in the words of others: found however they are spaced, and nobody else with them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.personal import GONE, naming


def person(name: str = "Kari Li", phone: str = "99 11 88 77", email: str = "kari@example.org") -> Any:
    return SimpleNamespace(name=name, phone=phone, email=email, get_email_field_name=lambda: "email")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Nøkkel hos Kari Li, 99 11 88 77", "Nøkkel hos …, …"),
        ("KARI  LI sa det", "… sa det"),
        ("avtale_Kari-Li.pdf", "avtale_….pdf"),
        ("Ring 99118877 eller +47 991 18 877.", "Ring … eller …."),
        ("004799118877", "…"),
        ("Skriv til Kari@Example.org!", "Skriv til …!"),
        # Other people, other numbers, longer words.
        ("Kari Lien", "Kari Lien"),
        ("Okari Li", "Okari Li"),
        ("99 11 88 77 1", "… 1"),
        ("991188771", "991188771"),
        ("skari@example.org", "skari@example.org"),
        ("Kari", "Kari"),
        ("", ""),
    ],
)
def test_what_is_taken_out(written: str, expected: str) -> None:
    found = naming(person())
    assert found.without(written) == expected
    assert found.is_in(written) == (written != expected)


@pytest.mark.parametrize("phone", ["+47 99 11 88 77", "004799118877", "99118877"])
def test_the_country_s_number_is_nobody_s(phone: str) -> None:
    assert naming(person(phone=phone)).without("Ring 99 11 88 77") == "Ring …"


def test_short_numbers_are_left_alone() -> None:
    assert naming(person(phone="110")).without("Brann: ring 110, Kari Li") == "Brann: ring 110, …"


def test_somebody_without_name_address_and_phone_is_found_nowhere() -> None:
    nobody = naming(person("", "", ""))
    assert (nobody.words, nobody.pattern) == ((), None)
    assert nobody.without("Kari Li") == "Kari Li"
    assert not nobody.is_in("")


@given(st.text(), st.text(), st.text(alphabet="(.*+?[]\\ åÅ_-^$|{}09"))
def test_any_name_is_words_and_no_pattern(before: str, after: str, name: str) -> None:
    found = naming(person(name, "", ""))
    text = f"{before} {name.strip()} {after}"
    assert not found.is_in(found.without(text)) or GONE in name
