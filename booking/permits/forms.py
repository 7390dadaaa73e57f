"""Forms of a permit: for parties on the public pages, and for who grants it in the CMS admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.cases.public.forms import Faults, day_input, say
from booking.permits.models import PermitState
from booking.permits.services.common import NOTE
from booking.permits.services.granting import CHOICES
from booking.permits.wording import state_words


class AppliedForm(Faults):
    """ "We have applied"."""

    applied_on = forms.DateField(
        label=_("Applied on"), widget=day_input(), error_messages=say(_("Write the day on which you applied."))
    )
    note = forms.CharField(
        label=_("Reference"), required=False, max_length=NOTE, help_text=_("Such as the number of the application.")
    )


class FileForm(Faults):
    """One file."""

    file = forms.FileField(
        label=_("Choose a file"),
        help_text=_("PDF, picture, text, Word or OpenDocument, at most 10 MB."),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


class GrantForm(forms.Form):
    """Where it stands."""

    state = forms.ChoiceField(label=_("Where it stands"))
    date = forms.DateField(label=_("Since"), required=False, widget=day_input(), help_text=_("Empty: today."))
    valid_to = forms.DateField(
        label=_("Holds to and including"), required=False, widget=day_input(), help_text=_("Empty: no last day.")
    )
    note = forms.CharField(
        label=_("Note to the party"),
        required=False,
        max_length=NOTE,
        help_text=_("Needed for a refusal. It stands in the letter."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states: Any = self.fields["state"]
        # In the words of what it is; the state that time alone gives can't be chosen.
        labels = {code: state_words(kind, code).capitalize() for code in PermitState.values if code in CHOICES}
        if kind == "condition":
            labels.pop("applied")
        states.choices = list(labels.items())
