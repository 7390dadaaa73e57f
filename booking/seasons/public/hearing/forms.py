"""What people write in a hearing. The services decide what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.seasons.models import CommentKind
from booking.seasons.services.hearing import COMMENT


class Refusable(forms.Form):
    """Shows a service's refusal at the field it names."""

    def show(self, error: DomainError) -> None:
        """Put it where it belongs."""
        add_refusal(self, error)


class CommentForm(Refusable):
    """Something about one hour or the whole; for an organisation perhaps an objection."""

    speaker = forms.ChoiceField(label=_("Whom do you speak for?"))
    slot = forms.TypedChoiceField(
        label=_("What is it about?"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("One hour, or the whole."),
    )
    kind = forms.ChoiceField(
        label=_("What is it?"), choices=CommentKind.choices, initial=CommentKind.COMMENT, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What do you want to say?"), max_length=COMMENT, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody can read it, with the name of your organisation. Don't write names of people."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, speakers: Sequence[tuple[str, Any]], slots: Sequence[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        speaker: Any = self.fields["speaker"]
        slot: Any = self.fields["slot"]
        speaker.choices = list(speakers)
        slot.choices = [("", _("The whole timetable")), *slots]
        if len(speakers) == 1:
            speaker.widget = forms.HiddenInput()
            speaker.initial = speakers[0][0]
        if all(code == "unit" for code, _label in speakers):  # the municipality doesn't object to itself
            self.fields["kind"].widget = forms.HiddenInput()


class SwapForm(Refusable):
    """One of ours for one of theirs."""

    ours = forms.TypedChoiceField(label=_("The hour you give"), coerce=int)
    theirs = forms.TypedChoiceField(label=_("The hour you would like"), coerce=int)
    text = forms.CharField(label=_("A word to them"), max_length=500, required=False)

    def __init__(
        self, *args: Any, ours: Sequence[tuple[int, str]], theirs: Sequence[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        mine: Any = self.fields["ours"]
        other: Any = self.fields["theirs"]
        mine.choices, other.choices = list(ours), list(theirs)


class DeclineForm(Refusable):
    """A no: to which hours, and why."""

    declined = forms.TypedMultipleChoiceField(
        label=_("Which hours don't you want?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none to decline them all."),
    )  # fmt: skip
    text = forms.CharField(label=_("Why? (you needn't say)"), max_length=500, required=False)

    def __init__(self, *args: Any, slots: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declined: Any = self.fields["declined"]
        declined.choices = list(slots)


class ReleaseForm(Refusable):
    """From which day on the rest of the season is given up."""

    since = forms.DateField(label=_("From and including"), widget=forms.DateInput(attrs={"type": "date"}))
