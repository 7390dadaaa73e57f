"""Organisation numbers against a naive control digit, and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.errors import Invalid
from booking.organisations import rules

WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


def naive_is_valid(number: str) -> bool:
    rest = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
    control = 0 if rest == 0 else 11 - rest
    return control != 10 and control == int(number[8])


@given(st.text("0123456789", min_size=9, max_size=9))
def test_a_number_is_valid_by_its_control_digit(number):
    if naive_is_valid(number):
        assert rules.check_number(number) == number
    else:
        with pytest.raises(Invalid) as caught:
            rules.check_number(number)
        assert caught.value.code == "number_checksum"


@given(st.integers(0, 99_999_999))
def test_of_ten_control_digits_at_most_one_fits(stem):
    fitting = []
    for digit in range(10):
        try:
            fitting.append(rules.check_number(f"{stem:08d}{digit}"))
        except Invalid as refusal:
            assert refusal.code == "number_checksum"  # noqa: PT017 - of ten digits several are refused
    assert len(fitting) <= 1


# 974760673 is the register's own number (Brønnøysundregistrene).
@pytest.mark.parametrize(
    "written",
    [
        "974760673",
        " 974 760 673 ",
        "974\u00a0760\u00a0673",
        "NO 974 760 673 MVA",
        "no974760673mva",
        "974.760.673",
        974760673,
    ],
)
def test_a_number_may_be_written_as_people_do(written):
    assert rules.check_number(written) == "974760673"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "number_digits"),
        (None, "number_digits"),
        ("97476067", "number_length"),
        ("9747606733", "number_length"),
        ("974760674", "number_checksum"),
        ("97476O673", "number_digits"),
        ("٩٧٤٧٦٠٦٧٣", "number_digits"),
        ("9" * 100_000, "number_length"),
        ("974760673\x00", "number_digits"),
        ("-974760673e1", "number_digits"),
    ],
)
def test_a_wrong_number_says_what_is_wrong_and_where(written, code):
    with pytest.raises(Invalid) as caught:
        rules.check_number(written)
    assert caught.value.code == code
    assert caught.value.errors[0].loc == ("number",)
    assert caught.value.text


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Lilleby idrettslag", "lilleby-idrettslag"),
        ("Ørsta Skulekorps & Ålesund Bærplukkere", "orsta-skulekorps-alesund-baerplukkere"),
        ("!!!", ""),
        ("Ж", ""),
        ("x" * 200, "x" * 70),
    ],
)
def test_a_name_has_an_address_form(name, slug):
    assert rules.slug_of(name) == slug


def test_a_slug_that_is_taken_gets_a_number():
    assert rules.free_slug("korps", []) == "korps"
    assert rules.free_slug("korps", ["korps"]) == "korps-2"
    assert rules.free_slug("korps", ["korps", "korps-2", "korps-3"]) == "korps-4"
    assert rules.free_slug("", ["organisasjon"]) == "organisasjon-2"
