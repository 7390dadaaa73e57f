"""Many things wrong in one submission, where one doesn't hide another: a sweep in a fraction of the calls.

A form reads each of its fields, and a document each of its members, whatever the others hold, and names those that it
refuses. So all are made nasty at once. Those that are named have been met, and are put right; what is left is sent
again, and gets further, until it is taken, or until nothing is named but what would be without it too.

What doesn't fit that (a refusal that names nothing, an answer that is broken) is sent one at a time, as it would have
been without this; and a place that hides the others is sent alone from then on. With ``HYPOTHESIS_PROFILE=thorough``
everything is sent one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeVar

from tests.thoroughness import PROFILE

P = TypeVar("P", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Answer(Generic[P]):
    """What came back: what is wrong with it (nothing: ""), the places that it names, and whether all was taken."""

    fault: str = ""
    refused: frozenset[P] = frozenset()
    taken: bool = False


#: Sends one submission, in which these places hold these values and all others what is right.
Send = Callable[[Mapping[P, V]], Answer[P]]


@dataclass
class Sweep(Generic[P]):
    """Of one form or document; it learns which places hide what is wrong at others."""

    alone: set[P] = field(default_factory=set)
    one_at_a_time: bool = PROFILE == "thorough"

    def faults(self, tried: Mapping[P, Sequence[V]], send: Send[P, V]) -> Iterator[tuple[P | None, V | None, str]]:
        """Each value meets its place; place, value and fault of all that is answered badly."""
        # What is named when nothing is wrong: fields that nobody has filled in.
        always = cache(lambda: send({}).refused)
        for wrong in rounds(tried):
            yield from self._met(wrong, send, always)

    def _met(
        self, wrong: Mapping[P, V], send: Send[P, V], always: Callable[[], frozenset[P]]
    ) -> Iterator[tuple[P | None, V | None, str]]:
        single = {place: value for place, value in wrong.items() if self.one_at_a_time or place in self.alone}
        left, broken = {place: value for place, value in wrong.items() if place not in single}, ""
        while len(left) > 1:
            answer = send(left)
            if answer.fault:
                broken = answer.fault
                break
            if answer.taken:
                left = {}
            elif named := answer.refused & left.keys():
                left = {place: value for place, value in left.items() if place not in named}
            elif answer.refused and answer.refused <= always():
                left = {}
            else:
                break
        for place, value in (single | left).items():
            answer = send({place: value})
            if answer.fault:
                broken = ""
                yield place, value, answer.fault
            elif not (answer.taken or place in answer.refused or (answer.refused and answer.refused <= always())):
                self.alone.add(place)
        if broken:
            yield None, None, f"{broken}, of these together: {', '.join(map(str, left))}"


def rounds(tried: Mapping[P, Sequence[V]]) -> Iterator[dict[P, V]]:
    """Each place's values one after the other; each begins elsewhere, so that half a megabyte isn't sent ten times."""
    for number in range(max((len(values) for values in tried.values()), default=0)):
        yield {
            place: values[(number + turn) % len(values)]
            for turn, (place, values) in enumerate(tried.items())
            if number < len(values)
        }
