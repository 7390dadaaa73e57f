"""A sweep with many things wrong at once finds what a sweep of one thing at a time finds."""

from __future__ import annotations

from collections.abc import Mapping

from tests.reliability.together import Answer, Sweep, rounds

PLACES = {name: [1, 2, 3] for name in "abcdef"}


class Door:
    """Reads its places, and keeps what it was sent; ``reads`` says how."""

    def __init__(self, reads: str = "each") -> None:
        self.reads, self.sent = reads, []

    def __call__(self, wrong: Mapping[str, int]) -> Answer[str]:
        self.sent.append(dict(wrong))
        if self.reads == "a hides the rest" and "a" in wrong:
            return Answer()
        if self.reads == "all is taken":
            return Answer(taken=True)
        if self.reads == "x is always missing":
            return Answer(refused=(frozenset(wrong) & set("abc")) | {"x"})
        if self.reads == "f moves the blame" and "f" in wrong:
            return Answer(refused=frozenset("y"))
        refused = frozenset(wrong) & set("abc") if self.reads == "each" else frozenset()
        if not refused and wrong.get("e") == 3:
            return Answer(fault="500")
        if self.reads == "two together" and {"d", "e"} <= wrong.keys():
            return Answer(fault="500 for two")
        return Answer(refused=refused, taken=not refused)


def swept(door: Door, **options: bool) -> list[tuple[str | None, int | None, str]]:
    return list(Sweep[str](**options).faults(PLACES, door))


def test_each_value_meets_each_place_once():
    met = [(place, value) for wrong in rounds(PLACES) for place, value in wrong.items()]
    assert sorted(met) == sorted((place, value) for place, values in PLACES.items() for value in values)
    assert list(rounds({"a": [1, 2], "b": []})) == [{"a": 1}, {"a": 2}]


def test_what_lies_behind_a_refusal_of_others_is_found():
    door = Door()
    assert swept(door) == [("e", 3, "500")]
    assert len(door.sent) < 12  # and not 18


def test_what_is_taken_is_sent_once():
    door = Door("all is taken")
    assert swept(door) == []
    assert len(door.sent) == 3


def test_what_hides_the_rest_is_sent_alone_and_the_rest_is_met():
    door = Door("a hides the rest")
    assert swept(door) == [("e", 3, "500")]
    assert [wrong for wrong in door.sent if "a" in wrong and len(wrong) > 1] == [door.sent[0]]


def test_what_would_be_refused_anyway_is_no_reason_to_ask_one_at_a_time():
    door = Door("x is always missing")
    assert swept(door) == []
    assert len(door.sent) == 7  # twice for each value, and once with nothing wrong


def test_what_is_refused_in_anothers_name_is_sent_alone():
    door = Door("f moves the blame")
    assert swept(door) == [("e", 3, "500")]
    assert [wrong for wrong in door.sent if "f" in wrong and len(wrong) > 1] == [door.sent[0]]


def test_what_breaks_only_together_is_told_too():
    found = swept(Door("two together"))
    assert ("e", 3, "500") in found
    assert any(place is None and "500 for two" in fault for place, _value, fault in found)


def test_one_at_a_time_is_one_at_a_time():
    door = Door()
    assert swept(door, one_at_a_time=True) == [("e", 3, "500")]
    assert len(door.sent) == 18
