"""What the rules ask a visitor to say that they know of, such as works at the same time: boxes below the check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from booking.cases.services import CheckResult
from booking.cases.verdicts import Verdict


class TicksField(forms.MultipleChoiceField):
    """The boxes come with the check, so any value is one; which of them count is said by the rules."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        """Nothing is looked up here."""
        return True


def ticks_of(check: CheckResult | None) -> list[dict[str, Any]]:
    """The boxes that the check asks for, and which of them are ticked."""
    return boxes(check.verdicts if check is not None else ())


def boxes(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """The boxes of what must be known first, and which of them are ticked."""
    return [
        {"value": one.tick, "on": not one.blocks, "title": one.params.get("title"), "when": one.params.get("when")}
        for one in verdicts
        if one.tick
    ]
