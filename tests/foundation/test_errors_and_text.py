import pytest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, override

from booking.foundation import errors, text
from booking.foundation.errors import DomainError, FieldError, Invalid, Taken


def all_classes(cls=DomainError):
    for sub in cls.__subclasses__():
        yield sub
        yield from all_classes(sub)


#: api.md "Codes", written out again on purpose: a change here breaks clients.
CODES = {
    "malformed": 400, "invalid": 400, "hat_required": 400, "not_authenticated": 401, "disqualified": 403,
    "forbidden": 403, "not_found": 404, "taken": 409, "wrong_state": 409, "stale": 412, "rule_broken": 422,
    "idempotency_mismatch": 422, "unmet": 422,
    "too_large": 413, "too_many": 429, "unavailable": 503,
}  # fmt: skip


def test_every_code_of_the_contract_has_one_class_with_its_status():
    found = {cls.kind: cls.status for cls in all_classes() if cls.__module__ == errors.__name__}
    assert found == CODES


def test_an_error_with_a_place_has_one_field_error():
    error = Invalid("too_long", _("At most %(limit)s."), loc=["lines", 0, "title"], params={"limit": 9})
    assert [item.as_dict() for item in error.errors] == [
        {"loc": ["lines", 0, "title"], "code": "too_long", "msg": "At most 9."}
    ]
    assert error.kind == "invalid"


@pytest.mark.parametrize(("days", "words"), [(1, "At least 1 day ahead."), (3, "At least 3 days ahead.")])
def test_a_lazy_plural_finds_its_form_in_the_params(days, words):
    plural = ngettext_lazy("At least %(days)s day ahead.", "At least %(days)s days ahead.", "days")
    error = Invalid("too_early", plural, loc=["start"], params={"days": days})
    with override("en"):
        assert (error.text, error.errors[0].text) == (words, words)


def test_several_faults_make_one_refusal():
    error = Invalid.of([FieldError(("a",), "one", "First."), FieldError(("b",), "two", "Second.")])
    assert (error.code, error.text) == ("one", "First.")
    assert [item.code for item in error.errors] == ["one", "two"]


def test_a_refusal_without_a_place_has_no_field_errors():
    assert Taken("taken", "Gone.").errors == []


@pytest.mark.parametrize("bad", ["a\x00b", "a\x07b", "a\x7fb", "a\x85b", "a\ud800b"])
def test_control_characters_and_lone_surrogates_are_refused_by_name(bad):
    with pytest.raises(Invalid) as caught:
        text.clean(bad, max_length=100, loc=("purpose",))
    assert caught.value.code == "control_characters"
    assert caught.value.errors[0].loc == ("purpose",)


def test_text_is_tidied():
    assert text.clean("  Åse\t og \r\n Bjørn ", max_length=50) == "Åse og Bjørn"
    assert text.clean(" a \r\nb\rc\x0bd ", max_length=50, multiline=True) == "a \nb\nc\nd"
    assert text.clean("a\u030a", max_length=1) == "å"
    assert text.clean(None, max_length=1) == ""


@pytest.mark.parametrize("length", [11, 500_000])
def test_text_that_is_too_long_is_refused(length):
    assert text.clean("x" * 10, max_length=10)
    with pytest.raises(Invalid) as caught:
        text.clean("x" * length, max_length=10)
    assert caught.value.code == "too_long"


@pytest.mark.parametrize("value", [5, ["a"], {"a": 1}, True])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(Invalid) as caught:
        text.clean(value, max_length=10)
    assert caught.value.code == "not_text"


@pytest.mark.parametrize("value", ["", None, "   ", "\n"])
def test_a_needed_text_can_not_be_blank(value):
    with pytest.raises(Invalid) as caught:
        text.clean(value, max_length=10, required=True)
    assert caught.value.code == "required"
