"""What people write about proposals. The services decide what it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.seasons.models import Proposal
from booking.seasons.rules.instance import Slot
from booking.seasons.services.editing import REASON
from booking.seasons.shown import Sheet, author_words

EMPTY, LAST = "empty", "last"


class Faults(forms.Form):
    """Shows a service's refusal at the field it names."""

    def show(self, error: DomainError) -> None:
        """Put it where it belongs."""
        add_refusal(self, error)


class StartForm(Faults):
    """A new proposal: what it is called and what it begins with."""

    author = forms.ChoiceField(label=_("Whose proposal is it?"))
    begin = forms.ChoiceField(label=_("Begin with"), widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Such as “All children before 20”."),
        error_messages={"required": _("Give it a name, so that people can talk about it.")},
    )  # fmt: skip
    note = forms.CharField(
        label=_("What you thought"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody reads it when the proposal is on the table."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, authors: Sequence[tuple[str, str]], proposals: Sequence[Proposal], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        begin, author = self.fields["begin"], self.fields["author"]
        assert isinstance(begin, forms.ChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(author, forms.ChoiceField)  # noqa: S101
        begin.choices = [
            *((str(one.number), f"{one.number}. {one.name} ({author_words(one)})") for one in proposals),
            (LAST, _("Last season's hours of the teams that wish")),
            (EMPTY, _("An empty timetable")),
        ]
        author.choices = list(authors)
        if len(authors) == 1:
            author.widget = forms.HiddenInput()
            author.initial = authors[0][0]


class DescribeForm(Faults):
    """Another name and note."""

    name = forms.CharField(label=_("Name"), max_length=100)
    note = forms.CharField(
        label=_("What you thought"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class SlotForm(Faults):
    """Where and when a team trains, and why it is changed."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    place = forms.TypedChoiceField(label=_("Place"), coerce=int)
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int)
    start = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Length, minutes"), min_value=5, max_value=1440)
    reason = forms.CharField(
        label=_("Why"), max_length=REASON, required=False,
        help_text=_("Needed to save. Everybody reads it with the proposal."),
    )  # fmt: skip

    def __init__(self, *args: Any, sheet: Sheet, slot: Slot | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        weekday: Any = self.fields["weekday"]
        team: Any = self.fields["team"]
        place.choices = [(key, sheet.place_name(key)) for key in sheet.places]
        weekday.choices = [(number, str(WEEKDAYS[number]).capitalize()) for number in range(7)]
        minutes: Any = self.fields["minutes"]
        minutes.widget.attrs["step"] = sheet.instance.grid
        if slot is not None:
            del self.fields["team"]
        else:
            rows = sorted(
                sheet.wishes.values(), key=lambda one: (one.organisation.name.casefold(), one.team.casefold())
            )
            team.choices = [
                (one.pk, f"{one.team} ({one.organisation.name})") for one in rows if one.pk in sheet.instance.wish
            ]

    def show(self, error: DomainError) -> None:
        """The end is told as a length here."""
        for fault in error.errors:
            if fault.loc == ("end",):
                self.add_error("minutes", fault.text)
        if not self.errors:
            super().show(error)

    def slot(self, old: Slot | None) -> Slot:
        """What the form says. Only after ``is_valid``."""
        data = self.cleaned_data
        start: time = data["start"]
        begins = start.hour * 60 + start.minute
        wish = old.wish if old is not None else data["team"]
        locked = old.locked if old is not None else False
        return Slot(wish, data["place"], data["weekday"], begins, begins + data["minutes"], locked)


def initial_of(slot: Slot) -> dict[str, Any]:
    """The form's values for a slot."""
    clock = time(min(slot.start // 60, 23), slot.start % 60)
    return {
        "team": slot.wish, "place": slot.place, "weekday": slot.weekday, "start": clock.strftime("%H:%M"),
        "minutes": slot.end - slot.start,
    }  # fmt: skip
